#pragma once

// Finishes at a stop what the feed left behind: records that were counted as
// received and are neither on disk nor accounted for, because a slot or the
// connection was down, in its backoff, killed past its deadline, or all of them
// were (a feed that gave up) when the daemon was told to stop.
//
// Operation. Idle until it is told to stop, which it is after the feed; unless it
// is to restart with it (see stops_for_good) all that the feed's actors shared is
// its own then. For each slot that left something a
// last life is started, given its lane, and told to stop; the connection's own
// lines are sent to their writers. A slot that dies of it is started a few times
// more; what it still cannot look at is shed, with a gap. What no writer took
// within `patience` stays in flight: that is said in the log, and in the system
// journal if that can be written.
//
// A feed's actor that does not end (busy in a handler) keeps what it holds: its
// memory is not touched.

#include <array>
#include <chrono>
#include <memory>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/feed/slot.hpp"

namespace observer {

using remainder_actor = producer_actor::extend<
  /// A writer (re)started.
  caf::reacts_to<child_started>,
  /// Own timer.
  caf::reacts_to<slot_tick>>;

struct remainder_config {
  /// As the slots of the feed have it: its memory, its writers.
  slot_config slot;
  /// For all that has to be written, from the stop on.
  std::chrono::milliseconds patience{2'000};
  /// Then, for the events about what was not.
  std::chrono::milliseconds last_words{400};
};

struct remainder_state {
  static inline const char* name = "remainder";

  using self_pointer = remainder_actor::stateful_pointer<remainder_state>;

  explicit remainder_state(self_pointer self) : self(self) {}
  /// Kills the slots that are left: none after an orderly stop.
  ~remainder_state();
  remainder_state(const remainder_state&) = delete;
  remainder_state& operator=(const remainder_state&) = delete;

  struct last_life {
    slot_actor handle;
    int starts = 0;
  };

  void start();
  void on_child(const child_started& child);
  void on_exit(const caf::error& reason);
  void on_tick();
  void on_down(const caf::down_msg& msg);

  bool feed_is_gone() const;
  bool left_something(size_t slot) const;
  /// The feed is gone: what it shared is this actor's.
  void take_over();
  void start_slot(size_t slot);
  /// What no life of the slot looked at, or told of.
  void shed_rest(size_t slot);
  /// Of the connection: what it shed and did not tell of.
  void tell_shed(lane& l);
  /// The time is up.
  void give_up();
  void tell_unwritten(size_t slot);
  void event(const journal_event& e);
  outbox& box_of(dataset data);
  void flush();
  void finish_if_done();

  self_pointer self;
  remainder_config config;
  house_counters house;
  journal_writer_actor writers[3];
  std::array<last_life, slots_per_session> lives;
  bool stopping = false;
  bool begun = false;
  bool given_up = false;
  int64_t stop_us = 0;
};

/// Ends on an exit message: with user_shutdown once nothing is left or its time
/// is up, with any other reason at once.
remainder_actor::behavior_type
remainder(measured_pointer<remainder_actor, remainder_state> self,
          remainder_config config);

} // namespace observer
