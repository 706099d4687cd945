#pragma once

// What both ends of a WebSocket need of RFC 6455: codes, keys, and how a frame
// is written.

#include <cstdint>
#include <string>
#include <string_view>

namespace observer::websocket {

enum class opcode : uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

constexpr bool is_control(opcode op) {
  return (static_cast<uint8_t>(op) & 0x8) != 0;
}

/// Close codes of RFC 6455 §7.4 that are sent here.
enum class close_code : uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  too_big = 1009
};

/// Appends one unfragmented frame, unmasked: a server's.
void append_frame(std::string& out, opcode op, std::string_view payload);
/// The same, masked with the four bytes of `mask`: a client's.
void append_masked_frame(std::string& out, opcode op, std::string_view payload,
                         uint32_t mask);

/// The payload of a close frame.
std::string close_payload(close_code code);

/// A new `Sec-WebSocket-Key`, from `random`.
std::string make_key(uint64_t random_high, uint64_t random_low);
/// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`.
std::string accept_key(std::string_view key);

} // namespace observer::websocket
