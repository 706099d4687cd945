#pragma once

// One backup or restore at a time of one data directory, whoever does it: the
// recorder or a command.

#include <memory>
#include <string>

#include "messages/result.hpp"

namespace observer {

/// Holds `DATA/state/backups/.lock` while it lives; the system lets go of it when
/// we die.
class backup_lock {
 public:
  /// A problem if another one has it, or it cannot be had.
  static result<std::unique_ptr<backup_lock>> take(const std::string& data_dir);
  ~backup_lock();
  backup_lock(const backup_lock&) = delete;
  backup_lock& operator=(const backup_lock&) = delete;

 private:
  explicit backup_lock(int fd) : fd_(fd) {}

  int fd_;
};

} // namespace observer
