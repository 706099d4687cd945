#pragma once

// Says at a steady interval what came in and where it is, and watches the
// identity: received = persisted + rejected + shed + in flight. The figures are
// the counters' own; they outlive this actor and every other.
//
// Records that move while the figures are read make them differ for a moment,
// by another number each time. A difference that stays the same over
// `looks_min` looks, one a second, is a record lost or counted twice: an alarm.
//
// Each look is also at what became of the last seconds' records: where less than
// 99.9 % of what came for the slots is on disk as ticks, it says so with the
// cause, once.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/measured_actor.hpp"
#include "actors/watch/outcomes.hpp"
#include "messages/counters.hpp"
#include "messages/interfaces.hpp"

namespace observer {

struct ledger_config {
  std::chrono::milliseconds interval{60'000};
  std::shared_ptr<const session_counters> counters;
  /// Between two looks at the identity.
  std::chrono::milliseconds look{1'000};
  int looks_min = 5;
};

struct ledger_state {
  static inline const char* name = "ledger";
  ledger_config config;
  house_counters house;
  std::chrono::milliseconds since_line{0};
  /// Received less accounted at the last look, and for how many looks.
  int64_t difference = 0;
  int looks = 0;
  /// The difference that was told; 0 if none.
  int64_t told = 0;
  /// Looks so far, what became of records in the last of them, and why records
  /// are short; none if they are not.
  int64_t second = 0;
  session_outcomes lately;
  cause short_of = cause::none;
};

/// `received=… persisted=… rejected=… shed=… in_flight=… ratio=…`, and the
/// rejections by reason if there are any. What is not known yet is "–".
std::string ledger_line(const session_counters& counters);

ledger_actor::behavior_type
ledger(measured_pointer<ledger_actor, ledger_state> self, ledger_config config);

} // namespace observer
