#define CAF_SUITE runtime_simulate_feed
#include "test.hpp"

#include <random>

#include "runtime/simulate/feed.hpp"

namespace CAF_SUITE {

using namespace observer::simulate;

namespace {

const stamp afternoon{"150746", "20260914"};

struct fixture {
  fixture() : seed{std::random_device{}()} {
    CAF_MESSAGE("seed = " << seed);
  }

  market make_market(size_t symbols = 41) {
    return market{{default_symbols(symbols), false, seed}};
  }
  feed_config config() {
    feed_config x;
    x.seed = seed;
    return x;
  }

  /// Keeps what is handed out; everyone takes it.
  feed::sink keep() {
    return [this](const std::vector<session_number>& to, const data_frame& x) {
      frames.push_back(x.text);
      records += x.records.size();
      largest = std::max(largest, x.records.size());
      singles += x.records.size() == 1;
      for (auto& r : x.records)
        parts.push_back(x.text.substr(r.offset, r.size));
      return to.size();
    };
  }

  uint64_t seed;
  std::vector<std::string> frames, parts;
  size_t records = 0, largest = 0, singles = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(feed_tests, fixture)

CAF_TEST(nothing is traded before something is registered) {
  auto issues = make_market();
  feed f{issues, config()};
  CAF_CHECK_EQUAL(f.step(afternoon, keep()), 0u);
  f.join(1, {"H0STCNT0", "999999"});
  f.join(1, {"H0STMKO0", "005930"});
  CAF_CHECK_EQUAL(f.step(afternoon, keep()), 0u);
  f.join(1, {"H0STCNT0", "005930"});
  CAF_CHECK(f.step(afternoon, keep()) > 0);
  CAF_CHECK_EQUAL(frames.size(), 1u);
}

CAF_TEST(a halted issue is silent) {
  market issues{{default_symbols(2), false, seed, {"005930"}}};
  feed f{issues, config()};
  f.join(1, {"H0STCNT0", "005930"});
  f.join(1, {"H0STASP0", "005930"});
  CAF_CHECK_EQUAL(f.step(afternoon, keep()), 0u);
  f.join(1, {"H0STCNT0", "000660"});
  for (auto i = 0; i < 100; ++i)
    CAF_CHECK(f.step(afternoon, keep()) > 0);
  for (auto& x : frames)
    CAF_CHECK(x.find("|000660^") != x.npos);
}

CAF_TEST(a frame announces its records and holds nothing else) {
  auto issues = make_market();
  feed f{issues, config()};
  f.join(1, {"H0STCNT0", "005930"});
  for (auto i = 0; i < 2'000; ++i) {
    frames.clear();
    parts.clear();
    f.step(afternoon, keep());
    CAF_REQUIRE_EQUAL(frames.size(), 1u);
    std::string expected;
    for (auto& x : parts)
      expected += (expected.empty() ? "" : "^") + x;
    char head[32];
    std::snprintf(head, sizeof head, "0|H0STCNT0|%03zu|", parts.size());
    CAF_REQUIRE_EQUAL(frames[0], head + expected);
  }
  CAF_CHECK_EQUAL(largest, 20u);
  CAF_CHECK(singles > 500 && singles < 1'300);
}

CAF_TEST(a quote follows the trades it goes with) {
  auto issues = make_market();
  feed f{issues, config()};
  f.join(1, {"H0STASP0", "005930"});
  f.join(1, {"H0STCNT0", "005930"});
  f.step(afternoon, keep());
  CAF_REQUIRE_EQUAL(frames.size(), 2u);
  CAF_CHECK(frames[0].starts_with("0|H0STCNT0|"));
  CAF_CHECK(frames[1].starts_with("0|H0STASP0|001|005930^150746^"));
  f.leave(1, {"H0STCNT0", "005930"});
  f.step(afternoon, keep());
  CAF_CHECK(frames.back().starts_with("0|H0STASP0|"));
  CAF_CHECK_EQUAL(frames.size(), 3u);
}

CAF_TEST(the same seed makes the same frames) {
  auto run = [&] {
    frames.clear();
    auto issues = make_market();
    feed f{issues, config()};
    for (auto& x : default_symbols(20)) {
      f.join(1, {"H0STCNT0", x});
      f.join(1, {"H0STASP0", x});
    }
    for (auto i = 0; i < 500; ++i)
      f.step(afternoon, keep());
    return frames;
  };
  auto first = run();
  CAF_CHECK(first == run());
}

CAF_TEST(the total is met exactly) {
  auto issues = make_market();
  auto x = config();
  x.total = 1'234;
  feed f{issues, x};
  f.join(1, {"H0STCNT0", "005930"});
  f.join(1, {"H0STASP0", "005930"});
  for (auto i = 0; i < 2'000; ++i)
    f.step(afternoon, keep());
  CAF_CHECK(f.finished());
  CAF_CHECK_EQUAL(records, 1'234u);
  CAF_CHECK_EQUAL(f.sent(), 1'234u);
}

CAF_TEST(the market goes on while nobody listens) {
  auto issues = make_market();
  feed f{issues, config()};
  auto& issue = *issues.find(venue::krx, "005930");
  f.join(1, {"H0STCNT0", "005930"});
  f.step(afternoon, keep());
  f.leave(1);
  auto before = issue.volume();
  auto sent = f.sent();
  f.step(afternoon, keep());
  CAF_CHECK(issue.volume() > before);
  CAF_CHECK_EQUAL(f.sent(), sent);
  CAF_CHECK_EQUAL(frames.size(), 1u);
  CAF_CHECK(f.is_live(issue));
  // Heard or not, all issues keep their pace: more must be made for each sent.
  f.join(2, {"H0STCNT0", "000660"});
  CAF_CHECK(f.overhead() > 2);
}

CAF_TEST(records that nobody took do not count) {
  auto issues = make_market();
  feed f{issues, config()};
  f.join(1, {"H0STCNT0", "005930"});
  f.step(afternoon, [](auto&, auto&) { return size_t{0}; });
  CAF_CHECK_EQUAL(f.sent(), 0u);
}

CAF_TEST(drift makes records wider until a bound) {
  auto issues = make_market();
  feed f{issues, config()};
  f.join(1, {"H0STCNT0", "005930"});
  f.widen();
  f.step(afternoon, keep());
  CAF_CHECK_EQUAL(std::count(parts[0].begin(), parts[0].end(), '^'), 47);
  for (auto i = 0; i < 100; ++i)
    f.widen();
  CAF_CHECK_EQUAL(f.width(), trade_width_max);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
