#pragma once

// What makes one JSON document of another, as a document that is small where
// little has changed:
//
//   [v]            v in its place
//   {"key": c, …}  in its place each c within that key; a key that is new has
//                  [v]. Of an array, whose length is the same, a key is an index
//
// {} is no change. An object that loses a key and an array of another length
// are written anew.

#include <nlohmann/json_fwd.hpp>

namespace observer {

/// As deep as the documents are; for such as we made.
nlohmann::json changes_between(const nlohmann::json& before,
                               const nlohmann::json& after);

} // namespace observer
