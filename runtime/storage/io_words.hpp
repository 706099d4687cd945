#pragma once

// What helps when the system refuses something of a file: whose it is and who
// asks, how much is free and where, which limit was met.

#include <cstdint>
#include <string>

#include "actors/journal/file_system.hpp"

namespace observer {

struct free_space {
  bool known = false;
  uint64_t bytes = 0, inodes = 0;
  /// Inodes in all; 0 where a file system makes them as they are needed.
  uint64_t inodes_max = 0;
  /// Used or free, without what is kept for root.
  uint64_t total = 0;
};
/// On the file system of the path, or of the nearest directory above it that is
/// there. What is not known set errno.
free_space free_at(const std::string& path);

/// The failed operation with its errno and what helps: reads errno, so call it at
/// once.
io_problem problem_of(std::string operation, const std::string& path);

} // namespace observer
