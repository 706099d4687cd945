#pragma once

// One trade or quote of the wire, checked: views of the values that are
// recorded. Column numbers and types: the broker's tables for H0STCNT0
// (46 columns, 47 from 2026-09-14) and H0STASP0 (59, 62, 63 columns).

#include <array>
#include <cstdint>
#include <string_view>

#include "messages/kis/doubt.hpp"
#include "messages/kis/tr.hpp"
#include "messages/reject_reason.hpp"

namespace observer::kis {

/// Views into the record's text. Numbers are checked digits; those marked
/// "may be absent" may be empty.
struct trade {
  std::string_view symbol;
  /// HHMMSS, Korean time.
  std::string_view execution_time;
  /// The exchange's day, `20260914`; not checked, and may be anything.
  std::string_view business_date;
  /// KRW.
  std::string_view price;
  /// KRW; may be absent. change_rate: percent, signed.
  std::string_view open, high, low, change_rate;
  /// Shares.
  std::string_view volume, accumulated_volume;
  /// KRW, 64 bits.
  std::string_view accumulated_value;
  /// KRW and shares; may be absent.
  std::string_view ask_price, bid_price, ask_size, bid_size;
  /// `buy`, `sell`, `auction` (no side), `unknown`.
  std::string_view side;
  /// `pre`, `regular`, `after`, `closing`, `after_single`, `unknown`.
  std::string_view market;
  /// TRHT_YN is Y, or HOUR_CLS_CODE says volatility interruption (C).
  bool halted = false;
  /// What of this record alone cannot be; the width is not looked at.
  doubt_set doubts;
};

struct price_level {
  std::string_view price, size;
};

struct quote {
  std::string_view symbol;
  /// HHMMSS, Korean time; the wire has no date here.
  std::string_view quote_time;
  /// Best first; price 0 where there is no level.
  std::array<price_level, 10> asks, bids;
  std::string_view total_ask_size, total_bid_size;
  /// Shares traded so far: joins the quote to the trade before it.
  std::string_view accumulated_volume;
  /// Expected price and quantity, in auctions; 0 outside.
  std::string_view expected_price, expected_size;
  /// KRX mid price and the shares waiting there; absent before 2026 and in
  /// TRs whose columns there are not settled.
  std::string_view mid_price, mid_size;
  std::string_view market;
  /// As of a trade.
  doubt_set doubts;
};

/// What is wrong with a record, and where.
struct record_problem {
  reject_reason reason = reject_reason::none;
  /// The column, from 0.
  uint32_t column = 0;
  std::string_view value;
};

/// Checks a record of `width` values and fills `out`. On a problem `out` is
/// half filled and worthless.
record_problem parse_trade(std::string_view record, uint32_t width, trade& out);
record_problem parse_quote(tr id, std::string_view record, uint32_t width,
                           quote& out);

/// Do the day's cumulative value and volume, or an average price that is theirs,
/// lie far off the day's prices? KRW and shares; false where one of them is not
/// given.
bool is_odd_average(const trade& t);

} // namespace observer::kis
