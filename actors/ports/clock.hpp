#pragma once

// The clock as actors see it. The runtime implements it for real; tests and the
// simulation for themselves.

#include <cstdint>

namespace observer {

/// The two times of a machine. Stamps are wall time; whoever measures how long
/// something takes uses steady time, because operators and NTP set the wall
/// clock. Timers are the business of `self->delayed_send`.
class wall_clock {
 public:
  virtual ~wall_clock() = default;
  /// µs since the Unix epoch; may jump either way.
  virtual int64_t now_us() const = 0;
  /// µs since a fixed moment of this boot, above 0; never goes back. Whoever
  /// judges others by it must not count what `asleep_us` has: see awake_clock.
  virtual int64_t steady_us() const = 0;
  /// µs of this boot that `steady_us` leaves out: this process did not run.
  virtual int64_t asleep_us() const {
    return 0;
  }
};

} // namespace observer
