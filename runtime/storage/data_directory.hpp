#pragma once

// The data directory: made, writable, and ours alone.
//
// What is locked is the directory itself, which nobody can delete away from
// under us, and the file `.lock` in it, which says who holds it and is what
// other versions lock. A `.lock` that is a link, has a second name or holds
// something else than a process number is not ours, and is not touched. On a
// file system without locks the daemon records, and says that nothing keeps a
// second one away.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"

struct stat;

namespace observer {

/// Holds the directory while it lives; released by the system if we die.
/// Thread-safe.
class data_directory_lock {
 public:
  explicit data_directory_lock(std::string path) : path_(std::move(path)) {}
  ~data_directory_lock();
  data_directory_lock(const data_directory_lock&) = delete;
  data_directory_lock& operator=(const data_directory_lock&) = delete;

  /// Takes what the path leads to now: at first, or when another directory
  /// has come to lie there. Fails with EBUSY if another observer holds it.
  std::optional<io_problem> take();
  /// Looks again: is the directory at the path still the one that is held, and
  /// `.lock` still there? A new one is taken. Blocks.
  std::optional<io_problem> check();

 private:
  std::optional<io_problem> look();
  std::optional<io_problem> take_directory();
  std::optional<io_problem> take_file();
  std::optional<io_problem> take_named_file();
  /// Does the path lead to what is held? Where the numbers of one and the same
  /// file change from look to look, by what is seen there of it.
  bool holds_named_file() const;
  bool holds_named_directory(const struct stat& named) const;
  void drop();

  std::mutex mutex_;
  std::string path_;
  int directory_ = -1, file_ = -1;
  bool unlocked_told_ = false, foreign_told_ = false;
};

/// That the directory cannot be used, why, and what to do by the errno `code`.
problem unusable_directory(const std::string& path, const std::string& why,
                           int code);

/// Makes the directory if it is not there, checks that a file can be written
/// and synced in it, and locks it against a second daemon. One that is full is
/// claimed all the same, and that is said.
result<std::unique_ptr<data_directory_lock>>
claim_data_directory(const std::string& path);
/// The same with the file system that the daemon goes on with.
result<std::unique_ptr<data_directory_lock>>
claim_data_directory(file_system& files, const std::string& path);

} // namespace observer
