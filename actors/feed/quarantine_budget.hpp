#pragma once

// What rejected text may cost. A byte from outside can become a hundred on disk:
// so the quarantine takes so many bytes a minute and a day, and of what belongs
// to no registration so many lines a minute for each reason. What is past that
// is counted, and told in one line a minute with how many records it stands for.
//
// Shared by a session's connection and slots; thread-safe.

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "messages/reject_reason.hpp"

namespace observer {

struct quarantine_bounds {
  uint64_t minute_bytes = 64u << 20;
  uint64_t day_bytes = uint64_t{4} << 30;
  /// Lines of what belongs to no registration, by reason.
  uint64_t unclaimed_lines_a_minute = 1'000;
};

/// Of the line that tells of so many records without their text.
std::string text_given_up(uint64_t records);

class quarantine_budget {
 public:
  explicit quarantine_budget(quarantine_bounds bounds = {})
    : bounds_(bounds) {}

  /// Whether a line of about `bytes` may be written at this wall time; takes
  /// them if so. A clock that is set begins a minute.
  bool take(uint64_t bytes, int64_t now_us);
  /// The same for what no slot claims.
  bool take_unclaimed(reject_reason reason, uint64_t bytes, int64_t now_us);

  /// In words, once: that text is given up, and why; or that it is kept again,
  /// after a minute in which none was given up. Else empty.
  std::string news(int64_t now_us);

 private:
  void turn(int64_t now_us);
  bool take_bytes(uint64_t bytes);

  const quarantine_bounds bounds_;
  std::mutex mutex_;
  /// Since the epoch; days are Korean.
  int64_t minute_ = 0, day_ = 0;
  uint64_t minute_bytes_ = 0, day_bytes_ = 0;
  std::array<uint64_t, reject_reason_count> unclaimed_{};
  /// Why text was given up last, in words; empty if none was since it was kept
  /// again; when.
  std::string why_;
  int64_t given_up_minute_ = 0;
  bool told_ = false;
};

} // namespace observer
