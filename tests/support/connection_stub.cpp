#include "support/connection_stub.hpp"

#include <utility>

#include <caf/typed_behavior.hpp>

namespace observer::test {

connection_actor::behavior_type connection_stub(connection_ears ears) {
  return {
    [](const persisted&) {},
    [](const resend_request&) {},
    [hear = std::move(ears.on_attach)](const attach_slot& a,
                                       const slot_actor& slot) {
      hear(a, slot);
    },
    [hear = std::move(ears.on_opened)](const socket_opened& x) { hear(x); },
    [hear = std::move(ears.on_frames)](const frame_batch_ptr& x) { hear(x); },
    [hear = std::move(ears.on_closed)](const socket_closed& x) { hear(x); },
    [](const child_started&) {},
    [hear = std::move(ears.on_reconnect)](const reconnect& x) { hear(x); },
    [hear = std::move(ears.on_note)](const operator_note& x) { hear(x); },
    // Timers of the real one; this one has none.
    [](const connection_tick&) {},
    [](const request_due&) {},
    [](const connect_due&) {},
    [](const consume_due&) {},
  };
}

} // namespace observer::test
