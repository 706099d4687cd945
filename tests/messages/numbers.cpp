#define CAF_SUITE messages_numbers
#include "test.hpp"

#include <limits>

#include "messages/numbers.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(a comma stands before every third digit from the end) {
  CAF_CHECK_EQUAL(with_commas(0), "0");
  CAF_CHECK_EQUAL(with_commas(999), "999");
  CAF_CHECK_EQUAL(with_commas(1'000), "1,000");
  CAF_CHECK_EQUAL(with_commas(12'345'678), "12,345,678");
}

CAF_TEST(a sign is no digit) {
  CAF_CHECK_EQUAL(with_commas(-1), "-1");
  CAF_CHECK_EQUAL(with_commas(-123), "-123");
  CAF_CHECK_EQUAL(with_commas(-123'456), "-123,456");
  CAF_CHECK_EQUAL(with_commas(std::numeric_limits<int64_t>::min()),
                  "-9,223,372,036,854,775,808");
}

CAF_TEST(a number is the whole text or none) {
  CAF_CHECK_EQUAL(parse_number<int>("41"), 41);
  CAF_CHECK_EQUAL(parse_number<double>("2.5"), 2.5);
  for (auto text : {"", " 41", "41 ", "+41", "4x", "99999999999", "0x10"})
    CAF_CHECK_EQUAL(parse_number<int>(text), std::nullopt);
}

} // namespace CAF_SUITE
