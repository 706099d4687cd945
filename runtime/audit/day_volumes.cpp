#include "runtime/audit/day_volumes.hpp"

#include <algorithm>

namespace observer::audit {

day_volumes volumes_of(const std::vector<file_part>& parts) {
  day_volumes out;
  std::map<traded_key, stamp> first_at;
  for (auto& part : parts) {
    for (auto& chain : part.sums->chains) {
      for (auto& run : chain.runs) {
        if (!run.counts)
          continue;
        traded_key key{chain.tr_id, chain.symbol, run.day};
        auto& volume = out[key];
        volume.last = std::max(
          {volume.last, run.accumulated, run.last_accumulated});
        auto [at, fresh] = first_at.try_emplace(key, run.first_received);
        if (!fresh && at->second <= run.first_received)
          continue;
        at->second = run.first_received;
        // With a gap mark it is not the day's first; volumes have 18 digits.
        constexpr int64_t lead_max = 1'000'000'000'000'000'000;
        volume.before_first
          = run.begin_unknown || !run.step_counts || run.has_gap
                || run.lead > lead_max || run.lead < -lead_max
              ? std::nullopt
              : std::optional{std::max<int64_t>(
                  0, missing_before(run.lead, run.tick, run.accumulated))};
      }
    }
  }
  return out;
}

} // namespace observer::audit
