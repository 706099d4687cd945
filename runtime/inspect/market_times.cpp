#include "runtime/inspect/market_times.hpp"

#include <algorithm>

#include "messages/korean_time.hpp"

namespace observer {

namespace {

constexpr int64_t minute_us = 60 * us_per_second;

} // namespace

std::optional<int64_t> next_opening_us(const market_hours& hours,
                                       int64_t now_us) {
  if (hours.always || hours.open_at(now_us))
    return std::nullopt;
  auto first = now_us / minute_us * minute_us;
  for (int64_t i = 1; i <= 10 * 24 * 60; ++i)
    if (hours.open_at(first + i * minute_us))
      return first + i * minute_us;
  return std::nullopt;
}

std::optional<int64_t> next_closing_us(const market_hours& hours,
                                       int64_t now_us) {
  if (hours.always || !hours.open_at(now_us))
    return std::nullopt;
  auto first = now_us / minute_us * minute_us;
  for (int64_t i = 1; i <= 24 * 60; ++i)
    if (!hours.open_at(first + i * minute_us))
      return first + i * minute_us;
  return std::nullopt;
}

std::string_view why_closed(const market_hours& hours, int64_t now_us) {
  if (hours.open_at(now_us))
    return {};
  auto t = to_korean_time(now_us);
  // A holiday on a Sunday is a Sunday.
  if (t.weekday == 0 || t.weekday == 6)
    return "weekend";
  if (hours.holidays.contains(korean_date(now_us)))
    return "holiday";
  auto minute = t.hour * 60 + t.minute;
  auto later = std::any_of(hours.ranges.begin(), hours.ranges.end(),
                           [&](auto& r) { return minute < r.begin_minute; });
  return later ? "before_open" : "after_close";
}

} // namespace observer
