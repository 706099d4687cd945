#define CAF_SUITE runtime_simulate_past_days
#include "test.hpp"

#include <set>

#include "messages/korean_time.hpp"
#include "runtime/simulate/past_days.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulate;

namespace {

// 2026-09-14T15:07:46+09:00, a Monday.
constexpr int64_t afternoon_us = 1'789'366'066'000'000;

struct fixture {
  instrument issue{"005930", venue::krx, 1};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(past_days_tests, fixture)

CAF_TEST(days before today are open ones and join at their prices) {
  calendar days{{}};
  auto rows = daily_prices(issue, days, 'D', afternoon_us);
  CAF_REQUIRE_EQUAL(rows.size(), daily_rows);
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
  std::string record;
  issue.trade({"150747", "20260914"}, trade_width_now, record);
  auto again = daily_prices(issue, days, 'D', afternoon_us);
  CAF_CHECK(again[1] == rows[1]);
  CAF_CHECK(again[29] == rows[29]);
}

CAF_TEST(weeks and months have one day each) {
  for (auto [period, digits] : {std::pair{'W', 8}, std::pair{'M', 6}}) {
    auto rows = daily_prices(issue, calendar{{}}, period, afternoon_us);
    CAF_CHECK_EQUAL(rows.size(), daily_rows);
    std::set<std::string> dates;
    for (auto& row : rows)
      dates.insert(
        row["stck_bsop_date"].get<std::string>().substr(0, digits));
    CAF_CHECK_EQUAL(dates.size(), daily_rows);
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

CAF_TEST(a chart holds the days between its dates) {
  calendar days{{}};
  auto chart = [&](const char* from, const char* to, char period) {
    return daily_chart(issue, days, period, midnight_us(from).value(),
                       midnight_us(to).value(), afternoon_us);
  };
  auto rows = chart("20260907", "20260911", 'D');
  CAF_REQUIRE_EQUAL(rows.size(), 5u);
  CAF_CHECK_EQUAL(rows[0]["stck_bsop_date"], "20260911");
  CAF_CHECK_EQUAL(rows[4]["stck_bsop_date"], "20260907");
  auto prices = daily_prices(issue, days, 'D', afternoon_us);
  CAF_CHECK_EQUAL(rows[0]["stck_clpr"], prices[1]["stck_clpr"]);
  CAF_CHECK_EQUAL(chart("19800104", "20260914", 'D').size(), daily_chart_rows);
  CAF_CHECK_EQUAL(chart("20260912", "20260913", 'D').size(), 0u);
  CAF_CHECK_EQUAL(chart("20260914", "20260907", 'D').size(), 0u);
  CAF_CHECK_EQUAL(chart("20200101", "20260914", 'Y').size(), 7u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
