#include "actors/watch/silence_watch.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "messages/korean_time.hpp"

namespace observer {

namespace {

/// Of the newest second in the means, and of a second in the fading of pauses.
constexpr double share = 1.0 / 30, fading = 1.0 / 600;
/// No silence is called one before.
constexpr int64_t silence_min_us = 4 * us_per_second;
/// Chance leaves out so many frames less than once in 100,000 cases.
constexpr double frames_min = 12;
/// Nature leaves out so many never: what ends then was no pause to learn from.
constexpr double frames_sure = 200;
/// A silence is longer than the pauses before it.
constexpr double pauses_min = 2;

/// As it is shown: whole, unless it is small.
double shown(double per_s) {
  return per_s < 10 ? std::round(per_s * 10) / 10 : std::round(per_s);
}

} // namespace

void silence_watch::reset() {
  *this = {};
}

silence_watch::news silence_watch::look(uint64_t frames, uint64_t records,
                                        int64_t now_us, int64_t last_data_us,
                                        bool judged) {
  if (frames > 0) {
    auto empty_s = static_cast<double>(std::exchange(empty_s_, 0));
    // Before the first data there was no feed.
    if (empty_s > 0 && weight_ > 0 && frames_per_s_ * empty_s < frames_sure) {
      pause_s_ = std::max(pause_s_, empty_s);
      auto left = std::pow(1 - share, empty_s);
      frames_per_s_ *= left;
      records_per_s_ *= left;
      weight_ = 1 - (1 - weight_) * left;
    }
    pause_s_ *= 1 - fading;
    frames_per_s_ += share * (static_cast<double>(frames) - frames_per_s_);
    records_per_s_ += share * (static_cast<double>(records) - records_per_s_);
    weight_ += share * (1 - weight_);
    return std::exchange(silence_, std::nullopt) ? news::ends : news::none;
  }
  ++empty_s_;
  auto silent_us = now_us - last_data_us;
  auto silent_s = static_cast<double>(silent_us) / us_per_second;
  if (silence_ || !judged || silent_us < silence_min_us
      || frames_per_s_ * silent_s < frames_min
      || silent_s < pauses_min * pause_s_)
    return news::none;
  silence_ = feed_silence{last_data_us, shown(records_per_s_ / weight_)};
  return news::begins;
}

} // namespace observer
