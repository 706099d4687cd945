#pragma once

// Numbers as people read them.

#include <cstdint>
#include <string>

namespace observer {

/// `12,345,678`, `-1,234`.
std::string with_commas(int64_t n);

} // namespace observer
