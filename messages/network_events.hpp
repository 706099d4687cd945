#pragma once

// What the network tells the actors: events of one WebSocket, answers of one
// HTTP request. They arrive as messages, whoever implements the network.

#include <cstdint>
#include <string>

#include <caf/meta/type_name.hpp>

namespace observer {

/// The upgrade succeeded; requests may be sent.
struct socket_opened {
  uint32_t attempt = 0;
};

enum class socket_end : uint8_t {
  /// The name does not resolve, or nobody listens, or the time is up.
  unreachable,
  /// The TLS handshake failed: certificate, name or version.
  tls_refused,
  /// Something answered that is no WebSocket.
  not_a_websocket,
  /// The other side closed, or the connection broke.
  broken,
  /// We closed it.
  closed_by_us,
};

/// The end of an attempt; nothing of it comes afterwards.
struct socket_closed {
  uint32_t attempt = 0;
  socket_end end = socket_end::broken;
  /// Address, error, and what to do.
  std::string why;
};

/// The answer to an HTTP request, or why there is none.
struct http_response {
  /// The number that was given with the request.
  uint64_t ticket = 0;
  /// HTTP status; 0 if there was no answer.
  int status = 0;
  std::string body;
  /// Address, error, and what to do; empty if there was an answer.
  std::string problem;
};

template <class Inspector>
auto inspect(Inspector& f, socket_opened& x) {
  return f(caf::meta::type_name("socket_opened"), x.attempt);
}
template <class Inspector>
auto inspect(Inspector& f, socket_closed& x) {
  return f(caf::meta::type_name("socket_closed"), x.attempt, x.end, x.why);
}
template <class Inspector>
auto inspect(Inspector& f, http_response& x) {
  return f(caf::meta::type_name("http_response"), x.ticket, x.status,
           x.problem);
}

} // namespace observer
