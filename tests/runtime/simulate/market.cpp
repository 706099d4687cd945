#define CAF_SUITE runtime_simulate_market
#include "test.hpp"

#include <cmath>
#include <random>

#include "runtime/simulate/market.hpp"

namespace CAF_SUITE {

using namespace observer::simulate;

namespace {

using values = std::vector<std::string>;

values split(const std::string& record) {
  values out(1);
  for (auto c : record)
    if (c == '^')
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

int64_t number(const std::string& x) {
  return std::stoll(x);
}

const stamp afternoon{"150746", "20260914"};

/// Seeds differ from run to run, and are told.
struct fixture {
  fixture() : seeds{std::random_device{}()} {}

  uint64_t new_seed() {
    auto seed = seeds();
    CAF_MESSAGE("seed = " << seed);
    return seed;
  }

  std::string record(instrument& x, size_t width = 47) {
    std::string out;
    x.trade(afternoon, width, out);
    return out;
  }
  values trade(instrument& x, size_t width = 47) {
    return split(record(x, width));
  }
  values quote(instrument& x) {
    std::string out;
    x.quote(afternoon, out);
    return split(out);
  }

  std::mt19937_64 seeds;
};

std::string sign_of(int64_t x) {
  return x > 0 ? "2" : x < 0 ? "5" : "3";
}

/// Whether a decimal is x / y in hundredths, to the digit.
bool is_ratio(const std::string& text, double x, double y) {
  return std::abs(std::stod(text) - x / y) <= 0.005001;
}

void check_trade(const values& x) {
  auto n = [&](size_t i) { return number(x[i]); };
  auto base = n(2) - n(4);
  CAF_CHECK(is_ratio(x[5], 100.0 * double(n(4)), double(base)));
  if (x[3] != "1" && x[3] != "4")
    CAF_CHECK_EQUAL(x[3], sign_of(n(4)));
  CAF_CHECK_EQUAL(n(17), n(16) - n(15));
  CAF_CHECK(is_ratio(x[18], 100.0 * double(n(20)), double(n(19))));
  CAF_CHECK(n(19) + n(20) < n(13));
  CAF_CHECK(is_ratio(x[22], double(n(20)), double(n(13))));
  for (auto [field, from] : {std::pair{26, 7}, {29, 8}, {32, 9}}) {
    CAF_CHECK_EQUAL(n(field), n(2) - n(from));
    CAF_CHECK_EQUAL(x[field - 1], sign_of(n(field)));
  }
  CAF_CHECK(is_ratio(x[42], 100.0 * double(n(13)), double(n(41))));
  CAF_CHECK(n(9) <= n(2) && n(2) <= n(8));
  CAF_CHECK(n(11) < n(10));
  CAF_CHECK(n(12) >= 1);
  CAF_CHECK(x[21] == "1" || x[21] == "5");
  CAF_CHECK_EQUAL(x[1], "150746");
  CAF_CHECK_EQUAL(x[33], "20260914");
  CAF_CHECK_EQUAL(x[44], "");
  for (auto hour : {24, 27, 30})
    CAF_CHECK_EQUAL(x[hour].size(), 6u);
  // Within the day's limits of 30 %.
  CAF_CHECK(std::abs(n(4)) * 10 <= base * 3);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(market_tests, fixture)

CAF_TEST(the relations of a trade hold) {
  for (auto i = 0; i < 40; ++i) {
    market issues{{default_symbols(41), false, new_seed()}};
    for (auto& code : issues.symbols()) {
      auto& x = *issues.find(venue::krx, code);
      for (auto k = 0; k < 20; ++k) {
        auto record = trade(x);
        CAF_REQUIRE_EQUAL(record.size(), 47u);
        CAF_CHECK_EQUAL(record[0], code);
        CAF_CHECK_EQUAL(record[46], "2");
        check_trade(record);
      }
    }
  }
}

CAF_TEST(volume and amount add up from trade to trade) {
  instrument x{"005930", venue::krx, new_seed()};
  auto before = trade(x);
  for (auto i = 0; i < 20'000; ++i) {
    auto now = trade(x);
    CAF_REQUIRE_EQUAL(number(now[13]), number(before[13]) + number(now[12]));
    CAF_REQUIRE_EQUAL(number(now[14]),
                      number(before[14]) + number(now[2]) * number(now[12]));
    before = now;
  }
  check_trade(before);
  CAF_CHECK_EQUAL(x.volume(), number(before[13]));
}

CAF_TEST(prices stay on the grid but for some between two steps) {
  auto between = 0;
  for (auto i = 0; i < 10; ++i) {
    instrument x{"005930", venue::krx, new_seed()};
    for (auto k = 0; k < 2'000; ++k) {
      auto record = trade(x);
      auto price = number(record[2]);
      auto bid = number(record[11]);
      CAF_REQUIRE_EQUAL(bid % tick_size(bid), 0);
      CAF_REQUIRE_EQUAL(number(record[10]), tick_up(bid));
      if (price % tick_size(price) != 0) {
        CAF_REQUIRE_EQUAL(price * 2 % tick_size(price), 0);
        ++between;
      }
    }
  }
  CAF_CHECK(between > 0 && between < 1'000);
}

CAF_TEST(the grid has the steps of KRX) {
  for (auto [price, step] : {std::pair{1'999, 1},
                             {2'000, 5},
                             {4'995, 5},
                             {5'000, 10},
                             {20'000, 50},
                             {50'000, 100},
                             {200'000, 500},
                             {500'000, 1'000}}) {
    CAF_CHECK_EQUAL(tick_size(price), step);
    CAF_CHECK_EQUAL(tick_down(tick_up(price)), price);
  }
  CAF_CHECK_EQUAL(tick_down(200'000), 199'900);
}

CAF_TEST(the same seed makes the same trades) {
  auto seed = new_seed();
  market one{{default_symbols(41), false, seed}};
  market two{{default_symbols(3), false, seed}};
  // Neither other issues nor quotes nor the order of asking matter.
  auto& other = *two.find(venue::krx, "000660");
  for (auto k = 0; k < 100; ++k)
    trade(other);
  auto& a = *one.find(venue::krx, "005930");
  auto& b = *two.find(venue::krx, "005930");
  for (auto k = 0; k < 1'000; ++k) {
    quote(b);
    CAF_REQUIRE_EQUAL(record(a), record(b));
  }
  market three{{default_symbols(41), false, seed + 1}};
  CAF_CHECK_NOT_EQUAL(record(a), record(*three.find(venue::krx, "005930")));
}

CAF_TEST(a width adds and takes away columns at the end) {
  auto seed = new_seed();
  instrument a{"005930", venue::krx, seed}, b{"005930", venue::krx, seed},
    c{"005930", venue::krx, seed};
  auto now = record(a, 47);
  CAF_CHECK_EQUAL(record(b, 46) + "^2", now);
  CAF_CHECK_EQUAL(record(c, 48), now + "^0");
  CAF_CHECK_EQUAL(trade(c, trade_width_max).size(), trade_width_max);
}

CAF_TEST(the relations of a quote hold) {
  for (auto i = 0; i < 40; ++i) {
    instrument x{"0074K0", venue::krx, new_seed()};
    for (auto k = 0; k < 200; ++k) {
      auto last = trade(x);
      auto q = quote(x);
      CAF_REQUIRE_EQUAL(q.size(), 63u);
      auto sum = [&](size_t from) {
        int64_t total = 0;
        for (auto j = from; j < from + 10; ++j)
          total += number(q[j]);
        return total;
      };
      CAF_CHECK_EQUAL(number(q[43]), sum(23));
      CAF_CHECK_EQUAL(number(q[44]), sum(33));
      CAF_CHECK_EQUAL(q[53], last[13]);
      CAF_CHECK_EQUAL(number(q[59]), (number(q[3]) + number(q[13])) / 2);
      CAF_CHECK_EQUAL(q[3], last[10]);
      CAF_CHECK_EQUAL(q[13], last[11]);
      CAF_CHECK_EQUAL(q[23], last[36]);
      CAF_CHECK_EQUAL(q[33], last[37]);
      CAF_CHECK_EQUAL(number(q[50]), number(last[4]) - number(last[2]));
      CAF_CHECK_EQUAL(q[52], "-100.00");
      CAF_CHECK_EQUAL(q[62], "2");
    }
  }
}

CAF_TEST(other venues have a stream and a width of their own) {
  auto seed = new_seed();
  market issues{{default_symbols(1), false, seed}};
  auto& krx = *issues.find(venue::krx, "005930");
  auto& nxt = *issues.find(venue::nxt, "005930");
  auto& both = *issues.find(venue::unified, "005930");
  CAF_CHECK_NOT_EQUAL(record(krx), record(nxt));
  check_trade(trade(nxt));
  check_trade(trade(both));
  CAF_CHECK_EQUAL(quote(nxt).size(), 65u);
  CAF_CHECK_EQUAL(quote(both).size(), 66u);
}

CAF_TEST(the market knows what it trades) {
  market issues{{default_symbols(100), false, 1}};
  CAF_CHECK(issues.find(venue::krx, "005930") != nullptr);
  CAF_CHECK(issues.find(venue::krx, "999999") == nullptr);
  CAF_CHECK(issues.weight("005930") > issues.weight("000660"));
  market any{{default_symbols(1), true, 1}};
  CAF_CHECK(any.find(venue::krx, "999999") != nullptr);
  CAF_CHECK(any.find(venue::krx, "no code") == nullptr);
  auto names = default_symbols(default_symbols_max + 1);
  CAF_CHECK_EQUAL(names.size(), default_symbols_max);
  CAF_CHECK_EQUAL((std::set<std::string>{names.begin(), names.end()}.size()),
                  default_symbols_max);
  for (auto& x : names)
    CAF_CHECK(is_issue_code(x));
  for (auto x : {"Q500001", "0074K0"})
    CAF_CHECK(is_issue_code(x));
  for (auto x : {"", "5930", "00593O ", "0074k0", "Q50000", "A500001"})
    CAF_CHECK(is_issue_code(x) == (std::string_view{x} == "Q50000"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
