#pragma once

// The bodies of replies that look at other days than today; every value is a
// string. Days before today are made up from code and date: the same ones each
// time.

#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/simulate/calendar.hpp"
#include "runtime/simulate/instrument.hpp"

namespace observer::simulate {

/// Rows of a page.
inline constexpr size_t daily_rows = 30, daily_chart_rows = 100;

/// D, W, M, or for the chart Y: each day, or the last of each week, month or
/// year.
bool is_period(std::string_view text, bool for_chart);

/// `output` of inquire-daily-price (FHKST01010400): the newest days, today
/// among them if the exchange is open.
nlohmann::ordered_json daily_prices(const instrument& issue,
                                    const calendar& days, char period,
                                    int64_t now_us);

/// `output1` and `output2` of inquire-daily-itemchartprice (FHKST03010100):
/// today, and the newest days between two midnights, both included.
nlohmann::ordered_json daily_chart_summary(const instrument& issue,
                                           const calendar& days,
                                           int64_t now_us);
nlohmann::ordered_json daily_chart(const instrument& issue,
                                   const calendar& days, char period,
                                   int64_t from_us, int64_t to_us,
                                   int64_t now_us);

/// `output1` of market-time (HHMCM000002C0): `date3` is today or the next day
/// on which the exchange is open, the others such days around it.
nlohmann::ordered_json market_time(const calendar& days, int64_t now_us);

} // namespace observer::simulate
