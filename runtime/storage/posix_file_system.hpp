#pragma once

// The file system of the machine, by plain POSIX calls.
//
// Every problem carries errno and, where that helps who reads the log, more:
// on EACCES, EPERM and EROFS the uid and gid of this process and the mode and
// owner of the nearest existing path; on ENOSPC and EDQUOT the bytes or inodes
// free and the mount point.
//
// Directories. Where a file system does not sync them (network and shared
// folders), or where a parent may be passed through and not be read, all of the
// file system is synced instead; what that refuses too is said once.
//
// Links. A file is opened by a name that is no link, and is a regular one:
// nothing waits for the other end of a pipe.
//
// Concurrency. Any thread may call it; two owners of one path are the callers'
// business.

#include <atomic>
#include <functional>
#include <memory>

#include "actors/journal/file_system.hpp"
#include "messages/counters.hpp"

namespace observer {

class posix_file_system : public file_system {
 public:
  /// `syncs` hears how long each sync of an open file took; may be null.
  explicit posix_file_system(std::shared_ptr<latency_histogram> syncs = nullptr)
    : syncs_(std::move(syncs)) {}

  using claim_function = std::function<std::optional<io_problem>()>;
  /// Asked before a file is made, and when an open one is verified: is the
  /// place still ours alone? Set before a file is made by another thread.
  void set_claim(claim_function claim) {
    claim_ = std::make_shared<const claim_function>(std::move(claim));
  }

  opened create(const std::string& path) override;
  opened open_existing(const std::string& path) override;
  content read(const std::string& path, uint64_t offset,
               uint64_t size_max) override;
  measured size(const std::string& path) override;
  /// Regular files only.
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
  /// Makes the entries of a directory durable; `inside` is a directory below
  /// it, for when it cannot be read itself.
  std::optional<io_problem> sync_entries(const std::string& path,
                                         const std::string& inside);
  std::optional<io_problem> sync_all_of(int descriptor,
                                        const std::string& path, int refused);

  std::shared_ptr<latency_histogram> syncs_;
  std::shared_ptr<const claim_function> claim_;
  std::atomic<bool> unsynced_told_{false};
};

} // namespace observer
