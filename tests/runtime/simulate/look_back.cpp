#define CAF_SUITE runtime_simulate_look_back
#include "test.hpp"

#include <algorithm>

#include "runtime/simulate/look_back.hpp"

namespace CAF_SUITE {

using namespace observer::simulate;

namespace {

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

CAF_TEST(minutes are bars of their trades) {
  auto first = trade(40, "150646"), second = trade(20, "150746");
  auto number = [](const std::string& x) { return std::stoll(x); };
  auto rows = minute_bars(issue, "150800", "20260914");
  CAF_REQUIRE_EQUAL(rows.size(), 2u);
  for (auto [row, records] :
       {std::pair{rows[0], second}, std::pair{rows[1], first}}) {
    int64_t low = 1'000'000'000, high = 0, volume = 0;
    for (auto& x : records) {
      low = std::min<int64_t>(low, number(x[2]));
      high = std::max<int64_t>(high, number(x[2]));
      volume += number(x[12]);
    }
    CAF_CHECK_EQUAL(row["stck_bsop_date"], "20260914");
    CAF_CHECK_EQUAL(row["stck_oprc"], records.front()[2]);
    CAF_CHECK_EQUAL(row["stck_prpr"], records.back()[2]);
    CAF_CHECK_EQUAL(row["stck_hgpr"], std::to_string(high));
    CAF_CHECK_EQUAL(row["stck_lwpr"], std::to_string(low));
    CAF_CHECK_EQUAL(row["cntg_vol"], std::to_string(volume));
    CAF_CHECK_EQUAL(row["acml_tr_pbmn"], records.back()[14]);
  }
  CAF_CHECK_EQUAL(rows[0]["stck_cntg_hour"], "150700");
  auto earlier = minute_bars(issue, "150659", "20260914");
  CAF_REQUIRE_EQUAL(earlier.size(), 1u);
  CAF_CHECK(earlier[0] == rows[1]);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
