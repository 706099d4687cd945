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
    h.add(now_us += 1'000'000, totals);
  }

  history h;
  ledger_totals totals;
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

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
