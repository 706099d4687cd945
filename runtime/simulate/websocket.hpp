#pragma once

// The server's half of RFC 6455, without a socket: the handshake, frames out,
// frames in. Beast's stream is not used here because it writes one frame at a
// time; the exchange gathers hundreds of frames into one write, and must be
// able to stop reading or writing in the middle of anything.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/network/websocket.hpp"
#include "runtime/simulate/http.hpp"

namespace observer::simulate {

using websocket::append_frame;
using websocket::close_code;
using websocket::opcode;

/// Appends a close frame with its code.
void append_close(std::string& out, close_code code);

/// The answer to an upgrade request: 101, or 400/405/426 with the reason. No
/// extension (permessage-deflate among them) and no subprotocol is accepted.
struct handshake {
  std::string reply;
  bool accepted = false;
};
handshake answer_upgrade(const http_request& request);

/// A whole message of the client, or a control frame.
struct client_message {
  opcode op = opcode::text;
  std::string payload;
};

/// Takes the client's frames apart. After a violation the reader is spent:
/// send `append_close(violation())` and hang up.
class frame_reader {
public:
  static constexpr size_t message_bytes_max = 64 * 1024;

  /// Takes at most one message off the front of `in`. Nothing when more bytes
  /// are needed, or after a violation.
  std::optional<client_message> next(std::string& in);

  std::optional<close_code> violation() const {
    return violation_;
  }

private:
  std::optional<client_message> fail(close_code code);

  std::string fragments_;
  opcode fragmented_ = opcode::continuation;
  std::optional<close_code> violation_;
};

} // namespace observer::simulate
