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
  std::vector<range> ranges = regular();
  /// `20260925`.
  std::set<std::string> holidays;
  /// Every moment counts as open (tests, simulated exchanges).
  bool always = false;

  /// 09:00 to 15:20: KRX up to its closing auction.
  static std::vector<range> regular();

  bool open_at(int64_t wall_us) const;
};

} // namespace observer
