#define CAF_SUITE actors_journal_journal_sessions
#include "actors/journal/journal_fixture.hpp"

#include "test.hpp"

// A run that reconnects for weeks: sessions that are over cost a writer nothing,
// and what may still be sent again is known all the same.

namespace CAF_SUITE {

using namespace observer;
using namespace observer::journal_test;

namespace {

class sessions : public fixture {
 public:
  /// How many streams the writer knows, of all sessions.
  size_t streams() {
    using writer_type
      = measured_actor<journal_writer_state, journal_writer_actor::base>;
    return deref<writer_type>(writer).state.streams.size();
  }
  size_t durable() const {
    return config.memory->durable.size();
  }
  /// A session in which each of the slots has a line.
  void live(uint32_t number, int slots) {
    begin_session(number);
    for (int slot = 1; slot <= slots; ++slot)
      add(slot);
    pass(5ms);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_sessions_tests, sessions)

CAF_TEST(ids of sessions are a run and a number) {
  auto place = place_of_session("20260914T085959-7f3a2c-s12");
  CAF_REQUIRE(place.has_value());
  CAF_CHECK_EQUAL(place->run, "20260914T085959-7f3a2c");
  CAF_CHECK_EQUAL(place->number, 12u);
  for (auto other : {"", "-s", "run-s", "run-sx", "run-s1x", "run-s-1", "run",
                     "run-s4294967296"})
    CAF_CHECK(!place_of_session(other).has_value());
}

CAF_TEST(sessions that are over leave nothing in the memory) {
  start_writer();
  size_t streams_then = 0, durable_then = 0, open_then = 0;
  for (uint32_t number = 1; number <= 1'000; ++number) {
    live(number, 3);
    if (number == 100) {
      streams_then = streams();
      durable_then = durable();
    }
    CAF_REQUIRE(all_acked());
    open_then = std::max(open_then, streams());
  }
  CAF_CHECK_LESS_OR_EQUAL(streams(), streams_then);
  CAF_CHECK_LESS_OR_EQUAL(open_then, 6u);
  CAF_CHECK_LESS_OR_EQUAL(durable(), durable_then);
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a file lists so many streams and then another part begins) {
  start_writer();
  for (uint32_t number = 1; number <= 300; ++number)
    live(number, 2);
  pass(1'100ms, 100ms);
  CAF_CHECK_EQUAL(journal_files(), "20260914_10.1.jsonl 20260914_10.jsonl");
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "streams");
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"),
                  journal_file::streams_and_gaps_max);
  stop_writer();
  CAF_CHECK_EQUAL(sealed_because("20260914_10.1.jsonl"), "stop");
  CAF_CHECK_EQUAL(records(), 600u);
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a former session of which lines are kept is known) {
  start_writer();
  live(1, 2);
  // The acknowledgements of session 2 do not reach their producer.
  begin_session(2);
  kill(from(1).handle);
  sched.run();
  add(1, 3);
  pass(5ms);
  for (uint32_t number = 3; number <= 6; ++number) {
    begin_session(number);
    add(1, 2);
    add(2, 2);
    pass(5ms);
  }
  CAF_CHECK_EQUAL(acked(1), 1u);
  restart_producer(1);
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(from(1).resend_requests, 0);
  CAF_CHECK_EQUAL(records(), 2u + 3u + 4u * 4u);
  CAF_CHECK_EQUAL(problems(), "");
  // Now that its producer has heard of all, they are forgotten.
  live(7, 2);
  live(8, 2);
  CAF_CHECK_EQUAL(streams(), 2u);
}

CAF_TEST(the next life of a writer knows what may come again and no more) {
  start_writer();
  for (uint32_t number = 1; number <= 50; ++number)
    live(number, 2);
  kill(from(1).handle);
  sched.run();
  add(1, 3);
  pass(5ms);
  restart_writer();
  CAF_CHECK_LESS_OR_EQUAL(streams(), 4u);
  restart_producer(1);
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(records(), 103u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(another run knows nothing of the streams before it) {
  start_writer();
  for (uint32_t number = 1; number <= 50; ++number)
    live(number, 2);
  start_new_run();
  CAF_CHECK_EQUAL(streams(), 0u);
  add(1, 2);
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(records(), 102u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
