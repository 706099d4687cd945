#pragma once

// How long to wait before the next attempt: doubling, capped, with jitter.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace observer {

struct backoff_config {
  /// The first wait.
  std::chrono::milliseconds first{200};
  /// No wait is ever longer.
  std::chrono::milliseconds max{30'000};
  /// The share of each wait that is random, 0 to 1: a wait lies between
  /// `(1 - jitter) * w` and `w`, so that what failed together does not come
  /// back together, and `max` stays a bound.
  double jitter = 0.2;

  /// The problem in words, or nothing.
  std::optional<std::string> validate() const;
};

/// The waits between attempts: first, 2·first, 4·first, … up to max, each
/// shortened by its jitter. A value: copies go on independently from where
/// the original stands, and equal seeds give equal waits on every platform.
/// Not thread-safe; never throws.
class backoff {
public:
  /// The config must be valid.
  explicit backoff(const backoff_config& config, uint64_t seed)
      : config_{config}, base_{config.first}, random_{seed} {
  }

  /// The next wait, at least 0 and at most `max`.
  std::chrono::milliseconds next();

  /// What was tried succeeded: the next wait is a first one again. The random
  /// sequence goes on, so that resets do not line up the waits.
  void reset() {
    base_ = config_.first;
  }

private:
  backoff_config config_;
  /// The next wait before its jitter.
  std::chrono::milliseconds base_;
  /// Of splitmix64, which needs no more: every supervised child has a backoff.
  uint64_t random_;
};

} // namespace observer
