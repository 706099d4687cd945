#define CAF_SUITE runtime_inspect_market_times
#include "runtime/inspect/market_times.hpp"

#include "messages/korean_time.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

/// 2026-09-14 is a Monday.
int64_t at(const char* time) {
  return parse_timestamp(std::string{time} + ":00.000000+09:00").value();
}

struct fixture {
  fixture() {
    hours.holidays = {"20260916", "20260919"};
  }
  std::string why(const char* time) {
    return std::string{why_closed(hours, at(time))};
  }

  market_hours hours;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(market_times_tests, fixture)

CAF_TEST(a closed market has one of four reasons) {
  CAF_CHECK_EQUAL(why("2026-09-14T08:59"), "before_open");
  CAF_CHECK_EQUAL(why("2026-09-14T09:00"), "");
  CAF_CHECK_EQUAL(why("2026-09-14T15:20"), "after_close");
  CAF_CHECK_EQUAL(why("2026-09-13T10:00"), "weekend");
  CAF_CHECK_EQUAL(why("2026-09-16T10:00"), "holiday");
  // A holiday on a Saturday.
  CAF_CHECK_EQUAL(why("2026-09-19T10:00"), "weekend");
}

CAF_TEST(between two sessions of a day the next one is to open) {
  hours.ranges.resize(2);
  hours.ranges[0].end_minute = 12 * 60;
  hours.ranges[1] = {13 * 60, 15 * 60};
  CAF_CHECK_EQUAL(why("2026-09-14T12:30"), "before_open");
  CAF_CHECK_EQUAL(why("2026-09-14T15:00"), "after_close");
}

CAF_TEST(a market that is always open is never closed) {
  hours.always = true;
  CAF_CHECK_EQUAL(why("2026-09-13T03:00"), "");
  CAF_CHECK(!next_opening_us(hours, at("2026-09-13T03:00")));
  CAF_CHECK(!next_closing_us(hours, at("2026-09-13T03:00")));
}

CAF_TEST(it opens next on a day that is none of rest) {
  auto opens = next_opening_us(hours, at("2026-09-15T16:00"));
  CAF_CHECK_EQUAL(*opens, at("2026-09-17T09:00"));
  auto closes = next_closing_us(hours, at("2026-09-14T10:00"));
  CAF_CHECK_EQUAL(*closes, at("2026-09-14T15:20"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
