#define CAF_SUITE actors_watch_outcomes
#include "actors/watch/outcomes.hpp"

#include "test.hpp"

#include <memory>

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  /// One second in which so many records came to their ends.
  void pass(uint64_t ticks, uint64_t rejected = 0, uint64_t shed = 0) {
    so_far.received += ticks + rejected + shed;
    so_far.ticks += ticks;
    so_far.rejected += rejected;
    so_far.shed += shed;
    window.add(++second, so_far);
  }
  outcomes recent() const {
    return window.recent(second);
  }
  outcomes lately() const {
    return window.lately(second);
  }

  outcome_window window;
  outcome_counts so_far;
  int64_t second = 1'000;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(outcomes_tests, fixture)

CAF_TEST(ten seconds count and the eleventh does not) {
  pass(0, 7);
  for (int i = 0; i < 9; ++i)
    pass(50);
  CAF_CHECK_EQUAL(recent().came, 457u);
  CAF_CHECK_EQUAL(recent().rejected, 7u);
  pass(50);
  CAF_CHECK_EQUAL(recent().came, 500u);
  CAF_CHECK_EQUAL(recent().lost(), 0u);
}

CAF_TEST(a morning of good records hides nothing of this minute) {
  for (int i = 0; i < 3'600; ++i)
    pass(1'000);
  for (int i = 0; i < 10; ++i)
    pass(0, 1'000);
  CAF_CHECK_EQUAL(recent().ticks, 0u);
  CAF_CHECK_EQUAL(recent().rejected, 10'000u);
}

CAF_TEST(a quiet market is judged by its last five records) {
  pass(1);
  for (int minute = 0; minute < 4; ++minute) {
    for (int i = 0; i < 19; ++i)
      pass(0);
    pass(0, 1);
  }
  CAF_CHECK_EQUAL(recent().came, 1u);
  CAF_CHECK_EQUAL(lately().came, 5u);
  CAF_CHECK_EQUAL(lately().rejected, 4u);
  for (int i = 0; i < 100; ++i)
    pass(0);
  CAF_CHECK_EQUAL(recent().came, 0u);
  CAF_CHECK_EQUAL(lately().came, 1u); // two minutes are enough
}

CAF_TEST(of a busy second long ago no more counts than is needed) {
  pass(0, 20);
  for (int i = 0; i < 30; ++i)
    pass(0);
  pass(3);
  CAF_CHECK_EQUAL(lately().came, 5u);
  CAF_CHECK_EQUAL(lately().rejected, 2u);
}

CAF_TEST(a second of long ago counts by its share of bad records) {
  pass(10, 2);
  for (int i = 0; i < 30; ++i)
    pass(0);
  CAF_CHECK_EQUAL(lately().came, 5u);
  CAF_CHECK_EQUAL(lately().rejected, 1u);
  pass(4);
  CAF_CHECK_EQUAL(lately().rejected, 1u);
}

CAF_TEST(records that wait for more than ten seconds are late) {
  so_far.received += 40;
  for (int i = 0; i < 10; ++i)
    pass(0);
  CAF_CHECK_EQUAL(recent().late, 0u);
  pass(0);
  CAF_CHECK_EQUAL(recent().late, 40u);
  CAF_CHECK_EQUAL(recent().came, 40u);
  CAF_CHECK(recent().below(1));
  so_far.ticks += 40;
  window.add(++second, so_far);
  CAF_CHECK_EQUAL(recent().late, 0u);
}

CAF_TEST(the cause is that of most losses of the last seconds) {
  auto c = std::make_unique<session_counters>();
  session_outcomes s;
  auto at = [](reject_reason r) { return static_cast<size_t>(r); };
  int64_t second = 0;
  for (int i = 0; i < 20; ++i) {
    c->slots[0].received.add(100);
    c->slots[0].persisted.add(100);
    s.add(++second, *c);
  }
  CAF_CHECK(cause_of(s.recent(), s) == cause::none);
  c->slots[0].received.add(3);
  c->slots[0].rejected[at(reject_reason::bad_time)].add(2);
  c->slots[1].rejected[at(reject_reason::width_too_small)].add(1);
  s.add(++second, *c);
  CAF_CHECK(s.rejected_most() == reject_reason::bad_time);
  CAF_CHECK(cause_of(s.recent(), s) == cause::parse_rejected);
  c->slots[0].received.add(50);
  c->slots[0].shed.add(50);
  c->shed_by_cause[static_cast<size_t>(cause::disk_full)].add(50);
  s.add(++second, *c);
  CAF_CHECK(cause_of(s.recent(), s) == cause::disk_full);
  // All of them rejected: that is no bad value here and there.
  for (int i = 0; i < 10; ++i) {
    c->slots[0].received.add(100);
    c->slots[0].rejected[at(reject_reason::bad_number)].add(100);
    s.add(++second, *c);
  }
  CAF_CHECK(cause_of(s.recent(), s) == cause::layout_changed);
}

CAF_TEST(strangers count if they keep coming) {
  auto c = std::make_unique<session_counters>();
  session_outcomes s;
  int64_t second = 0;
  s.add(++second, *c);
  auto come = [&](uint64_t n) {
    c->strangers.add(n);
    s.add(++second, *c);
    return s.unclaimed().strangers;
  };
  CAF_CHECK_EQUAL(come(50), 0u);
  CAF_CHECK_EQUAL(come(50), 0u);
  CAF_CHECK_EQUAL(come(0), 0u);
  CAF_CHECK_EQUAL(come(1), 101u);
  for (int i = 0; i < 7; ++i)
    CAF_CHECK_EQUAL(come(0), i < 6 ? 101u : 0u);
}

CAF_TEST(what no slot claims is told apart from other symbols) {
  auto c = std::make_unique<session_counters>();
  session_outcomes s;
  s.add(1, *c);
  c->other.received.add(8);
  c->other.rejected[static_cast<size_t>(reject_reason::not_subscribed)].add(5);
  c->other.rejected[static_cast<size_t>(reject_reason::bad_symbol)].add(3);
  s.add(2, *c);
  CAF_CHECK_EQUAL(s.unclaimed().records, 8u);
  CAF_CHECK_EQUAL(s.unclaimed().strange, 3u);
  CAF_CHECK(s.unclaimed().most == reject_reason::not_subscribed);
  CAF_CHECK_EQUAL(s.recent().came, 0u);
  for (int64_t second = 3; second < 20; ++second)
    s.add(second, *c);
  CAF_CHECK_EQUAL(s.unclaimed().records, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
