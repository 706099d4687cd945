#pragma once

// An actor that counts what it handles. CAF's profiler is compiled out of
// Debian's library and gone in CAF 1.0; overriding the two virtual functions
// that every message passes costs less and stays.

#include <memory>

#include <caf/scheduled_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "messages/actor_gauges.hpp"

namespace observer {

/// Found by dynamic_cast in an actor's handle.
class measured {
 public:
  virtual ~measured() = default;
  const std::shared_ptr<actor_gauges>& gauges() const {
    return gauges_;
  }

 private:
  std::shared_ptr<actor_gauges> gauges_ = std::make_shared<actor_gauges>();
};

/// For an actor whose turn the scheduler had no memory to queue: CAF then takes
/// it for scheduled, and it would never run again, nor end. Tries until it is;
/// ends the process, with words, if memory does not come back within seconds.
void schedule_again(caf::scheduled_actor& self) noexcept;

template <class State, class Base>
class measured_actor : public caf::stateful_actor<State, Base>,
                       public measured {
 public:
  using super = caf::stateful_actor<State, Base>;

  explicit measured_actor(caf::actor_config& config) : super(config) {}

  using super::enqueue;
  void enqueue(caf::mailbox_element_ptr element,
               caf::execution_unit* unit) override {
    gauges()->note_enqueued();
    try {
      super::enqueue(std::move(element), unit);
    } catch (...) {
      schedule_again(*this);
    }
  }

  using super::consume;
  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    // The actor may end within, and take itself along.
    auto counts = gauges();
    auto begin = counts->begin();
    try {
      auto result = super::consume(element);
      if (result != caf::invoke_message_result::skipped)
        counts->note_handled(begin);
      return result;
    } catch (...) {
      // The message that it dies of waits no more.
      counts->note_handled(begin);
      throw;
    }
  }
};

/// What an actor's function takes: `slot(measured_pointer<slot_actor,
/// slot_state> self, …)`.
template <class Handle, class State>
using measured_pointer = measured_actor<State, typename Handle::base>*;

/// The gauges of an actor; of their own, seen by nobody, if it has none.
std::shared_ptr<actor_gauges> gauges_of(caf::abstract_actor* actor);

} // namespace observer
