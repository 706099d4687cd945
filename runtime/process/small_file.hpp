#pragma once

// A file that a person wrote for us: a key, a token, settings.

#include <cstddef>
#include <string>

#include "messages/result.hpp"

namespace observer {

/// Longer ones are refused.
inline constexpr size_t small_file_bytes_max = 1 << 20;

/// Its content, or why it cannot be read, in words: `it is a directory`. Never
/// hangs on what lies there: a pipe must be written and closed within seconds
/// (`<(pass show kis)`), a device is refused.
result<std::string> read_small_file(const std::string& path,
                                    size_t bytes_max = small_file_bytes_max);

} // namespace observer
