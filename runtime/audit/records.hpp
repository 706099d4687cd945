#pragma once

// What one line of a journal says, as far as the audit needs it, and whether
// it says what a line of its data set must. Keys may stand in any order and
// others may be added; those below must be there with values of their kind.
//
// A tick may bear `doubt`, an array of words of messages/kis/doubt.hpp.
//
//   every line   timestamp, session_id (text), slot, seq (integers, seq >= 1)
//   scalp        symbol, execution_time, volume, market, source, tr_id, and
//     a trade    price, volume.tick and .accumulated, side, bid_ask
//     a quote    asks, bids: arrays of [price, size]
//   system       event (text)
//   quarantine   reason, raw (text)
//
// A trade whose exchange's day is not the day of its receipt says so:
// business_date, eight digits.
//
// Of quarantine and system lines cause, tr_id, symbol, records, from and to are
// read where they are there.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/kis/doubt.hpp"
#include "runtime/audit/journal_names.hpp"
#include "runtime/audit/json_lines.hpp"

namespace observer::audit {

/// The volume that the writer says it knows to be missing before a tick.
struct declared_gap {
  std::string_view cause;
  std::optional<int64_t> missing_shares;
  std::optional<int64_t> records;
  /// When the tick before was received; empty if the writer did not know.
  std::string_view after;
};

/// Records that a line of quarantine or system says are not among the ticks,
/// and that no gap mark of a tick counts: rejected, or given up unmarked.
struct told_shortage {
  std::string_view cause;
  /// Empty if the line names none.
  std::string_view tr_id, symbol;
  /// 0 for an event that says why data may be short, and not by how much.
  int64_t records = 0;
};

/// What happened, by a line of system: timestamps as they stand, or empty.
struct told_event {
  std::string_view event, cause, tr_id, symbol, from, to;
  /// It ends at a tick, whose mark tells the same.
  bool of_tick = false;
};

/// Lines of a stream that a line of system says are gone with their file.
struct told_loss {
  std::string_view dataset, session_id;
  int64_t slot = 0;
  int64_t first_seq = 0, last_seq = 0;
};

/// Views into the line that was read.
struct line_record {
  stamp received{};
  std::string_view session_id;
  int64_t slot = 0;
  int64_t seq = 0;
  /// Empty outside of scalp.
  std::string_view symbol;
  std::string_view tr_id;
  /// A trade has tick and accumulated; a quote perhaps the latter.
  bool is_trade = false;
  int64_t tick = 0;
  std::optional<int64_t> accumulated;
  /// The exchange's day, `20260914`: as told, else that of the receipt.
  std::array<char, 8> day{};
  std::optional<declared_gap> gap;
  std::optional<told_shortage> shortage;
  /// The reader's, until its next line; null outside of system.
  const told_event* event = nullptr;
  std::optional<told_loss> loss;
  kis::doubt_set doubts;

  /// The step of the cumulative volume says something.
  bool step_counts() const {
    return !doubts.has(kis::doubt::volume) && !doubts.has(kis::doubt::tick);
  }
};

enum class line_state : uint8_t {
  good,
  /// Not one strict JSON object.
  not_json,
  /// An object without the fields of its data set.
  wrong_fields,
};

class line_reader {
public:
  explicit line_reader(dataset which) : dataset_(which) {
  }

  /// Reads one line, without its newline, into `out`, which is only whole
  /// when the answer is `good`; else problem() says what is wrong.
  line_state read(std::string_view line, line_record& out);

  const std::string& problem() const {
    return problem_;
  }

private:
  bool demand(bool good, std::string_view field, std::string_view wanted);
  bool want_stamp(stamp& out);
  bool want_text(std::string_view& out, std::string_view field);
  bool want_integer(int64_t& out, std::string_view field);
  bool want_number_or_null(std::string_view field);
  bool want_integer_or_null(std::optional<int64_t>& out,
                            std::string_view field);
  bool want_levels(std::string_view field);
  void read_members(line_record& out);
  void read_price();
  void read_volume(line_record& out);
  void read_bid_ask();
  void read_gap(line_record& out);
  void read_doubt(line_record& out);
  void read_loss(line_record& out);
  /// The members that every line has; false for another key.
  bool read_place(int key, line_record& out);
  void read_side_members(line_record& out);
  void check_presence(const line_record& out);
  void require(uint32_t seen, uint32_t wanted,
               std::span<const std::string_view> keys, std::string_view where);

  dataset dataset_;
  json_cursor json_;
  /// Known keys that the line has, and those of its volume object.
  uint32_t seen_ = 0;
  uint32_t volume_seen_ = 0;
  told_event event_;
  std::string problem_;
};

} // namespace observer::audit
