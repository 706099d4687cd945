#pragma once

// A line of the system journal: what happened, to whom, why.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/cause.hpp"
#include "messages/jsonl.hpp"

namespace observer {

/// Lines that were on disk and acknowledged, and are gone with their file.
struct lost_lines {
  std::string_view dataset, session_id;
  int slot = 0;
  uint64_t first_seq = 0, last_seq = 0;
};

struct journal_event {
  /// `gap`, `shed`, `subscribed`, `refused`, `connected`, `disconnected`,
  /// `width_changed`, `started`, `stopped`, `ledger`, …
  std::string_view event = {};
  cause why = cause::none;
  /// In words; bounded as outside_text.hpp says wherever it is kept.
  std::string_view detail = {};
  /// What it is about; empty if about no registration.
  std::string_view tr_id = {}, symbol = {};
  /// The session and tick that a gap ends at; 0 if about no tick.
  uint64_t tick_seq = 0;
  /// The bounds of a gap.
  std::optional<int64_t> from_us = {}, to_us = {};
  std::optional<int64_t> missing_shares = {};
  std::optional<uint64_t> records = {};
  std::optional<lost_lines> lost = {};
};

void append_event_line(std::string& out, const journal_event& e,
                       const line_place& place);

} // namespace observer
