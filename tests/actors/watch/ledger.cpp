#define CAF_SUITE actors_watch_ledger
#include "actors/watch/ledger.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

struct fixture : test_coordinator_fixture<> {
  fixture() {
    config.counters = counters;
    handle = sys.spawn(ledger, config);
    sched.run_once();
  }
  ~fixture() {
    caf::anon_send_exit(handle, caf::exit_reason::kill);
    sched.run_once();
  }
  const ledger_state& state() {
    using base = ledger_actor::stateful_base<ledger_state>;
    return deref<base>(handle).state;
  }
  void pass(int seconds) {
    for (; seconds > 0; --seconds) {
      sched.advance_time(1s);
      sched.run_once();
    }
  }

  std::shared_ptr<session_counters> counters
    = std::make_shared<session_counters>();
  ledger_config config;
  ledger_actor handle;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(ledger_tests, fixture)

CAF_TEST(a ledger that closes says nothing) {
  counters->slots[3].received.add(7);
  counters->slots[3].persisted.add(4);
  counters->slots[3].handed.add(3);
  pass(20);
  CAF_CHECK_EQUAL(state().told, 0);
}

CAF_TEST(a record that vanished is told after five looks) {
  counters->slots[3].received.add(7);
  counters->slots[3].persisted.add(6);
  pass(4);
  CAF_CHECK_EQUAL(state().told, 0);
  pass(1);
  CAF_CHECK_EQUAL(state().told, 1);
}

CAF_TEST(a record that is counted twice is told) {
  counters->slots[0].persisted.add(1);
  pass(5);
  CAF_CHECK_EQUAL(state().told, -1);
}

CAF_TEST(records that move are no alarm) {
  for (int i = 1; i < 30; ++i) {
    counters->slots[0].received.add(1); // another difference at each look
    pass(1);
  }
  CAF_CHECK_EQUAL(state().told, 0);
}

CAF_TEST(a ledger that closes again is told) {
  counters->other.received.add(2);
  pass(5);
  CAF_CHECK_EQUAL(state().told, 2);
  counters->other.rejected[1].add(2);
  pass(5);
  CAF_CHECK_EQUAL(state().told, 0);
}

CAF_TEST(records that are all rejected are told with their cause) {
  auto& slot = counters->slots[3];
  for (int i = 0; i < 12; ++i) {
    slot.received.add(50);
    slot.rejected[static_cast<size_t>(reject_reason::bad_time)].add(50);
    pass(1);
    CAF_CHECK(state().short_of == cause::layout_changed);
  }
  for (int i = 0; i < 10; ++i) {
    slot.received.add(50);
    slot.persisted.add(50);
    pass(1);
  }
  CAF_CHECK(state().short_of == cause::none);
}

CAF_TEST(what no slot claims is no shortage) {
  for (int i = 0; i < 12; ++i) {
    counters->slots[3].received.add(1);
    counters->slots[3].persisted.add(1);
    counters->other.received.add(500);
    counters->other.rejected[static_cast<size_t>(reject_reason::bad_symbol)]
      .add(500);
    pass(1);
    CAF_CHECK(state().short_of == cause::none);
  }
  // Told all the same, and no tick on disk.
  CAF_CHECK(ledger_line(*counters).find("ratio=0.001996") != std::string::npos);
  CAF_CHECK(ledger_line(*counters).find("unclaimed=6000") != std::string::npos);
}

CAF_TEST(what is not known yet is shown as such) {
  counters->slots[0].received.add(2);
  counters->slots[0].handed.add(2);
  CAF_CHECK_EQUAL(ledger_line(*counters),
                  "received=2 persisted=0 rejected=0 shed=0 in_flight=2 ratio=– "
                  "ack_p50_ms=– ack_p99_ms=–");
}

CAF_TEST(what is in flight does not lower the ratio) {
  counters->slots[0].received.add(5);
  counters->slots[0].handed.add(2);
  counters->slots[0].persisted.add(3);
  CAF_CHECK(ledger_line(*counters).find("ratio=1.000000") != std::string::npos);
}

CAF_TEST(a ratio that is not whole is not shown as whole) {
  counters->slots[0].received.add(100'000'000);
  counters->slots[0].persisted.add(99'999'999);
  counters->slots[0].rejected[1].add(1);
  CAF_CHECK(ledger_line(*counters).find("ratio=0.999999") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
