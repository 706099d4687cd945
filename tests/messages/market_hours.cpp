#define CAF_SUITE messages_market_hours
#include "test.hpp"

#include "messages/korean_time.hpp"
#include "messages/market_hours.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

/// A Korean time of September 2026; the 14th is a Monday.
int64_t at(std::string_view day_and_time) {
  auto us = parse_timestamp(
    "2026-09-" + std::string{day_and_time} + ":00.000000+09:00");
  if (!us)
    CAF_FAIL("no time: " << day_and_time);
  return *us;
}

} // namespace

CAF_TEST(the regular session is open from 9 to 20 past 3) {
  market_hours hours;
  CAF_CHECK(!hours.open_at(at("14T09:00") - 1));
  CAF_CHECK(hours.open_at(at("14T09:00")));
  CAF_CHECK(hours.open_at(at("14T12:30")));
  CAF_CHECK(hours.open_at(at("14T15:20") - 1));
  CAF_CHECK(!hours.open_at(at("14T15:20")));
}

CAF_TEST(nothing is expected at a weekend (F24)) {
  market_hours hours;
  CAF_CHECK(hours.open_at(at("18T10:00")));
  CAF_CHECK(!hours.open_at(at("19T10:00")));
  CAF_CHECK(!hours.open_at(at("20T10:00")));
  CAF_CHECK(hours.open_at(at("21T10:00")));
}

CAF_TEST(nothing is expected on a holiday (F24)) {
  market_hours hours;
  hours.holidays = {"20260924", "20260925"};
  CAF_CHECK(hours.open_at(at("23T10:00")));
  CAF_CHECK(!hours.open_at(at("24T10:00")));
  CAF_CHECK(!hours.open_at(at("25T14:00")));
  CAF_CHECK(hours.open_at(at("28T10:00")));
}

CAF_TEST(the hours are Korean in a container in UTC (F37)) {
  setenv("TZ", "UTC", 1);
  tzset();
  market_hours hours;
  CAF_CHECK(hours.open_at(at("14T10:00")));
  CAF_CHECK(!hours.open_at(at("14T19:00")));
  // 00:30 in UTC on Monday is 9:30 in Korea; 23:00 on Sunday is 8:00.
  CAF_CHECK(hours.open_at(at("14T09:30")));
  CAF_CHECK(!hours.open_at(at("14T08:00")));
}

CAF_TEST(the after market of 2026-09-14 can be added (F40)) {
  market_hours hours;
  CAF_CHECK(!hours.open_at(at("14T16:39")));
  hours.ranges.push_back({16 * 60, 20 * 60});
  CAF_CHECK(hours.open_at(at("14T16:39")));
  CAF_CHECK(!hours.open_at(at("14T15:45")));
  CAF_CHECK(!hours.open_at(at("14T20:00")));
}

CAF_TEST(a late opening is another range (F41)) {
  market_hours hours;
  hours.ranges = {{10 * 60, 16 * 60 + 20}};
  CAF_CHECK(!hours.open_at(at("14T09:30")));
  CAF_CHECK(hours.open_at(at("14T10:00")));
  CAF_CHECK(hours.open_at(at("14T16:00")));
}

CAF_TEST(without ranges it is never open and always open is always) {
  market_hours hours;
  hours.ranges.clear();
  CAF_CHECK(!hours.open_at(at("14T10:00")));
  hours.always = true;
  hours.holidays = {"20260920"};
  CAF_CHECK(hours.open_at(at("20T03:00")));
}

} // namespace CAF_SUITE
