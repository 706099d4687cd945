#pragma once

// The simulated exchange: REST and WebSocket on loopback, on a thread of its
// own. It speaks the broker's protocol to any client, not to ours alone.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/simulate/options.hpp"

namespace observer {

/// A snapshot; all but the first three only grow.
struct simulate_counts {
  uint64_t sessions = 0;
  uint64_t registrations = 0;
  /// `total` is reached; what is queued may still be on its way.
  bool finished = false;
  uint64_t sessions_opened = 0;
  /// Handed to sockets; a record that went to two sessions counts twice.
  uint64_t records = 0, frames = 0, bytes = 0;
  uint64_t faults = 0;
};

/// All methods may be called from any one thread; counts(), records_sent() and
/// strike() from any thread while it runs.
class simulated_exchange {
public:
  simulated_exchange();
  /// Stops.
  ~simulated_exchange();
  simulated_exchange(const simulated_exchange&) = delete;
  simulated_exchange& operator=(const simulated_exchange&) = delete;

  /// Binds both ports and starts the thread: a client may connect as soon as
  /// this returns. On failure, what went wrong and what to do, in one line.
  std::optional<std::string> start(const simulate_options& options);

  /// Says goodbye to the clients, flushes the truth file, ends the thread.
  /// Does nothing the second time.
  void stop();

  uint16_t rest_port() const;
  uint16_t ws_port() const;
  /// `http://127.0.0.1:9443`, `ws://127.0.0.1:21000`, or with TLS https, wss.
  std::string rest_url() const;
  std::string websocket_url() const;
  uint64_t seed() const;

  simulate_counts counts() const;
  uint64_t records_sent() const;

  /// Makes a fault happen now, or, if it needs a session and none is open,
  /// with the next one.
  void strike(const simulate::fault_plan& plan);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace observer
