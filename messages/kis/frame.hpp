#pragma once

// A data frame `enc|TR|count|payload`: `count` records of equal width lie in
// one row of values joined by `^`, with nothing between two records. The width
// is values / count, whatever the broker's documents say this month.

#include <cstdint>
#include <string_view>

#include "messages/kis/separators.hpp"
#include "messages/kis/tr.hpp"
#include "messages/reject_reason.hpp"

namespace observer::kis {

/// A frame with its header understood. Views into the text it was split from.
struct frame {
  std::string_view tr_id;
  tr id = tr::h0stcnt0;
  /// Records in the payload, from 1.
  uint32_t count = 0;
  /// Values a record; 0 if it was not come to.
  uint32_t width = 0;
  std::string_view payload;
};

/// What split_frame made of a text.
struct frame_result {
  frame value;
  /// `none` if `value` is whole; else what is wrong with the frame as a whole.
  reject_reason reason = reject_reason::none;
  /// How many records the frame claims to hold, at least 1: a frame that is
  /// rejected whole is counted as so many. The claim is limited to what the
  /// payload could hold, so that garbage does not count as a thousand trades.
  uint32_t records = 1;
};

/// Splits at the first three `|` and works out the width. White space at the
/// end of the text (a line's CR LF, blanks) belongs to no value.
frame_result split_frame(std::string_view text);

/// The same for the part behind the header, where that is known otherwise.
frame_result split_payload(tr id, uint32_t count, std::string_view payload);

/// Steps through the records of a whole frame.
class record_cursor {
 public:
  explicit record_cursor(const frame& f)
    : payload_(f.payload), scan_(f.payload), width_(f.width), left_(f.count) {}

  /// The next record's text (its values joined by `^`) into `record`; false
  /// when there is none left.
  bool next(std::string_view& record);

 private:
  std::string_view payload_;
  separator_scan scan_;
  /// Where the next record begins.
  size_t begin_ = 0;
  uint32_t width_;
  uint32_t left_;
};

/// The first value of a record.
std::string_view first_value(std::string_view record);

} // namespace observer::kis
