#define CAF_SUITE runtime_inspect_told_time
#include "runtime/inspect/told_time.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

constexpr int64_t s = us_per_second;

struct fixture {
  void pass(int64_t seconds, std::optional<int64_t> told_us) {
    for (int64_t i = 0; i < seconds; ++i) {
      wall_us += s;
      steady_us += s;
      event.look(told_us, steady_us);
      oldest.look(told_us, steady_us);
    }
  }
  int64_t age_s(const told_time& of, int64_t told_us) const {
    return (wall_us - *of.now(told_us, wall_us, steady_us)) / s;
  }

  int64_t wall_us = 1'789'347'600 * s, steady_us = 4'000 * s;
  told_time event;
  told_time oldest{told_time::kind::oldest};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(told_time_tests, fixture)

CAF_TEST(a moment keeps its time while nobody sets the clock) {
  pass(5, std::nullopt);
  auto told_us = wall_us + s / 3;
  CAF_CHECK(event.now(told_us, wall_us + s, steady_us + s) == told_us);
  pass(700, told_us);
  CAF_CHECK(event.now(told_us, wall_us, steady_us) == told_us);
  CAF_CHECK(oldest.now(told_us, wall_us, steady_us) == told_us);
  CAF_CHECK(!event.now(std::nullopt, wall_us, steady_us));
}

CAF_TEST(a clock that is set makes nothing older or younger) {
  for (auto by_s : {3'377, -966, 86'400'000, -86'400'000}) {
    fixture f;
    f.pass(5, f.wall_us);
    auto told_us = f.wall_us;
    f.pass(10, told_us);
    f.wall_us += by_s * s;
    CAF_CHECK(f.age_s(f.event, told_us) >= 7);
    CAF_CHECK(f.age_s(f.event, told_us) <= 12);
    f.pass(40, told_us);
    CAF_CHECK(f.age_s(f.event, told_us) >= 47);
    CAF_CHECK(f.age_s(f.event, told_us) <= 52);
  }
}

CAF_TEST(what was told before the clock was set and not seen yet is new) {
  pass(5, std::nullopt);
  auto told_us = wall_us + s / 2;
  wall_us += 3'600 * s;
  CAF_CHECK(age_s(event, told_us) <= 2);
}

CAF_TEST(the oldest of those that wait may have waited for long) {
  auto first_us = wall_us + s / 2;
  pass(20, first_us);
  // The first is acknowledged, and the next came right behind it.
  auto second_us = first_us + s;
  CAF_CHECK_EQUAL(age_s(oldest, second_us), 18);
  pass(1, second_us);
  CAF_CHECK_EQUAL(age_s(oldest, second_us), 19);
  // Nothing waits any more; the next is not older than that.
  pass(1, std::nullopt);
  wall_us += 3'600 * s;
  CAF_CHECK(age_s(oldest, second_us + 20 * s) <= 2);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
