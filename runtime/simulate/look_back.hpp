#pragma once

// The bodies of replies that look at the order book, at the trades before, and
// at the days before; every value is a string.

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/simulate/calendar.hpp"
#include "runtime/simulate/instrument.hpp"

namespace observer::simulate {

/// Rows of a page, of these calls at the broker too.
inline constexpr size_t look_back_rows = 30;

/// `output1` and `output2` of inquire-asking-price-exp-ccn (FHKST01010200).
nlohmann::ordered_json book_output(const instrument& issue, const stamp& now);
nlohmann::ordered_json expected_output(const instrument& issue);

/// `output` of inquire-ccnl (FHKST01010300): the newest trades.
nlohmann::ordered_json newest_trades(const instrument& issue);

/// `output1` and `output2` of inquire-time-itemconclusion (FHPST01060000): the
/// trades at and before `hour` (`150746`), newest first. They are those that
/// went through the socket, joined to them by `acml_vol`.
nlohmann::ordered_json trades_summary(const instrument& issue);
nlohmann::ordered_json trades_until(const instrument& issue,
                                    std::string_view hour);

/// `output` of inquire-daily-price (FHKST01010400): today, if the exchange is
/// open, and made-up days before it, the same ones each time. `period` is D, W
/// or M: each day, the last of each week or month.
nlohmann::ordered_json daily_prices(const instrument& issue, const calendar& days,
                                    char period, int64_t now_us);

/// `output1` of market-time (HHMCM000002C0): `date3` is today or the next day
/// on which the exchange is open, the others such days around it.
nlohmann::ordered_json market_time(const calendar& days, int64_t now_us);

} // namespace observer::simulate
