#pragma once

// What the archiver shows of its work. Outlives it; thread-safe.

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "actors/archive/retention.hpp"
#include "messages/cause.hpp"

namespace observer {

struct archive_view {
  /// There is an archiver, and it has looked at the files.
  bool surveyed = false;
  bool compresses = false, has_target = false;
  /// Whether what has no backup may be deleted.
  bool without_backup = false;

  std::optional<int64_t> compressed_at_us;
  uint64_t compressed_files = 0, compressed_plain_bytes = 0,
           compressed_bytes = 0;

  /// The newest backup that was verified: when, and the newest day with one.
  std::optional<int64_t> backed_up_at_us;
  std::string backed_up_day;
  /// Closed days of which something has no verified backup; the oldest; and how
  /// much of it there is on this disk.
  uint64_t pending_days = 0, pending_bytes = 0;
  std::string oldest_pending_day;

  uint64_t deleted_files = 0, deleted_bytes = 0;
  /// Would be deleted by their age: what has no backup, and what is held back.
  uint64_t due_unbacked_bytes = 0, held_bytes = 0;
  std::string held_because;

  std::optional<disk_fill> disk;
  disk_level level = disk_level::unknown;
  bool nothing_more = false;
  /// `20261224`; empty while nothing is known of it.
  std::string full_day;

  /// Of all kinds.
  uint64_t errors = 0;
  /// What failed last and did not succeed since; empty if nothing.
  std::string trouble, trouble_of;
  cause trouble_why = cause::none;
  int64_t trouble_at_us = 0;

  /// What it does now, and since when by the steady clock.
  std::string doing;
  int64_t doing_since_us = 0;
  /// That takes longer than anything should.
  bool hangs = false;
};

class archive_board {
 public:
  archive_view view() const {
    std::lock_guard guard{mutex_};
    return view_;
  }
  template <class Change>
  void change(Change&& change) {
    std::lock_guard guard{mutex_};
    std::forward<Change>(change)(view_);
  }

 private:
  mutable std::mutex mutex_;
  archive_view view_;
};

} // namespace observer
