#pragma once

// Supervision after OTP: an actor whose only work is to keep others running,
// and to fail in its turn when that does not help.
//
// Operation. A supervisor starts its children in the order of their list and
// monitors them. When a child ends, its restart policy says whether that is a
// failure; a failure is recorded, counted, and after a backoff answered by the
// strategy. More than `intensity` failures within `period` cannot be mended by
// restarting: the supervisor stops its children and quits with an error that
// names the child, the count and the last reason; its own supervisor takes
// that for the failure of a child. Children stop in reverse order, one at a
// time, each within its deadline; or, where the config says so, together.
//
// Ownership. The supervisor holds the only strong handles to its children.
// However it ends, they end: in order when it is asked to stop, and by
// exit_reason::kill from its state's destructor when it was killed or died of
// an exception. In the second case the kill is in the mailbox of each child,
// ahead of all ordinary messages, before anyone hears that the supervisor is
// down; but a child that is busy finishes its current message, so for so long
// it may overlap with the successor that a parent starts. Who spawned the root
// keeps its handle: a supervisor that nobody holds ends, and they with it.
//
// Limits. A child that never returns from a handler cannot be stopped by
// anyone: past its deadline and `kill_overdue` the supervisor says so, gives it
// up and goes on stopping the others; if it was not stopping altogether, it
// escalates. Such a thread ends only with the process.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_clock.hpp>
#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/supervision/backoff.hpp"
#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/measured_actor.hpp"
#include "actors/supervision/supervisor_config.hpp"
#include "messages/supervision.hpp"

namespace observer {

struct supervisor_state {
  static inline const char* name = "supervisor";

  using self_pointer = supervisor_actor::stateful_pointer<supervisor_state>;

  enum class phase : uint8_t {
    /// Not running, and nothing is planned for it.
    down,
    /// To be started as soon as its turn comes.
    starting,
    up,
    /// For its backoff.
    waiting,
    /// Was sent an exit message.
    stopping,
  };

  struct child {
    child_spec spec;
    observer::backoff backoff;
    observer::supervisor_state::phase phase = phase::starting;
    /// Set while up or stopping.
    caf::actor handle{};
    uint64_t starts = 0;
    caf::actor_clock::time_point up_since{};
    std::string last_reason{};
    /// Of the one timer that is valid for this child; 0 is none.
    uint64_t ticket = 0;
    /// Must stop, together with its group; meaningful while up.
    bool condemned = false;
    /// Meaningful while condemned or stopping.
    bool start_again = false;
    bool killed = false;
    std::string stop_cause{};
  };

  struct failure {
    caf::actor_clock::time_point at;
    size_t child;
    /// False for a restart on request.
    bool counts;
  };

  struct subscription {
    std::string child;
    caf::actor_addr watcher;
  };

  explicit supervisor_state(self_pointer self);
  /// Kills the children that are left: none after an orderly stop.
  ~supervisor_state();
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;

  // -- what arrives -----------------------------------------------------------

  void on_watch(const watch_child& msg);
  void on_restart_request(const restart_child& msg);
  void on_restart_due(const restart_due& msg);
  void on_stop_overdue(const stop_overdue& msg);
  void on_down(const caf::down_msg& msg);
  /// Stop everything, then quit with `reason`. The first reason stands.
  void close(caf::error reason);
  supervisor_report report() const;
  std::vector<child_status> statuses() const;

  // -- how it is done ---------------------------------------------------------

  /// Takes the next steps that are possible: stops before starts, in order.
  /// Every handler ends with it.
  void advance();
  void take_steps();
  /// Sends the next condemned child its exit, or all of them theirs; whether one
  /// is still stopping.
  bool stop_next();
  void stop(size_t index);
  /// Whether it is up now; if not, `fail` has been called.
  bool start(size_t index);
  void fail(size_t index, const std::string& reason);
  /// Condemns those who restart because `index` does, itself included if up.
  void condemn_group(size_t index, const std::string& cause);
  void escalate(size_t index, const std::string& words);
  void record(size_t index, const std::string& reason, bool counts);
  void announce(const child& x, const caf::actor_addr& watcher) const;
  child* find(const std::string& child_name);

  self_pointer self;
  supervisor_config config;
  std::vector<child> children;
  std::vector<subscription> subscriptions;
  /// Sliding window of `period`, oldest first.
  std::deque<failure> failures;
  std::deque<restart_record> history;
  uint64_t tickets = 0;
  /// Set from the moment that everything must stop: the reason to quit with.
  std::optional<caf::error> closing;
  house_counters counters;
};

/// The supervisor itself. It starts its children when it first runs. An invalid
/// config or specification, or a name used twice, makes it quit at once with
/// sec::invalid_argument and the problem in words.
///
/// It ends on supervisor_stop and on any exit message with a reason (which it
/// then quits with; supervisor_stop means user_shutdown), after its children.
supervisor_actor::behavior_type
supervisor(measured_pointer<supervisor_actor, supervisor_state> self,
           supervisor_config config, std::vector<child_spec> children);

/// A specification for a supervisor as a child of another. Its stop deadline
/// leaves each grandchild its own, and the time until it is given up.
child_spec supervisor_child(supervisor_config config,
                            std::vector<child_spec> children);

} // namespace observer
