#pragma once

// Where supervisors show their children, for whoever inspects the daemon: the
// tree, each actor's gauges over all its lives, and a weak address to send an
// order to. Reading it sends no message, so that it also works when an actor
// hangs.
//
// Names are paths: `guardian`, its children by their name (`feed`), theirs
// below (`feed/slot_3`). Thread-safe.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

#include "messages/actor_gauges.hpp"
#include "messages/supervision.hpp"

namespace observer {

/// One actor at one moment. The counts are of all its lives.
struct actor_view {
  std::string name;
  /// Empty for the root.
  std::string parent;
  bool supervises = false;
  /// As its supervisor says (see child_status); "up" for the root.
  std::string state;
  /// The actor's own word; empty if it has none.
  std::string phase;
  uint64_t starts = 0;
  std::string last_reason;
  uint64_t handled = 0, dropped = 0, mailbox = 0;
  /// Time in handlers while somebody looked, and messages that it went to.
  uint64_t busy_ns = 0, timed = 0;
  int64_t wait_ns = 0;
};

/// One restart, newest last.
struct restart_view {
  std::string supervisor;
  restart_record record;
};

class actor_board {
 public:
  static constexpr size_t restarts_max = 500;

  // -- supervisors ------------------------------------------------------------

  /// A supervisor's children as they are now. `path` is its own name.
  void show(const std::string& path, std::vector<child_status> children);
  /// An entry of its history. The newest `restarts_max` are kept, whatever
  /// becomes of the supervisor.
  void restarted(const std::string& path, const restart_record& record);
  /// A life began: `name` is the child's path.
  void began(const std::string& name, const caf::actor& handle);

  // -- inspection -------------------------------------------------------------

  /// Times are taken while this is on.
  void watch(bool on);
  /// In the order of the tree.
  std::vector<actor_view> actors() const;
  /// Newest last.
  std::vector<restart_view> restarts() const;
  /// The actor's living handle; null if there is none of that name.
  caf::actor find(const std::string& name) const;

 private:
  struct entry {
    caf::actor_addr address;
    std::shared_ptr<actor_gauges> gauges;
    bool supervises = false;
    uint64_t lives = 0;
    /// Of former lives.
    uint64_t handled = 0, dropped = 0, busy_ns = 0, timed = 0;
  };

  actor_view view_of(const std::string& name) const;
  void add_below(const std::string& path, std::vector<actor_view>& out) const;

  mutable std::mutex mutex_;
  std::map<std::string, entry> entries_;
  std::map<std::string, std::vector<child_status>> children_;
  std::deque<restart_view> restarts_;
  bool watched_ = false;
};

/// The path of a child; the root's children bear their own names.
std::string child_path(const std::string& supervisor, const std::string& child);

inline constexpr std::string_view root_name = "guardian";

} // namespace observer
