#pragma once

// One attempt at the broker's WebSocket: name, TCP, TLS, upgrade, frames, end.
//
// Concurrency. `start`, `send`, `close` and `abandon` run on the thread of the
// io_context; `consumed` and `last_byte_us` are for every thread. Events go to
// the receiver as messages, the last of them one socket_closed.
//
// Operation. What the socket has is read in large pieces and taken apart in
// place (see websocket_reader.hpp). Messages are gathered for
// `network_config::collect`, or until there are many, and handed on as one
// batch; while the receiver still has the last one, gathering goes on until its
// word, and past a bound the socket is not read.

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include <caf/actor_control_block.hpp>

#include "actors/ports/clock.hpp"
#include "runtime/network/network_config.hpp"
#include "runtime/network/url.hpp"

namespace boost::asio {
class io_context;
namespace ssl {
class context;
}
} // namespace boost::asio

namespace observer {

class feed_socket {
 public:
  virtual ~feed_socket() = default;
  virtual void start() = 0;
  /// Queues a text; dropped unless the socket is open.
  virtual void send(std::string text) = 0;
  /// Sends what is queued, then the close frame, and waits a second for its
  /// answer.
  virtual void close() = 0;
  /// Sends a ping, and breaks if nobody takes note of it for ten seconds: TCP by
  /// itself waits a quarter of an hour, and a pong is more than all give.
  virtual void probe() = 0;
  /// Ends without a word to anybody.
  virtual void abandon() = 0;
  /// An exception was thrown that is perhaps this session's: it ends, with the
  /// exception's words. A session that lost a handler might read nothing more.
  virtual void broke_off(const std::exception_ptr& thrown) noexcept = 0;

  /// The receiver's word: it has handed on all batches up to this number.
  virtual void consumed(uint64_t batch_number) = 0;

  /// When the last bytes came, steady time.
  std::atomic<int64_t> last_byte_us{0};
  /// For every thread: its next handler abandons it.
  std::atomic<bool> abandoned{false};
};

class name_lookup;

/// `tls` is used for wss addresses; it, `names` and `io` outlive the socket.
std::shared_ptr<feed_socket>
make_feed_socket(boost::asio::io_context& io, name_lookup& names,
                 boost::asio::ssl::context& tls, const url& address, uint32_t attempt,
                 caf::weak_actor_ptr receiver, const network_config& config,
                 std::shared_ptr<wall_clock> clock);

} // namespace observer
