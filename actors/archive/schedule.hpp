#pragma once

// When a backup is due: once a day at a time of the Korean clock, again 5, 15
// minutes later where it fails, and every hour from then on, or while the round's
// own day is not over and cannot be backed up whole. What was done is
// known from the files (see backlog_of); of the schedule nothing outlives the
// process, so a restart asks again, and finds nothing to do or does it.
//
// Clocks. Whether a round is due is asked of the wall clock, by equality: one
// that is set, forwards or backwards, by days or years, makes another round, at
// worst one too many, and forgets none. Waits are by the steady clock.

#include <cstdint>

namespace observer {

class backup_schedule {
 public:
  /// In minutes after Korean midnight.
  explicit backup_schedule(int at_minute = 21 * 60) : at_minute_(at_minute) {}
  void set_time(int at_minute) {
    at_minute_ = at_minute;
  }

  /// The last moment at or before `wall_us` at which a round was due; and its
  /// Korean day, the last one to be backed up in it.
  int64_t round_at(int64_t wall_us) const;

  bool due(int64_t wall_us, int64_t steady_us) const;
  /// A round begins: all that is due up to now.
  void begin(int64_t wall_us);
  enum class outcome : uint8_t {
    done,
    failed,
    /// Its own day is not over.
    waits,
  };
  void end(outcome how, int64_t steady_us);
  /// Failures in a row.
  int failures() const {
    return failures_;
  }

 private:
  int at_minute_;
  /// The round that was begun last; 0 before the first.
  int64_t round_us_ = 0;
  bool done_ = false;
  int failures_ = 0;
  int64_t again_us_ = 0;
};

} // namespace observer
