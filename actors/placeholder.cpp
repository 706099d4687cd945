#include "messages/interfaces.hpp"
#include "messages/counters.hpp"
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
namespace observer {
struct st { };
slot_actor::behavior_type f(slot_actor::stateful_pointer<st> self) {
  return { [=](const persisted&){}, [=](const resend_request&){}, [=](const record_batch_ptr&){}, [=](const subscription_news&){}, [=](const child_started&){}, [=](const assign&){}, [=](release){}, [=](slot_tick){ self->send(self, slot_tick{}); } };
}
void g(caf::actor_system& s){ s.spawn(f); }
}
