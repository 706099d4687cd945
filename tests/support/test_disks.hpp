#pragma once

// Disks and a clock for deterministic tests: work runs when the test says so.

#include <deque>
#include <functional>

#include "actors/ports/clock.hpp"
#include "actors/ports/disk.hpp"

namespace observer::test {

/// Does the work at once, in the submitting actor.
class inline_disk : public disk {
 public:
  void submit(std::function<void()> work) override {
    ++jobs;
    work();
  }

  uint64_t jobs = 0;
};

/// Keeps the work until the test runs it.
class manual_disk : public disk {
 public:
  void submit(std::function<void()> work) override {
    queue.push_back(std::move(work));
  }
  /// Runs the oldest job, and destroys it; false if there is none.
  bool run_one() {
    if (queue.empty())
      return false;
    auto job = std::move(queue.front());
    queue.pop_front();
    job();
    return true;
  }

  std::deque<std::function<void()>> queue;
};

class fake_clock : public wall_clock {
 public:
  int64_t now_us() const override {
    return us;
  }

  int64_t steady_us() const override {
    us += us_a_look;
    return us - set_us - asleep;
  }

  int64_t asleep_us() const override {
    return asleep;
  }

  /// Nobody runs for so long.
  void sleep(int64_t for_us) {
    us += for_us;
    asleep += for_us;
  }

  /// Sets the wall clock, as an operator does: steady time goes on.
  void set(int64_t to_us) {
    set_us += to_us - us;
    us = to_us;
  }

  mutable int64_t us = 0;
  int64_t set_us = 0;
  int64_t asleep = 0;
  /// How far it goes between two looks, as a real one does.
  int64_t us_a_look = 0;
};

} // namespace observer::test
