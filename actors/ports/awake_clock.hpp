#pragma once

// Steady time in which this process ran: without the stretches in which it was
// stopped, or its machine was suspended, migrated or so busy that nothing ran.
// Who was not there has no right to call others silent: all watchdogs measure
// with this clock.
//
// Operation. It is asked several times a second (each read of a socket, each
// tick of an actor); between two questions further apart than `late_us` nobody
// ran, and of that only `usual_us` counts.
//
// Concurrency. For every thread.

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

#include "actors/ports/clock.hpp"
#include "messages/korean_time.hpp"

namespace observer {

class awake_clock : public wall_clock {
 public:
  /// Actors ask once a second.
  static constexpr int64_t late_us = 3 * us_per_second;
  static constexpr int64_t usual_us = us_per_second;

  explicit awake_clock(std::shared_ptr<const wall_clock> of)
    : of_(std::move(of)), asked_us_(of_->steady_us()) {}

  int64_t now_us() const override {
    return of_->now_us();
  }

  int64_t steady_us() const override {
    auto now = of_->steady_us();
    auto since = now - asked_us_.load(std::memory_order_acquire);
    if (since > late_us)
      return after_pause();
    // Not each of them writes where all threads look.
    if (since > us_per_second / 10)
      asked_us_.store(now, std::memory_order_release);
    return now - asleep_us_.load(std::memory_order_acquire);
  }

  int64_t asleep_us() const override {
    return asleep_us_.load(std::memory_order_acquire);
  }

 private:
  int64_t after_pause() const {
    std::lock_guard lock{mutex_};
    auto now = of_->steady_us();
    auto since = now - asked_us_.load(std::memory_order_acquire);
    // Before the other: who sees the question sees what it found.
    if (since > late_us)
      asleep_us_.fetch_add(since - usual_us, std::memory_order_acq_rel);
    asked_us_.store(now, std::memory_order_release);
    return now - asleep_us_.load(std::memory_order_acquire);
  }

  std::shared_ptr<const wall_clock> of_;
  mutable std::mutex mutex_;
  mutable std::atomic<int64_t> asked_us_;
  mutable std::atomic<int64_t> asleep_us_{0};
};

} // namespace observer
