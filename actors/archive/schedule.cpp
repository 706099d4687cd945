#include "actors/archive/schedule.hpp"

#include "messages/korean_time.hpp"

namespace observer {

int64_t backup_schedule::round_at(int64_t wall_us) const {
  auto begin = korean_hour_begin_us(korean_day(wall_us) * 24);
  auto at = begin + int64_t{at_minute_} * 60 * us_per_second;
  return at <= wall_us ? at : at - us_per_day;
}

bool backup_schedule::due(int64_t wall_us, int64_t steady_us) const {
  if (round_at(wall_us) != round_us_)
    return true;
  return !done_ && steady_us >= again_us_;
}

void backup_schedule::begin(int64_t wall_us) {
  auto at = round_at(wall_us);
  if (at != round_us_)
    failures_ = 0;
  round_us_ = at;
  done_ = false;
}

void backup_schedule::end(outcome how, int64_t steady_us) {
  constexpr int64_t minute = 60 * us_per_second;
  done_ = how == outcome::done;
  failures_ = how == outcome::failed ? failures_ + 1 : 0;
  again_us_ = steady_us
              + (done_            ? 0
                 : failures_ == 1 ? 5 * minute
                 : failures_ == 2 ? 10 * minute
                                  : 60 * minute);
}

} // namespace observer
