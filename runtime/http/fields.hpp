#pragma once

// The parts of a header field's value.

#include <string>
#include <string_view>

namespace observer {

/// Without the blanks and tabs around it.
std::string_view bare_value(std::string_view text);
/// ASCII alone.
std::string lower_case(std::string_view text);
/// Takes what stands before the next `mark` off a text, and the mark; without
/// the blanks around it. All of it where there is no mark.
std::string_view take_until(std::string_view& text, char mark);

} // namespace observer
