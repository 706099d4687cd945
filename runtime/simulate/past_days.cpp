#include "runtime/simulate/past_days.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "messages/korean_time.hpp"
#include "runtime/simulate/look_back.hpp"
#include "runtime/simulate/random.hpp"

namespace observer::simulate {

namespace {

using json = nlohmann::ordered_json;

/// One day of an issue; `before` is of the day before it.
struct day_bar {
  int64_t day_us;
  int64_t open, high, low, close, close_before;
  int64_t volume, volume_before;
};

std::string won(int64_t x) {
  return fmt::format_int{x}.str();
}
std::string rate(int64_t x, int64_t y) {
  return fmt::format("{:.2f}", y == 0 ? 0.0 : 100.0 * double(x) / double(y));
}
std::string_view sign_text(int64_t change) {
  return change > 0 ? "2" : change < 0 ? "5" : "3";
}

/// Made of a code and a day: the same at each look.
dice dice_of(std::string_view code, int64_t day) {
  auto h = static_cast<uint64_t>(day) * 0x9e3779b97f4a7c15u;
  for (auto c : code)
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return dice{h};
}

int64_t on_grid(int64_t price) {
  price = std::max<int64_t>(price, 100);
  return price - price % tick_size(price);
}

/// Days of a week or a month have the same number.
int64_t period_of(int64_t day_us, char period) {
  auto t = to_korean_time(day_us);
  return period == 'Y'   ? t.year
         : period == 'M' ? t.year * 12 + t.month
         : period == 'W' ? (korean_day(day_us) + 3) / 7 // Thursday was day 0
                         : korean_day(day_us);
}

int64_t midnight_of(int64_t now_us) {
  return korean_hour_begin_us(korean_day(now_us) * 24);
}

/// The next day from `day_us` on, forward or back, that is open.
int64_t next_open(const calendar& days, int64_t day_us, int64_t step_us,
                  std::string_view today) {
  // The longest run of closed days that a calendar may ask for.
  for (auto i = 0; i < 400 && !days.is_open(day_us, today); ++i)
    day_us += step_us;
  return day_us;
}

/// Shows the days that end a period, newest first, until `show` has enough
/// (false) or there was none since `first_us`.
template <class Show>
void each_day_back(const instrument& issue, const calendar& days, char period,
                   int64_t now_us, int64_t first_us, Show show) {
  auto today = korean_date(now_us);
  auto day_us = midnight_of(now_us);
  auto x = issue.figures();
  auto told = int64_t{-1};
  if (days.is_open(day_us, today)) {
    told = period_of(day_us, period);
    if (!show({day_us, x.open, x.high, x.low, x.price, x.base, x.volume,
               x.volume_before}))
      return;
  }
  // Back from the base price, which is the close of the day before.
  auto close = x.base, volume = x.volume_before;
  for (;;) {
    day_us = next_open(days, day_us - us_per_day, -us_per_day, today);
    if (day_us < first_us)
      return;
    auto d = dice_of(issue.code(), korean_day(day_us));
    auto before = on_grid(close * 1'000 / d.between(970, 1'030));
    auto volume_before = x.volume_before * d.between(60, 180) / 100 + 1;
    auto open = on_grid(before * d.between(990, 1'010) / 1'000);
    auto high = on_grid(std::max(open, close) * d.between(1'000, 1'015) / 1'000);
    auto low = on_grid(std::min(open, close) * d.between(985, 1'000) / 1'000);
    auto number = period_of(day_us, period);
    if (number != std::exchange(told, number)
        && !show({day_us, open, std::max({high, open, close}),
                  std::min({low, open, close}), close, before, volume,
                  volume_before}))
      return;
    close = before;
    volume = volume_before;
  }
}

} // namespace

bool is_period(std::string_view text, bool for_chart) {
  return text == "D" || text == "W" || text == "M" || (for_chart && text == "Y");
}

json daily_prices(const instrument& issue, const calendar& days, char period,
                  int64_t now_us) {
  auto rows = json::array();
  each_day_back(issue, days, period, now_us, 0, [&](const day_bar& x) {
    auto change = x.close - x.close_before;
    rows.push_back({{"stck_bsop_date", korean_date(x.day_us)},
                    {"stck_oprc", won(x.open)},
                    {"stck_hgpr", won(x.high)},
                    {"stck_lwpr", won(x.low)},
                    {"stck_clpr", won(x.close)},
                    {"acml_vol", won(x.volume)},
                    {"prdy_vrss_vol_rate",
                     rate(x.volume - x.volume_before, x.volume_before)},
                    {"prdy_vrss", won(change)},
                    {"prdy_vrss_sign", sign_text(change)},
                    {"prdy_ctrt", rate(change, x.close_before)},
                    {"hts_frgn_ehrt", "0.00"},
                    {"frgn_ntby_qty", "0"},
                    {"flng_cls_code", "00"},
                    {"acml_prtt_rate", "0.00"}});
    return rows.size() < daily_rows;
  });
  return rows;
}

json daily_chart_summary(const instrument& issue, const calendar& days,
                         int64_t now_us) {
  auto x = issue.figures();
  day_bar yesterday{};
  each_day_back(issue, days, 'D', now_us, 0, [&](const day_bar& bar) {
    yesterday = bar;
    return bar.day_us == midnight_of(now_us);
  });
  auto out = chart_summary(issue);
  out["stck_shrn_iscd"] = issue.code();
  out["prdy_vol"] = won(x.volume_before);
  out["stck_mxpr"] = won(x.upper_limit);
  out["stck_llam"] = won(x.lower_limit);
  out["stck_oprc"] = won(x.open);
  out["stck_hgpr"] = won(x.high);
  out["stck_lwpr"] = won(x.low);
  out["stck_prdy_oprc"] = won(yesterday.open);
  out["stck_prdy_hgpr"] = won(yesterday.high);
  out["stck_prdy_lwpr"] = won(yesterday.low);
  out["askp"] = won(x.ask);
  out["bidp"] = won(x.bid);
  out["prdy_vrss_vol"] = won(x.volume - x.volume_before);
  out["vol_tnrt"] = rate(x.volume, x.listed_shares);
  out["stck_fcam"] = "100";
  out["lstn_stcn"] = won(x.listed_shares);
  out["cpfn"] = "0";
  out["hts_avls"] = won(x.listed_shares / 10'000 * x.price / 10'000);
  for (auto name : {"per", "eps", "pbr"})
    out[name] = "0.00";
  // The broker's own name, with its blank.
  out["itewhol_loan_rmnd_ratem name"] = "0.00";
  return out;
}

json daily_chart(const instrument& issue, const calendar& days, char period,
                 int64_t from_us, int64_t to_us, int64_t now_us) {
  auto rows = json::array();
  each_day_back(issue, days, period, now_us, from_us, [&](const day_bar& x) {
    if (x.day_us < from_us)
      return false;
    if (x.day_us > to_us)
      return true;
    auto change = x.close - x.close_before;
    rows.push_back({{"stck_bsop_date", korean_date(x.day_us)},
                    {"stck_clpr", won(x.close)},
                    {"stck_oprc", won(x.open)},
                    {"stck_hgpr", won(x.high)},
                    {"stck_lwpr", won(x.low)},
                    {"acml_vol", won(x.volume)},
                    {"acml_tr_pbmn", won(x.volume * ((x.open + x.close) / 2))},
                    {"flng_cls_code", "00"},
                    {"prtt_rate", "0.00"},
                    {"mod_yn", "N"},
                    {"prdy_vrss_sign", sign_text(change)},
                    {"prdy_vrss", won(change)},
                    {"revl_issu_reas", ""}});
    return rows.size() < daily_chart_rows;
  });
  return rows;
}

json market_time(const calendar& days, int64_t now_us) {
  auto today = korean_date(now_us);
  auto now = stamp_of(now_us);
  auto middle = next_open(days, midnight_of(now_us), us_per_day, today);
  auto before = next_open(days, middle - us_per_day, -us_per_day, today);
  auto first = next_open(days, before - us_per_day, -us_per_day, today);
  auto after = next_open(days, middle + us_per_day, us_per_day, today);
  auto last = next_open(days, after + us_per_day, us_per_day, today);
  json out;
  for (auto [name, day_us] :
       {std::pair{"date1", first}, std::pair{"date2", before},
        std::pair{"date3", middle}, std::pair{"date4", after},
        std::pair{"date5", last}})
    out[name] = korean_date(day_us);
  out["today"] = now.date;
  out["time"] = now.hour;
  out["s_time"] = "084500";
  out["e_time"] = "154500";
  return out;
}

} // namespace observer::simulate
