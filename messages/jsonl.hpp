#pragma once

// The journal's lines: a trade, a quote, a rejected record, an event. One line
// on disk each, keys in a fixed order, numbers in the wire's digits.

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/kis/frame.hpp"
#include "messages/kis/record.hpp"

namespace observer {

/// Where a line belongs; what `observer decode` does not know.
struct line_place {
  /// Receive time at the socket.
  int64_t received_us = 0;
  std::string_view session_id;
  int slot = 0;
  uint64_t seq = 0;
  /// The exchange's day of a trade, `20260914`, where that is not the day of its
  /// receipt; empty else.
  std::string_view business_date = {};
};

/// A hole in the data just before a tick: written as the last key of the line
/// that ends it, so that the tick and the mark are durable together.
struct gap_mark {
  /// A word of causes (see messages/cause.hpp).
  std::string_view cause;
  /// Shares traded that are not in the journal, by the cumulative volume;
  /// negative if the exchange's count went back.
  int64_t missing_shares = 0;
  /// Records known to be given up in it (shed, rejected); 0 if unknown.
  uint64_t records = 0;
  /// Receive time of the last tick before the hole.
  int64_t after_us = 0;
};

/// So much of a record is kept beside its line: some ten times what a record
/// has.
inline constexpr size_t doubt_raw_bytes_max = 4'096;

/// What is in doubt of a tick: `"doubt":["width"],"raw":"…"` after seq. Of a raw
/// text that is not UTF-8 `"raw_base64":"…"` has the bytes themselves.
struct doubt_mark {
  kis::doubt_set doubts;
  /// The record as it came; its first doubt_raw_bytes_max bytes are kept, none
  /// if it is empty.
  std::string_view raw;
};

/// Appends one line, newline included. Without `place` the keys timestamp,
/// session_id, slot and seq are left out (the form of `observer decode`).
void append_trade_line(std::string& out, const kis::trade& t, kis::tr id,
                       const line_place* place, const gap_mark* gap = nullptr,
                       const doubt_mark* doubt = nullptr);
void append_quote_line(std::string& out, const kis::quote& q, kis::tr id,
                       const line_place* place,
                       const doubt_mark* doubt = nullptr);

/// Raw text that one quarantine line takes at most: escaped and in base64 it is
/// no more than seven and a half times as long, and readers bound a line at 1 MiB.
inline constexpr size_t reject_raw_bytes_max = 128 * 1024;

/// A rejected record with its raw text and what was wrong. Of a longer text than
/// that only its beginning is written, and `raw_bytes` says its size. Beside a raw
/// text that is not UTF-8 stands `raw_base64`.
struct reject_line {
  reject_reason reason;
  /// In words: the column and the value.
  std::string_view detail;
  std::string_view tr_id;
  /// The record, or the whole frame when that was rejected.
  std::string_view raw;
  /// How many records this line stands for.
  uint64_t records = 1;
  /// Empty if not known.
  std::string_view symbol = {};
};
void append_reject_line(std::string& out, const reject_line& r,
                        const line_place& place);

/// Appends `text` as a JSON string with quotes. Invalid UTF-8 is escaped (`\u00XX`,
/// byte by byte), and so is what steers a terminal (`\uXXXX`), so that any bytes
/// give one valid line that can be shown. Masks nothing.
void append_json_string(std::string& out, std::string_view text);

/// What is wrong with a record, in words: `column 2 (price): "abc" is not …`.
std::string describe(const kis::record_problem& p, kis::tr id);
/// What is wrong with `text`, a frame that split_frame rejected whole:
/// `70 values are no multiple of 4`. Nothing of an encrypted frame is shown.
std::string describe(const kis::frame_result& f, std::string_view text);

} // namespace observer
