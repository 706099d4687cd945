#include "actors/watch/recent_rejects.hpp"

#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"

namespace observer {

void recent_rejects::add(int64_t received_us, reject_reason reason,
                         std::string_view symbol, std::string_view tr_id,
                         int slot, std::string_view detail,
                         std::string_view raw) {
  {
    std::lock_guard guard{mutex_};
    auto second = received_us / us_per_second;
    if (second != second_) {
      second_ = second;
      in_second_ = 0;
    }
    if (in_second_ >= a_second_max)
      return;
    ++in_second_;
  }
  reject_view view{received_us,
                   reason,
                   outside_value(symbol),
                   outside_value(tr_id),
                   slot,
                   outside_text(detail),
                   outside_text(raw, raw_bytes_max)};
  std::lock_guard guard{mutex_};
  rejects_.push_back(std::move(view));
  if (rejects_.size() > rejects_max)
    rejects_.pop_front();
}

std::vector<reject_view> recent_rejects::newest(size_t count) const {
  std::lock_guard guard{mutex_};
  std::vector<reject_view> out;
  for (auto at = rejects_.rbegin(); at != rejects_.rend() && out.size() < count;
       ++at)
    out.push_back(*at);
  return out;
}

} // namespace observer
