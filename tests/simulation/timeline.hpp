#pragma once

// What will happen in the simulated world and when, apart from the actors' own
// timers. Times are steady µs.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

namespace observer::simulation {

class timeline {
 public:
  /// Things of one daemon's life are forgotten with it (see forget); the world's
  /// own have life 0.
  void at(int64_t steady_us, uint64_t life, std::function<void()> what) {
    events_.emplace(std::max(steady_us, now_us_), entry{life, std::move(what)});
  }
  void in(int64_t delay_us, uint64_t life, std::function<void()> what) {
    at(now_us_ + delay_us, life, std::move(what));
  }

  std::optional<int64_t> next_us() const {
    if (events_.empty())
      return std::nullopt;
    return events_.begin()->first;
  }
  int64_t now_us() const {
    return now_us_;
  }
  /// Time goes on; does what is due by then, in order of time and, at one time,
  /// of planning.
  void run_until(int64_t steady_us) {
    while (!events_.empty() && events_.begin()->first <= steady_us) {
      auto first = events_.begin();
      now_us_ = std::max(now_us_, first->first);
      auto what = std::move(first->second.what);
      events_.erase(first);
      what();
    }
    now_us_ = std::max(now_us_, steady_us);
  }
  void forget(uint64_t life) {
    std::erase_if(events_, [&](auto& e) { return e.second.life == life; });
  }

 private:
  struct entry {
    uint64_t life;
    std::function<void()> what;
  };
  int64_t now_us_ = 1;
  std::multimap<int64_t, entry> events_;
};

} // namespace observer::simulation
