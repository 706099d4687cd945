#pragma once

// The machine's times.

#include <chrono>
#include <cstdint>
#include <ctime>

#include "actors/ports/clock.hpp"

namespace observer {

class system_clock : public wall_clock {
 public:
  int64_t now_us() const override {
    using namespace std::chrono;
    auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return duration_cast<microseconds>(since_epoch).count();
  }

  /// Goes on while the machine is suspended, as the wall clock does.
  int64_t steady_us() const override {
    timespec since_boot{};
    ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
    return int64_t{since_boot.tv_sec} * 1'000'000 + since_boot.tv_nsec / 1'000;
  }
};

} // namespace observer
