#pragma once

// A file system whose operations fail as planned; what does not fail is done
// by the one behind it, usually the machine's.
//
// A write that fails has written a part: a half, or as many bytes as
// `torn_bytes` says. A sync that fails has not been done, and the bytes stay
// visible, as on Linux. Closing is a destructor's and cannot fail here: what
// matters of it is what the sync before it said.
//
// Not thread-safe.

#include <functional>
#include <memory>

#include "actors/journal/file_system.hpp"
#include "support/fault_plan.hpp"

namespace observer::test {

class faulty_file_system : public file_system {
 public:
  explicit faulty_file_system(std::shared_ptr<file_system> behind)
    : behind_(std::move(behind)) {}

  /// What fails, and when.
  fault_plan plan;
  /// Bytes that a failing write leaves; a half of them if not set.
  std::optional<size_t> torn_bytes;
  /// Called before each operation that does not fail, e.g. to be slow.
  std::function<void(fs_op)> before;

  opened create(const std::string& path) override;
  opened open_existing(const std::string& path) override;
  content read(const std::string& path, uint64_t offset,
               uint64_t size_max) override;
  measured size(const std::string& path) override;
  listing list(const std::string& directory) override;
  std::optional<io_problem> truncate(const std::string& path,
                                     uint64_t size) override;
  std::optional<io_problem> rename(const std::string& from,
                                   const std::string& to) override;
  std::optional<io_problem> remove(const std::string& path) override;
  std::optional<io_problem> make_directory(const std::string& path) override;
  std::optional<io_problem> settle(const std::string& path,
                                   uint64_t from = 0) override;
  std::optional<io_problem> sync_directory(const std::string& path) override;
  room free_room(const std::string& path) override;

 private:
  class open_file;

  /// Counts an operation; the problem with which it fails, if it does.
  std::optional<io_problem> begin(fs_op kind, const std::string& path);
  opened wrap(opened inner, const std::string& path);

  std::shared_ptr<file_system> behind_;
};

} // namespace observer::test
