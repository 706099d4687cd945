#pragma once

// A character as programs escape it in texts: JSON, URLs, HTML, our own `\xNN`.

#include <array>
#include <cstddef>
#include <string_view>

namespace observer {

/// Longer escapes, of escapes within escapes, are none.
inline constexpr size_t escaped_character_bytes_max = 24;

struct escaped_character_found {
  /// Its bytes in UTF-8.
  std::array<char, 4> bytes{};
  size_t size = 0;
  /// What the escape takes of the text; 0: there is none.
  size_t taken = 0;

  explicit operator bool() const {
    return taken > 0;
  }
  std::string_view view() const {
    return {bytes.data(), size};
  }
};

/// The escape that begins at `at`, below the text's size: `\/`, `\"`, `\\`,
/// `\u002F` behind any few backslashes, `\x2f`; `%2F`, `%252F`; `&#47;`,
/// `&#x2F;`, `&amp;` and its kin, `&amp;#47;`.
escaped_character_found escaped_character(std::string_view text, size_t at);

} // namespace observer
