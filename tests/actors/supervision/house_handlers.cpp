#define CAF_SUITE actors_supervision_house_handlers
#include "actors/supervision/supervision_fixture.hpp"
#include "support/spawn_bare.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct counted_state {
  static inline const char* name = "counted";
  house_counters counters;
};

using counted_actor = caf::stateful_actor<counted_state>;

caf::behavior counted(counted_actor* self) {
  install_house_handlers(self, "counted", &self->state.counters);
  return {
    [](const std::string& text) { throw std::runtime_error{text}; },
    [](int size) -> int {
      if (size == 1)
        throw std::bad_alloc{};
      throw size;
    },
  };
}

struct fixture : supervision_test::fixture {
  fixture() : subject{test::spawn_bare(sys, counted)} {
    keep(subject);
    sched.run();
  }

  house_counters& counters() {
    return deref<counted_actor>(subject).state.counters;
  }

  /// Sends from an actor that has CAF's own error handler, which ends it over
  /// any error that comes back; whether it lives. Other answers are counted.
  template <class Message>
  bool survives_sending(const Message& message) {
    auto sender = test::spawn_bare(sys, [=, this](caf::event_based_actor* actor) {
      actor->set_default_handler(
        [this](caf::scheduled_actor*, caf::message_view&)
          -> caf::result<caf::message> {
          ++answers;
          return caf::message{};
        });
      actor->send(subject, message);
      return caf::behavior{[](uint8_t) {}};
    });
    sched.run();
    auto alive = !deref<caf::event_based_actor>(sender).getf(
      caf::abstract_actor::is_terminated_flag);
    caf::anon_send_exit(sender, caf::exit_reason::kill);
    sched.run();
    return alive;
  }

  int answers = 0;
  caf::actor subject;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(house_handlers_tests, fixture)

CAF_TEST(an unexpected message is counted and harms nobody) {
  CAF_CHECK(survives_sending(get_children{}));
  CAF_CHECK(survives_sending(get_children{}));
  CAF_CHECK_EQUAL(counters().unexpected, 2u);
  CAF_CHECK_EQUAL(counters().errors, 0u);
  CAF_CHECK_EQUAL(answers, 0);
  CAF_CHECK(!ended());
}

CAF_TEST(an unexpected request is answered with an error) {
  auto response = self->request(subject, std::chrono::seconds{1},
                                get_children{});
  sched.run();
  response.receive([] { CAF_FAIL("answered"); },
                   [](caf::error& x) {
                     CAF_CHECK(x == caf::sec::unexpected_message);
                   });
  CAF_CHECK_EQUAL(counters().unexpected, 1u);
}

CAF_TEST(an error message is counted and not died of) {
  caf::anon_send(subject, caf::make_error(caf::sec::cannot_open_file));
  sched.run();
  CAF_CHECK_EQUAL(counters().errors, 1u);
  CAF_CHECK(!ended());
}

CAF_TEST(a down message is counted and not died of) {
  auto other = test::spawn_bare(sys, [](caf::event_based_actor*) {
    return caf::behavior{[](int) {}};
  });
  deref<counted_actor>(subject).monitor(other);
  caf::anon_send_exit(other, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK_EQUAL(counters().downs, 1u);
  CAF_CHECK(!ended());
}

CAF_TEST(an exception ends the actor with its text) {
  caf::anon_send(subject, std::string{"disk is full"});
  sched.run();
  CAF_CHECK_EQUAL(end(), "disk is full");
}

CAF_TEST(a requester hears of the exception) {
  auto response = self->request(subject, std::chrono::seconds{1},
                                std::string{"disk is full"});
  sched.run();
  response.receive([] { CAF_FAIL("answered"); },
                   [&](caf::error& x) {
                     CAF_CHECK(x == caf::sec::runtime_error);
                     CAF_CHECK_EQUAL(in_words(sys, x), "disk is full");
                   });
}

CAF_TEST(running out of memory has a name) {
  caf::anon_send(subject, 1);
  sched.run();
  CAF_CHECK_EQUAL(end(), "out of memory");
}

CAF_TEST(what is thrown need not be an exception) {
  caf::anon_send(subject, 2);
  sched.run();
  CAF_CHECK_EQUAL(end(), "unknown exception");
}

CAF_TEST(an exit message with a reason is obeyed and one without is not) {
  caf::anon_send_exit(subject, caf::exit_reason::normal);
  sched.run();
  CAF_CHECK(!ended());
  caf::anon_send_exit(subject, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(every reason has words) {
  auto words = [&](caf::error x) { return in_words(sys, x); };
  CAF_CHECK_EQUAL(words({}), "ended normally");
  CAF_CHECK_EQUAL(words(caf::exit_reason::normal), "ended normally");
  CAF_CHECK_EQUAL(words(caf::exit_reason::user_shutdown),
                  "asked to shut down");
  CAF_CHECK_EQUAL(words(caf::exit_reason::kill), "killed");
  CAF_CHECK_EQUAL(words(caf::exit_reason::unhandled_exception),
                  "an unhandled exception");
  CAF_CHECK(contains(words(caf::exit_reason::unreachable), "unreachable"));
  CAF_CHECK_EQUAL(words(caf::sec::runtime_error), "an exception in a handler");
  CAF_CHECK(contains(words(caf::sec::cannot_open_file), "cannot_open_file"));
  auto with_text = words(caf::make_error(caf::sec::cannot_open_file, "/data"));
  CAF_CHECK(contains(with_text, "cannot_open_file"));
  CAF_CHECK(contains(with_text, ": /data"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
