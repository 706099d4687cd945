#define CAF_SUITE actors_supervision_measured_actor
#include "actors/supervision/measured_actor.hpp"

#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/supervisor.hpp"
#include "support/spawn_bare.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct tally {
  static inline const char* name = "tally";
  uint64_t sum = 0;
};

using measured_tally = measured_actor<tally, caf::event_based_actor>;

/// Adds what it is sent; ends at 0, throws at 13.
caf::behavior add_up(measured_tally* self) {
  install_house_handlers(self, "tally");
  return {
    [self](uint64_t n) {
      if (n == 13)
        throw std::runtime_error{"unlucky"};
      self->state.sum += n;
      if (n == 0)
        self->quit();
    },
    [](const std::string& text) { return text; },
  };
}

/// Leaves numbers in the mailbox until it is sent a text.
caf::behavior wait_for_text(measured_tally* self) {
  self->set_default_handler(caf::skip);
  return {[self](const std::string&) {
    self->become([self](uint64_t n) { self->state.sum += n; });
  }};
}

caf::behavior unmeasured(caf::event_based_actor*) {
  return {[](uint64_t) {}};
}

struct fixture : test_coordinator_fixture<> {
  fixture() {
    use(test::spawn_bare(sys, add_up));
    sched.run();
  }
  ~fixture() override {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    sched.run();
  }
  void use(caf::actor other) {
    if (actor)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    actor = std::move(other);
    gauges = gauges_of(caf::actor_cast<caf::abstract_actor*>(actor));
  }
  void send(uint64_t n) {
    caf::anon_send(actor, n);
  }
  const tally& state() {
    return deref<measured_tally>(actor).state;
  }

  caf::actor actor;
  std::shared_ptr<actor_gauges> gauges;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(measured_actor_tests, fixture)

CAF_TEST(messages wait and are handled one by one) {
  for (uint64_t n = 1; n <= 5; ++n)
    send(n);
  CAF_CHECK_EQUAL(gauges->mailbox(), 5u);
  CAF_CHECK_EQUAL(gauges->handled(), 0u);
  sched.run();
  CAF_CHECK_EQUAL(gauges->mailbox(), 0u);
  CAF_CHECK_EQUAL(gauges->handled(), 5u);
  CAF_CHECK_EQUAL(state().sum, 15u);
}

CAF_TEST(a request and its answer count for who handles them) {
  auto response = self->request(actor, caf::infinite, std::string{"hello"});
  sched.run();
  std::string answer;
  response.receive([&](std::string& text) { answer = text; },
                   [&](caf::error& e) { CAF_ERROR(sys.render(e)); });
  CAF_CHECK_EQUAL(answer, "hello");
  CAF_CHECK_EQUAL(gauges->handled(), 1u);
  CAF_CHECK_EQUAL(gauges->mailbox(), 0u);
}

CAF_TEST(a message of no handler is dropped and handled) {
  caf::anon_send(actor, 1.5);
  sched.run();
  CAF_CHECK_EQUAL(gauges->dropped(), 1u);
  CAF_CHECK_EQUAL(gauges->handled(), 1u);
  CAF_CHECK_EQUAL(gauges->mailbox(), 0u);
}

CAF_TEST(a message that is left in the mailbox waits until it is handled) {
  use(test::spawn_bare(sys, wait_for_text));
  sched.run();
  send(2);
  send(3);
  sched.run();
  CAF_CHECK_EQUAL(gauges->mailbox(), 2u);
  CAF_CHECK_EQUAL(gauges->handled(), 0u);
  caf::anon_send(actor, std::string{"go on"});
  sched.run();
  CAF_CHECK_EQUAL(gauges->mailbox(), 0u);
  CAF_CHECK_EQUAL(gauges->handled(), 3u);
  CAF_CHECK_EQUAL(state().sum, 5u);
}

CAF_TEST(time is taken only while somebody looks) {
  send(1);
  sched.run();
  CAF_CHECK_EQUAL(gauges->timed(), 0u);
  gauges->watch(true);
  send(2);
  sched.run();
  CAF_CHECK_EQUAL(gauges->timed(), 1u);
  auto busy = gauges->busy_ns();
  CAF_CHECK(busy > 0);
  gauges->watch(false);
  send(3);
  sched.run();
  CAF_CHECK_EQUAL(gauges->timed(), 1u);
  CAF_CHECK_EQUAL(gauges->busy_ns(), busy);
  CAF_CHECK_EQUAL(gauges->handled(), 3u);
}

CAF_TEST(the gauges outlive the actor and count its last message) {
  send(4);
  send(0);
  sched.run();
  use(test::spawn_bare(sys, unmeasured));
  auto former = gauges;
  use(test::spawn_bare(sys, add_up));
  auto last = gauges;
  send(0);
  sched.run();
  actor = nullptr;
  CAF_CHECK_EQUAL(last->handled(), 1u);
  CAF_CHECK(former != last);
}

CAF_TEST(an exception is shown in words and its message was handled) {
  send(13);
  sched.run();
  CAF_CHECK_EQUAL(gauges->error(), "unlucky");
  CAF_CHECK_EQUAL(gauges->dropped(), 0u);
  CAF_CHECK_EQUAL(gauges->mailbox(), 0u);
}

CAF_TEST(an actor without gauges has some that nobody counts in) {
  use(test::spawn_bare(sys, unmeasured));
  send(1);
  sched.run();
  CAF_REQUIRE(gauges != nullptr);
  CAF_CHECK_EQUAL(gauges->handled(), 0u);
  CAF_CHECK_EQUAL(gauges->mailbox(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
