#define CAF_SUITE runtime_daemon_system_clock
#include "test.hpp"

#include <ctime>

#include "runtime/daemon/system_clock.hpp"

namespace CAF_SUITE {

CAF_TEST(wall time counts microseconds since the epoch) {
  auto before = static_cast<int64_t>(std::time(nullptr)) * 1'000'000;
  auto now = observer::system_clock{}.now_us();
  auto after = (static_cast<int64_t>(std::time(nullptr)) + 1) * 1'000'000;
  // time() may lag behind by the kernel's tick: 10 ms at most.
  CAF_CHECK(before <= now);
  CAF_CHECK(now < after + 10'000);
}

} // namespace CAF_SUITE
