#pragma once

// The machine's times.

#include <chrono>

#include "actors/ports/clock.hpp"

namespace observer {

class system_clock : public wall_clock {
 public:
  int64_t now_us() const override {
    using namespace std::chrono;
    auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return duration_cast<microseconds>(since_epoch).count();
  }

  int64_t steady_us() const override {
    using namespace std::chrono;
    auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return duration_cast<microseconds>(since_boot).count();
  }
};

} // namespace observer
