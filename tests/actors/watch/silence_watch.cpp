#define CAF_SUITE actors_watch_silence_watch
#include "actors/watch/silence_watch.hpp"

#include <random>

#include "messages/korean_time.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

using news = silence_watch::news;

struct fixture {
  news second(uint64_t frames, uint64_t records) {
    now_us += us_per_second;
    if (frames > 0)
      last_us = now_us;
    return watch.look(frames, records, now_us, last_us, judged);
  }
  void busy(int seconds, uint64_t frames = 100, uint64_t records = 400) {
    for (; seconds > 0; --seconds)
      CAF_CHECK(second(frames, records) == news::none);
  }
  /// The second without data in which the silence was named; 0 if it was not.
  int named_after(int seconds) {
    for (int i = 1; i <= seconds; ++i)
      if (second(0, 0) == news::begins)
        return i;
    return 0;
  }

  silence_watch watch;
  int64_t now_us = 0, last_us = 0;
  bool judged = true;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(silence_watch_tests, fixture)

CAF_TEST(a busy feed that stops is named after four seconds with its rate) {
  busy(60);
  CAF_CHECK_EQUAL(named_after(10), 4);
  CAF_REQUIRE(watch.silence().has_value());
  CAF_CHECK_EQUAL(watch.silence()->per_s_before, 400.0);
  CAF_CHECK_EQUAL(watch.silence()->since_us, last_us);
}

CAF_TEST(the rate before is true of a feed that has just begun) {
  busy(5);
  CAF_CHECK_EQUAL(named_after(10), 4);
  CAF_CHECK_EQUAL(watch.silence()->per_s_before, 400.0);
}

CAF_TEST(what was empty before the first data does not count) {
  for (int i = 0; i < 20; ++i)
    CAF_CHECK(second(0, 0) == news::none);
  busy(10);
  CAF_CHECK_EQUAL(named_after(10), 4);
  CAF_CHECK_EQUAL(watch.silence()->per_s_before, 400.0);
}

CAF_TEST(it is named once and ends with the first data) {
  busy(60);
  CAF_CHECK_EQUAL(named_after(10), 4);
  CAF_CHECK_EQUAL(named_after(100), 0);
  CAF_CHECK(second(1, 1) == news::ends);
  CAF_CHECK(!watch.silence());
  CAF_CHECK(second(1, 1) == news::none);
}

CAF_TEST(a second silence of a busy feed is named as soon) {
  busy(60);
  CAF_CHECK_EQUAL(named_after(50), 4);
  for (int i = 0; i < 50; ++i)
    second(0, 0);
  CAF_CHECK(second(100, 400) == news::ends);
  busy(20);
  CAF_CHECK_EQUAL(named_after(10), 4);
}

CAF_TEST(a slow feed is given the time that chance takes) {
  busy(300, 1, 1);
  CAF_CHECK_EQUAL(named_after(60), 13);
  CAF_CHECK_EQUAL(watch.silence()->per_s_before, 1.0);
}

CAF_TEST(a feed that is thin by nature does not flicker) {
  // A frame in five seconds on average: hours of it.
  constexpr unsigned seed = 20'260'914;
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  std::poisson_distribution<uint64_t> arrivals{0.2};
  for (int i = 0; i < 6 * 3'600; ++i) {
    auto frames = arrivals(random);
    CAF_REQUIRE(second(frames, frames) == news::none);
  }
}

CAF_TEST(a feed that comes in bursts does not flicker) {
  for (int i = 0; i < 100; ++i) {
    busy(1, 40, 40);
    for (int pause = 0; pause < 29; ++pause)
      if (second(0, 0) != news::none && i > 0)
        CAF_ERROR("named in burst " << i);
    if (watch.silence())
      CAF_CHECK(second(40, 40) == news::ends);
  }
}

CAF_TEST(nothing is named where nothing is judged) {
  busy(60);
  judged = false;
  CAF_CHECK_EQUAL(named_after(30), 0);
}

CAF_TEST(a session begins without a past) {
  busy(60);
  watch.reset();
  CAF_CHECK_EQUAL(named_after(30), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
