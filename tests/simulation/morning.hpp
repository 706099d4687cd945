#pragma once

// One morning of a recorder's life from a seed: trading, faults at random, a
// recovery, an orderly stop, and then the question whether anything vanished.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "simulation/world.hpp"

namespace observer::simulation {

struct morning_options {
  uint64_t seed = 1;
  sabotage flaw = sabotage::none;
  /// Told each fault as it happens, and what the daemon logs at warning or
  /// above; may be empty.
  std::function<void(const std::string&)> say;
  bool with_log = false;
  /// For the files that the audit reads; must exist and be empty.
  std::string directory;
};

struct morning {
  /// Empty if nothing vanished.
  std::vector<std::string> findings;
  /// How often each fault was put in.
  std::map<std::string, uint64_t> faults;
  uint64_t ticks = 0, gaps = 0, missing_trades = 0;
  uint64_t rejected = 0, shed = 0;
  uint64_t gave_up = 0;
  std::vector<int64_t> recoveries_us;
  /// Of all files: equal seeds give equal ones.
  std::string digest;
};

/// Deterministic in the seed.
morning live(const morning_options& options);

} // namespace observer::simulation
