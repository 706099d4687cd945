#pragma once

// The network as actors see it: sockets and requests to the broker. The runtime
// implements it for real; tests and the simulation for themselves. Answers come
// back as messages.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "messages/interfaces.hpp"

namespace observer {

/// One attempt at a WebSocket. Events go to the connection actor given to
/// `network::connect`: socket_opened, frame_batch_ptr …, and always one
/// socket_closed at the end. Destruction abandons the socket without a word.
class web_socket {
 public:
  virtual ~web_socket() = default;
  /// Queues a text message; dropped once the socket is closed.
  virtual void send(std::string text) = 0;
  /// Sends what is queued, closes with the handshake, at most for a second.
  virtual void close() = 0;
  /// Says that batches up to this number are handed on: the socket keeps one
  /// batch on the way and gathers meanwhile.
  virtual void consumed(uint64_t batch_number) = 0;
  /// Asks for a sign of life. Where the other side's machine takes note of
  /// nothing within ten seconds, the socket breaks.
  virtual void probe() = 0;
  /// When the last bytes arrived, whatever they were; steady time.
  virtual int64_t last_byte_us() const = 0;
};

struct socket_target {
  /// ws://host:port/path or wss://…
  std::string url;
  uint32_t attempt = 0;
};

struct http_request {
  uint64_t ticket = 0;
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// Connections to the broker. Receivers are held weakly.
class network {
 public:
  virtual ~network() = default;
  virtual std::unique_ptr<web_socket> connect(const socket_target& target,
                                              connection_actor receiver)
    = 0;
  /// One http_response comes to `receiver`.
  virtual void request(const http_request& request, credentials_actor receiver)
    = 0;
};

} // namespace observer
