#pragma once

// Numbers as people read and write them.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace observer {

/// `12,345,678`, `-1,234`.
std::string with_commas(int64_t n);

/// The whole text as a number of C's form; nothing if it is none, or too large
/// for T.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T out{};
  auto [end, error]
    = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

} // namespace observer
