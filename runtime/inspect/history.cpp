#include "runtime/inspect/history.hpp"

#include <algorithm>
#include <utility>

namespace observer {

std::optional<history_range> parse_history_range(std::string_view word) {
  if (word == "10m")
    return history_range::ten_minutes;
  if (word == "1h")
    return history_range::hour;
  if (word == "day")
    return history_range::day;
  return std::nullopt;
}

void history::step::add(const step& other) {
  received += other.received;
  persisted += other.persisted;
  unclaimed += other.unclaimed;
  gaps += other.gaps;
  disconnects += other.disconnects;
}

template <size_t size, size_t step_s>
void history::series<size, step_s>::add(int64_t now_us, const step& second) {
  open.add(second);
  if (++open_s < step_s)
    return;
  ring[count++ % size] = std::exchange(open, {});
  open_s = 0;
  end_us = now_us;
}

template <size_t size, size_t step_s>
history_view history::series<size, step_s>::view() const {
  history_view out;
  out.step_s = step_s;
  out.end_us = end_us;
  auto known = std::min(count, size);
  for (auto* list :
       {&out.received, &out.persisted, &out.gaps, &out.disconnects})
    list->resize(size - known);
  for (auto i = count - known; i < count; ++i) {
    auto& s = ring[i % size];
    out.received.emplace_back(s.received);
    out.persisted.emplace_back(s.persisted);
    out.gaps.emplace_back(s.gaps);
    out.disconnects.emplace_back(s.disconnects);
  }
  return out;
}

void history::add(int64_t now_us, const ledger_totals& totals, uint64_t gaps,
                  uint64_t disconnects) {
  std::lock_guard guard{mutex_};
  if (begun_) {
    step second{static_cast<uint32_t>(totals.received - before_.received),
                static_cast<uint32_t>(totals.persisted - before_.persisted),
                static_cast<uint32_t>(totals.unclaimed - before_.unclaimed),
                static_cast<uint32_t>(gaps - gaps_before_),
                static_cast<uint32_t>(disconnects - disconnects_before_)};
    ten_minutes_.add(now_us, second);
    hour_.add(now_us, second);
    day_.add(now_us, second);
  } else {
    for (auto* end_us : {&ten_minutes_.end_us, &hour_.end_us, &day_.end_us})
      *end_us = now_us;
  }
  begun_ = true;
  before_ = totals;
  gaps_before_ = gaps;
  disconnects_before_ = disconnects;
}

history_view history::view(history_range range) const {
  std::lock_guard guard{mutex_};
  switch (range) {
    case history_range::hour:
      return hour_.view();
    case history_range::day:
      return day_.view();
    default:
      return ten_minutes_.view();
  }
}

history::sums history::over(size_t last) const {
  std::lock_guard guard{mutex_};
  auto& s = ten_minutes_;
  auto known = std::min({s.count, seconds, last});
  sums out;
  out.over_s = static_cast<int64_t>(known);
  for (auto i = s.count - known; i < s.count; ++i) {
    auto& second = s.ring[i % seconds];
    out.received += second.received;
    out.persisted += second.persisted;
    out.unclaimed += second.unclaimed;
  }
  return out;
}

} // namespace observer
