#pragma once

// Records received and persisted in each of the last ten minutes' seconds.
// Thread-safe.

#include <array>
#include <cstdint>
#include <mutex>

#include "messages/counters.hpp"
#include "runtime/inspect/json.hpp"

namespace observer {

class history {
 public:
  static constexpr size_t seconds = 600;

  /// Once a second: the totals so far.
  void add(int64_t now_us, const ledger_totals& totals);
  history_view view() const;
  struct sums {
    uint64_t received = 0, persisted = 0, unclaimed = 0;
    /// Seconds that there are figures of, at most those asked for.
    int64_t over_s = 0;
  };
  /// Of the last `last` seconds.
  sums over(size_t last) const;

 private:
  struct second {
    uint32_t received = 0, persisted = 0, unclaimed = 0;
  };

  mutable std::mutex mutex_;
  std::array<second, seconds> ring_{};
  /// Seconds ever added; the newest is at (count_ - 1) % seconds.
  size_t count_ = 0;
  int64_t end_us_ = 0;
  bool begun_ = false;
  ledger_totals before_;
};

} // namespace observer
