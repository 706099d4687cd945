#define CAF_SUITE actors_supervision_supervisor_requests
#include "actors/supervision/supervision_fixture.hpp"
#include "support/spawn_bare.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::supervision_test;

namespace {

struct request_fixture : fixture {
  request_fixture() : eye{sys.spawn(watcher, &seen)} {
    keep(eye);
    sched.run();
  }

  /// "a 1, a 2": the announcements since the last call.
  std::string announced() {
    std::string result;
    auto now = std::exchange(seen.started, {});
    for (auto& x : now)
      result += (result.empty() ? "" : ", ") + x.name + " "
                + std::to_string(x.start);
    return result;
  }

  size_t subscriptions() {
    return deref<supervisor_actor::stateful_base<supervisor_state>>(top)
      .state.subscriptions.size();
  }

  notes seen;
  caf::actor eye;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_requests_tests, request_fixture)

// -- watchers -----------------------------------------------------------------

CAF_TEST(a watcher hears of a child that is up and of each restart) {
  supervise(abc());
  send(watch_child{"b", eye});
  CAF_REQUIRE_EQUAL(seen.started.size(), 1u);
  CAF_CHECK_EQUAL(seen.started[0].handle, handles["b"]);
  CAF_CHECK_EQUAL(announced(), "b 1");
  tell("b", "fail");
  tell("a", "fail");
  CAF_CHECK_EQUAL(announced(), "");
  pass(100ms);
  CAF_REQUIRE_EQUAL(seen.started.size(), 1u);
  CAF_CHECK_EQUAL(seen.started[0].handle, handles["b"]);
  CAF_CHECK_EQUAL(announced(), "b 2");
}

CAF_TEST(a watcher may come before the child is up) {
  broken["a"] = "not yet";
  supervise({child("a")});
  send(watch_child{"a", eye});
  CAF_CHECK_EQUAL(announced(), "");
  broken.clear();
  pass(100ms);
  CAF_CHECK_EQUAL(announced(), "a 1");
}

CAF_TEST(a watcher may name a child that does not exist) {
  supervise({child("a")});
  send(watch_child{"nobody", eye});
  CAF_CHECK_EQUAL(announced(), "");
  CAF_CHECK(!ended());
}

CAF_TEST(a child that is stopping is not announced) {
  supervise({child("a", restart_policy::permanent, true)});
  send(restart_child{"a", "operator"});
  send(watch_child{"a", eye});
  CAF_CHECK_EQUAL(announced(), "");
  pass(200ms);
  CAF_CHECK_EQUAL(announced(), "a 2");
}

CAF_TEST(one watcher may watch many children and subscribe twice) {
  supervise(abc());
  send(watch_child{"a", eye});
  send(watch_child{"c", eye});
  send(watch_child{"a", eye});
  CAF_CHECK_EQUAL(announced(), "a 1, c 1, a 1");
  CAF_CHECK_EQUAL(subscriptions(), 2u);
  tell("a", "fail");
  pass(100ms);
  CAF_CHECK_EQUAL(announced(), "a 2");
}

CAF_TEST(a dead watcher is forgotten) {
  supervise(abc());
  send(watch_child{"a", eye});
  send(watch_child{"b", eye});
  caf::anon_send_exit(eye, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK_EQUAL(subscriptions(), 0u);
  // One that is dead already, and none at all.
  send(watch_child{"a", eye});
  send(watch_child{"a", nullptr});
  CAF_CHECK_EQUAL(subscriptions(), 0u);
  tell("a", "fail");
  pass(100ms);
  CAF_CHECK_EQUAL(states(), "a up, b up, c up");
}

CAF_TEST(a child that watches its sibling fails once when it fails) {
  supervise(abc());
  send(watch_child{"a", handles["b"]});
  tell("b", "fail");
  CAF_CHECK_EQUAL(subscriptions(), 0u);
  CAF_CHECK_EQUAL(size_t{report().restarts.size()}, 1u);
  pass(100ms);
  CAF_CHECK_EQUAL(states(), "a up, b up, c up");
}

CAF_TEST(a watcher that does not understand harms nobody) {
  auto deaf = test::spawn_bare(sys, [](caf::event_based_actor* self) {
    install_house_handlers(self, "deaf");
    return caf::behavior{[](int) {}};
  });
  keep(deaf);
  supervise({child("a")});
  send(watch_child{"a", deaf});
  CAF_CHECK_EQUAL(states(), "a up");
}

CAF_TEST(a watcher is not kept alive by its subscription) {
  supervise({child("a")});
  auto gone = false;
  {
    auto brief = test::spawn_bare(sys, [&](caf::event_based_actor* self) {
      self->attach_functor([&](const caf::error&) { gone = true; });
      return caf::behavior{[](const child_started&) {}};
    });
    sched.run();
    send(watch_child{"a", brief});
  }
  sched.run();
  CAF_CHECK(gone);
  CAF_CHECK_EQUAL(subscriptions(), 0u);
}

// -- restart on request -------------------------------------------------------

CAF_TEST(a request restarts a child at once and is recorded) {
  supervise(abc());
  happened();
  wall_us = 42;
  send(restart_child{"b", "operator: new settings"});
  CAF_CHECK_EQUAL(happened(), "end b, start b");
  CAF_CHECK_EQUAL(last_reason("b"), "operator: new settings");
  auto restarts = report().restarts;
  CAF_REQUIRE_EQUAL(restarts.size(), 1u);
  CAF_CHECK_EQUAL(restarts[0].wall_us, 42);
  CAF_CHECK_EQUAL(restarts[0].child, "b");
  CAF_CHECK_EQUAL(restarts[0].reason, "operator: new settings");
  CAF_CHECK_EQUAL(restarts[0].attempt, 1u);
}

CAF_TEST(requests do not count towards the intensity) {
  limits.intensity = 1;
  supervise(abc());
  for (int i = 0; i < 10; ++i)
    send(restart_child{"b", "again"});
  CAF_CHECK(!ended());
  tell("b", "fail");
  CAF_CHECK(!ended());
  CAF_CHECK_EQUAL(starts("b"), 11u);
  auto restarts = report().restarts;
  CAF_CHECK_EQUAL(restarts.back().attempt, 11u);
}

CAF_TEST(a request stops with a deadline) {
  supervise({child("a", restart_policy::permanent, true)});
  happened();
  send(restart_child{"a", "operator"});
  CAF_CHECK_EQUAL(states(), "a stopping");
  pass(200ms);
  CAF_CHECK_EQUAL(happened(), "end a, start a");
  CAF_CHECK_EQUAL(last_reason("a"), "operator (killed past its deadline)");
}

CAF_TEST(a second request for a child that is stopping changes nothing) {
  supervise({child("a", restart_policy::permanent, true)});
  happened();
  send(restart_child{"a", "first"});
  pass(100ms);
  send(restart_child{"a", "second"});
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "end a, start a");
  pass(1s);
  CAF_CHECK_EQUAL(starts("a"), 2u);
}

CAF_TEST(one for one nobody waits for a sibling that is slow to stop) {
  supervise({child("a"), child("b", restart_policy::permanent, true),
             child("c", restart_policy::permanent, true)});
  happened();
  send(restart_child{"b", "operator"});
  send(restart_child{"c", "operator"});
  CAF_CHECK_EQUAL(states(), "a up, b stopping, c stopping");
  tell("a", "fail");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "end a, start a");
}

CAF_TEST(a request ends a backoff) {
  supervise(abc());
  tell("b", "fail");
  happened();
  send(restart_child{"b", "now"});
  CAF_CHECK_EQUAL(happened(), "start b");
  pass(1s);
  CAF_CHECK_EQUAL(starts("b"), 2u);
}

CAF_TEST(a request starts a child that is down) {
  supervise({child("a", restart_policy::temporary)});
  tell("a", "finish");
  send(restart_child{"a", "operator"});
  CAF_CHECK_EQUAL(states(), "a up");
  send(restart_child{"a", "operator"});
  CAF_CHECK_EQUAL(states(), "a up");
  CAF_CHECK_EQUAL(starts("a"), 3u);
}

CAF_TEST(a request takes along those whom the strategy ties to the child) {
  limits.strategy = restart_strategy::rest_for_one;
  supervise(abc());
  happened();
  send(restart_child{"b", "operator"});
  CAF_CHECK_EQUAL(happened(), "end c, end b, start b, start c");
  send(restart_child{"c", "operator"});
  CAF_CHECK_EQUAL(happened(), "end c, start c");
}

CAF_TEST(with one for all a request restarts all) {
  limits.strategy = restart_strategy::one_for_all;
  supervise(abc());
  happened();
  send(restart_child{"b", "operator"});
  CAF_CHECK_EQUAL(happened(),
                  "end c, end b, end a, start a, start b, start c");
}

CAF_TEST(a request for an unknown child is ignored) {
  supervise({child("a")});
  send(restart_child{"z", "operator"});
  CAF_CHECK_EQUAL(states(), "a up");
  CAF_CHECK(report().restarts.empty());
}

CAF_TEST(a request during the stop is ignored) {
  supervise({child("a"), child("b", restart_policy::permanent, true)});
  happened();
  send(supervisor_stop{});
  send(restart_child{"a", "operator"});
  CAF_CHECK_EQUAL(happened(), "");
  pass(200ms);
  CAF_CHECK_EQUAL(happened(), "end b, end a");
  CAF_CHECK(ended());
}

CAF_TEST(a restart on request that fails to start is a failure) {
  supervise({child("a")});
  broken["a"] = "refused";
  send(restart_child{"a", "operator"});
  CAF_CHECK_EQUAL(states(), "a waiting");
  broken.clear();
  pass(100ms);
  CAF_CHECK_EQUAL(states(), "a up");
}

// -- the report ---------------------------------------------------------------

CAF_TEST(the history is bounded and keeps the newest) {
  limits.history_max = 3;
  supervise(abc());
  for (auto reason : {"1", "2", "3", "4", "5"})
    send(restart_child{"a", reason});
  auto restarts = report().restarts;
  CAF_REQUIRE_EQUAL(restarts.size(), 3u);
  CAF_CHECK_EQUAL(restarts[0].reason, "3");
  CAF_CHECK_EQUAL(restarts[2].reason, "5");
}

CAF_TEST(the history says when and why and which attempt it was) {
  supervise(abc());
  wall_us = 7;
  tell("a", "throw refused");
  pass(100ms);
  wall_us = 8;
  caf::anon_send_exit(handles["a"], caf::exit_reason::kill);
  sched.run();
  auto restarts = report().restarts;
  CAF_REQUIRE_EQUAL(restarts.size(), 2u);
  CAF_CHECK_EQUAL(restarts[0].wall_us, 7);
  CAF_CHECK_EQUAL(restarts[0].reason, "refused");
  CAF_CHECK_EQUAL(restarts[0].attempt, 1u);
  CAF_CHECK_EQUAL(restarts[1].wall_us, 8);
  CAF_CHECK_EQUAL(restarts[1].reason, "killed");
  CAF_CHECK_EQUAL(restarts[1].attempt, 2u);
}

CAF_TEST(attempts are counted for each child and within the period) {
  supervise(abc());
  tell("a", "fail");
  tell("b", "fail");
  pass(10s);
  tell("b", "fail");
  auto restarts = report().restarts;
  CAF_REQUIRE_EQUAL(restarts.size(), 3u);
  CAF_CHECK_EQUAL(restarts[1].attempt, 1u);
  CAF_CHECK_EQUAL(restarts[2].attempt, 1u);
}

CAF_TEST(stale and foreign timers are ignored) {
  supervise(abc());
  tell("b", "fail");
  happened();
  send(restart_due{"b", 999});
  send(restart_due{"z", 1});
  send(stop_overdue{"a", 0});
  send(stop_overdue{"z", 1});
  CAF_CHECK_EQUAL(happened(), "");
  CAF_CHECK_EQUAL(states(), "a up, b waiting, c up");
}

CAF_TEST(a message outside the interface does not disturb) {
  supervise(abc());
  caf::anon_send(caf::actor_cast<caf::actor>(top), 42);
  caf::anon_send(caf::actor_cast<caf::actor>(top),
                 caf::make_error(caf::sec::cannot_open_file));
  sched.run();
  CAF_CHECK_EQUAL(states(), "a up, b up, c up");
}

// -- configs ------------------------------------------------------------------

CAF_TEST(a config that cannot be meant is refused in words) {
  auto refuses = [&](auto change, const std::string& word) {
    auto config = limits;
    std::vector<child_spec> children{child("a"), child("b")};
    change(config, children);
    return contains(validate(config, children).value_or("valid"), word);
  };
  using config_t = supervisor_config;
  using children_t = std::vector<child_spec>;
  CAF_CHECK(refuses([](config_t&, children_t&) {}, "valid"));
  CAF_CHECK(refuses([](config_t& x, children_t&) { x.name = ""; }, "name"));
  CAF_CHECK(refuses([](config_t& x, children_t&) { x.period = 0ms; },
                    "period of restarts is 0 ms"));
  CAF_CHECK(refuses([](config_t& x, children_t&) { x.kill_overdue = -1ms; },
                    "kill_overdue is -1 ms"));
  CAF_CHECK(refuses([](config_t& x, children_t&) { x.history_max = 0; },
                    "history_max"));
  CAF_CHECK(refuses([](config_t& x, children_t&) { x.wall_us = nullptr; },
                    "wall clock"));
  CAF_CHECK(refuses([](config_t& x, children_t&) { x.backoff.jitter = 2; },
                    "jitter is 2"));
  CAF_CHECK(refuses([](config_t&, children_t& x) { x[1].name = ""; },
                    "has no name"));
  CAF_CHECK(refuses([](config_t&, children_t& x) { x[1].name = "a"; },
                    "two children are named \"a\""));
  CAF_CHECK(refuses([](config_t&, children_t& x) { x[1].start = nullptr; },
                    "no start function"));
  CAF_CHECK(refuses([](config_t&, children_t& x) { x[1].stop_deadline = 0ms; },
                    "deadline of 0 ms"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
