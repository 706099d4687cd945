#pragma once

// What came and what became of it, over time: each of the last ten minutes'
// seconds, the last hour in steps of ten of them, the last day in minutes. Of a
// fixed size. Thread-safe.

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "messages/counters.hpp"

namespace observer {

/// Counts of one step each, oldest first; nothing where there was no daemon.
struct history_view {
  int step_s = 1;
  /// Of the newest step that is over.
  int64_t end_us = 0;
  using counts = std::vector<std::optional<uint32_t>>;
  counts received, persisted, gaps, disconnects;
};

enum class history_range : uint8_t { ten_minutes, hour, day };
/// Of `10m`, `1h` and `day`; nothing of anything else.
std::optional<history_range> parse_history_range(std::string_view word);

class history {
 public:
  static constexpr size_t seconds = 600;

  /// Once a second: the totals so far.
  void add(int64_t now_us, const ledger_totals& totals, uint64_t gaps = 0,
           uint64_t disconnects = 0);
  history_view view(history_range range = history_range::ten_minutes) const;
  struct sums {
    uint64_t received = 0, persisted = 0, unclaimed = 0;
    /// Seconds that there are figures of, at most those asked for.
    int64_t over_s = 0;
  };
  /// Of the last `last` seconds.
  sums over(size_t last) const;

 private:
  struct step {
    uint32_t received = 0, persisted = 0, unclaimed = 0;
    uint32_t gaps = 0, disconnects = 0;

    void add(const step& other);
  };
  /// The last `size` steps of `step_s` seconds.
  template <size_t size, size_t step_s>
  struct series {
    std::array<step, size> ring{};
    /// Steps ever added; the newest is at (count - 1) % size.
    size_t count = 0;
    int64_t end_us = 0;
    /// The one that is not over, and the seconds in it.
    step open = {};
    size_t open_s = 0;

    void add(int64_t now_us, const step& second);
    history_view view() const;
  };

  mutable std::mutex mutex_;
  series<seconds, 1> ten_minutes_;
  series<360, 10> hour_;
  series<1'440, 60> day_;
  bool begun_ = false;
  ledger_totals before_;
  uint64_t gaps_before_ = 0, disconnects_before_ = 0;
};

} // namespace observer
