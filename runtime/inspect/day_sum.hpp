#pragma once

// What came of the records of this Korean day, as far as this run saw it: the
// counters less what they were at midnight.
//
// Not thread-safe.

#include <cstdint>
#include <optional>

#include "actors/watch/live_board.hpp"
#include "messages/counters.hpp"

namespace observer {

struct day_counts {
  uint64_t received = 0, persisted = 0, rejected = 0, shed = 0;
  /// Acknowledged, and gone again with the file that held them.
  uint64_t lost = 0;
  uint64_t gaps = 0, missing_shares = 0, disconnects = 0;
  losses_by_tr losses = {};

  bool any() const {
    return received + lost + gaps + disconnects > 0;
  }
};

/// All so far.
day_counts counts_of(const session_counters& c, const losses_by_tr& losses);

class day_sum {
 public:
  /// Once a second.
  void look(int64_t now_us, const day_counts& so_far);
  /// Since the last look at which a day began.
  day_counts of(const day_counts& so_far) const;
  /// Since when that is: midnight, or the start if that is later.
  int64_t since_us(int64_t now_us, int64_t started_us) const;

 private:
  std::optional<int64_t> day_;
  /// Nothing before the first midnight.
  std::optional<int64_t> begun_us_;
  day_counts before_;
};

} // namespace observer
