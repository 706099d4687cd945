#pragma once

// The bodies of replies that look at the order book and at the trades before;
// every value is a string.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

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

/// `output1` of the charts of minutes and of days.
nlohmann::ordered_json chart_summary(const instrument& issue);
/// `output2` of inquire-time-itemchartprice (FHKST03010200): bars of the
/// minutes at and before `hour`, newest first, of the trades that are kept.
nlohmann::ordered_json minute_bars(const instrument& issue,
                                   std::string_view hour,
                                   std::string_view date);

} // namespace observer::simulate
