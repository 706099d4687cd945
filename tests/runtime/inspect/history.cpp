#define CAF_SUITE runtime_inspect_history
#include "runtime/inspect/history.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

constexpr auto whole = history::seconds;

struct fixture {
  void second(uint64_t received, uint64_t persisted = 0) {
    totals.received += received;
    totals.persisted += persisted;
    h.add(now_us += 1'000'000, totals, gaps, disconnects);
  }

  history h;
  ledger_totals totals;
  uint64_t gaps = 0, disconnects = 0;
  int64_t now_us = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(history_tests, fixture)

CAF_TEST(nothing is known before the first second is over) {
  auto empty = h.view();
  CAF_CHECK_EQUAL(empty.received.size(), whole);
  CAF_CHECK(!empty.received.back());
  second(7);
  auto begun = h.view();
  CAF_CHECK_EQUAL(begun.received.size(), whole);
  CAF_CHECK(!begun.received.back());
  CAF_CHECK_EQUAL(begun.end_us, now_us);
}

CAF_TEST(counts are of each second and the newest comes last) {
  second(100, 100); // before anyone looked
  second(3, 2);
  second(5, 4);
  auto v = h.view();
  CAF_CHECK_EQUAL(v.received.size(), whole);
  CAF_CHECK_EQUAL(v.persisted.size(), whole);
  CAF_CHECK_EQUAL(*v.received[whole - 1], 5u);
  CAF_CHECK_EQUAL(*v.received[whole - 2], 3u);
  CAF_CHECK_EQUAL(*v.persisted[whole - 1], 4u);
  CAF_CHECK(!v.received[whole - 3]);
}

CAF_TEST(after ten minutes the oldest second is forgotten) {
  second(0);
  for (size_t i = 1; i <= whole + 5; ++i)
    second(i);
  auto v = h.view();
  CAF_CHECK_EQUAL(v.received.size(), whole);
  CAF_CHECK_EQUAL(*v.received.front(), 6u);
  CAF_CHECK_EQUAL(*v.received.back(), whole + 5);
}

CAF_TEST(sums are over the seconds that are known) {
  CAF_CHECK_EQUAL(h.over(5).over_s, 0);
  second(0);
  second(10, 1);
  second(20, 2);
  auto five = h.over(5);
  CAF_CHECK_EQUAL(five.over_s, 2);
  CAF_CHECK_EQUAL(five.received, 30u);
  CAF_CHECK_EQUAL(five.persisted, 3u);
  auto one = h.over(1);
  CAF_CHECK_EQUAL(one.received, 20u);
  CAF_CHECK_EQUAL(one.over_s, 1);
}

CAF_TEST(sums over more than ten minutes are of ten minutes) {
  second(0);
  for (size_t i = 0; i < 2 * whole; ++i)
    second(1);
  auto all = h.over(10 * whole);
  CAF_CHECK_EQUAL(all.over_s, static_cast<int64_t>(whole));
  CAF_CHECK_EQUAL(all.received, whole);
}

CAF_TEST(an hour is ten seconds a step and a day a minute) {
  second(0);
  for (size_t i = 0; i < 119; ++i)
    second(1);
  auto hour = h.view(history_range::hour);
  CAF_CHECK_EQUAL(hour.step_s, 10);
  CAF_CHECK_EQUAL(hour.received.size(), 360u);
  CAF_CHECK_EQUAL(*hour.received.back(), 10u);
  // The step that is not over is not shown: it would look like a fall.
  CAF_CHECK(hour.received[360 - 11] && !hour.received[360 - 12]);
  CAF_CHECK_EQUAL(hour.end_us, now_us - 9'000'000);
  auto day = h.view(history_range::day);
  CAF_CHECK_EQUAL(day.step_s, 60);
  CAF_CHECK_EQUAL(day.received.size(), 1'440u);
  CAF_CHECK_EQUAL(*day.received.back(), 60u);
  CAF_CHECK(!day.received[1'440 - 2]);
}

CAF_TEST(after an hour and a day their oldest step is forgotten) {
  second(0);
  for (size_t i = 0; i < 24 * 3'600 + 60; ++i)
    second(i < 60 ? 7 : 1);
  auto day = h.view(history_range::day), hour = h.view(history_range::hour);
  CAF_CHECK_EQUAL(*day.received.front(), 60u);
  CAF_CHECK_EQUAL(*hour.received.front(), 10u);
}

CAF_TEST(gaps and disconnects stand where they happened) {
  gaps = 5; // before anyone looked
  second(0);
  second(1);
  gaps += 3;
  disconnects += 1;
  second(1);
  second(1);
  auto v = h.view();
  CAF_CHECK_EQUAL(*v.gaps[whole - 3], 0u);
  CAF_CHECK_EQUAL(*v.gaps[whole - 2], 3u);
  CAF_CHECK_EQUAL(*v.disconnects[whole - 2], 1u);
}

CAF_TEST(ranges have words) {
  CAF_CHECK(parse_history_range("10m") == history_range::ten_minutes);
  CAF_CHECK(parse_history_range("1h") == history_range::hour);
  CAF_CHECK(parse_history_range("day") == history_range::day);
  for (auto no : {"", "1d", "10M", "day "})
    CAF_CHECK(!parse_history_range(no));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
