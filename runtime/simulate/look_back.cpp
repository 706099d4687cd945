#include "runtime/simulate/look_back.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "messages/numbers.hpp"
#include "runtime/simulate/issue_info.hpp"

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

json chart_summary(const instrument& issue) {
  auto x = issue.figures();
  json out;
  put_change(out, x.price, x.base);
  out["stck_prdy_clpr"] = digits(x.base);
  out["acml_vol"] = digits(x.volume);
  out["acml_tr_pbmn"] = digits(x.amount);
  out["hts_kor_isnm"] = names_of(issue.code()).korean;
  out["stck_prpr"] = digits(x.price);
  return out;
}

json minute_bars(const instrument& issue, std::string_view hour,
                 std::string_view date) {
  struct bar {
    uint32_t minute = 0, open = 0, high = 0, low = 0, close = 0;
    int64_t volume = 0, amount_at_end = 0;
  };
  std::vector<bar> bars;
  auto latest = parse_number<uint32_t>(hour).value_or(235'959) / 100;
  auto amount = issue.figures().amount;
  auto& past = issue.past();
  for (size_t i = 0; i < past.size(); ++i) {
    auto& x = past.newest(i);
    auto minute = x.hour / 100;
    auto begins = bars.empty() || bars.back().minute != minute;
    if (minute <= latest) {
      if (begins && bars.size() == look_back_rows)
        break;
      if (begins)
        bars.push_back({minute, x.price, x.price, x.price, x.price, 0, amount});
      auto& b = bars.back();
      // Backwards: the last one seen is the first of the minute.
      b.open = x.price;
      b.high = std::max(b.high, x.price);
      b.low = std::min(b.low, x.price);
      b.volume += x.shares;
    }
    amount -= int64_t{x.price} * x.shares;
  }
  auto rows = json::array();
  for (auto& b : bars)
    rows.push_back({{"stck_bsop_date", date},
                    {"stck_cntg_hour", fmt::format("{:04}00", b.minute)},
                    {"stck_prpr", digits(b.close)},
                    {"stck_oprc", digits(b.open)},
                    {"stck_hgpr", digits(b.high)},
                    {"stck_lwpr", digits(b.low)},
                    {"cntg_vol", digits(b.volume)},
                    {"acml_tr_pbmn", digits(b.amount_at_end)}});
  return rows;
}

} // namespace observer::simulate
