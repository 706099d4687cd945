#pragma once

// A layer under Beast's WebSocket that reads from the socket in large pieces
// and stamps them: Beast itself asks for 1,536 bytes at a time, one system
// call for a few frames.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

namespace observer {

template <class Next>
class read_ahead_stream {
 public:
  using next_layer_type = Next;
  using executor_type = typename Next::executor_type;

  /// `now_us` stamps each piece when it has left the socket.
  template <class... Args>
  explicit read_ahead_stream(std::function<int64_t()> now_us, Args&&... args)
    : next_(std::forward<Args>(args)...),
      now_us_(std::move(now_us)),
      buffer_(256 * 1024) {}

  executor_type get_executor() {
    return next_.get_executor();
  }
  Next& next_layer() {
    return next_;
  }
  const Next& next_layer() const {
    return next_;
  }

  /// When the last bytes left the socket.
  int64_t last_read_us() const {
    return last_read_us_;
  }
  /// Called when everything read so far is used up.
  void on_drained(std::function<void()> f) {
    drained_ = std::move(f);
  }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_compose<Handler,
                                      void(boost::system::error_code, size_t)>(
      [this, buffers, state = 0](auto& self,
                                 boost::system::error_code ec = {},
                                 size_t n = 0) mutable {
        switch (state) {
          case 0:
            if (begin_ != end_) {
              // Not from within the initiating call: Asio's contract.
              state = 2;
              boost::asio::post(get_executor(), std::move(self));
              return;
            }
            if (drained_)
              drained_();
            state = 1;
            next_.async_read_some(boost::asio::buffer(buffer_),
                                  std::move(self));
            return;
          case 1:
            if (ec) {
              self.complete(ec, 0);
              return;
            }
            last_read_us_ = now_us_();
            begin_ = 0;
            end_ = n;
            [[fallthrough]];
          default:
            n = boost::asio::buffer_copy(
              buffers,
              boost::asio::const_buffer{buffer_.data() + begin_,
                                        end_ - begin_});
            begin_ += n;
            self.complete({}, n);
        }
      },
      handler, *this);
  }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return next_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  Next next_;
  std::function<int64_t()> now_us_;
  std::function<void()> drained_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;
  int64_t last_read_us_ = 0;
};

// Beast closes the layers below through these, found by argument.
template <class Next>
void teardown(boost::beast::role_type role, read_ahead_stream<Next>& stream,
              boost::system::error_code& ec) {
  using boost::beast::websocket::teardown;
  teardown(role, stream.next_layer(), ec);
}

template <class Next, class Handler>
void async_teardown(boost::beast::role_type role,
                    read_ahead_stream<Next>& stream, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}

} // namespace observer
