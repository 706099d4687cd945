#include "runtime/inspect/day_sum.hpp"

#include <algorithm>
#include <utility>

#include "messages/korean_time.hpp"

namespace observer {

day_counts counts_of(const session_counters& c, const losses_by_tr& losses) {
  auto t = sum(c);
  day_counts out;
  out.received = t.received;
  out.persisted = t.persisted;
  out.rejected = t.rejected;
  out.shed = t.shed;
  for (auto& n : c.lost)
    out.lost += n.value();
  for (auto& n : c.gaps_by_cause)
    out.gaps += n.value();
  for (auto& slot : c.slots)
    out.missing_shares += slot.missing_shares.value();
  out.disconnects = c.disconnects.value();
  out.losses = losses;
  return out;
}

void day_sum::look(int64_t now_us, const day_counts& so_far) {
  auto day = korean_day(now_us);
  auto before = std::exchange(day_, day);
  if (!before || *before == day)
    return;
  // A clock that was set may have left out the beginning of the day.
  constexpr int64_t late_max_us = 10 * us_per_second;
  auto midnight_us = korean_hour_begin_us(day * 24);
  begun_us_ = now_us - midnight_us < late_max_us ? midnight_us : now_us;
  before_ = so_far;
}

day_counts day_sum::of(const day_counts& so_far) const {
  auto less = [](uint64_t now, uint64_t then) {
    return now - std::min(now, then);
  };
  auto& b = before_;
  losses_by_tr losses;
  for (size_t i = 0; i < losses.size(); ++i) {
    auto &now = so_far.losses[i], &then = b.losses[i];
    losses[i] = {less(now.gaps, then.gaps),
                 less(now.missing_shares, then.missing_shares),
                 less(now.unknown, then.unknown)};
  }
  return {less(so_far.received, b.received),
          less(so_far.persisted, b.persisted),
          less(so_far.rejected, b.rejected),
          less(so_far.shed, b.shed),
          less(so_far.lost, b.lost),
          less(so_far.gaps, b.gaps),
          less(so_far.missing_shares, b.missing_shares),
          less(so_far.disconnects, b.disconnects),
          losses};
}

int64_t day_sum::since_us(int64_t now_us, int64_t started_us) const {
  if (begun_us_)
    return *begun_us_;
  return std::max(started_us, korean_hour_begin_us(korean_day(now_us) * 24));
}

} // namespace observer
