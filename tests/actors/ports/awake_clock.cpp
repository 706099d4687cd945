#define CAF_SUITE actors_ports_awake_clock
#include "test.hpp"

#include "actors/ports/awake_clock.hpp"
#include "support/test_disks.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  std::shared_ptr<test::fake_clock> machine
    = std::make_shared<test::fake_clock>();
  awake_clock clock{machine};
  int64_t begin = clock.steady_us();
  int64_t passed() {
    return clock.steady_us() - begin;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(awake_clock_tests, fixture)

CAF_TEST(while it is asked it is the clock of the machine) {
  for (int second = 1; second <= 100; ++second) {
    machine->us += us_per_second;
    CAF_CHECK_EQUAL(passed(), second * us_per_second);
  }
  CAF_CHECK_EQUAL(clock.asleep_us(), 0);
}

CAF_TEST(of a stretch in which nobody asked a second counts) {
  machine->us += us_per_second;
  CAF_CHECK_EQUAL(passed(), us_per_second);
  machine->us += 600 * us_per_second;
  CAF_CHECK_EQUAL(passed(), 2 * us_per_second);
  CAF_CHECK_EQUAL(clock.asleep_us(), 599 * us_per_second);
  machine->us += us_per_second;
  CAF_CHECK_EQUAL(passed(), 3 * us_per_second);
}

CAF_TEST(it never goes back) {
  auto last = clock.steady_us();
  for (auto step : {10, 90'000, 99'999, 5'000'000, 1, 50'000, 80'000'000}) {
    machine->us += step;
    auto now = clock.steady_us();
    CAF_CHECK(now >= last);
    last = now;
  }
}

CAF_TEST(a few late seconds are no sleep) {
  machine->us += 3 * us_per_second;
  CAF_CHECK_EQUAL(passed(), 3 * us_per_second);
  CAF_CHECK_EQUAL(clock.asleep_us(), 0);
}

CAF_TEST(the wall clock is as it is) {
  machine->us += 600 * us_per_second;
  CAF_CHECK_EQUAL(clock.now_us(), machine->us);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
