#define CAF_SUITE runtime_simulate_issue_info
#include "test.hpp"

#include "runtime/simulate/issue_info.hpp"
#include "runtime/simulate/market.hpp"

namespace CAF_SUITE {

using namespace observer::simulate;

CAF_TEST(a standard code ends in its check digit) {
  // As the exchange has them.
  CAF_CHECK_EQUAL(isin_of("005930"), "KR7005930003");
  CAF_CHECK_EQUAL(isin_of("000660"), "KR7000660001");
  CAF_CHECK_EQUAL(isin_of("069500"), "KR7069500007");
}

CAF_TEST(every issue has a name) {
  CAF_CHECK_EQUAL(names_of("035420").korean, "NAVER");
  CAF_CHECK(names_of("247540").kosdaq);
  for (auto& code : default_symbols(60)) {
    CAF_CHECK(!names_of(code).korean.empty());
    CAF_CHECK(!names_of(code).english.empty());
  }
}

} // namespace CAF_SUITE
