#pragma once

// What several entries ask of a text.

#include <string>
#include <string_view>

namespace observer::fuzz {

/// No control character: it fits a line of a log.
bool is_one_line(std::string_view text);

bool is_utf8(std::string_view text);

/// Is `read` (UTF-8) what a journal line's string holds for the bytes of
/// `raw`: each character itself, each byte that belongs to none as U+00XX?
bool holds_bytes(std::string_view read, std::string_view raw);

/// Is `inner` a view of a part of `outer`?
inline bool lies_within(std::string_view inner, std::string_view outer) {
  return inner.empty()
         || (inner.data() >= outer.data()
             && inner.data() + inner.size() <= outer.data() + outer.size());
}

} // namespace observer::fuzz
