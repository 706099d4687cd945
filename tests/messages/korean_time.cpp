#define CAF_SUITE messages_korean_time
#include "test.hpp"

#include "messages/korean_time.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

// 2026-09-14T15:07:46.123456+09:00
constexpr int64_t afternoon_us = 1'789'366'066'123'456;

} // namespace

CAF_TEST(a timestamp is Korean whatever the zone of the process) {
  setenv("TZ", "America/New_York", 1);
  tzset();
  CAF_CHECK_EQUAL(timestamp(afternoon_us), "2026-09-14T15:07:46.123456+09:00");
  setenv("TZ", "UTC", 1);
  tzset();
  CAF_CHECK_EQUAL(timestamp(afternoon_us), "2026-09-14T15:07:46.123456+09:00");
}

CAF_TEST(the date changes at Korean midnight) {
  // 2026-09-14T23:59:59.999999+09:00
  auto last_us = afternoon_us + (8 * 3600 + 52 * 60 + 13) * us_per_second
                 + 876'543;
  CAF_CHECK_EQUAL(timestamp(last_us), "2026-09-14T23:59:59.999999+09:00");
  CAF_CHECK_EQUAL(korean_date_hour(last_us), "20260914_23");
  CAF_CHECK_EQUAL(korean_date_hour(last_us + 1), "20260915_00");
  CAF_CHECK_EQUAL(korean_date(last_us + 1), "20260915");
  CAF_CHECK_EQUAL(korean_hour(last_us) + 1, korean_hour(last_us + 1));
  CAF_CHECK_EQUAL(korean_hour_begin_us(korean_hour(last_us + 1)), last_us + 1);
}

CAF_TEST(a second that repeats keeps its own microseconds) {
  CAF_CHECK_EQUAL(timestamp(afternoon_us), "2026-09-14T15:07:46.123456+09:00");
  CAF_CHECK_EQUAL(timestamp(afternoon_us + 1),
                  "2026-09-14T15:07:46.123457+09:00");
  CAF_CHECK_EQUAL(timestamp(afternoon_us - 123'456),
                  "2026-09-14T15:07:46.000000+09:00");
}

CAF_TEST(a timestamp reads back) {
  for (auto us : {afternoon_us, afternoon_us + 1, int64_t{0}})
    CAF_CHECK(parse_timestamp(timestamp(us)) == us);
  for (auto text :
       {"", "2026-09-14", "2026-13-14T15:07:46.123456+09:00",
        "2026-09-14T15:07:46.123456+00:00", "2026-09-14 15:07:46.123456+09:00"})
    CAF_CHECK(!parse_timestamp(text));
}

} // namespace CAF_SUITE
