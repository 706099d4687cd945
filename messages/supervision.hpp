#pragma once

// What supervisors say and are asked: child specifications are code and live
// in actors/supervision/supervisor.hpp; the values that travel in messages live here.

#include <cstdint>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/typed_actor.hpp>

#include "messages/type_ids.hpp"

namespace observer {

/// Announces a running child to a watcher: once when the watcher subscribes
/// and the child is up, and again after each restart. Between two
/// announcements the former handle is dead or dying.
struct child_started {
  std::string name;
  caf::actor handle;
  /// 1 for the first start, 2 after the first restart, …
  uint64_t start = 0;
};

/// Asks a supervisor to send `child_started` for `child` to `watcher` from now
/// on. The subscription ends when the watcher dies. The child need not exist
/// yet.
struct watch_child {
  std::string child;
  caf::actor watcher;
};

/// One entry of a supervisor's restart history.
struct restart_record {
  int64_t wall_us = 0;
  std::string child;
  /// Why it went down, in words.
  std::string reason;
  /// Restarts of this child within the supervisor's period, on request or not,
  /// this one included.
  uint32_t attempt = 0;
};

/// One child as its supervisor sees it.
struct child_status {
  std::string name;
  /// "starting", "up", "waiting" (backoff), "stopping", "down".
  std::string state;
  uint64_t starts = 0;
  std::string last_reason;
};

/// A supervisor's answer to `get_children`.
struct supervisor_report {
  std::string name;
  std::vector<child_status> children;
  /// Newest last, bounded (see supervisor_config::history_max).
  std::vector<restart_record> restarts;
};

struct get_children {};
/// Sent by a supervisor's owner: stop all children in reverse order, then quit.
struct supervisor_stop {};
/// To self: the backoff of a child ran out.
struct restart_due {
  std::string child;
  uint64_t ticket = 0;
};
/// To self: a child outlived its stop deadline.
struct stop_overdue {
  std::string child;
  uint64_t ticket = 0;
};
/// Restart one child now, as if it had failed with `reason` (an operator's
/// request, or a test's fault): those whom the strategy ties to it restart too.
/// Without backoff, and not counted towards the intensity. Starts a child that
/// is down. Of an unknown child, or while the supervisor stops: logged only.
struct restart_child {
  std::string child;
  std::string reason;
};

template <class Inspector>
auto inspect(Inspector& f, child_started& x) {
  return f(caf::meta::type_name("child_started"), x.name, x.handle, x.start);
}
template <class Inspector>
auto inspect(Inspector& f, watch_child& x) {
  return f(caf::meta::type_name("watch_child"), x.child, x.watcher);
}
template <class Inspector>
auto inspect(Inspector& f, restart_record& x) {
  return f(caf::meta::type_name("restart_record"), x.wall_us, x.child,
           x.reason, x.attempt);
}
template <class Inspector>
auto inspect(Inspector& f, child_status& x) {
  return f(caf::meta::type_name("child_status"), x.name, x.state, x.starts,
           x.last_reason);
}
template <class Inspector>
auto inspect(Inspector& f, supervisor_report& x) {
  return f(caf::meta::type_name("supervisor_report"), x.name, x.children,
           x.restarts);
}
template <class Inspector>
auto inspect(Inspector& f, get_children&) {
  return f(caf::meta::type_name("get_children"));
}
template <class Inspector>
auto inspect(Inspector& f, supervisor_stop&) {
  return f(caf::meta::type_name("supervisor_stop"));
}
template <class Inspector>
auto inspect(Inspector& f, restart_due& x) {
  return f(caf::meta::type_name("restart_due"), x.child, x.ticket);
}
template <class Inspector>
auto inspect(Inspector& f, stop_overdue& x) {
  return f(caf::meta::type_name("stop_overdue"), x.child, x.ticket);
}
template <class Inspector>
auto inspect(Inspector& f, restart_child& x) {
  return f(caf::meta::type_name("restart_child"), x.child, x.reason);
}

/// Starts children in order, restarts what fails, escalates what fails too
/// often, stops in reverse order. See actors/supervision/supervisor.hpp.
using supervisor_actor = caf::typed_actor<
  /// Subscribe to the starts of one child.
  caf::reacts_to<watch_child>,
  /// Restart one child now.
  caf::reacts_to<restart_child>,
  /// Stop all children in reverse order, then quit with user_shutdown.
  caf::reacts_to<supervisor_stop>,
  /// Own timers.
  caf::reacts_to<restart_due>, caf::reacts_to<stop_overdue>,
  /// The children and the restart history.
  caf::replies_to<get_children>::with<supervisor_report>>;

} // namespace observer
