#include "actors/feed/quarantine_budget.hpp"

#include <fmt/format.h>

#include "messages/korean_time.hpp"

namespace observer {

namespace {

constexpr int64_t minute_us = 60 * us_per_second;
constexpr int64_t day_us = 24 * 60 * minute_us;
constexpr int64_t korea_ahead_us = 9 * 60 * minute_us;

} // namespace

std::string text_given_up(uint64_t records) {
  return fmt::format("{} records whose text was given up: there was no room for "
                     "it, or too much of it",
                     records);
}

void quarantine_budget::turn(int64_t now_us) {
  auto minute = now_us / minute_us;
  if (minute != minute_) {
    minute_ = minute;
    minute_bytes_ = 0;
    unclaimed_ = {};
  }
  auto day = (now_us + korea_ahead_us) / day_us;
  if (day != day_) {
    day_ = day;
    day_bytes_ = 0;
  }
}

bool quarantine_budget::take_bytes(uint64_t bytes) {
  auto day_full = day_bytes_ + bytes > bounds_.day_bytes;
  if (!day_full && minute_bytes_ + bytes <= bounds_.minute_bytes) {
    minute_bytes_ += bytes;
    day_bytes_ += bytes;
    return true;
  }
  given_up_minute_ = minute_;
  if (why_.empty())
    why_ = day_full
             ? fmt::format("the quarantine has its {} bytes of this day "
                           "(journal.quarantine_day_bytes)",
                           bounds_.day_bytes)
             : fmt::format("the quarantine has its {} bytes of this minute "
                           "(journal.quarantine_minute_bytes)",
                           bounds_.minute_bytes);
  return false;
}

bool quarantine_budget::take(uint64_t bytes, int64_t now_us) {
  std::lock_guard guard{mutex_};
  turn(now_us);
  return take_bytes(bytes);
}

bool quarantine_budget::take_unclaimed(reject_reason reason, uint64_t bytes,
                                       int64_t now_us) {
  std::lock_guard guard{mutex_};
  turn(now_us);
  auto& lines = unclaimed_[static_cast<size_t>(reason)];
  if (lines < bounds_.unclaimed_lines_a_minute) {
    if (!take_bytes(bytes))
      return false;
    ++lines;
    return true;
  }
  given_up_minute_ = minute_;
  if (why_.empty())
    why_ = fmt::format("{} lines of {} in a minute that belong to no "
                       "registration",
                       bounds_.unclaimed_lines_a_minute, to_string(reason));
  return false;
}

std::string quarantine_budget::news(int64_t now_us) {
  std::lock_guard guard{mutex_};
  turn(now_us);
  if (why_.empty())
    return {};
  if (!told_) {
    told_ = true;
    return why_
           + ": more rejected records are counted, and their text is given up";
  }
  if (minute_ - given_up_minute_ <= 1 && minute_ >= given_up_minute_)
    return {};
  told_ = false;
  why_.clear();
  return "the text of rejected records is kept again";
}

} // namespace observer
