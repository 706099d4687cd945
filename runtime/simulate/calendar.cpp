#include "runtime/simulate/calendar.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "messages/korean_time.hpp"

namespace observer::simulate {

namespace {

/// Every year: public holidays, Labour Day, the exchange's last day.
constexpr std::array fixed_holidays{"0101", "0301", "0501", "0505", "0606",
                                    "0815", "1003", "1009", "1225", "1231"};

/// Feasts of the moon calendar, days in lieu of a holiday on a weekend, and
/// elections, where they fall on a weekday.
constexpr std::array moving_holidays{
  "20260216", "20260217", "20260218", "20260302", "20260525", "20260603",
  "20260817", "20260924", "20260925", "20261005", "20270208", "20270209",
  "20270513", "20270816", "20270914", "20270915", "20270916", "20271004",
  "20271011", "20271227"};

template <class List>
bool holds(const List& list, std::string_view date) {
  return std::find(list.begin(), list.end(), date) != list.end();
}

} // namespace

std::optional<int64_t> midnight_us(std::string_view date) {
  int64_t x[8];
  if (date.size() != 8)
    return std::nullopt;
  for (auto i = 0; i < 8; ++i) {
    if (date[i] < '0' || date[i] > '9')
      return std::nullopt;
    x[i] = date[i] - '0';
  }
  auto year = x[0] * 1000 + x[1] * 100 + x[2] * 10 + x[3];
  auto y = year, m = x[4] * 10 + x[5], d = x[6] * 10 + x[7];
  if (y < 1970 || m < 1 || m > 12 || d < 1 || d > 31)
    return std::nullopt;
  // Days since the epoch by the usual trick: years that begin in March.
  y -= m <= 2;
  auto day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  auto days = y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719'468;
  auto out = days * us_per_day - 9 * us_per_hour;
  // February 30 is March 2 by that trick, and no day.
  if (korean_date(out) != date)
    return std::nullopt;
  return out;
}

bool calendar::is_open(int64_t day_us, std::string_view today) const {
  auto date = korean_date(day_us);
  if (config_.open_today && date == today)
    return true;
  auto weekday = to_korean_time(day_us).weekday;
  return weekday != 0 && weekday != 6 && !config_.holidays.contains(date)
         && !holds(fixed_holidays, std::string_view{date}.substr(4))
         && !holds(moving_holidays, date);
}

calendar::page calendar::rows_from(int64_t day_us,
                                   const std::string& today) const {
  auto year = to_korean_time(*midnight_us(today)).year + 1;
  auto last_us = *midnight_us(fmt::format("{:04}1231", year));
  page out{nlohmann::ordered_json::array(), {}, false};
  for (auto i = 0; i < rows_a_page && day_us <= last_us;
       ++i, day_us += us_per_day) {
    out.last = korean_date(day_us);
    auto open = is_open(day_us, today) ? "Y" : "N";
    // A day of trading in the ledger's sense is every day, also a Sunday: only
    // opnd_yn tells whether the market opens.
    out.rows.push_back(
      {{"bass_dt", out.last},
       {"wday_dvsn_cd",
        fmt::format("{:02}", to_korean_time(day_us).weekday + 1)},
       {"bzdy_yn", open},
       {"tr_day_yn", "Y"},
       {"opnd_yn", open},
       {"sttl_day_yn", open}});
  }
  out.more = day_us <= last_us;
  return out;
}

} // namespace observer::simulate
