#pragma once

// How much was traded: the last cumulative volume of each registration and day
// of the exchange's, which what is missing is a share of.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/audit/continuity.hpp"

namespace observer::audit {

/// TR id, symbol, day.
using traded_key = std::tuple<std::string, std::string, std::array<char, 8>>;

struct day_volume {
  int64_t last = 0;
  /// Traded before the first tick that is on disk; nothing where only a manifest
  /// tells of that tick.
  std::optional<int64_t> before_first;
};

using day_volumes = std::map<traded_key, day_volume>;

day_volumes volumes_of(const std::vector<file_part>& parts);

} // namespace observer::audit
