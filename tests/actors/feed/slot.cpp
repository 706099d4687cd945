#define CAF_SUITE actors_feed_slot
#include "actors/feed/slot_fixture.hpp"

#include "support/failing_new.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::slot_test;

CAF_TEST_FIXTURE_SCOPE(slot_tests, fixture)

// -- writers ------------------------------------------------------------------

CAF_TEST(a writer that restarts is sent all that it has not acknowledged) {
  start();
  receive({trade(1)});
  receive({trade(2)});
  receive({trade(3)});
  acknowledge(dataset::scalp, 1);
  restart_writer(dataset::scalp);
  auto& open = writer_of(dataset::scalp).open;
  CAF_REQUIRE_EQUAL(open.size(), 2u);
  CAF_CHECK_EQUAL(open[0]->first_seq, 2u);
  CAF_CHECK_EQUAL(open[1]->first_seq, 3u);
}

CAF_TEST(a writer that misses something is sent all again) {
  start();
  receive({trade(1)});
  receive({trade(2)});
  writer_of(dataset::scalp).open.clear();
  caf::anon_send(slot_handle, resend_request{dataset::scalp});
  sched.run();
  CAF_CHECK_EQUAL(writer_of(dataset::scalp).open.size(), 2u);
}

CAF_TEST(lines wait for a writer that was never announced and are charged) {
  start_unannounced();
  announce_connection();
  receive({trade(1)});
  receive({trade(2)});
  trim();
  CAF_CHECK_EQUAL(ticks(), "");
  CAF_CHECK(memory->budget->used() > 300u);
  CAF_CHECK_EQUAL(counters().unacked.value(), 2u);
  announce_writer(dataset::scalp);
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2");
  acknowledge_all();
  CAF_CHECK_EQUAL(counters().persisted.value(), 2u);
  CAF_CHECK_EQUAL(memory->budget->used(), 0u);
}

CAF_TEST(an acknowledgement is measured from the socket) {
  start();
  receive({trade(1), trade(2)});
  clock->us += 3'000;
  acknowledge_all();
  CAF_CHECK_EQUAL(memory->counters->ack_latency.count(), 2u);
  CAF_CHECK(memory->counters->ack_latency.quantile_us(0.5) >= 3'000);
  CAF_CHECK_EQUAL(counters().unacked_bytes.value(), 0u);
}

// -- stop ---------------------------------------------------------------------

CAF_TEST(an acknowledgement for which memory is short counts once) {
  // Each `new` of the turn fails once; behind the last one none does.
  auto failed = true;
  for (uint64_t n = 1; failed; ++n) {
    fixture f;
    f.start();
    f.receive({trade(1)});
    auto& batch = f.writer_of(dataset::scalp).open.front();
    caf::anon_send(f.slot_handle,
                   persisted{dataset::scalp, batch->session->number, 1, 1,
                             std::make_shared<const std::string>(
                               "a name that is kept on the heap")});
    {
      test::failing_new::mark here{true};
      test::failing_new::fail_nth(n);
      f.sched.run();
    }
    failed = test::failing_new::failed() > 0;
    test::failing_new::mend();
    f.crash();
    f.acknowledge_all();
    CAF_CHECK_EQUAL(f.counters().persisted.value(), 1u);
    CAF_CHECK_EQUAL(f.counters().unacked.value(), 0u);
    f.stop();
  }
}

CAF_TEST(a slot quits when all that it has is durable) {
  start();
  receive({trade(1), bad_trade(2), trade(3)});
  stop();
  acknowledge(dataset::scalp);
  acknowledge(dataset::quarantine);
  CAF_CHECK_EQUAL(end(), "");
  acknowledge(dataset::system); // the gap
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a slot waits for ticks and not for lines that the disk refuses) {
  start();
  receive({trade(1), bad_trade(2), trade(3)});
  memory->storage->report(dataset::system, cause::permission, "a test");
  memory->storage->report(dataset::scalp, cause::permission, "a test");
  memory->storage->report(dataset::quarantine, cause::writer_restarting,
                          "a test");
  stop();
  acknowledge(dataset::quarantine);
  CAF_CHECK_EQUAL(end(), "");
  acknowledge(dataset::scalp);
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a slot waits for what was routed to it and not yet looked at) {
  start();
  auto b = make_batch({trade(1)}, samsung);
  in().routed_total.store(1);
  stop();
  CAF_CHECK_EQUAL(end(), "");
  hand_on(b);
  sched.run();
  acknowledge_all();
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  CAF_CHECK_EQUAL(counters().persisted.value(), 1u);
}

CAF_TEST(a slot without records quits at once) {
  start();
  stop();
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a slot that must end for another reason waits for nothing) {
  start();
  receive({trade(1)});
  slot_handle->eq_impl(caf::make_message_id(), nullptr, nullptr,
                       caf::exit_msg{caf::actor_addr{},
                                     caf::make_error(caf::sec::runtime_error,
                                                     "a test")});
  sched.run();
  CAF_CHECK_EQUAL(end(), "a test");
}

CAF_TEST(an invalid slot quits with the problem) {
  config.slot = slots_per_session;
  start_unannounced();
  CAF_CHECK(end().find("a session has slots 0 to 40") != std::string::npos);
}

// -- conservation -------------------------------------------------------------

CAF_TEST(records are conserved at every step of a random schedule) {
  auto first = std::random_device{}();
  for (uint32_t seed = first; seed < first + 20; ++seed) {
    std::mt19937 random{seed};
    auto one_of = [&](uint32_t n) { return random() % n; };
    CAF_MESSAGE("seed " << seed);
    fixture f;
    f.start();
    uint64_t accumulated = 0, good = 0;
    uint32_t sessions = 1;
    auto fail = [&](const std::string& what) {
      CAF_ERROR("seed " << seed << ": " << what);
    };
    for (int step = 0; step < 400; ++step) {
      switch (one_of(14)) {
        case 0:
          f.crash();
          break;
        case 1:
          f.begin_session(++sessions);
          break;
        case 2:
          f.shed(1 + one_of(3));
          break;
        case 3:
          f.restart_writer(all_datasets[one_of(3)]);
          break;
        case 4:
          // Dead for a while: what is routed meanwhile comes again.
          f.kill(f.slot_handle);
          f.sched.run();
          break;
        case 5:
          f.tell(subscription_news::lost, cause::disconnected);
          break;
        case 6:
        case 7:
        case 8:
          f.acknowledge(all_datasets[one_of(3)], 1 + one_of(4));
          break;
        default: {
          std::vector<std::string> records;
          for (auto n = 1 + one_of(4); n > 0; --n) {
            ++accumulated;
            auto bad = one_of(8) == 0;
            records.push_back(bad ? bad_trade(accumulated)
                                  : trade(accumulated));
            good += !bad;
          }
          f.receive(records);
        }
      }
      f.clock->us += one_of(1'000'000);
      if (!f.is_conserved())
        fail("not conserved at step " + std::to_string(step));
    }
    f.crash();
    for (auto data : all_datasets)
      f.restart_writer(data);
    f.acknowledge_all();
    f.trim();
    if (f.counters().persisted.value() != good)
      fail("persisted " + std::to_string(f.counters().persisted.value())
           + " of " + std::to_string(good));
    if (f.lines(dataset::scalp).size() != good)
      fail("wrong lines");
    if (f.memory->budget->used() != 0 || f.counters().queued() != 0
        || f.counters().unacked.value() != 0)
      fail("something is held");
    f.stop();
    f.acknowledge_all(); // of a hole that no tick closed
    CAF_CHECK_EQUAL(f.end(), "asked to shut down");
  }
}

// -- the board ----------------------------------------------------------------

CAF_TEST(the board shows state and symbol and price) {
  auto& shown = memory->board->slots[slot_number];
  auto idle = shown.view();
  CAF_CHECK_EQUAL(idle.state, "idle");
  CAF_CHECK(!idle.what);
  start();
  auto begun = shown.view();
  CAF_CHECK_EQUAL(begun.state, "subscribing");
  CAF_CHECK(begun.what == samsung);
  CAF_CHECK(begun.price.empty());
  CAF_CHECK(!begun.last_tick_us);
  receive({trade(1), trade(2)});
  auto live = shown.view();
  CAF_CHECK_EQUAL(live.state, "live");
  CAF_CHECK_EQUAL(live.price, "70000");
  CAF_CHECK_EQUAL(live.last_tick_us.value_or(0), clock->us);
}

CAF_TEST(the board shows the oldest record that is not durable) {
  auto& shown = memory->board->slots[slot_number];
  start();
  receive({trade(1)});
  auto first_us = clock->us;
  clock->us += 5 * us_per_second;
  receive({trade(2)});
  auto both = shown.view();
  CAF_CHECK_EQUAL(both.oldest_unacked_us.value_or(0), first_us);
  acknowledge(dataset::scalp, 1);
  auto second = shown.view();
  CAF_CHECK_EQUAL(second.oldest_unacked_us.value_or(0), clock->us);
  acknowledge(dataset::scalp);
  auto none = shown.view();
  CAF_CHECK(!none.oldest_unacked_us);
}

CAF_TEST(what waits stays on the board when the slot restarts) {
  auto& shown = memory->board->slots[slot_number];
  start();
  receive({trade(1)});
  auto first_us = clock->us;
  clock->us += us_per_second;
  crash();
  auto after = shown.view();
  CAF_CHECK_EQUAL(after.oldest_unacked_us.value_or(0), first_us);
  CAF_CHECK(after.what == samsung);
  acknowledge_all();
  auto none = shown.view();
  CAF_CHECK(!none.oldest_unacked_us);
}

CAF_TEST(another registration begins with an empty board) {
  auto& shown = memory->board->slots[slot_number];
  start();
  gauges_of(caf::actor_cast<caf::abstract_actor*>(slot_handle))->watch(true);
  receive({trade(1)});
  CAF_CHECK_EQUAL(shown.ticks().size(), 1u);
  order(assign{hynix});
  auto next = shown.view();
  CAF_CHECK(next.what == hynix);
  CAF_CHECK(next.price.empty());
  CAF_CHECK(!next.last_tick_us);
  CAF_CHECK(shown.ticks().empty());
}

CAF_TEST(ticks are kept only while somebody looks and the newest twenty) {
  auto& shown = memory->board->slots[slot_number];
  start();
  receive({trade(1)});
  CAF_CHECK(shown.ticks().empty());
  gauges_of(caf::actor_cast<caf::abstract_actor*>(slot_handle))->watch(true);
  for (uint64_t i = 2; i <= 30; ++i)
    receive({trade(i)});
  auto kept = shown.ticks();
  CAF_REQUIRE_EQUAL(kept.size(), slot_board::ticks_max);
  CAF_CHECK_EQUAL(kept.front().accumulated, "11");
  CAF_CHECK_EQUAL(kept.back().accumulated, "30");
  CAF_CHECK_EQUAL(kept.back().price, "70000");
  CAF_CHECK_EQUAL(kept.back().execution_time, "100000");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
