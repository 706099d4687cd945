#pragma once

// The disk's thread in simulated time: one job after another, each with a
// latency, and none once the process that gave it is gone.

#include <deque>
#include <functional>
#include <memory>

#include "actors/ports/disk.hpp"
#include "runtime/simulate/random.hpp"
#include "simulation/timeline.hpp"

namespace observer::simulation {

/// How the machine's disk behaves; shared by the processes that come and go.
struct disk_manners {
  /// Mean of a job, µs.
  int64_t job_us = 600;
  /// No job ends before this steady time (a sync that hangs).
  int64_t stalled_until_us = 0;
};

class simulated_disk : public disk,
                       public std::enable_shared_from_this<simulated_disk> {
 public:
  /// `around` is given each job to do.
  simulated_disk(
    timeline& line, uint64_t life, const disk_manners& manners,
    simulate::dice& random,
    std::function<void(const std::function<void()>&)> around)
    : line_(line), life_(life), manners_(manners), random_(random),
      around_(std::move(around)) {}

  void submit(std::function<void()> work) override {
    if (dead_)
      return;
    queue_.push_back(std::move(work));
    if (queue_.size() > 1)
      return;
    try {
      begin();
    } catch (...) {
      queue_.pop_back(); // there was no memory for it
      throw;
    }
  }

  /// The process is gone: what waits is never done.
  void die() {
    dead_ = true;
    queue_.clear();
  }

 private:
  void begin() {
    // While it hangs it is looked at again and again: a hang may be called off.
    constexpr int64_t look_us = 100'000;
    auto hangs = manners_.stalled_until_us > line_.now_us();
    line_.in(hangs ? look_us : random_.between(50, 2 * manners_.job_us), life_,
             [weak = weak_from_this()] {
               if (auto self = weak.lock())
                 self->finish();
             });
  }

  void finish() {
    if (dead_)
      return;
    // A disk that hung meanwhile has not finished.
    if (manners_.stalled_until_us > line_.now_us()) {
      begin();
      return;
    }
    auto work = std::move(queue_.front());
    try {
      around_(work);
    } catch (...) {
      // As the disk's thread: it lives, and nobody hears of the job.
    }
    if (dead_)
      return;
    queue_.pop_front();
    if (!queue_.empty())
      begin();
  }

  timeline& line_;
  uint64_t life_;
  const disk_manners& manners_;
  simulate::dice& random_;
  std::function<void(const std::function<void()>&)> around_;
  std::deque<std::function<void()>> queue_;
  bool dead_ = false;
};

} // namespace observer::simulation
