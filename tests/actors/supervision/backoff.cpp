#define CAF_SUITE actors_supervision_backoff
#include "test.hpp"

#include <cmath>
#include <random>

#include "actors/supervision/backoff.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

backoff_config plain() {
  backoff_config result;
  result.first = 100ms;
  result.max = 1s;
  result.jitter = 0;
  return result;
}

} // namespace

CAF_TEST(a wait doubles until the cap and stays there) {
  backoff waits{plain(), 1};
  for (auto expected : {100, 200, 400, 800, 1000, 1000, 1000})
    CAF_CHECK_EQUAL(waits.next().count(), expected);
}

CAF_TEST(a reset starts again from the first wait) {
  backoff waits{plain(), 1};
  waits.next();
  waits.next();
  waits.reset();
  CAF_CHECK_EQUAL(waits.next().count(), 100);
  CAF_CHECK_EQUAL(waits.next().count(), 200);
}

CAF_TEST(a first wait at the cap never grows) {
  auto config = plain();
  config.max = config.first;
  backoff waits{config, 1};
  CAF_CHECK_EQUAL(waits.next().count(), 100);
  CAF_CHECK_EQUAL(waits.next().count(), 100);
}

CAF_TEST(doubling does not overflow) {
  auto config = plain();
  config.first = std::chrono::milliseconds::max() - 1ms;
  config.max = std::chrono::milliseconds::max();
  backoff waits{config, 1};
  waits.next();
  CAF_CHECK(waits.next() == std::chrono::milliseconds::max());
}

CAF_TEST(jitter shortens a wait by no more than its share) {
  auto seed = uint64_t{std::random_device{}()};
  CAF_MESSAGE("seed " << seed);
  auto config = plain();
  config.jitter = 0.25;
  backoff waits{config, seed};
  auto base = config.first;
  std::set<int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    auto wait = waits.next();
    CAF_REQUIRE(wait <= base);
    CAF_REQUIRE(wait >= base * 3 / 4);
    base = std::min(base * 2, config.max);
    seen.insert(wait.count());
  }
  // 251 values are possible at the cap.
  CAF_CHECK(seen.size() > 100);
}

CAF_TEST(equal seeds wait alike and different seeds do not) {
  auto config = plain();
  config.jitter = 1;
  auto waits = [&](uint64_t seed) {
    backoff source{config, seed};
    std::vector<int64_t> result;
    for (int i = 0; i < 20; ++i)
      result.push_back(source.next().count());
    return result;
  };
  CAF_CHECK_EQUAL(waits(7), waits(7));
  CAF_CHECK_NOT_EQUAL(waits(7), waits(8));
}

CAF_TEST(a copy goes on from where its original stands) {
  auto config = plain();
  config.jitter = 0.5;
  backoff original{config, 3};
  original.next();
  auto copy = original;
  CAF_CHECK(copy.next() == original.next());
}

CAF_TEST(a config that cannot be meant is refused in words) {
  CAF_CHECK(!plain().validate());
  CAF_CHECK(!backoff_config{}.validate());
  auto config = plain();
  config.first = 0ms;
  CAF_CHECK(config.validate().value_or("").find("0 ms") != std::string::npos);
  config = plain();
  config.max = 99ms;
  CAF_CHECK(config.validate().value_or("").find("99 ms") != std::string::npos);
  for (auto jitter : {-0.1, 1.1, std::nan("")}) {
    config = plain();
    config.jitter = jitter;
    CAF_CHECK(config.validate().has_value());
  }
}

} // namespace CAF_SUITE
