#define CAF_SUITE actors_supervision_actor_board
#include "actors/supervision/actor_board.hpp"

#include "actors/supervision/supervision_fixture.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::supervision_test;

namespace {

struct job {
  static inline const char* name = "job";
};
using measured_job = measured_actor<job, caf::event_based_actor>;

/// "fail …" throws; numbers are work.
caf::behavior worker_of(measured_job* self, std::string name) {
  install_house_handlers(self, name);
  return {
    [](uint64_t) {},
    [](const std::string& text) {
      if (text.starts_with("fail"))
        throw std::runtime_error{text};
    },
  };
}

struct board_fixture : supervision_test::fixture {
  board_fixture() {
    limits.name = "guardian";
    limits.path = "guardian";
    limits.board = board;
    limits.intensity = 1'000;
  }
  ~board_fixture() override {
    held = nullptr;
  }

  child_spec measured_child(const std::string& name) {
    child_spec out;
    out.name = name;
    out.stop_deadline = 200ms;
    out.start = [this, name](caf::local_actor* parent) {
      auto handle = parent->spawn(worker_of, name);
      handles[name] = handle;
      return caf::actor_cast<caf::actor>(handle);
    };
    return out;
  }
  child_spec nested(const std::string& name,
                    std::vector<child_spec> children) {
    auto config = limits;
    config.name = name;
    config.path = name;
    config.intensity = 0;
    return supervisor_child(config, std::move(children));
  }
  void supervise(std::vector<child_spec> children) {
    supervision_test::fixture::supervise(std::move(children));
    board->began("guardian", caf::actor_cast<caf::actor>(top));
  }
  actor_view view(const std::string& name) {
    for (auto& a : board->actors())
      if (a.name == name)
        return a;
    CAF_ERROR("no actor " << name);
    return {};
  }
  std::string names() {
    std::string out;
    for (auto& a : board->actors())
      out += (out.empty() ? "" : " ") + a.name;
    return out;
  }
  void work(const std::string& name, int messages) {
    for (int i = 0; i < messages; ++i)
      caf::anon_send(handles[name], uint64_t{1});
    sched.run();
  }
  void fail(const std::string& name) {
    caf::anon_send(handles[name], std::string{"fail of "} + name);
    run_without_time();
  }
  /// Fixture's run() fires timers as well.
  void run_without_time() {
    while (sched.try_run_once())
      ;
  }

  std::shared_ptr<actor_board> board = std::make_shared<actor_board>();
  caf::actor held;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(actor_board_tests, board_fixture)

CAF_TEST(a board that nobody shows anything to is empty) {
  CAF_CHECK(board->actors().empty());
  CAF_CHECK(board->restarts().empty());
  CAF_CHECK(!board->find("guardian"));
}

CAF_TEST(actors are in the order of the tree and not of their names) {
  supervise({measured_child("z"),
             nested("feed", {measured_child("b"), measured_child("a")}),
             measured_child("c")});
  CAF_CHECK_EQUAL(names(), "guardian z feed feed/b feed/a c");
}

CAF_TEST(each actor says who supervises it) {
  supervise({nested("feed", {measured_child("a")}), measured_child("c")});
  auto root = view("guardian"), feed = view("feed"), a = view("feed/a"),
       c = view("c");
  CAF_CHECK_EQUAL(root.parent, "");
  CAF_CHECK_EQUAL(root.state, "up");
  CAF_CHECK_EQUAL(root.starts, 1u);
  CAF_CHECK(root.supervises);
  CAF_CHECK_EQUAL(feed.parent, "guardian");
  CAF_CHECK(feed.supervises);
  CAF_CHECK_EQUAL(a.parent, "feed");
  CAF_CHECK(!a.supervises);
  CAF_CHECK_EQUAL(c.parent, "guardian");
}

CAF_TEST(counts are of all lives) {
  supervise({measured_child("a")});
  work("a", 5);
  auto before = view("a").handled;
  CAF_CHECK_EQUAL(before, 5u);
  fail("a");
  pass(200ms);
  work("a", 2);
  auto after = view("a");
  CAF_CHECK_EQUAL(after.handled, before + 3); // with the one that it died of
  CAF_CHECK_EQUAL(after.starts, 2u);
  CAF_CHECK_EQUAL(after.state, "up");
  CAF_CHECK_EQUAL(after.mailbox, 0u);
}

CAF_TEST(drops are of all lives) {
  supervise({measured_child("a")});
  caf::anon_send(handles["a"], 1.5);
  sched.run();
  fail("a");
  pass(200ms);
  caf::anon_send(handles["a"], 2.5);
  sched.run();
  auto dropped = view("a").dropped;
  CAF_CHECK_EQUAL(dropped, 2u);
}

CAF_TEST(an actor that waits for its restart says why and holds no messages) {
  supervise({measured_child("a")});
  held = handles["a"];
  fail("a");
  caf::anon_send(held, uint64_t{1});
  run_without_time();
  auto a = view("a");
  CAF_CHECK_EQUAL(a.state, "waiting");
  CAF_CHECK_EQUAL(a.last_reason, "fail of a");
  CAF_CHECK_EQUAL(a.mailbox, 0u);
}

CAF_TEST(a dead actor is not found although somebody holds it) {
  supervise({measured_child("a")});
  held = handles["a"];
  CAF_CHECK(board->find("a") == held);
  fail("a");
  CAF_CHECK(!board->find("a"));
  pass(200ms);
  auto next = board->find("a");
  CAF_CHECK(next && next != held);
}

CAF_TEST(a dead actor that nobody holds is not found) {
  supervise({measured_child("a")});
  fail("a");
  handles.clear();
  CAF_CHECK(!board->find("a"));
}

CAF_TEST(an unknown name finds nothing) {
  supervise({measured_child("a")});
  CAF_CHECK(!board->find("b"));
  CAF_CHECK(!board->find(""));
  CAF_CHECK(!board->find("a/"));
}

CAF_TEST(the root is found) {
  supervise({measured_child("a")});
  CAF_CHECK(board->find("guardian") == caf::actor_cast<caf::actor>(top));
}

CAF_TEST(restarts are kept with supervisor and reason and number) {
  supervise({nested("feed", {measured_child("a")}), measured_child("c")});
  fail("c");
  pass(200ms);
  fail("c");
  pass(500ms);
  auto all = board->restarts();
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK_EQUAL(all[0].supervisor, "guardian");
  CAF_CHECK_EQUAL(all[0].record.child, "c");
  CAF_CHECK_EQUAL(all[0].record.reason, "fail of c");
  CAF_CHECK_EQUAL(all[0].record.attempt, 1u);
  CAF_CHECK_EQUAL(all[1].record.attempt, 2u);
}

CAF_TEST(the children of a supervisor that gave up are not up) {
  limits.backoff.first = 300ms;
  supervise({nested("feed", {measured_child("a")})});
  CAF_CHECK_EQUAL(view("feed/a").state, "up");
  fail("a");
  auto feed = view("feed"), a = view("feed/a");
  CAF_CHECK_EQUAL(feed.state, "waiting");
  CAF_CHECK(a.state != "up");
  CAF_CHECK_EQUAL(a.mailbox, 0u);
  pass(1s);
  CAF_CHECK_EQUAL(view("feed").state, "up");
  CAF_CHECK_EQUAL(view("feed/a").state, "up");
}

CAF_TEST(the newest restarts are kept) {
  for (uint32_t i = 0; i < actor_board::restarts_max + 10; ++i)
    board->restarted("guardian", {i, "a", "why", i});
  auto all = board->restarts();
  CAF_REQUIRE_EQUAL(all.size(), actor_board::restarts_max);
  CAF_CHECK_EQUAL(all.front().record.attempt, 10u);
  CAF_CHECK_EQUAL(all.back().record.attempt, actor_board::restarts_max + 9);
}

CAF_TEST(who looks sees the times of actors that start later too) {
  supervise({measured_child("a")});
  board->watch(true);
  work("a", 1);
  CAF_CHECK_EQUAL(view("a").timed, 1u);
  fail("a");
  pass(200ms);
  work("a", 1);
  auto timed = view("a").timed;
  CAF_CHECK_EQUAL(timed, 3u); // the failure took its time as well
  board->watch(false);
  work("a", 1);
  CAF_CHECK_EQUAL(view("a").timed, timed);
}

CAF_TEST(the paths of children) {
  CAF_CHECK_EQUAL(child_path("guardian", "feed"), "feed");
  CAF_CHECK_EQUAL(child_path("feed", "slot_3"), "feed/slot_3");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
