#pragma once

// A connection that only hears, for tests of whoever speaks to one: what a test
// has no ear for is dropped.

#include <functional>

#include "messages/interfaces.hpp"

namespace observer::test {

struct connection_ears {
  static constexpr auto ignored = [](const auto&...) {};

  std::function<void(const attach_slot&, const slot_actor&)> on_attach
    = ignored;
  std::function<void(const socket_opened&)> on_opened = ignored;
  std::function<void(const frame_batch_ptr&)> on_frames = ignored;
  std::function<void(const socket_closed&)> on_closed = ignored;
  std::function<void(const reconnect&)> on_reconnect = ignored;
  std::function<void(const operator_note&)> on_note = ignored;
};

connection_actor::behavior_type connection_stub(connection_ears ears);

} // namespace observer::test
