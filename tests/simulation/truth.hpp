#pragma once

// What really happened at the simulated exchange, to hold the journal against.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace observer::simulation {

/// One trade of an issue; the cumulative volume names it.
struct true_trade {
  int64_t accumulated = 0;
  int64_t volume = 0;
  std::string price;
  /// The exchange itself held it back while the session was open: nobody but
  /// the cumulative volume can say so.
  bool withheld = false;
};

struct truth {
  /// By symbol, in order.
  std::map<std::string, std::vector<true_trade>> trades;
  /// Records in frames that were handed to a daemon's socket, good and bad.
  uint64_t delivered = 0;
};

/// A tick's line as found in the journal.
struct found_tick {
  std::string symbol, price, session_id, file;
  int slot = 0;
  uint64_t seq = 0;
  int64_t accumulated = 0, volume = 0;
  bool has_gap = false;
  std::string cause;
  int64_t missing = 0;
};

/// Reads a line of the scalp journal; false if it is none.
bool read_tick(std::string_view line, found_tick& out);

struct comparison {
  /// One a line; empty if the journal is the truth less what its gaps say.
  std::vector<std::string> problems;
  uint64_t ticks = 0, gaps = 0, missing_trades = 0;
  std::set<std::string> causes;
};

/// Every tick is a true trade and is there once, with the wire's digits; every
/// true trade between the first and the last tick of its issue is there, or
/// within a gap of exactly that size whose cause is named.
comparison compare(const truth& t, const std::vector<found_tick>& ticks);

} // namespace observer::simulation
