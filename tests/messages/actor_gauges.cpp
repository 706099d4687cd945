#define CAF_SUITE messages_actor_gauges
#include "messages/actor_gauges.hpp"

#include <thread>
#include <vector>

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

/// One message from the mailbox through its handler.
void pass_one(actor_gauges& g) {
  g.note_enqueued();
  g.note_handled(g.begin());
}

/// Until the clock of the gauges has moved.
void wait_a_little() {
  auto from = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - from
         < std::chrono::milliseconds{3})
    std::this_thread::yield();
}

constexpr int64_t ms = 1'000'000;

} // namespace

CAF_TEST(nothing is counted before anything happens) {
  actor_gauges g;
  CAF_CHECK_EQUAL(g.handled(), 0u);
  CAF_CHECK_EQUAL(g.dropped(), 0u);
  CAF_CHECK_EQUAL(g.mailbox(), 0u);
  CAF_CHECK_EQUAL(g.wait_ns(), 0);
  CAF_CHECK(g.phase().empty());
  CAF_CHECK(g.error().empty());
}

CAF_TEST(what is enqueued and not handled waits) {
  actor_gauges g;
  for (int i = 0; i < 3; ++i)
    g.note_enqueued();
  CAF_CHECK_EQUAL(g.mailbox(), 3u);
  g.note_handled(0);
  CAF_CHECK_EQUAL(g.mailbox(), 2u);
  CAF_CHECK_EQUAL(g.handled(), 1u);
}

CAF_TEST(a mailbox is never less than empty) {
  actor_gauges g;
  g.note_handled(0); // a message that was there before the count began
  CAF_CHECK_EQUAL(g.mailbox(), 0u);
}

CAF_TEST(no time is taken while nobody looks) {
  actor_gauges g;
  CAF_CHECK_EQUAL(g.begin(), 0);
  pass_one(g);
  CAF_CHECK_EQUAL(g.timed(), 0u);
  CAF_CHECK_EQUAL(g.busy_ns(), 0u);
  CAF_CHECK_EQUAL(g.handled(), 1u);
}

CAF_TEST(time in handlers is added up while somebody looks) {
  actor_gauges g;
  g.watch(true);
  g.note_enqueued();
  auto begin = g.begin();
  wait_a_little();
  g.note_handled(begin);
  CAF_CHECK_EQUAL(g.timed(), 1u);
  CAF_CHECK(g.busy_ns() >= 3u * ms);
  g.watch(false);
  pass_one(g);
  CAF_CHECK_EQUAL(g.timed(), 1u);
}

CAF_TEST(the wait is that of a message from the mailbox to its handler) {
  actor_gauges g;
  g.watch(true);
  g.note_enqueued();
  wait_a_little();
  g.note_handled(g.begin());
  CAF_CHECK(g.wait_ns() >= 3 * ms);
}

CAF_TEST(a message that still waits shows for how long) {
  actor_gauges g;
  g.watch(true);
  g.note_enqueued();
  wait_a_little();
  auto first = g.wait_ns();
  CAF_CHECK(first >= 3 * ms);
  wait_a_little();
  CAF_CHECK(g.wait_ns() > first);
}

CAF_TEST(handlers of older messages do not end the wait of a newer one) {
  actor_gauges g;
  g.note_enqueued(); // nobody looks yet
  g.watch(true);
  g.note_enqueued(); // followed
  wait_a_little();
  g.note_handled(g.begin());
  wait_a_little();
  CAF_CHECK(g.wait_ns() >= 6 * ms);
  g.note_handled(g.begin());
  auto waited = g.wait_ns();
  CAF_CHECK(waited >= 6 * ms);
  wait_a_little();
  CAF_CHECK_EQUAL(g.wait_ns(), waited);
}

CAF_TEST(the time when nobody looked is nobodys wait) {
  actor_gauges g;
  g.watch(true);
  g.note_enqueued();
  g.watch(false);
  g.note_handled(g.begin());
  wait_a_little();
  g.watch(true);
  CAF_CHECK(g.wait_ns() < 3 * ms);
  pass_one(g);
  CAF_CHECK(g.wait_ns() < 3 * ms);
}

CAF_TEST(a word and an error are shown as they were said last) {
  actor_gauges g;
  g.set_phase("live");
  g.set_phase("silent");
  g.set_error("one");
  g.set_error("two");
  CAF_CHECK_EQUAL(g.phase(), "silent");
  CAF_CHECK_EQUAL(g.error(), "two");
}

CAF_TEST(counts of many threads are exact) {
  constexpr uint64_t each = 20'000;
  actor_gauges g;
  g.watch(true);
  std::vector<std::thread> senders;
  for (int i = 0; i < 3; ++i)
    senders.emplace_back([&] {
      for (uint64_t n = 0; n < each; ++n)
        g.note_enqueued();
    });
  bool negative = false;
  for (uint64_t done = 0; done < 3 * each;) {
    if (g.mailbox() == 0)
      continue;
    g.note_handled(g.begin());
    ++done;
    negative |= g.wait_ns() < 0;
  }
  for (auto& t : senders)
    t.join();
  CAF_CHECK_EQUAL(g.handled(), 3 * each);
  CAF_CHECK_EQUAL(g.mailbox(), 0u);
  CAF_CHECK(!negative);
}

} // namespace CAF_SUITE
