#pragma once

// Where backups go, as the jobs see it: named files that are put and got as
// streams. A folder, an S3 bucket and a program of the operator's are each one
// of these; what a target says of itself is believed by no job, which reads
// back what it put.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/result.hpp"

namespace observer {

/// Files are read and hashed in pieces of this size.
inline constexpr uint64_t transfer_step_bytes = 1 << 20;

/// Blocks; one caller at a time. Names are paths within the target, of
/// `is_package_path` alone: `20260914/scalp/20260914_15.jsonl`. A problem says
/// what, where and what to do, and holds no secret.
class backup_target {
 public:
  virtual ~backup_target() = default;

  /// As people know it: `/mnt/backup`, `s3://bucket/prefix`. No secret.
  virtual std::string name() const = 0;
  /// What makes it this target and no other one, once `prepare` has succeeded.
  virtual std::string id() const = 0;
  /// Its id as of the last time, without asking it; empty if it was never used.
  virtual result<std::string> known_id() const {
    return id();
  }
  /// Proves that the target is there, and is one. Called before all others.
  virtual result<> prepare() = 0;
  /// What the operator should know since the last call.
  virtual std::vector<std::string> remarks() {
    return {};
  }

  /// The next bytes; none at the end.
  using bytes_source = std::function<result<std::string>()>;
  /// Takes what comes; a problem ends the transfer.
  using bytes_sink = std::function<result<>(std::string_view)>;

  /// Under its name there is all of it, durable, when this returns without a
  /// problem; with one, what was there before, or nothing, or whatever an
  /// interface makes of half a file: whoever reads it back will see. Replaces
  /// what has the name. `bytes` are what the source gives.
  virtual result<> put(const std::string& name, uint64_t bytes,
                       const bytes_source& from)
    = 0;
  /// From the medium, not from a memory of what was put, as far as the target
  /// can. A file that is not there is a problem.
  virtual result<> get(const std::string& name, const bytes_sink& to) = 0;

  struct stored_file {
    /// Below the folder that was asked for.
    std::string name;
    uint64_t bytes = 0;
  };
  /// All files below a folder, sorted; none if there is no such folder.
  virtual result<std::vector<stored_file>> list(const std::string& folder) = 0;
  /// It is not there when this returns without a problem.
  virtual result<> remove(const std::string& name) = 0;

  /// Whatever takes long asks this many times a second, and ends when it says
  /// false.
  void heed(std::function<bool()> go_on) {
    go_on_ = std::move(go_on);
  }

 protected:
  bool goes_on() const {
    return !go_on_ || go_on_();
  }

 private:
  std::function<bool()> go_on_;
};

} // namespace observer
