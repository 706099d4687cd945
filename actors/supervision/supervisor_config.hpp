#pragma once

// What a supervisor is told: its strategy and limits, and how to start and stop
// each child. See actors/supervision/supervisor.hpp for what it does with them.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/local_actor.hpp>

#include "actors/supervision/actor_board.hpp"
#include "actors/supervision/backoff.hpp"

namespace observer {

/// Who restarts when one child failed.
enum class restart_strategy : uint8_t {
  /// The child alone.
  one_for_one,
  /// All children.
  one_for_all,
  /// The child and those after it in the list, which depend on it.
  rest_for_one,
};

/// When the end of a child is a failure.
enum class restart_policy : uint8_t {
  /// Always.
  permanent,
  /// Unless it was a normal end (no reason, or user_shutdown). A child that
  /// ended normally starts again when its whole group does.
  transient,
  /// Never; a temporary child that was stopped with its group stays down.
  temporary,
};

struct child_spec {
  /// Unique within the supervisor.
  std::string name;
  /// Spawns the child (`supervisor->spawn(…)`) and returns its handle, typed
  /// ones through `caf::actor_cast<caf::actor>`. Called for each start, in the
  /// supervisor's context, so it must not block. It must neither monitor nor
  /// link, and should capture no handle of another actor: those change when
  /// the other restarts (see watch_child). A throw or a null handle is a
  /// failed start: a failure like any other.
  std::function<caf::actor(caf::local_actor* supervisor)> start;
  restart_policy restart = restart_policy::permanent;
  /// From user_shutdown to kill.
  std::chrono::milliseconds stop_deadline{5'000};
  /// Has something to finish at a stop: a supervisor that stops while this child
  /// waits for its backoff, or its turn, starts it once more, and stops it in
  /// its turn.
  bool finishes = false;
  /// Called when the supervisor begins to stop for good, before any child is
  /// told to: a child cannot tell that stop from one before its restart. May be
  /// empty; must not block.
  std::function<void()> at_stop = nullptr;

  std::optional<std::string> validate() const;
};

struct supervisor_config {
  /// For log lines and errors.
  std::string name;
  restart_strategy strategy = restart_strategy::one_for_one;
  /// At its end the children stop all at once: none needs another.
  bool stops_together = false;
  /// So many failures within `period` are answered by restarts; one more
  /// escalates.
  uint32_t intensity = 3;
  std::chrono::milliseconds period{60'000};
  /// Between the failure of a child and its restart. Starts anew for a child
  /// that was up for `period`.
  backoff_config backoff;
  /// From kill to giving up.
  std::chrono::milliseconds kill_overdue{5'000};
  /// Entries of the restart history.
  size_t history_max = 100;
  /// Of the backoff's jitter.
  uint64_t seed = 1;
  /// Wall time in µs since the epoch, for the history.
  std::function<int64_t()> wall_us;
  /// Where it shows its children, under this path; may be null.
  std::shared_ptr<actor_board> board;
  std::string path;

  std::optional<std::string> validate() const;
};

/// The problem with a supervisor and its children, names used twice included.
std::optional<std::string> validate(const supervisor_config& config,
                                    const std::vector<child_spec>& children);

} // namespace observer
