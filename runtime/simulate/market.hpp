#pragma once

// Which issues the simulated exchange trades, at which venue, and under which
// TR ids their trades and quotes go out.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/simulate/instrument.hpp"

namespace observer::simulate {

/// A TR id that the market has data for.
struct channel {
  venue where = venue::krx;
  bool quotes = false;
  /// As on the wire; has static storage.
  std::string_view tr_id;
};
/// Nothing for a TR id that carries no data here (it may still be a TR id).
std::optional<channel> channel_of(std::string_view tr_id);

/// Six digits or capital letters, or `Q` and six for an ETN.
bool is_issue_code(std::string_view code);

/// The first `count` issues: 41 well-known ones, then invented codes.
std::vector<std::string> default_symbols(size_t count = 41);
inline constexpr size_t default_symbols_max = 5'000;

struct market_config {
  std::vector<std::string> symbols = default_symbols();
  /// Trade any code that is asked for, not only `symbols`.
  bool any_symbol = false;
  uint64_t seed = 1;
  /// Of `symbols`, those that do not trade today.
  std::vector<std::string> halted = {};
  /// Trades that each issue remembers, for REST.
  size_t trades_kept = instrument::trades_kept_default;
};

/// Owns every instrument; an instrument lives as long as the market and keeps
/// its address. Instruments are made when first asked for, and what they
/// trade does not depend on when that is. Not thread-safe.
class market {
public:
  explicit market(market_config config);

  /// The instrument, or null if the issue is not listed here. It may be
  /// halted.
  instrument* find(venue where, std::string_view code);

  /// The share of the trade an issue gets: the first symbol most, as on a
  /// real exchange, where a few issues make most of the frames.
  double weight(std::string_view code) const;

  const std::vector<std::string>& symbols() const {
    return config_.symbols;
  }

private:
  market_config config_;
  std::map<std::string, size_t, std::less<>> rank_;
  std::map<std::pair<venue, std::string>, std::unique_ptr<instrument>> all_;
};

} // namespace observer::simulate
