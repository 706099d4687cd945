#pragma once

// When data is to be expected: weekdays, Korean time, minus holidays.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace observer {

struct market_hours {
  /// [begin, end) in minutes after Korean midnight.
  struct range {
    int begin_minute = 0;
    int end_minute = 0;
  };
  std::vector<range> ranges{{9 * 60, 15 * 60 + 20}};
  /// `20260925`.
  std::set<std::string> holidays;
  /// Every moment counts as open (tests, simulated exchanges).
  bool always = false;

  bool open_at(int64_t wall_us) const;
};

} // namespace observer
