#pragma once

// What copying a value leaves around it, piece by piece.

#include <string_view>

namespace observer {

/// Without what looks like nothing at either end: blanks, no-break and
/// ideographic ones too, marks of width zero and of byte order.
std::string_view without_blanks(std::string_view text);

/// Without ` # …` behind the value; within quotes it is none.
std::string_view without_comment(std::string_view text);

/// Without one pair of quotes, straight or curled, around all of it.
std::string_view without_quotes(std::string_view text);

/// Without all of these: what a key or a token means that holds no blank.
std::string_view pasted_word(std::string_view text);

} // namespace observer
