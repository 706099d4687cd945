#define CAF_SUITE actors_supervision_supervisor_stop
#include "actors/supervision/supervision_fixture.hpp"
#include "support/spawn_bare.hpp"

#include "test.hpp"

#include <atomic>
#include <thread>

namespace CAF_SUITE {

using namespace observer;
using namespace observer::supervision_test;

namespace {

/// Counts the actors that are alive. In the state: attached functors may run
/// after the actor system has counted their actor out.
struct busy_state {
  static inline const char* name = "busy";
  std::atomic<int>* alive = nullptr;

  void count_in(std::atomic<int>& counter) {
    alive = &counter;
    ++counter;
  }
  ~busy_state() {
    if (alive)
      --*alive;
  }
};

struct stop_fixture : fixture {
  /// Runs everybody but this one: as if it never returned from a handler.
  void run_without(const caf::actor& stuck) {
    auto job = dynamic_cast<caf::resumable*>(
      caf::actor_cast<caf::abstract_actor*>(stuck));
    sched.run_jobs_filtered([=](caf::resumable* x) { return x != job; });
  }

  void pass_without(const caf::actor& stuck, std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 10ms) {
      sched.advance_time(10ms);
      run_without(stuck);
    }
  }

  child_spec stubborn(const std::string& name) {
    return child(name, restart_policy::permanent, true);
  }

  /// A supervisor below the top one.
  child_spec nested(const std::string& name, std::vector<child_spec> children,
                    uint32_t intensity = 1) {
    auto config = limits;
    config.name = name;
    config.intensity = intensity;
    return supervisor_child(config, std::move(children));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_stop_tests, stop_fixture)

// -- an orderly stop ----------------------------------------------------------

CAF_TEST(children stop in reverse order and then the supervisor) {
  supervise(abc());
  happened();
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(happened(), "end c, end b, end a");
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(an exit message stops like supervisor_stop) {
  supervise(abc());
  happened();
  caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK_EQUAL(happened(), "end c, end b, end a");
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(the supervisor quits with the reason of its exit message) {
  supervise(abc());
  caf::anon_send(caf::actor_cast<caf::actor>(top),
                 caf::exit_msg{{}, caf::sec::cannot_open_file});
  sched.run();
  CAF_CHECK(contains(end(), "cannot_open_file"));
}

CAF_TEST(each child stops only when its successor is down) {
  supervise({child("a"), stubborn("b"), stubborn("c")});
  happened();
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(happened(), "");
  CAF_CHECK_EQUAL(states(), "a up, b up, c stopping");
  pass(200ms);
  CAF_CHECK_EQUAL(happened(), "end c");
  CAF_CHECK_EQUAL(states(), "a up, b stopping, c down");
  pass(200ms);
  CAF_CHECK_EQUAL(happened(), "end b, end a");
  CAF_CHECK(ended());
}

CAF_TEST(children that need each other not stop together) {
  limits.stops_together = true;
  supervise({stubborn("a"), child("b"), stubborn("c")});
  happened();
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(happened(), "end b");
  CAF_CHECK_EQUAL(states(), "a stopping, b down, c stopping");
  pass(200ms);
  CAF_CHECK_EQUAL(happened(), "end c, end a");
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(past its deadline a child is killed and not before) {
  supervise({stubborn("a")});
  happened();
  send(supervisor_stop{});
  pass(190ms);
  CAF_CHECK_EQUAL(happened(), "");
  pass(10ms);
  CAF_CHECK_EQUAL(happened(), "end a");
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a kill overtakes the backlog of a child) {
  auto handled = 0;
  auto busy = child("a");
  busy.start = [&](caf::local_actor* parent) {
    return handles["a"] = test::spawn_bare(*parent, [&](caf::event_based_actor* actor) {
      actor->set_exit_handler([](caf::exit_msg&) {});
      return caf::behavior{[&](int) { ++handled; }};
    });
  };
  supervise({busy});
  for (int i = 0; i < 100; ++i)
    caf::anon_send(handles["a"], i);
  // Killed with the backlog still in its mailbox.
  caf::anon_send(caf::actor_cast<caf::actor>(top), supervisor_stop{});
  run_without(handles["a"]);
  pass_without(handles["a"], 200ms);
  sched.run();
  CAF_CHECK(handled < 10);
  CAF_CHECK(ended());
}

CAF_TEST(a stuck child is given up and the others still stop in order) {
  supervise(abc());
  happened();
  caf::anon_send(top, supervisor_stop{});
  run_without(handles["c"]);
  pass_without(handles["c"], 690ms);
  CAF_CHECK_EQUAL(happened(), "");
  CAF_CHECK(!ended());
  pass_without(handles["c"], 10ms);
  CAF_CHECK_EQUAL(happened(), "end b, end a");
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  sched.run();
  CAF_CHECK_EQUAL(happened(), "end c");
}

CAF_TEST(a stuck child that should restart escalates instead of doubling) {
  supervise(abc());
  happened();
  caf::anon_send(top, restart_child{"b", "operator"});
  run_without(handles["b"]);
  pass_without(handles["b"], 700ms);
  CAF_CHECK_EQUAL(happened(), "end c, end a");
  CAF_CHECK(contains(end(), "child b cannot be stopped: still busy 500 ms "
                            "after its kill"));
}

CAF_TEST(a stop ends a pending backoff) {
  supervise(abc());
  tell("b", "fail");
  happened();
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(happened(), "end c, end a");
  CAF_CHECK(ended());
  pass(1s);
  CAF_CHECK_EQUAL(happened(), "");
}

CAF_TEST(who has something to finish lives once more for a stop) {
  auto children = abc();
  children[1].finishes = true;
  std::string told;
  children[2].at_stop = [&] { told += "for good"; };
  supervise(std::move(children));
  tell("b", "fail");
  tell("c", "fail");
  happened();
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(happened(), "start b, end b, end a");
  CAF_CHECK_EQUAL(told, "for good");
  CAF_CHECK(ended());
}

CAF_TEST(who fails even then is given up and the stop goes on) {
  auto children = abc();
  children[1].finishes = true;
  supervise(std::move(children));
  tell("b", "fail");
  broken["b"] = "no more";
  happened();
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(happened(), "end c, end a");
  CAF_CHECK(ended());
}

CAF_TEST(a stop in the middle of a group restart starts nobody again) {
  limits.strategy = restart_strategy::one_for_all;
  supervise({stubborn("a"), child("b"), stubborn("c")});
  happened();
  tell("b", "fail");
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(states(), "a up, b down, c stopping");
  pass(200ms);
  CAF_CHECK_EQUAL(states(), "a stopping, b down, c down");
  pass(1s);
  CAF_CHECK_EQUAL(happened(), "end b, end c, end a");
  CAF_CHECK(ended());
}

CAF_TEST(a child that dies during the stop is waited for no longer) {
  supervise({child("a"), child("b"), stubborn("c")});
  happened();
  send(supervisor_stop{});
  tell("a", "throw too early");
  tell("c", "throw stubborn but mortal");
  CAF_CHECK_EQUAL(happened(), "end a, end c, end b");
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(asked twice it stops once) {
  supervise({child("a"), stubborn("b")});
  happened();
  send(supervisor_stop{});
  send(supervisor_stop{});
  caf::anon_send_exit(top, caf::exit_reason::user_shutdown);
  pass(200ms);
  CAF_CHECK_EQUAL(happened(), "end b, end a");
}

CAF_TEST(the deadline of an earlier stop does not cut a later one short) {
  auto changed = child("a");
  changed.start = [this](caf::local_actor* parent) {
    auto first = ++attempts["a"] == 1;
    return caf::actor{parent->spawn(worker, "a", &log, !first)};
  };
  supervise({changed});
  // The first stops at once; its deadline, 200 ms from now, stays behind.
  send(restart_child{"a", "first"});
  pass(100ms);
  send(restart_child{"a", "second"});
  happened();
  pass(190ms);
  CAF_CHECK_EQUAL(states(), "a stopping");
  pass(10ms);
  CAF_CHECK_EQUAL(happened(), "end a");
}

// -- when the supervisor itself is killed -------------------------------------

CAF_TEST(a killed supervisor leaves no child behind) {
  supervise({child("a"), stubborn("b")});
  happened();
  caf::anon_send_exit(top, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK_EQUAL(happened(), "end b, end a");
  CAF_CHECK_EQUAL(end(), "killed");
}

CAF_TEST(a supervisor that dies of an exception leaves no child behind) {
  limits.wall_us = []() -> int64_t { throw std::runtime_error{"no clock"}; };
  supervise(abc());
  happened();
  tell("b", "fail");
  CAF_CHECK_EQUAL(happened(), "end b, end c, end a");
  CAF_CHECK_EQUAL(end(), "no clock");
}

CAF_TEST(a supervisor that nobody holds any more ends with its children) {
  auto forgotten = sys.spawn(supervisor, limits, abc());
  sched.run();
  happened();
  forgotten = nullptr;
  sched.run();
  CAF_CHECK_EQUAL(happened(), "end c, end b, end a");
}

CAF_TEST(a kill goes down through all levels) {
  supervise({nested("middle", {nested("lower", {stubborn("a")}),
                               stubborn("b")})});
  happened();
  caf::anon_send_exit(top, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK_EQUAL(happened(), "end b, end a");
}

CAF_TEST(a kill precedes the news that the supervisor is down) {
  auto killed = false;
  supervise(abc());
  auto heir = test::spawn_bare(sys, [&](caf::event_based_actor* actor) {
    actor->monitor(top);
    actor->set_down_handler([&](caf::down_msg&) {
      auto& mailbox = deref<caf::event_based_actor>(handles["a"]).mailbox();
      killed = !mailbox.empty() || log.back() == "end a";
    });
    return caf::behavior{[](int) {}};
  });
  keep(heir);
  sched.run();
  caf::anon_send_exit(top, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK(killed);
}

// -- supervisors of supervisors -----------------------------------------------

CAF_TEST(a supervisor is started and stopped like any other child) {
  supervise({child("a"), nested("feed", {child("b"), child("c")}),
             child("d")});
  CAF_CHECK_EQUAL(happened(), "start a, start d, start b, start c");
  send(supervisor_stop{});
  CAF_CHECK_EQUAL(happened(), "end d, end c, end b, end a");
}

CAF_TEST(what a supervisor cannot mend its parent restarts) {
  supervise({child("a"), nested("feed", {child("b"), child("c")})});
  happened();
  tell("c", "throw refused");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "end c, start c");
  tell("c", "throw refused again");
  CAF_CHECK_EQUAL(happened(), "end c, end b");
  CAF_CHECK_EQUAL(states(), "a up, feed waiting");
  CAF_CHECK_EQUAL(last_reason("feed"),
                  "supervisor feed gave up: child c failed: 2 failures within "
                  "10000 ms, 1 allowed; the last reason: refused again");
  pass(100ms);
  CAF_CHECK_EQUAL(happened(), "start b, start c");
  CAF_CHECK_EQUAL(states(), "a up, feed up");
}

CAF_TEST(failures climb through two levels with the first cause) {
  limits.intensity = 1;
  supervise({nested("persistence", {nested("writers", {child("a")}, 0)}, 0)});
  tell("a", "throw disk is full");
  CAF_CHECK(!ended());
  CAF_CHECK_EQUAL(states(), "persistence waiting");
  pass(100ms);
  tell("a", "throw disk is still full");
  CAF_CHECK(contains(end(), "supervisor top gave up: child persistence"));
  CAF_CHECK(contains(end(), "supervisor persistence gave up: child writers"));
  CAF_CHECK(contains(end(), "supervisor writers gave up: child a"));
  CAF_CHECK(contains(end(), "the last reason: disk is still full"));
}

CAF_TEST(a nested supervisor has time to keep its own deadlines) {
  auto spec = nested("feed", {child("a"), child("b")});
  // Two children: 200 ms to stop, 500 ms to be given up; and a second.
  CAF_CHECK(spec.stop_deadline == 2400ms);
  CAF_CHECK(!spec.validate());
  supervise({nested("feed", {stubborn("a"), stubborn("b")})});
  happened();
  send(supervisor_stop{});
  pass(400ms);
  CAF_CHECK_EQUAL(happened(), "end b, end a");
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST_FIXTURE_SCOPE_END()

// -- with threads and real time -----------------------------------------------

CAF_TEST(pending timers do not delay the end of the actor system) {
  auto begin = std::chrono::steady_clock::now();
  {
    config cfg;
    caf::actor_system system{cfg};
    supervisor_config limits;
    limits.name = "top";
    limits.backoff.first = limits.backoff.max = 1h;
    limits.wall_us = [] { return int64_t{0}; };
    child_spec waits;
    waits.name = "waits";
    waits.start = [](caf::local_actor*) -> caf::actor {
      throw std::runtime_error{"for an hour"};
    };
    auto top = system.spawn(supervisor, limits,
                            std::vector<child_spec>{waits});
    caf::anon_send(top, supervisor_stop{});
  }
  CAF_CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

CAF_TEST(a killed tree of busy actors ends with its root) {
  config cfg;
  // Those who feed themselves shall not keep a worker for good.
  cfg.set("scheduler.max-throughput", size_t{50});
  caf::actor_system system{cfg};
  supervisor_config limits;
  limits.name = "feed";
  limits.intensity = 1'000'000;
  limits.backoff.first = limits.backoff.max = 1ms;
  limits.wall_us = [] { return int64_t{0}; };
  std::atomic<int> alive = 0;
  std::vector<child_spec> children;
  for (int i = 0; i < 20; ++i) {
    child_spec spec;
    spec.name = "child " + std::to_string(i);
    spec.start = [&alive, i](caf::local_actor* parent) {
      return test::spawn_bare(*parent, [&alive, i](caf::stateful_actor<busy_state>* self) {
        install_house_handlers(self, "busy");
        self->state.count_in(alive);
        self->send(self, 0);
        // Half of them fail every few steps, so that the tree is killed amid
        // restarts; the others only ever end by being killed.
        return caf::behavior{[self, i](int step) {
          if (step == 100 && i % 2 == 0)
            throw std::runtime_error{"worn out"};
          self->send(self, std::min(step + 1, 1'000));
        }};
      });
    };
    children.push_back(std::move(spec));
  }
  auto root = limits;
  root.name = "root";
  auto top = system.spawn(supervisor, root, std::vector<child_spec>{
                                              supervisor_child(limits,
                                                               children)});
  std::this_thread::sleep_for(100ms);
  caf::anon_send_exit(top, caf::exit_reason::kill);
  system.await_all_actors_done();
  CAF_CHECK_EQUAL(alive.load(), 0);
}

} // namespace CAF_SUITE
