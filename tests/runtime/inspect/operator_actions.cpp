#define CAF_SUITE runtime_inspect_operator_actions
#include "runtime/inspect/operator_actions.hpp"

#include <spdlog/spdlog.h>

#include "actors/supervision/supervisor.hpp"
#include "messages/interfaces.hpp"
#include "support/connection_stub.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct heard {
  std::vector<std::string> orders;
  std::vector<std::string> notes;
};

supervisor_actor::behavior_type stub_supervisor(supervisor_actor::pointer,
                                                heard* h, std::string name) {
  return {
    [](const watch_child&) {},
    [=](const restart_child& r) {
      h->orders.push_back(name + " restarts " + r.child);
    },
    [](const supervisor_stop&) {},
    [](const restart_due&) {},
    [](const stop_overdue&) {},
    [](const get_children&) { return supervisor_report{}; },
  };
}

slot_actor::behavior_type stub_slot(slot_actor::pointer, heard* h) {
  return {
    [](const persisted&) {},
    [](const resend_request&) {},
    [](const record_batch_ptr&) {},
    [](const subscription_news&) {},
    [](const child_started&) {},
    [=](const assign& a) {
      h->orders.push_back("assign " + std::string{kis::to_string(a.what.id)}
                          + ":" + a.what.symbol);
    },
    [=](const release&) { h->orders.push_back("release"); },
    [](const slot_tick&) {},
  };
}

connection_actor::behavior_type stub_connection(connection_actor::pointer,
                                                heard* h) {
  return test::connection_stub({
    .on_reconnect =
      [=](const reconnect& r) { h->orders.push_back("reconnect: " + r.why); },
    .on_note = [=](const operator_note& n) { h->notes.push_back(n.text); },
  });
}

journal_writer_actor::behavior_type stub_writer(journal_writer_actor::pointer,
                                                heard* h) {
  return {
    [](const line_batch_ptr&, const producer_actor&) {},
    [](const disk_job_done_ptr&) {},
    [=](const rotate&) { h->orders.push_back("rotate"); },
    [](const commit_due&) {},
    [](const seal_due&) {},
  };
}

struct fixture : test_coordinator_fixture<> {
  fixture() {
    level = spdlog::get_level();
    board->show("guardian", {up("persistence"), up("feed")});
    board->show("persistence", {up("scalp_writer")});
    board->show("feed", {up("slot_3"), up("slot_4"), up("connection")});
    begin("guardian", sys.spawn(stub_supervisor, &h, "guardian"));
    begin("feed", sys.spawn(stub_supervisor, &h, "feed"));
    begin("persistence", sys.spawn(stub_supervisor, &h, "persistence"));
    begin("feed/slot_3", sys.spawn(stub_slot, &h));
    begin("feed/connection", sys.spawn(stub_connection, &h));
    begin("persistence/scalp_writer", sys.spawn(stub_writer, &h));
  }
  ~fixture() override {
    for (auto& [name, x] : actors)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    sched.run();
    spdlog::set_level(level);
  }
  static child_status up(const std::string& name) {
    return {name, "up", 1, ""};
  }
  template <class Handle>
  void begin(const std::string& name, const Handle& handle) {
    actors[name] = caf::actor_cast<caf::actor>(handle);
    board->began(name, actors[name]);
    sched.run();
  }
  void kill(const std::string& name) {
    caf::anon_send_exit(actors[name], caf::exit_reason::kill);
    sched.run();
  }

  /// What was said; "no: …" if it was not done.
  std::string act(const std::string& action, const std::string& target = "",
                  const std::string& value = "", bool chaos = false,
                  const std::string& who = "kim") {
    operator_actions actions{board, chaos, memory};
    auto done = actions.perform({action, target, value, who, "127.0.0.1"});
    sched.run();
    return done ? *done : "no: " + done.error().text;
  }
  std::string ordered() {
    std::string out;
    for (auto& x : std::exchange(h.orders, {}))
      out += (out.empty() ? "" : ", ") + x;
    return out;
  }
  std::string last_note() {
    return h.notes.empty() ? "" : h.notes.back();
  }

  heard h;
  std::shared_ptr<session_memory> memory
    = std::make_shared<session_memory>("run", 1'000'000);
  std::shared_ptr<actor_board> board = std::make_shared<actor_board>();
  std::map<std::string, caf::actor> actors;
  spdlog::level::level_enum level;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(operator_actions_tests, fixture)

CAF_TEST(a restart goes to the supervisor of the actor) {
  CAF_CHECK_EQUAL(act("restart_actor", "feed/slot_3"),
                  "feed was asked to restart feed/slot_3");
  CAF_CHECK_EQUAL(ordered(), "feed restarts slot_3");
}

CAF_TEST(a restart of a supervisor goes to the root) {
  act("restart_actor", "feed");
  CAF_CHECK_EQUAL(ordered(), "guardian restarts feed");
}

CAF_TEST(the root and what is no actor are not restarted) {
  CAF_CHECK_EQUAL(act("restart_actor", "guardian"),
                  "no: the root restarts with the process only");
  CAF_CHECK_EQUAL(act("restart_actor", "feed/slot_99"),
                  "no: \"feed/slot_99\" is no actor");
  CAF_CHECK_EQUAL(act("restart_actor", ""), "no: \"\" is no actor");
  CAF_CHECK_EQUAL(ordered(), "");
}

CAF_TEST(a restart under a supervisor that is down is refused) {
  kill("feed");
  CAF_CHECK_EQUAL(act("restart_actor", "feed/slot_3"),
                  "no: feed is not up now; try again when it is");
}

CAF_TEST(a slot is pinned to a symbol) {
  act("pin", "3", "005930");
  act("pin", "3", "H0STASP0:000660");
  CAF_CHECK_EQUAL(ordered(), "assign H0STCNT0:005930, assign H0STASP0:000660");
}

CAF_TEST(what another slot has is not pinned) {
  memory->claims.claim(7, {kis::tr::h0stcnt0, "005930"});
  CAF_CHECK_EQUAL(act("pin", "3", "005930"),
                  "no: slot 7 has H0STCNT0:005930, and a session holds a "
                  "registration once; release it there first");
  CAF_CHECK_EQUAL(ordered(), "");
  // Its quotes are another registration.
  act("pin", "3", "H0STASP0:005930");
  CAF_CHECK_EQUAL(ordered(), "assign H0STASP0:005930");
  memory->claims.let_go(7);
  act("pin", "3", "005930");
  CAF_CHECK_EQUAL(ordered(), "assign H0STCNT0:005930");
}

CAF_TEST(a pin behind a release of the same symbol is taken) {
  act("pin", "3", "005930");
  act("release", "3");
  CAF_CHECK(!memory->claims.holder({kis::tr::h0stcnt0, "005930"}));
}

CAF_TEST(a pin names a slot and a TR and a symbol) {
  CAF_CHECK_EQUAL(act("pin", "41", "005930"),
                  "no: \"41\" is no slot; slots are 0 to 40");
  for (auto slot : {"-1", "", "3x", " 3", "99999999999"})
    CAF_CHECK(act("pin", slot, "005930").starts_with("no: "));
  for (auto value : {"", ":", "005930:", "H0STCNT0:", "NOPE:005930",
                     "H0STCNT0:00 930", "a\nb", "H0STCNT0:H0STCNT0:005930"})
    CAF_CHECK(act("pin", "3", value).starts_with("no: "));
  CAF_CHECK_EQUAL(ordered(), "");
}

CAF_TEST(a slot that is not up takes no orders) {
  CAF_CHECK_EQUAL(act("pin", "4", "005930"),
                  "no: feed/slot_4 is not up now; try again when it is");
  CAF_CHECK_EQUAL(act("release", "4"),
                  "no: feed/slot_4 is not up now; try again when it is");
}

CAF_TEST(a slot lets go) {
  CAF_CHECK_EQUAL(act("release", "3"), "slot 3 lets go of its registration");
  CAF_CHECK_EQUAL(ordered(), "release");
  CAF_CHECK(act("release", "x").starts_with("no: "));
}

CAF_TEST(the session begins anew) {
  act("reconnect", "session 1");
  CAF_CHECK_EQUAL(ordered(), "reconnect: an operator's request");
}

CAF_TEST(a session that does not exist is not reconnected) {
  CAF_CHECK(act("reconnect", "session 9").starts_with("no: "));
  CAF_CHECK_EQUAL(ordered(), "");
}

CAF_TEST(a file is rotated) {
  act("rotate", "scalp");
  CAF_CHECK_EQUAL(ordered(), "rotate");
  CAF_CHECK_EQUAL(act("rotate", "scalps"),
                  "no: \"scalps\" is no dataset; say scalp, quarantine or "
                  "system");
  CAF_CHECK_EQUAL(act("rotate", "system"),
                  "no: persistence/system_writer is not up now; try again when "
                  "it is");
}

CAF_TEST(a writer that died takes no orders although somebody holds it) {
  kill("persistence/scalp_writer");
  CAF_CHECK(act("rotate", "scalp").starts_with("no: "));
  CAF_CHECK(act("crash_writer", "scalp", "", true).starts_with("no: "));
}

CAF_TEST(the log level is set at once) {
  for (auto [word, level] :
       {std::pair{"trace", spdlog::level::trace},
        std::pair{"debug", spdlog::level::debug},
        std::pair{"info", spdlog::level::info},
        std::pair{"warning", spdlog::level::warn},
        std::pair{"warn", spdlog::level::warn},
        std::pair{"critical", spdlog::level::critical},
        std::pair{"error", spdlog::level::err}}) {
    act("log_level", "", word);
    CAF_CHECK(spdlog::get_level() == level);
  }
  for (auto word : {"", "off", "INFO", "loud"})
    CAF_CHECK(act("log_level", "", word).starts_with("no: "));
  CAF_CHECK(spdlog::get_level() == spdlog::level::err);
}

CAF_TEST(a writer crashes only where crashes are allowed) {
  auto& writer = actors["persistence/scalp_writer"];
  CAF_CHECK(act("crash_writer", "scalp").starts_with("no: "));
  CAF_CHECK(board->find("persistence/scalp_writer") == writer);
  std::string reason;
  caf::actor_cast<caf::abstract_actor*>(writer)->attach_functor(
    [&](const caf::error& e) { reason = in_words(sys, e); });
  CAF_CHECK_EQUAL(act("crash_writer", "scalp", "", true),
                  "persistence/scalp_writer crashes");
  CAF_CHECK_EQUAL(reason, "a crash that an operator injected");
  CAF_CHECK(act("crash_writer", "nothing", "", true).starts_with("no: "));
}

CAF_TEST(what is no action is said in words) {
  CAF_CHECK_EQUAL(act("explode"), "no: \"explode\" is no action");
  CAF_CHECK_EQUAL(act(""), "no: \"\" is no action");
}

CAF_TEST(the actions that are offered are those that are taken) {
  operator_actions plain{board, false}, chaos{board, true};
  CAF_CHECK_EQUAL(plain.names().size(), 6u);
  CAF_CHECK_EQUAL(chaos.names().size(), 7u);
  for (auto name : chaos.names())
    CAF_CHECK(act(std::string{name}).find("is no action") == std::string::npos);
}

CAF_TEST(every action is noted with who and from where and how it went) {
  act("rotate", "scalp");
  CAF_CHECK_EQUAL(last_note(), "kim from 127.0.0.1: rotate scalp -> scalp is "
                               "sealed and goes on in a new file");
  act("pin", "99", "005930");
  CAF_CHECK_EQUAL(last_note(), "kim from 127.0.0.1: pin 99 005930 -> refused: "
                               "\"99\" is no slot; slots are 0 to 40");
  act("release", "3", "", false, "");
  CAF_CHECK(last_note().starts_with("somebody from 127.0.0.1: release 3"));
}

CAF_TEST(a note is one short line of whole characters) {
  std::string nasty = "a\nb\x1B[2J\x7F" + std::string(20'000, 'x');
  for (auto& action : {"restart_actor", "pin", "release", "rotate", "explode"}) {
    act(action, nasty, nasty, false, nasty);
    auto note = last_note();
    CAF_CHECK(note.size() < 1'000);
    CAF_CHECK(std::none_of(note.begin(), note.end(), [](unsigned char c) {
      return c < 0x20 || c == 0x7F;
    }));
  }
  // 59 letters and a character of three bytes
  auto who = std::string(59, 'w') + "\xEA\xB9\x80";
  act("release", "3", "", false, who);
  CAF_CHECK(last_note().starts_with(std::string(59, 'w') + " from"));
}

CAF_TEST(without a connection actions are done all the same) {
  kill("feed/connection");
  CAF_CHECK_EQUAL(act("release", "3"), "slot 3 lets go of its registration");
  CAF_CHECK_EQUAL(ordered(), "release");
  CAF_CHECK(act("reconnect", "session 1").starts_with("no: "));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
