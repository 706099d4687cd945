#define CAF_SUITE actors_supervision_supervisor
#include "actors/supervision/supervision_fixture.hpp"
#include "support/spawn_bare.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::supervision_test;

CAF_TEST_FIXTURE_SCOPE(supervisor_tests, fixture)

// -- start --------------------------------------------------------------------

CAF_TEST(children start in the order of the list) {
  supervise(abc());
  CAF_CHECK_EQUAL(happened(), "start a, start b, start c");
  CAF_CHECK_EQUAL(states(), "a up, b up, c up");
}

CAF_TEST(a supervisor without children lives until it is stopped) {
  supervise({});
  pass(1s);
  CAF_CHECK(!ended());
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a start that throws is retried after its backoff) {
  broken["b"] = "no such disk";
  supervise(abc());
  CAF_CHECK_EQUAL(happened(), "start a, start c");
  CAF_CHECK_EQUAL(states(), "a up, b waiting, c up");
  CAF_CHECK_EQUAL(last_reason("b"),
                  "failed to start: no such disk");
  broken.clear();
  pass(90ms);
  CAF_CHECK_EQUAL(happened(), "");
  pass(10ms);
  CAF_CHECK_EQUAL(happened(), "start b");
  CAF_CHECK_EQUAL(states(), "a up, b up, c up");
  CAF_CHECK_EQUAL(starts("b"), 1u);
}

CAF_TEST(a start that returns no actor is a failure too) {
  broken["a"] = "null";
  supervise({child("a")});
  CAF_CHECK_EQUAL(states(), "a waiting");
  CAF_CHECK_EQUAL(last_reason("a"),
                  "failed to start: its start returned no actor");
}

CAF_TEST(where order matters nobody starts before a predecessor that failed) {
  for (auto strategy :
       {restart_strategy::rest_for_one, restart_strategy::one_for_all}) {
    limits.strategy = strategy;
    broken["a"] = "not yet";
    supervise(abc());
    CAF_CHECK_EQUAL(happened(), "");
    CAF_CHECK_EQUAL(states(), "a waiting, b starting, c starting");
    broken.clear();
    pass(100ms);
    CAF_CHECK_EQUAL(happened(), "start a, start b, start c");
  }
}

CAF_TEST(for rest for one a failed start leaves predecessors alone) {
  limits.strategy = restart_strategy::rest_for_one;
  broken["b"] = "not yet";
  supervise(abc());
  broken.clear();
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "start a, start b, start c");
}

CAF_TEST(for one for all a failed start takes all back) {
  limits.strategy = restart_strategy::one_for_all;
  broken["b"] = "not yet";
  supervise(abc());
  CAF_CHECK_EQUAL(happened(), "start a, end a");
  broken.clear();
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "start a, start b, start c");
}

CAF_TEST(an actor that fails before its first message is restarted) {
  auto bad = child("a");
  bad.start = [this](caf::local_actor* parent) {
    ++attempts["a"];
    return test::spawn_bare(*parent, [](caf::event_based_actor* actor) -> caf::behavior {
      install_house_handlers(actor, "a");
      throw std::runtime_error{"bad config"};
    });
  };
  supervise({bad});
  CAF_CHECK_EQUAL(last_reason("a"), "bad config");
  CAF_CHECK_EQUAL(states(), "a waiting");
}

CAF_TEST(an invalid supervisor quits with the problem in words) {
  supervise({child("a"), child("a")});
  CAF_CHECK(contains(end(), "two children are named \"a\""));
  CAF_CHECK_EQUAL(happened(), "");
}

// -- strategies ---------------------------------------------------------------

CAF_TEST(one for one restarts the one that failed) {
  supervise(abc());
  happened();
  tell("b", "throw out of luck");
  CAF_CHECK_EQUAL(happened(), "end b");
  CAF_CHECK_EQUAL(states(), "a up, b waiting, c up");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "start b");
  CAF_CHECK_EQUAL(states(), "a up, b up, c up");
  CAF_CHECK_EQUAL(last_reason("b"), "out of luck");
}

CAF_TEST(one for all stops all in reverse order and restarts them) {
  limits.strategy = restart_strategy::one_for_all;
  supervise(abc());
  happened();
  tell("b", "fail");
  CAF_CHECK_EQUAL(happened(), "end b, end c, end a");
  CAF_CHECK_EQUAL(states(), "a starting, b waiting, c starting");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "start a, start b, start c");
  CAF_CHECK_EQUAL(last_reason("a"), "b failed");
  CAF_CHECK_EQUAL(size_t{report().restarts.size()}, 1u);
}

CAF_TEST(rest for one restarts those after the one that failed) {
  limits.strategy = restart_strategy::rest_for_one;
  supervise({child("a"), child("b"), child("c"), child("d")});
  happened();
  tell("b", "fail");
  CAF_CHECK_EQUAL(happened(), "end b, end d, end c");
  CAF_CHECK_EQUAL(states(), "a up, b waiting, c starting, d starting");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "start b, start c, start d");
}

CAF_TEST(rest for one leaves the predecessors of the last alone) {
  limits.strategy = restart_strategy::rest_for_one;
  supervise(abc());
  happened();
  tell("c", "fail");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "end c, start c");
}

CAF_TEST(a group starts only when its slowest member has stopped) {
  limits.strategy = restart_strategy::one_for_all;
  supervise({child("a"), child("b", restart_policy::permanent, true)});
  happened();
  tell("a", "fail");
  // The backoff is over after 100 ms, the deadline of b after 200 ms.
  pass(190ms);
  CAF_CHECK_EQUAL(happened(), "end a");
  CAF_CHECK_EQUAL(states(), "a starting, b stopping");
  pass(10ms);
  CAF_CHECK_EQUAL(happened(), "end b, start a, start b");
}

CAF_TEST(with a member in its backoff the group waits for it) {
  limits.strategy = restart_strategy::one_for_all;
  supervise(abc());
  broken["c"] = "not yet";
  tell("a", "fail");
  pass(100ms);
  // c failed to start and took a and b back: its second wait is its own first.
  CAF_CHECK_EQUAL(states(), "a starting, b starting, c waiting");
  happened();
  broken.clear();
  send(restart_child{"a", "operator"});
  CAF_CHECK_EQUAL(happened(), "");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "start a, start b, start c");
  CAF_CHECK_EQUAL(states(), "a up, b up, c up");
}

CAF_TEST(a predecessor that fails does not shorten the backoff of another) {
  limits.strategy = restart_strategy::rest_for_one;
  supervise(abc());
  tell("c", "fail");
  happened();
  pass(50ms);
  tell("a", "fail");
  CAF_CHECK_EQUAL(states(), "a waiting, b starting, c waiting");
  pass(50ms);
  CAF_CHECK_EQUAL(states(), "a waiting, b starting, c starting");
  CAF_CHECK_EQUAL(happened(), "end a, end b");
  pass(50ms);
  CAF_CHECK_EQUAL(happened(), "start a, start b, start c");
}

CAF_TEST(who fails before its turn to stop is no further failure) {
  limits.strategy = restart_strategy::one_for_all;
  limits.intensity = 1;
  supervise({child("a"), child("b"),
             child("c", restart_policy::permanent, true)});
  happened();
  tell("b", "fail");
  // c holds the others up; a dies meanwhile by itself.
  tell("a", "throw chain reaction");
  CAF_CHECK_EQUAL(states(), "a starting, b waiting, c stopping");
  pass(200ms);
  CAF_CHECK(!ended());
  CAF_CHECK_EQUAL(happened(),
                  "end b, end a, end c, start a, start b, start c");
}

// -- policies -----------------------------------------------------------------

CAF_TEST(a permanent child is restarted even after a normal end) {
  supervise({child("a")});
  tell("a", "finish");
  CAF_CHECK_EQUAL(last_reason("a"), "ended normally");
  pass(100ms);
  tell("a", "shut");
  CAF_CHECK_EQUAL(last_reason("a"), "asked to shut down");
  pass(200ms);
  CAF_CHECK_EQUAL(states(), "a up");
  CAF_CHECK_EQUAL(starts("a"), 3u);
}

CAF_TEST(a transient child is restarted only after a failure) {
  supervise({child("a", restart_policy::transient),
             child("b", restart_policy::transient),
             child("c", restart_policy::transient)});
  tell("a", "finish");
  tell("b", "shut");
  tell("c", "fail");
  CAF_CHECK_EQUAL(states(), "a down, b down, c waiting");
  pass(1s);
  CAF_CHECK_EQUAL(states(), "a down, b down, c up");
}

CAF_TEST(a temporary child is never restarted and never counts) {
  limits.intensity = 0;
  supervise({child("a", restart_policy::temporary)});
  tell("a", "throw oops");
  pass(1s);
  CAF_CHECK_EQUAL(states(), "a down");
  CAF_CHECK_EQUAL(last_reason("a"), "oops");
  CAF_CHECK(report().restarts.empty());
  CAF_CHECK(!ended());
}

CAF_TEST(with its group a temporary child goes and a transient one returns) {
  limits.strategy = restart_strategy::one_for_all;
  supervise({child("a"), child("b", restart_policy::temporary),
             child("c", restart_policy::transient)});
  tell("c", "finish");
  happened();
  tell("a", "fail");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "end a, end b, start a, start c");
  CAF_CHECK_EQUAL(states(), "a up, b down, c up");
}

// -- backoff ------------------------------------------------------------------

CAF_TEST(the backoff grows to its cap while a child keeps failing) {
  limits.intensity = 100;
  limits.period = 60s;
  broken["a"] = "refused";
  supervise({child("a")});
  auto tries = 1;
  for (auto wait : {100, 200, 400, 800, 1000, 1000}) {
    pass(std::chrono::milliseconds{wait - 10});
    CAF_CHECK_EQUAL(attempts["a"], tries);
    pass(10ms);
    CAF_CHECK_EQUAL(attempts["a"], ++tries);
  }
}

CAF_TEST(a child that stayed up for a period starts with a first backoff) {
  supervise({child("a")});
  tell("a", "fail");
  pass(100ms);
  tell("a", "fail");
  pass(200ms);
  CAF_CHECK_EQUAL(attempts["a"], 3);
  pass(10s);
  tell("a", "fail");
  pass(100ms);
  CAF_CHECK_EQUAL(attempts["a"], 4);
}

CAF_TEST(siblings do not wait alike) {
  limits.backoff.jitter = 1;
  limits.intensity = 100;
  limits.backoff.first = limits.backoff.max = 1s;
  std::vector<child_spec> children;
  for (char c = 'a'; c <= 'h'; ++c) {
    broken[std::string{c}] = "together";
    children.push_back(child(std::string{c}));
  }
  supervise(std::move(children));
  broken.clear();
  std::set<std::string> moments;
  for (int i = 0; i < 100; ++i) {
    pass(10ms);
    moments.insert(happened());
  }
  CAF_CHECK(moments.size() > 4);
}

// -- intensity ----------------------------------------------------------------

CAF_TEST(one failure more than allowed within the period escalates) {
  supervise(abc());
  for (auto wait : {100ms, 200ms, 400ms}) {
    tell("b", "throw refused");
    pass(wait);
  }
  CAF_CHECK(!ended());
  happened();
  tell("b", "throw refused at last");
  CAF_CHECK_EQUAL(happened(), "end b, end c, end a");
  CAF_CHECK_EQUAL(end(), "supervisor top gave up: child b failed: 4 failures "
                         "within 10000 ms, 3 allowed; the last reason: refused "
                         "at last");
}

CAF_TEST(the failures of all children count together) {
  supervise(abc());
  tell("a", "fail");
  tell("b", "fail");
  tell("c", "fail");
  CAF_CHECK(!ended());
  pass(100ms);
  tell("a", "fail");
  CAF_CHECK(contains(end(), "child a failed: 4 failures"));
}

CAF_TEST(failures that the period has left behind do not count) {
  limits.period = 1s;
  supervise({child("a")});
  for (int i = 0; i < 20; ++i) {
    tell("a", "fail");
    pass(340ms);
  }
  CAF_CHECK(!ended());
}

CAF_TEST(the window slides: its edge belongs to the past) {
  limits.intensity = 1;
  limits.period = 1s;
  supervise({child("a")});
  tell("a", "fail");
  pass(1s);
  tell("a", "fail");
  CAF_CHECK(!ended());
  pass(990ms);
  tell("a", "fail");
  CAF_CHECK(contains(end(), "2 failures within 1000 ms"));
}

CAF_TEST(a storm of restarts inside the period ends soon) {
  supervise({child("a")});
  int failures = 0;
  while (!ended() && failures < 100) {
    tell("a", "throw storm");
    ++failures;
    pass(1s);
  }
  CAF_CHECK_EQUAL(failures, 4);
}

CAF_TEST(with intensity 0 the first failure escalates) {
  limits.intensity = 0;
  supervise(abc());
  happened();
  tell("a", "fail");
  CAF_CHECK_EQUAL(happened(), "end a, end c, end b");
  CAF_CHECK(contains(end(), "0 allowed"));
}

CAF_TEST(a failed start may escalate from the very beginning) {
  limits.intensity = 0;
  broken["b"] = "no such disk";
  supervise(abc());
  CAF_CHECK_EQUAL(happened(), "start a, end a");
  CAF_CHECK(contains(end(), "failed to start: no such disk"));
}

CAF_TEST(a failed start of the first may escalate with nothing to stop) {
  limits.intensity = 0;
  broken["a"] = "no such disk";
  supervise(abc());
  CAF_CHECK_EQUAL(happened(), "");
  CAF_CHECK(contains(end(), "failed to start: no such disk"));
}

CAF_TEST(failed starts count) {
  broken["a"] = "refused";
  supervise({child("a")});
  pass(5s);
  CAF_CHECK_EQUAL(attempts["a"], 4);
  CAF_CHECK(contains(end(), "failed to start: refused"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
