#pragma once

// Says at a steady interval what came in and where it is. The figures are the
// counters' own; they outlive this actor and every other.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/house_handlers.hpp"
#include "messages/counters.hpp"
#include "messages/interfaces.hpp"

namespace observer {

struct ledger_config {
  std::chrono::milliseconds interval{60'000};
  std::shared_ptr<const session_counters> counters;
};

struct ledger_state {
  static inline const char* name = "ledger";
  ledger_config config;
  house_counters house;
};

/// `received=… persisted=… rejected=… shed=… in_flight=… ratio=…`, and the
/// rejections by reason if there are any.
std::string ledger_line(const session_counters& counters);

ledger_actor::behavior_type
ledger(ledger_actor::stateful_pointer<ledger_state> self, ledger_config config);

} // namespace observer
