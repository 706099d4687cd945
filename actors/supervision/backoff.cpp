#include "actors/supervision/backoff.hpp"

#include <fmt/format.h>

namespace observer {

std::optional<std::string> backoff_config::validate() const {
  if (first.count() <= 0)
    return fmt::format("the first backoff is {} ms: it must be at least 1 ms",
                       first.count());
  if (max < first)
    return fmt::format("the longest backoff, {} ms, is shorter than the first, "
                       "{} ms",
                       max.count(), first.count());
  // Written so that a NaN is refused too.
  if (!(jitter >= 0 && jitter <= 1))
    return fmt::format("the backoff's jitter is {}: it must be from 0 to 1",
                       jitter);
  return std::nullopt;
}

namespace {

/// splitmix64.
uint64_t next_random(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  auto x = state;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

} // namespace

std::chrono::milliseconds backoff::next() {
  auto wait = base_;
  // Compared by halves: doubling first could overflow.
  base_ = base_ > config_.max / 2 ? config_.max : base_ * 2;
  // From the engine's bits, not from a distribution: those differ between
  // libraries, and a seed shall replay anywhere.
  auto unit = static_cast<double>(next_random(random_) >> 11) * 0x1p-53;
  auto cut = static_cast<double>(wait.count()) * config_.jitter * unit;
  return wait - std::chrono::milliseconds{static_cast<int64_t>(cut)};
}

} // namespace observer
