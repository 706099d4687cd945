#pragma once

// What the suites about supervisors share: children that do as they are told,
// a record of what happened in which order, and time by the millisecond.

#include "test.hpp"

#include <map>

#include "actors/supervision/supervisor.hpp"
#include "messages/interfaces.hpp"

namespace observer::supervision_test {

using namespace std::chrono_literals;

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::observer>();
  }
};

/// What happened, in order: "start a", "end a".
using event_log = std::vector<std::string>;

/// Does as the text says: "throw …", "fail", "finish" (a normal end), "shut".
/// A stubborn one ignores requests to exit.
inline caf::behavior worker(caf::event_based_actor* self, std::string name,
                            event_log* events, bool stubborn) {
  install_house_handlers(self, name);
  self->attach_functor([=](const caf::error&) {
    events->push_back("end " + name);
  });
  if (stubborn)
    self->set_exit_handler([](caf::exit_msg&) {});
  return {
    [=](const std::string& order) {
      if (order.starts_with("throw "))
        throw std::runtime_error{order.substr(6)};
      if (order == "fail")
        self->quit(caf::sec::cannot_open_file);
      if (order == "finish")
        self->quit();
      if (order == "shut")
        self->quit(caf::exit_reason::user_shutdown);
    },
  };
}

/// What a watcher was told, and how those whom it monitors ended.
struct notes {
  std::vector<child_started> started;
  std::vector<std::string> ends;
};

inline caf::behavior watcher(caf::event_based_actor* self, notes* into) {
  self->set_down_handler([=](caf::down_msg& msg) {
    into->ends.push_back(in_words(self->system(), msg.reason));
  });
  return {
    [=](const child_started& msg) { into->started.push_back(msg); },
    [=](const caf::actor& other) { self->monitor(other); },
  };
}

class fixture : public test_coordinator_fixture<config> {
public:
  fixture() {
    limits.name = "top";
    limits.intensity = 3;
    limits.period = 10s;
    limits.backoff.first = 100ms;
    limits.backoff.max = 1s;
    limits.backoff.jitter = 0;
    limits.kill_overdue = 500ms;
    limits.wall_us = [this] { return wall_us; };
    guard = sys.spawn(watcher, &guard_notes);
  }

  ~fixture() override {
    for (auto& x : spawned)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    caf::anon_send_exit(guard, caf::exit_reason::kill);
    sched.run();
    handles.clear();
  }

  // -- children ---------------------------------------------------------------

  child_spec child(const std::string& name,
                   restart_policy policy = restart_policy::permanent,
                   bool stubborn = false) {
    child_spec result;
    result.name = name;
    result.restart = policy;
    result.stop_deadline = 200ms;
    result.start = [this, name, stubborn](caf::local_actor* parent) {
      ++attempts[name];
      if (auto& problem = broken[name]; problem == "null") {
        return caf::actor{};
      } else if (!problem.empty()) {
        throw std::runtime_error{problem};
      }
      log.push_back("start " + name);
      auto handle = parent->spawn(worker, name, &log, stubborn);
      handles[name] = handle;
      return handle;
    };
    return result;
  }

  std::vector<child_spec> abc() {
    return {child("a"), child("b"), child("c")};
  }

  void tell(const std::string& name, const std::string& order) {
    caf::anon_send(handles[name], order);
    sched.run();
  }

  // -- supervisors ------------------------------------------------------------

  void supervise(std::vector<child_spec> children) {
    top = sys.spawn(supervisor, limits, std::move(children));
    keep(caf::actor_cast<caf::actor>(top));
    sched.run();
  }

  /// Ends with the fixture; how it ended is in guard_notes.
  void keep(caf::actor x) {
    caf::anon_send(guard, x);
    spawned.push_back(std::move(x));
  }

  supervisor_report report() {
    auto response = self->request(top, 1s, get_children{});
    sched.run();
    supervisor_report result;
    response.receive([&](supervisor_report& x) { result = std::move(x); },
                     [&](caf::error& x) { CAF_FAIL(sys.render(x)); });
    return result;
  }

  /// "a up, b waiting", as the supervisor reports it.
  std::string states() {
    std::string result;
    auto now = report();
    for (auto& x : now.children)
      result += (result.empty() ? "" : ", ") + x.name + " " + x.state;
    return result;
  }

  // By value: CAF's checks keep references to what lies inside a temporary.
  child_status status(const std::string& name) {
    auto now = report();
    for (auto& x : now.children)
      if (x.name == name)
        return x;
    return {};
  }
  std::string last_reason(const std::string& name) {
    return status(name).last_reason;
  }
  uint64_t starts(const std::string& name) {
    return status(name).starts;
  }

  /// How the supervisor ended, or nothing if it lives.
  std::string end() const {
    return guard_notes.ends.empty() ? "" : guard_notes.ends.back();
  }

  bool ended() const {
    return !guard_notes.ends.empty();
  }

  template <class Message>
  void send(const Message& message) {
    caf::anon_send(top, message);
    sched.run();
  }

  // -- time -------------------------------------------------------------------

  /// Lets time pass, 10 ms at a time: a timer set by a timer fires too.
  void pass(std::chrono::milliseconds time) {
    while (time > 0ms) {
      auto step = std::min<std::chrono::milliseconds>(time, 10ms);
      sched.advance_time(step);
      sched.run();
      time -= step;
    }
  }

  /// What happened since the last call.
  std::string happened() {
    std::string result;
    for (auto& x : std::exchange(log, {}))
      result += (result.empty() ? "" : ", ") + x;
    return result;
  }

  static bool contains(const std::string& text, const std::string& part) {
    if (text.find(part) != std::string::npos)
      return true;
    CAF_MESSAGE("no \"" << part << "\" in \"" << text << "\"");
    return false;
  }

  event_log log;
  std::map<std::string, int> attempts;
  /// Why a child's start fails; "null" for a null handle; empty for none.
  std::map<std::string, std::string> broken;
  /// The newest actor of each name.
  std::map<std::string, caf::actor> handles;
  int64_t wall_us = 1'000;
  supervisor_config limits;
  supervisor_actor top;
  notes guard_notes;
  caf::actor guard;
  std::vector<caf::actor> spawned;
};

} // namespace observer::supervision_test
