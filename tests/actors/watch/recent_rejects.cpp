#define CAF_SUITE actors_watch_recent_rejects
#include "actors/watch/recent_rejects.hpp"

#include "messages/korean_time.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  void reject(int64_t at_us, std::string_view raw = "005930^9x^") {
    all.add(at_us, reject_reason::bad_time, "005930", "H0STCNT0", 3,
            "column 1 is no time", raw);
  }

  recent_rejects all;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(recent_rejects_tests, fixture)

CAF_TEST(the newest comes first and so many as are asked for) {
  for (int64_t i = 1; i <= 5; ++i)
    reject(i * us_per_second);
  auto two = all.newest(2);
  CAF_REQUIRE_EQUAL(two.size(), 2u);
  CAF_CHECK_EQUAL(two[0].at_us, 5 * us_per_second);
  CAF_CHECK_EQUAL(two[1].at_us, 4 * us_per_second);
  CAF_CHECK_EQUAL(two[0].symbol, "005930");
  CAF_CHECK_EQUAL(two[0].slot, 3);
  CAF_CHECK_EQUAL(all.newest(99).size(), 5u);
}

CAF_TEST(of a flood ten of a second are taken) {
  for (int64_t i = 0; i < 1'000; ++i)
    reject(us_per_second + i);
  CAF_CHECK_EQUAL(all.newest(1'000).size(), recent_rejects::a_second_max);
  reject(2 * us_per_second);
  auto newest = all.newest(1);
  CAF_CHECK_EQUAL(newest[0].at_us, 2 * us_per_second);
}

CAF_TEST(a hundred are kept) {
  for (int64_t i = 0; i < 150; ++i)
    reject(i * us_per_second);
  auto kept = all.newest(1'000);
  CAF_CHECK_EQUAL(kept.size(), recent_rejects::rejects_max);
  CAF_CHECK_EQUAL(kept.back().at_us, 50 * us_per_second);
}

CAF_TEST(what came from outside is short and steers no terminal) {
  reject(1, std::string(5'000, 'x'));
  reject(2, "\x1B[2J");
  auto kept = all.newest(2);
  CAF_CHECK(kept[1].raw.size() < recent_rejects::raw_bytes_max + 50);
  CAF_CHECK_EQUAL(kept[0].raw, "\\x1b[2J");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
