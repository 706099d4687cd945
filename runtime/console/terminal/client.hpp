#pragma once

// Plain HTTP to the daemon: one request, one reply, one connection. The
// console asks twice a second over loopback or an ssh tunnel; that needs no
// connection that lives.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "messages/result.hpp"
#include "messages/secret.hpp"
#include "runtime/network/url.hpp"

namespace observer::terminal {

/// Longest wait for a reply, connecting included.
inline constexpr std::chrono::milliseconds reply_deadline{3'000};
inline constexpr size_t reply_bytes_max = 32 << 20;

struct reply {
  int status = 0;
  std::string body;
};

class client {
public:
  /// `bearer_token` goes into `Authorization: Bearer …`; empty: it does not.
  client(url base, secret bearer_token);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Blocks until the reply is there, the deadline is past or cancel() was
  /// called. The problem says in a few words why there is no reply, such as
  /// "connection refused". Any status is a reply.
  result<reply> get(const std::string& target);
  /// With a JSON body; `action_token` goes into X-Observer-Token unless empty.
  result<reply> post(const std::string& target, const std::string& body,
                     const std::string& action_token);

  /// Ends the request of another thread, and every later one at once. The
  /// only method that may be called while another one runs.
  void cancel();

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The address of a daemon as the user gave it: http://host[:port][/prefix].
result<url> parse_daemon_url(const std::string& text);

} // namespace observer::terminal
