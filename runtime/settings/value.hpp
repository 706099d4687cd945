#pragma once

// Texts of the environment and the command line into values, and back.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "runtime/settings/table.hpp"

namespace observer {

/// What `s` takes, to stand after "expected ": `an integer from 10 to 5000 ms`.
std::string expectation(const setting& s);

/// Checks `text` and stores it in `c`. A problem says only what was expected
/// and, for a list, of which entry: key and source are the caller's to name.
result<> assign(const setting& s, config& c, std::string_view text);

/// The value as assign() would take it; a secret's is `****`, or empty.
std::string value_text(const setting& s, const config& c);
nlohmann::ordered_json value_json(const setting& s, const config& c);

} // namespace observer
