#pragma once

// Text in the encoding that Korean programs had before UTF-8: CP949, of which
// EUC-KR is a part. Gateways and error pages still send it.

#include <optional>
#include <string>
#include <string_view>

namespace observer {

/// Whether all of it is UTF-8.
bool is_utf8(std::string_view text);

/// In UTF-8, if every byte of `text` is CP949; a character that `text` cuts at its
/// end is left out if `cut`. Nothing where the C library does not know CP949: it
/// reads it from files of its own (gconv), which a small container may lack.
std::optional<std::string> from_cp949(std::string_view text, bool cut = false);

/// What a person, or a parser of UTF-8, makes most of: the text, or what it is in
/// UTF-8 if it is CP949 instead. Else its bytes as they are.
std::string readable(std::string_view text, bool cut = false);

} // namespace observer
