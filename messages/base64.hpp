#pragma once

// Bytes that are no text, in a line of text: base64 of RFC 4648, with `=`.

#include <optional>
#include <string>
#include <string_view>

namespace observer {

void append_base64(std::string& out, std::string_view bytes);

/// Nothing if `text` is not what append_base64 makes of some bytes.
std::optional<std::string> from_base64(std::string_view text);

} // namespace observer
