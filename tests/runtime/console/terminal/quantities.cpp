#define CAF_SUITE runtime_console_terminal_quantities
#include "test.hpp"

#include "runtime/console/terminal/quantities.hpp"

#include <limits>

namespace CAF_SUITE {

using namespace observer::terminal;
using observer::language;

CAF_TEST(counts have commas and the unknown is a dash) {
  CAF_CHECK_EQUAL(count(0), "0");
  CAF_CHECK_EQUAL(count(999), "999");
  CAF_CHECK_EQUAL(count(1'234'567), "1,234,567");
  CAF_CHECK_EQUAL(count(-1'234), "-1,234");
  CAF_CHECK_EQUAL(count(-123), "-123");
  CAF_CHECK_EQUAL(count(integer{}), "–");
  CAF_CHECK_EQUAL(count(std::numeric_limits<int64_t>::min()),
                  "-9,223,372,036,854,775,808");
}

CAF_TEST(spans are in the unit that tells most) {
  CAF_CHECK_EQUAL(span_us(400), "400 µs");
  CAF_CHECK_EQUAL(span_us(3'100), "3.1 ms");
  CAF_CHECK_EQUAL(span_us(25'400), "25 ms");
  CAF_CHECK_EQUAL(span_us(12'900'000), "12 s");
  CAF_CHECK_EQUAL(span_us(3 * 60'000'000), "3 min");
  CAF_CHECK_EQUAL(span_us(7'980'000'000), "2 h 13 min");
  CAF_CHECK_EQUAL(span_us(100 * 3'600'000'000), "4 d 4 h");
  CAF_CHECK_EQUAL(span_us(-5), "0 µs");
  CAF_CHECK_EQUAL(between_us(1'000'000, std::numeric_limits<int64_t>::min()),
                  "–");
}

CAF_TEST(spans in Korean have its units) {
  auto ko = language::korean;
  CAF_CHECK_EQUAL(span_us(400, ko), "400 µs");
  CAF_CHECK_EQUAL(span_us(12'900'000, ko), "12초");
  CAF_CHECK_EQUAL(span_us(3 * 60'000'000, ko), "3분");
  CAF_CHECK_EQUAL(span_us(7'980'000'000, ko), "2시간 13분");
  CAF_CHECK_EQUAL(span_us(100 * 3'600'000'000, ko), "4일 4시간");
}

CAF_TEST(a lag known to the second claims no less) {
  CAF_CHECK_EQUAL(lag_ms(0), "< 1 s");
  CAF_CHECK_EQUAL(lag_ms(0, language::korean), "1초 미만");
  CAF_CHECK_EQUAL(lag_ms(3'000), "3 s");
  CAF_CHECK_EQUAL(lag_ms(-12'000), "-12 s");
  CAF_CHECK_EQUAL(lag_ms(-120'000, language::korean), "-2분");
  CAF_CHECK_EQUAL(lag_ms(integer{}), "–");
  CAF_CHECK(lag_ms(std::numeric_limits<int64_t>::min()).starts_with("-"));
}

CAF_TEST(digits of the wire are grouped and times have colons) {
  CAF_CHECK_EQUAL(digits("249500"), "249,500");
  CAF_CHECK_EQUAL(digits("999"), "999");
  CAF_CHECK_EQUAL(digits("-1234567.125"), "-1,234,567.125");
  CAF_CHECK_EQUAL(digits(""), "");
  CAF_CHECK_EQUAL(digits("n/a"), "n/a");
  CAF_CHECK_EQUAL(execution_time("150746"), "15:07:46");
  CAF_CHECK_EQUAL(execution_time("1507"), "1507");
  CAF_CHECK_EQUAL(execution_time("15074x"), "15074x");
}

CAF_TEST(sizes and rates and shares are rounded but never up to perfect) {
  CAF_CHECK_EQUAL(bytes(999), "999 B");
  CAF_CHECK_EQUAL(bytes(5'431'800), "5.4 MB");
  CAF_CHECK_EQUAL(bytes(999'600), "1.0 MB");
  CAF_CHECK_EQUAL(bytes(123'400'000'000), "123 GB");
  CAF_CHECK_EQUAL(rate(2.52), "2.5");
  CAF_CHECK_EQUAL(rate(1234.4), "1,234");
  CAF_CHECK_EQUAL(rate(0), "0");
  CAF_CHECK_EQUAL(share(1), "100 %");
  CAF_CHECK_EQUAL(share(0.9999999), "99.999 %");
  CAF_CHECK_EQUAL(share(0.9996), "99.960 %");
  CAF_CHECK_EQUAL(share(real{}), "–");
  CAF_CHECK_EQUAL(percent(0.377), "38 %");
}

CAF_TEST(a latency of more than a second has its tenths) {
  CAF_CHECK_EQUAL(latency_us(1'899'000, language::korean), "1.8초");
  CAF_CHECK_EQUAL(latency_us(9'990'000, language::english), "9.9 s");
  CAF_CHECK_EQUAL(latency_us(12'900'000, language::english), "12 s");
  CAF_CHECK_EQUAL(latency_us(25'400, language::english), "25 ms");
  CAF_CHECK_EQUAL(latency_us(integer{}, language::english), "–");
}

CAF_TEST(times are those of Korea) {
  // 2026-09-14T15:07:46+09:00
  int64_t at = 1'789'366'066'000'000;
  CAF_CHECK_EQUAL(clock(at), "15:07:46");
  CAF_CHECK_EQUAL(moment(at, at + 1), "15:07:46");
  CAF_CHECK_EQUAL(moment(at, at + 86'400'000'000), "09-14 15:07:46");
  CAF_CHECK_EQUAL(clock(integer{}), "–");
  CAF_CHECK_EQUAL(clock(std::numeric_limits<int64_t>::max()), "–");
}

} // namespace CAF_SUITE
