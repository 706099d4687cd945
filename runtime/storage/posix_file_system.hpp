#pragma once

// The file system of the machine, by plain POSIX calls.
//
// Every problem carries errno and, where that helps who reads the log, more:
// on EACCES, EPERM and EROFS the uid and gid of this process and the mode and
// owner of the nearest existing path; on ENOSPC and EDQUOT the bytes free and
// the mount point.
//
// Concurrency. Stateless: any thread may call it; two owners of one path are
// the callers' business.

#include <memory>

#include "actors/journal/file_system.hpp"
#include "messages/counters.hpp"

namespace observer {

class posix_file_system : public file_system {
 public:
  /// `syncs` hears how long each sync of an open file took; may be null.
  explicit posix_file_system(std::shared_ptr<latency_histogram> syncs = nullptr)
    : syncs_(std::move(syncs)) {}

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
  uint64_t bytes_free(const std::string& path) override;

 private:
  std::shared_ptr<latency_histogram> syncs_;
};

} // namespace observer
