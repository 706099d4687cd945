#pragma once

// A moment that somebody told by the wall clock, in the time of the wall clock
// as it stands now. Clocks are set; what happened three seconds ago must not
// be called an hour old for it. A moment that is looked at each second lies
// between the look before it was told first and that one: by the steady clock.
//
// Not thread-safe.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "messages/korean_time.hpp"

namespace observer {

class told_time {
 public:
  /// What is told: an event when it has happened, or the oldest of those that
  /// wait, which may have waited long when it becomes the oldest.
  enum class kind : uint8_t { event, oldest };

  explicit told_time(kind what = kind::event) : kind_(what) {}

  /// Once a second: what is told now.
  void look(std::optional<int64_t> told_us, int64_t steady_us) {
    if (told_us != told_us_) {
      if (kind_ == kind::event || !told_us_)
        after_us_ = looked_us_;
      before_us_ = steady_us;
      told_us_ = told_us;
    }
    looked_us_ = steady_us;
  }

  /// The same moment by a clock that says `now_us` at `steady_us`. Unchanged
  /// where the clock was not set meanwhile.
  std::optional<int64_t> now(std::optional<int64_t> told_us, int64_t now_us,
                             int64_t steady_us) const {
    if (!told_us)
      return told_us;
    // What is told since the last look was not known by then.
    auto known = told_us == told_us_;
    auto waits = kind_ == kind::oldest && told_us_;
    auto after = known || waits ? after_us_ : looked_us_;
    auto before = known ? before_us_ : steady_us;
    auto age_us
      = std::clamp(now_us - *told_us,
                   std::max<int64_t>(steady_us - before, 0) - slack_us,
                   std::max<int64_t>(steady_us - after, 0) + slack_us);
    return now_us - age_us;
  }

 private:
  /// Two clocks are not read at once, and one of them is slewed.
  static constexpr int64_t slack_us = 2 * us_per_second;

  kind kind_;
  std::optional<int64_t> told_us_;
  /// By the steady clock: not known yet, and known.
  int64_t after_us_ = 0, before_us_ = 0;
  int64_t looked_us_ = 0;
};

} // namespace observer
