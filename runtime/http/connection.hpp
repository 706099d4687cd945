#pragma once

// One connection of the HTTP server: requests answered one after another, or a
// stream of events. Everything runs on the server's thread.
//
// An exception, whatever it is of, ends its connection and nothing else.

#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "runtime/http/gzip.hpp"
#include "runtime/http/server.hpp"
#include "runtime/network/http_reader.hpp"

namespace observer {

class http_connection;

/// One text for all streams.
struct stream_event {
  http_event text;
  /// Counts up; the changes are since the one before.
  uint64_t number = 0;
};
using stream_event_ptr = std::shared_ptr<const stream_event>;

/// What the connections of a server share.
struct http_service {
  http_server_config config;
  std::function<http_answer(const http_call&)> handle;
  /// The event for a stream that begins; null if it cannot be made. Does not
  /// throw.
  std::function<stream_event_ptr()> newest;
  std::list<std::shared_ptr<http_connection>> connections;
  size_t streams = 0;
  std::atomic<uint64_t> accepted{0}, requests{0}, refused{0}, timeouts{0};
  std::atomic<size_t> open_count{0}, stream_count{0};
  /// Called when a connection is gone and its descriptor free; does not throw.
  std::function<void()> ended;
};

class http_connection : public std::enable_shared_from_this<http_connection> {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  http_connection(http_service& service, boost::asio::ip::tcp::socket socket);

  void start();
  /// Off the list, and no more of it.
  void close() noexcept;
  /// The next event, unless the last one is still on its way.
  void offer(const stream_event_ptr& event);

  /// What it waits for, the easiest to give up first.
  enum class wait_kind : uint8_t {
    /// Another request, or for its peer to leave.
    idle,
    /// The rest of a request.
    request,
    /// That its peer reads.
    reader,
    /// Events: streams have a bound of their own.
    stream,
  };
  wait_kind waits_for() const {
    return wait_;
  }
  time_point since() const {
    return since_;
  }
  const std::string& peer() const {
    return peer_;
  }
  bool streams() const {
    return is_stream_;
  }

 private:
  template <class Work>
  void guarded(Work work) noexcept {
    try {
      work();
    } catch (...) {
      broke_off(std::current_exception());
    }
  }
  template <class Handler>
  auto guard(Handler handler) {
    return [self = shared_from_this(), handler](boost::system::error_code ec,
                                                size_t size) {
      self->guarded([&] { handler(*self, ec, size); });
    };
  }

  void wait_for(wait_kind what);
  void next_request();
  void read();
  void received(const boost::system::error_code& ec, size_t size);
  /// Takes what is there; whether it was enough.
  bool take();
  void say_continue();
  void refuse(unsigned status, const std::string& text);
  void answer(const http_message& message);
  struct reader_wants {
    int minor_version = 1;
    bool keep_alive = false, head = false, gzip = false;
  };
  void send(http_answer a, reader_wants wants);
  void sent(const boost::system::error_code& ec, bool keep_alive);
  void linger();
  void drain();
  void begin_stream(bool changes, bool gzip);
  void write_event(const stream_event_ptr& event, std::string_view text);
  void watch_for_end();
  void end(const boost::system::error_code& ec);
  void broke_off(const std::exception_ptr& thrown) noexcept;

  http_service& service_;
  boost::beast::tcp_stream stream_;
  std::array<char, 4096> piece_;
  /// Behind the last request.
  std::string waiting_;
  http_reader reader_;
  std::string head_, body_;
  std::string peer_;
  /// Whose text is on its way.
  stream_event_ptr event_;
  /// Of a stream that is gzip.
  std::optional<gzip_stream> gzip_;
  /// The number of the last event that the stream's client was sent.
  uint64_t told_ = 0;
  wait_kind wait_ = wait_kind::idle;
  time_point since_ = std::chrono::steady_clock::now();
  bool first_ = true, closed_ = false, continued_ = false;
  bool is_stream_ = false, of_changes_ = false, writing_ = false;
  bool refused_ = false;
};

} // namespace observer
