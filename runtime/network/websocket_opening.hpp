#pragma once

// How the feed's socket comes to be a WebSocket: name, TCP, TLS, upgrade.
//
// Concurrency. All of it on the thread of the stream's io_context.
//
// Operation. Its user hears `connected` at most once, and then one last word,
// `opened`, `failed` or `broke_off`; none once it is cancelled. Until then the opening keeps
// its user, and the user's stream with it; what an opening needs and a session
// does not goes when it ends.

#include <chrono>
#include <exception>
#include <memory>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "messages/network_events.hpp"
#include "runtime/network/name_lookup.hpp"
#include "runtime/network/url.hpp"

namespace observer {

using plain_stream = boost::asio::ip::tcp::socket;
using tls_stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

class websocket_opening {
 public:
  /// Whose stream it is.
  class user {
   public:
    virtual ~user() = default;
    /// TCP is there, and nothing was sent on it yet.
    virtual void connected() = 0;
    /// Both sides speak frames from here on; `behind` came with the answer, and
    /// is there during the call.
    virtual void opened(boost::asio::const_buffer behind) = 0;
    virtual void failed(socket_end how, const std::string& why) = 0;
    /// An exception ended it, here or in one of the calls above.
    virtual void broke_off(const std::exception_ptr& thrown) noexcept = 0;
  };

  virtual ~websocket_opening() = default;
  /// The user closes the stream.
  virtual void cancel() = 0;
};

/// Begins; `timeout` is for all of it. `Stream` is one of the two above, on `io`
/// as `names` is.
template <class Stream>
std::weak_ptr<websocket_opening>
open_websocket(boost::asio::io_context& io, name_lookup& names, Stream& stream,
               const url& address, std::chrono::milliseconds timeout,
               std::shared_ptr<websocket_opening::user> user);

} // namespace observer
