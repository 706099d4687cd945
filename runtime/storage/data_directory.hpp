#pragma once

// The data directory at start: made, writable, and ours alone.

#include <memory>
#include <string>

#include "messages/result.hpp"

namespace observer {

/// Holds `DATA/.lock` while it lives; released by the system if we die.
class data_directory_lock {
 public:
  explicit data_directory_lock(int descriptor) : descriptor_(descriptor) {}
  ~data_directory_lock();
  data_directory_lock(const data_directory_lock&) = delete;
  data_directory_lock& operator=(const data_directory_lock&) = delete;

 private:
  int descriptor_;
};

/// That the directory cannot be used, why, and what to do by the errno `code`.
problem unusable_directory(const std::string& path, const std::string& why,
                           int code);

/// Makes the directory if it is not there, checks that a file can be written
/// and synced in it, and locks it against a second daemon.
result<std::unique_ptr<data_directory_lock>>
claim_data_directory(const std::string& path);

} // namespace observer
