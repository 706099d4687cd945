#define CAF_SUITE runtime_simulate_look_back
#include "test.hpp"

#include <set>

#include "messages/korean_time.hpp"
#include "runtime/simulate/look_back.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulate;

namespace {

// 2026-09-14T15:07:46+09:00, a Monday.
constexpr int64_t afternoon_us = 1'789'366'066'000'000;

struct fixture {
  fixture() : issue{"005930", venue::krx, 1, 1'000} {}

  /// The records of so many trades, taken apart.
  std::vector<std::vector<std::string>> trade(int count, const char* hour) {
    std::vector<std::vector<std::string>> out;
    for (auto i = 0; i < count; ++i) {
      std::string record;
      issue.trade({hour, "20260914"}, trade_width_now, record);
      out.emplace_back();
      for (size_t at = 0; at <= record.size();) {
        auto end = std::min(record.find('^', at), record.size());
        out.back().push_back(record.substr(at, end - at));
        at = end + 1;
      }
    }
    return out;
  }

  instrument issue;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(look_back_tests, fixture)

CAF_TEST(trades that went through the socket are found again by REST) {
  auto sent = trade(70, "150746");
  // A second holds more than a page: the newest 30 of it come.
  auto rows = trades_until(issue, "150746");
  CAF_REQUIRE_EQUAL(rows.size(), look_back_rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    auto& record = sent[sent.size() - 1 - i];
    auto& row = rows[i];
    CAF_CHECK_EQUAL(row["stck_cntg_hour"], record[1]);
    CAF_CHECK_EQUAL(row["stck_pbpr"], record[2]);
    CAF_CHECK_EQUAL(row["stck_prpr"], record[2]);
    CAF_CHECK_EQUAL(row["prdy_vrss"], record[4]);
    CAF_CHECK_EQUAL(row["askp"], record[10]);
    CAF_CHECK_EQUAL(row["bidp"], record[11]);
    CAF_CHECK_EQUAL(row["cnqn"], record[12]);
    CAF_CHECK_EQUAL(row["acml_vol"], record[13]);
    CAF_CHECK_EQUAL(row["tday_rltv"], record[18]);
  }
  auto newest = newest_trades(issue);
  CAF_CHECK_EQUAL(newest.size(), look_back_rows);
  CAF_CHECK_EQUAL(newest[0]["cntg_vol"], sent.back()[12]);
}

CAF_TEST(only trades at and before the hour come) {
  auto morning = trade(2, "090001");
  trade(3, "150746");
  auto rows = trades_until(issue, "150745");
  CAF_REQUIRE_EQUAL(rows.size(), 2u);
  CAF_CHECK_EQUAL(rows[0]["acml_vol"], morning[1][13]);
  CAF_CHECK_EQUAL(trades_until(issue, "090000").size(), 0u);
  CAF_CHECK_EQUAL(trades_until(issue, "").size(), 5u);
}

CAF_TEST(days before today are open ones and join at their prices) {
  calendar days{{}};
  auto rows = daily_prices(issue, days, 'D', afternoon_us);
  CAF_REQUIRE_EQUAL(rows.size(), look_back_rows);
  CAF_CHECK_EQUAL(rows[0]["stck_bsop_date"], "20260914");
  CAF_CHECK_EQUAL(rows[1]["stck_bsop_date"], "20260911");
  CAF_CHECK_EQUAL(rows[1]["stck_clpr"],
                  std::to_string(issue.figures().base));
  auto number = [](const nlohmann::ordered_json& row, const char* name) {
    return std::stoll(row[name].get<std::string>());
  };
  for (size_t i = 0; i + 1 < rows.size(); ++i) {
    auto& row = rows[i];
    CAF_CHECK_EQUAL(number(row, "stck_clpr") - number(row, "prdy_vrss"),
                    number(rows[i + 1], "stck_clpr"));
    CAF_CHECK(number(row, "stck_hgpr") >= number(row, "stck_clpr"));
    CAF_CHECK(number(row, "stck_hgpr") >= number(row, "stck_oprc"));
    CAF_CHECK(number(row, "stck_lwpr") <= number(row, "stck_clpr"));
    CAF_CHECK(number(row, "stck_lwpr") <= number(row, "stck_oprc"));
    CAF_CHECK(number(row, "acml_vol") > 0);
  }
  // The past is the same at each look.
  trade(10, "150747");
  auto again = daily_prices(issue, days, 'D', afternoon_us);
  CAF_CHECK(again[1] == rows[1]);
  CAF_CHECK(again[29] == rows[29]);
}

CAF_TEST(weeks and months have one day each) {
  for (auto [period, digits] : {std::pair{'W', 8}, std::pair{'M', 6}}) {
    auto rows = daily_prices(issue, calendar{{}}, period, afternoon_us);
    CAF_CHECK_EQUAL(rows.size(), look_back_rows);
    std::set<std::string> dates;
    for (auto& row : rows)
      dates.insert(
        row["stck_bsop_date"].get<std::string>().substr(0, digits));
    CAF_CHECK_EQUAL(dates.size(), look_back_rows);
    CAF_CHECK_EQUAL(rows[1]["stck_bsop_date"],
                    period == 'W' ? "20260911" : "20260831");
  }
}

CAF_TEST(a closed day has no row of its own) {
  auto saturday_us = afternoon_us - 2 * us_per_day;
  auto rows = daily_prices(issue, calendar{{}}, 'D', saturday_us);
  CAF_CHECK_EQUAL(rows[0]["stck_bsop_date"], "20260911");
}

CAF_TEST(business days lie around today) {
  auto x = market_time(calendar{{}}, afternoon_us);
  CAF_CHECK_EQUAL(x["date1"], "20260910");
  CAF_CHECK_EQUAL(x["date3"], "20260914");
  CAF_CHECK_EQUAL(x["date5"], "20260916");
  CAF_CHECK_EQUAL(x["today"], "20260914");
  CAF_CHECK_EQUAL(x["time"], "150746");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
