#pragma once

// JSON that came from outside: a broker's reply, an answer of REST, the body of
// a request.

#include <cstddef>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "messages/result.hpp"

namespace observer {

/// Arrays and objects within each other. Nobody whom we know sends more than
/// five; a megabyte of brackets would take a hundred of memory.
inline constexpr size_t outside_json_levels_max = 32;

/// Whether more arrays and objects than `levels` lie within each other. Reads
/// the text once; of what is no JSON the answer means nothing.
bool json_is_deeper(std::string_view text, size_t levels);

/// The value, or what is wrong, in words for a sentence: `not JSON`, `JSON of
/// more than 32 levels`. Each level takes a hundred bytes of memory. CP949 is read as well as UTF-8. Never throws but for want
/// of memory.
result<nlohmann::json>
parse_outside_json(std::string_view text,
                   size_t levels_max = outside_json_levels_max);

} // namespace observer
