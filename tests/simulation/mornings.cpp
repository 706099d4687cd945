#define CAF_SUITE simulation_mornings
#include "simulation/morning.hpp"

#include "test.hpp"

#include <random>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulation;

// The whole daemon under faults at random, from seeds: nothing vanishes, and
// when it is made to, the simulation sees it. More: tests/simulate --seeds N.

namespace {

morning live_once(uint64_t seed, sabotage flaw = sabotage::none) {
  test::temporary_directory files;
  morning_options o;
  o.seed = seed;
  o.flaw = flaw;
  o.directory = files.path();
  return live(o);
}

void expect_nothing_vanished(uint64_t seed) {
  auto m = live_once(seed);
  for (auto& f : m.findings)
    CAF_ERROR("seed " << seed << ": " << f << " (tests/simulate --first "
                      << seed << " --seeds 1 --verbose)");
}

/// Of 40 mornings with the flaw, how many are found to be wrong.
int found_with(sabotage flaw) {
  int found = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed)
    found += !live_once(seed, flaw).findings.empty();
  return found;
}

} // namespace

CAF_TEST(nothing vanishes in three hundred mornings) {
  for (uint64_t seed = 1; seed <= 300; ++seed)
    expect_nothing_vanished(seed);
}

CAF_TEST(nothing vanishes in mornings nobody has seen) {
  auto first = std::random_device{}() + uint64_t{1'000'000};
  CAF_MESSAGE("first seed " << first);
  for (auto seed = first; seed < first + 30; ++seed)
    expect_nothing_vanished(seed);
}

CAF_TEST(a seed replays exactly) {
  for (uint64_t seed = 1; seed <= 10; ++seed)
    CAF_CHECK_EQUAL(live_once(seed).digest, live_once(seed).digest);
}

CAF_TEST(a recorder that acknowledges before the sync is found out) {
  CAF_CHECK(found_with(sabotage::acknowledge_before_sync) > 0);
}

CAF_TEST(a recorder that forgets a batch at a restart is found out) {
  CAF_CHECK(found_with(sabotage::forget_at_restart) > 0);
}

CAF_TEST(a recorder that takes rejected for recorded is found out) {
  CAF_CHECK(found_with(sabotage::rejected_is_recorded) > 0);
}

CAF_TEST(a recorder that counts a record twice is found out) {
  CAF_CHECK(found_with(sabotage::count_twice) > 0);
}

} // namespace CAF_SUITE
