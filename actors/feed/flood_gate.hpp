#pragma once

// Things of one kind that a peer may cause as often as it likes, each of which
// would be a line in log and journal: so many a minute are told one by one, the
// rest as a number.

#include <cstdint>
#include <utility>

namespace observer {

class flood_gate {
 public:
  static constexpr uint64_t told_a_minute = 100;

  /// Whether this one is told; else it is counted. Steady time.
  bool let(int64_t now_us) {
    turn(now_us);
    if (told_ < told_a_minute) {
      ++told_;
      return true;
    }
    ++untold_;
    return false;
  }
  /// How many were not told, once their minute is over; else 0.
  uint64_t take_untold(int64_t now_us) {
    turn(now_us);
    return told_ < told_a_minute ? std::exchange(untold_, 0) : 0;
  }

 private:
  void turn(int64_t now_us) {
    constexpr int64_t minute_us = 60'000'000;
    if (now_us - begin_us_ < minute_us)
      return;
    begin_us_ = now_us;
    told_ = 0;
  }

  int64_t begin_us_ = 0;
  uint64_t told_ = 0, untold_ = 0;
};

} // namespace observer
