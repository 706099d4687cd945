#define CAF_SUITE runtime_simulate_trade_log
#include "test.hpp"

#include "runtime/simulate/trade_log.hpp"

namespace CAF_SUITE {

using namespace observer::simulate;

CAF_TEST(the newest trades are kept and no more) {
  trade_log x{3};
  CAF_CHECK_EQUAL(x.size(), 0u);
  for (int64_t n = 1; n <= 8; ++n) {
    past_trade trade;
    trade.volume = n;
    x.push(trade);
    CAF_REQUIRE_EQUAL(x.size(), static_cast<size_t>(n < 3 ? n : 3));
    for (size_t i = 0; i < x.size(); ++i)
      CAF_CHECK_EQUAL(x.newest(i).volume, n - static_cast<int64_t>(i));
  }
}

CAF_TEST(a log of no trades keeps none) {
  trade_log x{0};
  x.push({});
  CAF_CHECK_EQUAL(x.size(), 0u);
}

} // namespace CAF_SUITE
