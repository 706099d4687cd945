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

namespace observer {

/// Longest wait for a reply, connecting included.
inline constexpr std::chrono::milliseconds daemon_reply_deadline{3'000};
inline constexpr size_t daemon_reply_bytes_max = 32 << 20;

struct daemon_reply {
  int status = 0;
  std::string body;
};

class daemon_client {
public:
  /// `bearer_token` goes into `Authorization: Bearer …`; empty: it does not.
  daemon_client(url base, secret bearer_token,
                std::chrono::milliseconds deadline = daemon_reply_deadline);
  ~daemon_client();
  daemon_client(const daemon_client&) = delete;
  daemon_client& operator=(const daemon_client&) = delete;

  /// Blocks until the reply is there, the deadline is past or cancel() was
  /// called. The problem says in a few words why there is no reply, such as
  /// "connection refused". Any status is a reply.
  result<daemon_reply> get(const std::string& target);
  /// With a JSON body; `action_token` goes into X-Observer-Token unless empty.
  result<daemon_reply> post(const std::string& target, const std::string& body,
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

} // namespace observer
