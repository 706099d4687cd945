#pragma once

// What became of records lately: how many of those that came are ticks on
// disk, and how many are not. Recording is judged from this, second by second,
// so that a fault of this minute is not hidden by a good morning.
//
// Not thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>

#include "messages/counters.hpp"

namespace observer {

/// The counts of some records so far.
struct outcome_counts {
  uint64_t received = 0, ticks = 0, rejected = 0, shed = 0;
  /// Of the ticks: some value in doubt, and so many that the layout is.
  uint64_t doubted = 0, misplaced = 0;
  /// Of a width that is not known; counted by session only.
  uint64_t strange_width = 0;

  uint64_t ended() const {
    return ticks + rejected + shed;
  }
};
outcome_counts outcomes_of(const slot_counters& c);
/// Of all slots; what no slot claims is told apart.
outcome_counts outcomes_of(const session_counters& c);

/// What became of the records of some seconds.
struct outcomes {
  /// Ended in these seconds, or should have: see `late`.
  uint64_t came = 0;
  uint64_t ticks = 0;
  uint64_t rejected = 0, shed = 0;
  /// Received more than ten seconds ago, and neither on disk nor given up.
  uint64_t late = 0;
  uint64_t doubted = 0, misplaced = 0, strange_width = 0;

  uint64_t lost() const {
    return rejected + shed + late;
  }
  /// Is less than `per_mille` of what came on disk?
  bool below(uint64_t per_mille) const {
    return ticks * 1'000 < came * per_mille;
  }
};

class outcome_window {
 public:
  static constexpr int64_t seconds = 10;
  /// A quiet market's seconds hold too few records to judge by: so many of the
  /// last two minutes are looked at.
  static constexpr uint64_t records_min = 5;
  static constexpr int64_t seconds_max = 120;

  /// Once a second, with a clock that only goes forward.
  void add(int64_t second, const outcome_counts& so_far);
  /// Of the last ten seconds.
  outcomes recent(int64_t second) const;
  /// Of the last ten seconds, and so many before that it is records_min
  /// records, no more of these than are needed.
  outcomes lately(int64_t second) const;

 private:
  struct entry {
    int64_t second = -seconds_max - 1;
    uint32_t ticks = 0, rejected = 0, shed = 0;
    uint32_t doubted = 0, misplaced = 0, strange_width = 0;
  };

  /// Seconds in which some record ended, oldest overwritten.
  std::array<entry, 16> ring_;
  size_t next_ = 0;
  /// Received up to each of the last seconds.
  std::array<uint64_t, seconds + 1> received_{};
  size_t added_ = 0;
  outcome_counts before_;
};

/// What became of a session's records, and why those are lost that are.
class session_outcomes {
 public:
  /// What no slot claims, of the last ten seconds.
  struct unclaimed_records {
    uint64_t records = 0;
    /// Of them: those that are no record of another symbol or TR, as when the
    /// layout changed in front.
    uint64_t strange = 0;
    reject_reason most = reject_reason::none;
    /// Of them: those of symbols that nobody asked for, if they keep coming: in
    /// three of the ten seconds at least.
    uint64_t strangers = 0;
  };

  /// As outcome_window::add.
  void add(int64_t second, const session_counters& c);
  outcomes recent() const {
    return window_.recent(second_);
  }
  outcomes lately() const {
    return window_.lately(second_);
  }
  /// Of most of the slots' records that were rejected when any was last.
  reject_reason rejected_most() const {
    return rejected_.most;
  }
  /// The same of those that were shed.
  cause shed_most() const {
    return static_cast<cause>(shed_.most);
  }
  unclaimed_records unclaimed() const;

 private:
  /// Counts by kind of the last seconds.
  template <size_t N, class Kind>
  struct kinds {
    std::array<std::array<uint64_t, N>, outcome_window::seconds + 1> so_far{};
    size_t added = 0;
    Kind most{};

    void add(const std::array<uint64_t, N>& now);
    uint64_t recent(size_t kind) const;
    /// In how many of the last seconds some came.
    size_t seconds(size_t kind) const;
  };

  outcome_window window_;
  kinds<reject_reason_count, reject_reason> rejected_, unclaimed_;
  kinds<cause_count, cause> shed_;
  kinds<1, size_t> strangers_;
  int64_t second_ = 0;
};

/// Why of the lost ones most are lost: what the writers say, else what the
/// records themselves do; none if nothing is lost.
cause cause_of(const outcomes& o, const session_outcomes& s);

} // namespace observer
