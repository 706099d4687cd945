#include "runtime/simulate/look_back.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "messages/korean_time.hpp"
#include "messages/numbers.hpp"
#include "runtime/simulate/random.hpp"

namespace observer::simulate {

namespace {

using json = nlohmann::ordered_json;

std::string digits(int64_t x) {
  return fmt::format_int{x}.str();
}
std::string percent_text(int64_t x, int64_t y) {
  return fmt::format("{:.2f}", y == 0 ? 0.0 : 100.0 * double(x) / double(y));
}

void put_change(json& out, int64_t price, int64_t base) {
  auto change = price - base;
  out["prdy_vrss"] = digits(change);
  out["prdy_vrss_sign"] = change > 0 ? "2" : change < 0 ? "5" : "3";
  out["prdy_ctrt"] = percent_text(change, base);
}

std::string strength_text(const past_trade& x) {
  return fmt::format("{}.{:02}", x.strength / 100, x.strength % 100);
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
  return period == 'M'   ? t.year * 12 + t.month
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

} // namespace

json book_output(const instrument& issue, const stamp& now) {
  auto book = issue.halted() ? order_book{} : issue.book();
  json out{{"aspr_acpt_hour", now.hour}};
  auto put = [&](const char* name, const std::array<int64_t, 10>& values) {
    for (size_t i = 0; i < values.size(); ++i)
      out[fmt::format("{}{}", name, i + 1)] = digits(values[i]);
  };
  put("askp", book.ask);
  put("bidp", book.bid);
  put("askp_rsqn", book.ask_size);
  put("bidp_rsqn", book.bid_size);
  put("askp_rsqn_icdc", {});
  put("bidp_rsqn_icdc", {});
  out["total_askp_rsqn"] = digits(book.total_ask_size);
  out["total_bidp_rsqn"] = digits(book.total_bid_size);
  for (auto name : {"total_askp_rsqn_icdc", "total_bidp_rsqn_icdc",
                    "ovtm_total_askp_icdc", "ovtm_total_bidp_icdc",
                    "ovtm_total_askp_rsqn", "ovtm_total_bidp_rsqn"})
    out[name] = "0";
  out["ntby_aspr_rsqn"] = digits(book.total_bid_size - book.total_ask_size);
  out["new_mkop_cls_code"] = "20";
  return out;
}

json expected_output(const instrument& issue) {
  auto x = issue.figures();
  return {{"antc_mkop_cls_code", "112"},
          {"stck_prpr", digits(x.price)},
          {"stck_oprc", digits(x.open)},
          {"stck_hgpr", digits(x.high)},
          {"stck_lwpr", digits(x.low)},
          {"stck_sdpr", digits(x.base)},
          {"antc_cnpr", "0"},
          {"antc_cntg_vrss_sign", "3"},
          {"antc_cntg_vrss", "0"},
          {"antc_cntg_prdy_ctrt", "0.00"},
          {"antc_vol", "0"},
          {"stck_shrn_iscd", issue.code()},
          {"vi_cls_code", "N"}};
}

json newest_trades(const instrument& issue) {
  auto rows = json::array();
  auto base = issue.figures().base;
  auto& past = issue.past();
  for (size_t i = 0; i < std::min(past.size(), look_back_rows); ++i) {
    auto& x = past.newest(i);
    json row{{"stck_cntg_hour", fmt::format("{:06}", x.hour)},
             {"stck_prpr", digits(x.price)}};
    put_change(row, x.price, base);
    row["cntg_vol"] = digits(x.shares);
    row["tday_rltv"] = strength_text(x);
    rows.push_back(std::move(row));
  }
  return rows;
}

json trades_summary(const instrument& issue) {
  auto x = issue.figures();
  json out{{"stck_prpr", digits(x.price)}};
  put_change(out, x.price, x.base);
  out["acml_vol"] = digits(x.volume);
  out["prdy_vol"] = digits(x.volume_before);
  out["rprs_mrkt_kor_name"] = "KOSPI200";
  return out;
}

json trades_until(const instrument& issue, std::string_view hour) {
  auto rows = json::array();
  auto latest = parse_number<uint32_t>(hour).value_or(235'959);
  auto base = issue.figures().base;
  auto& past = issue.past();
  for (size_t i = 0; i < past.size() && rows.size() < look_back_rows; ++i) {
    auto& x = past.newest(i);
    if (x.hour > latest)
      continue;
    // The portal has stck_pbpr, clients that measured it read stck_prpr.
    json row{{"stck_cntg_hour", fmt::format("{:06}", x.hour)},
             {"stck_pbpr", digits(x.price)},
             {"stck_prpr", digits(x.price)}};
    put_change(row, x.price, base);
    row["askp"] = digits(x.ask);
    row["bidp"] = digits(x.bid);
    row["tday_rltv"] = strength_text(x);
    row["acml_vol"] = digits(x.volume);
    row["cnqn"] = digits(x.shares);
    rows.push_back(std::move(row));
  }
  return rows;
}

json daily_prices(const instrument& issue, const calendar& days, char period,
                  int64_t now_us) {
  auto rows = json::array();
  auto today = korean_date(now_us);
  auto x = issue.figures();
  auto put = [&](int64_t day_us, int64_t open, int64_t high, int64_t low,
                 int64_t close, int64_t before, int64_t volume,
                 int64_t volume_before) {
    json row{{"stck_bsop_date", korean_date(day_us)},
             {"stck_oprc", digits(open)},
             {"stck_hgpr", digits(high)},
             {"stck_lwpr", digits(low)},
             {"stck_clpr", digits(close)},
             {"acml_vol", digits(volume)},
             {"prdy_vrss_vol_rate",
              percent_text(volume - volume_before, volume_before)}};
    put_change(row, close, before);
    row["hts_frgn_ehrt"] = "0.00";
    row["frgn_ntby_qty"] = "0";
    row["flng_cls_code"] = "00";
    row["acml_prtt_rate"] = "0.00";
    rows.push_back(std::move(row));
  };
  auto day_us = midnight_of(now_us);
  auto told = int64_t{-1};
  if (days.is_open(day_us, today)) {
    put(day_us, x.open, x.high, x.low, x.price, x.base, x.volume,
        x.volume_before);
    told = period_of(day_us, period);
  }
  // Back from the base price, which is the close of the day before.
  auto close = x.base;
  auto volume = x.volume_before;
  day_us = next_open(days, day_us - us_per_day, -us_per_day, today);
  while (rows.size() < look_back_rows) {
    auto d = dice_of(issue.code(), korean_day(day_us));
    auto before = on_grid(close * 1'000 / d.between(970, 1'030));
    auto volume_before = x.volume_before * d.between(60, 180) / 100 + 1;
    if (auto number = period_of(day_us, period); number != told) {
      told = number;
      auto open = on_grid(before * d.between(990, 1'010) / 1'000);
      auto high = on_grid(std::max(open, close) * d.between(1'000, 1'015)
                          / 1'000);
      auto low = on_grid(std::min(open, close) * d.between(985, 1'000) / 1'000);
      put(day_us, open, std::max({high, open, close}),
          std::min({low, open, close}), close, before, volume, volume_before);
    }
    close = before;
    volume = volume_before;
    day_us = next_open(days, day_us - us_per_day, -us_per_day, today);
  }
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
