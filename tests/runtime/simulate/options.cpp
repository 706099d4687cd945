#define CAF_SUITE runtime_simulate_options
#include "test.hpp"

#include <random>

#include "runtime/simulate/options.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulate;

namespace {

/// The plan, or what is wrong with it.
std::string told(std::string_view text) {
  std::string problem;
  return parse_fault(text, problem) ? "good" : problem;
}

fault_plan plan(std::string_view text) {
  std::string problem;
  return parse_fault(text, problem).value();
}

} // namespace

CAF_TEST(every fault is known by its name) {
  for (auto name : {"drop", "silence", "garbage", "refuse", "drift", "slow",
                    "duplicate-session", "bad-key", "half-open"})
    CAF_CHECK_EQUAL(name_of(plan(name).kind), name);
}

CAF_TEST(a fault says when) {
  CAF_CHECK(plan("drop").at_s == 10);
  CAF_CHECK(plan("refuse").at_s == 0);
  CAF_CHECK(plan("bad-key").at_s == 0);
  CAF_CHECK(plan("drop:every=1.5").every_s == 1.5);
  CAF_CHECK(plan("drop:after=1000").after_records == 1'000);
  CAF_CHECK(plan("slow").for_s == 5);
  CAF_CHECK(!plan("silence").for_s);
  CAF_CHECK(plan("silence:at=2:for=3").for_s == 3);
}

CAF_TEST(a fault that makes no sense is refused in words) {
  CAF_CHECK(told("fire").find("no such fault; there are drop,")
            != told("").npos);
  for (auto x : {"", "drop:at", "drop:at=-1", "drop:at=x", "drop:every=0",
                 "drop:after=1.5", "drop:for=3", "drop:soon",
                 "drop:at=1:every=2", "drop:at=nan", "drop:at=1e9"})
    CAF_CHECK_NOT_EQUAL(told(x), "good");
}

CAF_TEST(faults come when they are due) {
  fault_schedule x{
    {plan("drop:at=2"), plan("garbage:every=3"), plan("drift:after=100")}};
  auto due = [&](double elapsed_s, uint64_t records) {
    std::string out;
    for (auto& f : x.due(elapsed_s, records))
      out += std::string{name_of(f.kind)} + " ";
    return out;
  };
  CAF_CHECK_EQUAL(due(0, 0), "");
  CAF_CHECK_EQUAL(due(2, 99), "drop ");
  CAF_CHECK_EQUAL(due(3, 100), "garbage drift ");
  CAF_CHECK_EQUAL(due(5.9, 1'000), "");
  // Missed at 6, 9 and 12: once.
  CAF_CHECK_EQUAL(due(13, 1'000), "garbage ");
  CAF_CHECK_EQUAL(due(14.9, 1'000), "");
  CAF_CHECK_EQUAL(due(15, 1'000), "garbage ");
}

CAF_TEST(garbage is never a frame of whole records) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed = " << seed);
  dice d{seed};
  std::string record = "005930^150746";
  for (auto i = 2; i < 47; ++i)
    record += "^" + std::to_string(i);
  auto good = "0|H0STCNT0|001|" + record;
  for (auto& x : garbage_texts("005930", record, d)) {
    CAF_CHECK_NOT_EQUAL(x, good);
    CAF_CHECK(std::all_of(x.begin(), x.end(),
                          [](char c) { return c >= ' ' && c <= '~'; }));
  }
}

CAF_TEST(the defaults will do) {
  CAF_CHECK(!problem_with(simulate_options{}));
  CAF_CHECK_EQUAL(simulate_options{}.symbols.size(), 41u);
}

CAF_TEST(each option that makes no sense is named) {
  auto check = [](std::string_view flag, auto change) {
    simulate_options x;
    change(x);
    auto problem = problem_with(x);
    CAF_REQUIRE(problem);
    CAF_CHECK(problem->find(flag) != std::string::npos);
    CAF_CHECK_EQUAL(problem->find('\n'), std::string::npos);
  };
  check("--host", [](auto& x) { x.host = "0.0.0.0"; });
  check("--ws-port", [](auto& x) { x.ws_port = x.rest_port; });
  check("--rate", [](auto& x) { x.rate = -1; });
  check("--speed", [](auto& x) { x.speed = 0; });
  check("--burst", [](auto& x) { x.burst_factor = -1; });
  check("--records", [](auto& x) { x.records_min = 21; });
  check("--records", [](auto& x) { x.records_max = 1'000; });
  check("--width", [](auto& x) { x.width = 45; });
  check("--symbols", [](auto& x) { x.symbols = {"x"}; });
  check("--symbols", [](auto& x) { x.symbols.clear(); });
  check("--appsecret", [](auto& x) { x.appsecrets.clear(); });
  check("--appkey", [](auto& x) { x.appkeys = {"a", "a"}; });
  check("--rest-limit", [](auto& x) { x.rest_calls_per_second = 0; });
  check("--halted", [](auto& x) { x.halted = {"999999"}; });
  check("--holidays", [](auto& x) { x.holidays = {"20260230"}; });
  check("--pingpong-after", [](auto& x) { x.pingpong_after_s = 0; });
  check("--tls-key", [](auto& x) { x.tls_cert = "x"; });
}

CAF_TEST(symbols are a count or names or any) {
  simulate_options x;
  std::string problem;
  CAF_CHECK(parse_symbols("3", x, problem));
  CAF_CHECK(x.symbols
            == (std::vector<std::string>{"005930", "000660", "0074K0"}));
  CAF_CHECK(parse_symbols("005930,Q500001", x, problem));
  CAF_CHECK(x.symbols == (std::vector<std::string>{"005930", "Q500001"}));
  CAF_CHECK(parse_symbols("035720", x, problem));
  CAF_CHECK_EQUAL(x.symbols.size(), 1u);
  CAF_CHECK(parse_symbols("any", x, problem));
  CAF_CHECK(x.any_symbol);
  for (auto text : {"", "0", "99999", "005930,", "005930,x", "-1"}) {
    problem.clear();
    auto good = parse_symbols(text, x, problem);
    // A comma at the end is forgiven.
    CAF_CHECK_EQUAL(good, std::string_view{text} == "005930,");
    CAF_CHECK_EQUAL(problem.empty(), good);
  }
}

CAF_TEST(days and halted codes are read) {
  simulate_options x;
  std::string problem;
  CAF_CHECK(parse_holidays("2026-09-24,20261009", x, problem));
  CAF_CHECK(parse_holidays("2026-12-24", x, problem));
  CAF_CHECK(x.holidays
            == (std::set<std::string>{"20260924", "20261009", "20261224"}));
  for (auto text : {"2026-02-30", "tomorrow", "2026/09/24", ",", "2026-9-24"})
    CAF_CHECK(!parse_holidays(text, x, problem));
  CAF_CHECK(parse_halted("005930,000660", x, problem));
  CAF_CHECK_EQUAL(x.halted.size(), 2u);
  CAF_CHECK(!parse_halted("5930", x, problem));
}

CAF_TEST(paper accounts have one call a second unless it is said otherwise) {
  simulate_options x;
  CAF_CHECK_EQUAL(rest_calls_per_second(x), 18u);
  x.paper = true;
  CAF_CHECK_EQUAL(rest_calls_per_second(x), 1u);
  x.rest_calls_per_second = 5;
  CAF_CHECK_EQUAL(rest_calls_per_second(x), 5u);
}

CAF_TEST(records and burst are read) {
  simulate_options x;
  std::string problem;
  CAF_CHECK(parse_records("5", x, problem));
  CAF_CHECK(x.records_min == 5 && x.records_max == 5);
  CAF_CHECK(parse_records("2-999", x, problem));
  CAF_CHECK(x.records_min == 2 && x.records_max == 999);
  for (auto text : {"", "0", "3-2", "1-1000", "a", "1-", "-5"})
    CAF_CHECK(!parse_records(text, x, problem));
  CAF_CHECK(parse_burst("10x0.5", x, problem));
  CAF_CHECK(x.burst_factor == 10 && x.burst_s == 0.5);
  CAF_CHECK(parse_burst("off", x, problem));
  CAF_CHECK_EQUAL(x.burst_s, 0);
  for (auto text : {"", "10", "x3", "5x"})
    CAF_CHECK(!parse_burst(text, x, problem));
}

} // namespace CAF_SUITE
