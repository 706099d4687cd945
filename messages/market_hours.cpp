#include "messages/market_hours.hpp"

#include "messages/korean_time.hpp"

namespace observer {

std::vector<market_hours::range> market_hours::regular() {
  std::vector<range> out(1);
  out[0].begin_minute = 9 * 60;
  out[0].end_minute = 15 * 60 + 20;
  return out;
}

bool market_hours::open_at(int64_t wall_us) const {
  if (always)
    return true;
  auto t = to_korean_time(wall_us);
  if (t.weekday == 0 || t.weekday == 6)
    return false;
  auto minute = t.hour * 60 + t.minute;
  for (auto& r : ranges)
    if (minute >= r.begin_minute && minute < r.end_minute)
      return !holidays.contains(korean_date(wall_us));
  return false;
}

} // namespace observer
