#define CAF_SUITE actors_feed_quarantine_budget
#include "test.hpp"

#include "actors/feed/quarantine_budget.hpp"
#include "messages/korean_time.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

// 2026-09-14T23:58:00+09:00
constexpr int64_t late_us = 1'789'397'880'000'000;
constexpr int64_t minute_us = 60 * us_per_second;

constexpr quarantine_bounds bounds{1'000, 2'500, 3};

} // namespace

CAF_TEST(a minute takes so many bytes and the next one as many) {
  quarantine_budget budget{bounds};
  CAF_CHECK(budget.take(600, late_us));
  CAF_CHECK(!budget.take(600, late_us));
  CAF_CHECK(budget.take(400, late_us + minute_us - 1));
  CAF_CHECK(!budget.take(1, late_us + minute_us - 1));
  CAF_CHECK(budget.take(1'000, late_us + minute_us));
}

CAF_TEST(a Korean day takes so many bytes) {
  quarantine_budget budget{{10'000, 2'500, 3}};
  CAF_CHECK(budget.take(2'000, late_us));
  CAF_CHECK(!budget.take(600, late_us + minute_us));
  CAF_CHECK(budget.news(late_us + minute_us).find("quarantine_day_bytes")
            != std::string::npos);
  CAF_CHECK(budget.take(600, late_us + 2 * minute_us));
}

CAF_TEST(what no slot claims has lines a minute for each reason) {
  quarantine_budget budget{bounds};
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(budget.take_unclaimed(reject_reason::not_a_frame, 10, late_us));
  CAF_CHECK(!budget.take_unclaimed(reject_reason::not_a_frame, 10, late_us));
  CAF_CHECK(budget.take_unclaimed(reject_reason::unknown_tr, 10, late_us));
  CAF_CHECK(budget.take(10, late_us));
  CAF_CHECK(budget.take_unclaimed(reject_reason::not_a_frame, 10,
                                  late_us + minute_us));
}

CAF_TEST(it is said once that text is given up and once that it is kept) {
  quarantine_budget budget{bounds};
  CAF_CHECK(budget.news(late_us).empty());
  for (int minute = 0; minute < 5; ++minute) {
    auto now = late_us - 1'000 * minute_us + minute * minute_us;
    CAF_CHECK(budget.take(100, now));
    for (int i = 0; i < 100; ++i)
      CAF_CHECK(!budget.take(1'000, now));
    auto news = budget.news(now);
    CAF_CHECK_EQUAL(news.empty(), minute != 0);
    if (minute == 0)
      CAF_CHECK(news.find("quarantine_minute_bytes") != std::string::npos);
  }
  auto after = late_us - 995 * minute_us;
  CAF_CHECK(budget.news(after).empty());
  CAF_CHECK(budget.news(after + minute_us).find("kept again")
            != std::string::npos);
  CAF_CHECK(budget.news(after + 2 * minute_us).empty());
}

CAF_TEST(a clock that is set back gives no more than a minute) {
  quarantine_budget budget{bounds};
  CAF_CHECK(budget.take(1'000, late_us));
  CAF_CHECK(!budget.take(1, late_us));
  CAF_CHECK(!budget.news(late_us).empty());
  CAF_CHECK(budget.take(1'000, late_us - 3 * minute_us));
  CAF_CHECK(!budget.take(1, late_us - 3 * minute_us));
}

} // namespace CAF_SUITE
