#pragma once

// The keys that lines of a journal bear, and sets of them: for the sources of
// records.hpp alone.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "messages/cause.hpp"

namespace observer::audit {

// The keys in the order in which lines bear them, which is the fastest.
inline constexpr std::array<std::string_view, 27> line_keys{
  "timestamp", "symbol", "execution_time", "price",   "volume",
  "side",      "bid_ask", "asks",          "bids",    "market",
  "source",    "tr_id",  "session_id",     "slot",    "seq",
  "gap",       "event",  "reason",         "raw",     "cause",
  "records",   "tick_seq", "business_date", "doubt", "lost",
  "from",      "to"};
enum line_key : int {
  timestamp_key,
  symbol_key,
  execution_time_key,
  price_key,
  volume_key,
  side_key,
  bid_ask_key,
  asks_key,
  bids_key,
  market_key,
  source_key,
  tr_id_key,
  session_id_key,
  slot_key,
  seq_key,
  gap_key,
  event_key,
  reason_key,
  raw_key,
  cause_key,
  records_key,
  tick_seq_key,
  business_date_key,
  doubt_key,
  lost_key,
  from_key,
  to_key,
};

template <class... Keys>
constexpr uint32_t bits(Keys... keys) {
  return ((1u << keys) | ...);
}

constexpr uint32_t all_bits(size_t count) {
  return (1u << count) - 1;
}

/// What data can be short for; "none" is no reason.
inline bool is_cause(std::string_view word) {
  return parse_cause(word).value_or(cause::none) != cause::none;
}

} // namespace observer::audit
