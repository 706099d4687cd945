#include "runtime/inspect/history.hpp"

#include <algorithm>

namespace observer {

void history::add(int64_t now_us, const ledger_totals& totals) {
  std::lock_guard guard{mutex_};
  if (begun_) {
    ring_[count_ % seconds]
      = {static_cast<uint32_t>(totals.received - before_.received),
         static_cast<uint32_t>(totals.persisted - before_.persisted),
         static_cast<uint32_t>(totals.unclaimed - before_.unclaimed)};
    ++count_;
  }
  begun_ = true;
  before_ = totals;
  end_us_ = now_us;
}

history_view history::view() const {
  std::lock_guard guard{mutex_};
  history_view out;
  out.end_us = end_us_;
  auto known = std::min(count_, seconds);
  out.received.resize(seconds - known);
  out.persisted.resize(seconds - known);
  for (auto i = count_ - known; i < count_; ++i) {
    out.received.emplace_back(ring_[i % seconds].received);
    out.persisted.emplace_back(ring_[i % seconds].persisted);
  }
  return out;
}

history::sums history::over(size_t last) const {
  std::lock_guard guard{mutex_};
  auto known = std::min({count_, seconds, last});
  sums out;
  out.over_s = static_cast<int64_t>(known);
  for (auto i = count_ - known; i < count_; ++i) {
    out.received += ring_[i % seconds].received;
    out.persisted += ring_[i % seconds].persisted;
    out.unclaimed += ring_[i % seconds].unclaimed;
  }
  return out;
}

} // namespace observer
