#pragma once

// How many cells text takes on a terminal. Not wcwidth(): that depends on the
// locale of the process, and columns must align in every one.

#include <cstddef>
#include <string>
#include <string_view>

namespace observer::terminal {

/// One code point taken off the front of UTF-8 text. A byte that is no UTF-8
/// is U+FFFD, alone.
struct code_point {
  char32_t value = 0;
  size_t bytes = 0;
};
/// Requires text that is not empty.
code_point first_code_point(std::string_view text);
void append_code_point(std::string& out, char32_t value);

/// Cells of one code point: 2 for East Asian wide and emoji, 0 for what joins
/// the one before, else 1.
size_t display_width(char32_t value);
size_t display_width(std::string_view text);

/// As much of the front as fits; ends in "…" where something was cut.
std::string clipped(std::string_view text, size_t cells);

enum class align { left, right };
/// Exactly `cells` wide: clipped, or filled with spaces.
std::string padded(std::string_view text, size_t cells,
                   align to = align::left);

/// Without what would move the cursor or colour the terminal: control
/// characters are spaces, bytes that are no UTF-8 are U+FFFD.
std::string printable(std::string_view text);

/// Lower case for ASCII only, for searching.
std::string folded(std::string_view text);

} // namespace observer::terminal
