#pragma once

// Is the cumulative volume of a trade to be believed? A wrong one would make
// shares missing that are not, and be the past of the next. Plain code of
// numbers; nothing here fails.

#include <cstdint>
#include <optional>

#include "actors/journal/journal_recovery.hpp"
#include "messages/kis/record.hpp"

namespace observer {

/// A trade's figures as numbers.
struct tick_figures {
  uint64_t price = 0, volume = 0, accumulated = 0, value = 0;
};

struct tick_check {
  /// Of the trade alone and as a step from the one before.
  kis::doubt_set doubts;
  /// What the next trade is held against; nothing if nothing is known.
  std::optional<tick_baseline> next;

  /// Whether the step of the cumulative volume says anything.
  bool step_counts() const {
    return !doubts.has(kis::doubt::volume) && !doubts.has(kis::doubt::tick);
  }
};

/// Looks at a trade after `before`, the last one of its registration on the same
/// day if there is one.
///
/// A jump of the cumulative volume is a gap unless the cumulative value, which
/// moves by price x volume where nothing is missing, says that there was none:
/// then the volume is in doubt. Two that follow from a volume in doubt show that
/// it was right. In the first trade of all, and where both are jumping, the
/// day's prices tell. The value itself is doubted only in the KRX's regular
/// trades: of others it is not known how it moves.
tick_check check_tick(const std::optional<tick_baseline>& before,
                      const kis::trade& t, kis::tr id, const tick_figures& n,
                      int64_t received_us);

} // namespace observer
