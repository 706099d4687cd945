#pragma once

// What lies under Beast in the limit loop: a socket that is read without
// blocking, and a call of ours where it would block. With `ahead` it reads
// 256 KiB at a time, as the recorder does; without, as much as Beast asks for.

#include <cerrno>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <boost/beast/websocket.hpp>
#include <sys/socket.h>

namespace observer::bench {

class socket_layer {
public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;
  using error_code = boost::system::error_code;

  socket_layer(boost::asio::io_context& io, bool ahead)
      : socket_(io), buffer_(ahead ? 256 * 1024 : 0) {
  }

  executor_type get_executor() {
    return socket_.get_executor();
  }
  boost::asio::ip::tcp::socket& socket() {
    return socket_;
  }
  /// Called when nothing is there to read; it waits for the socket `fd`, or for
  /// what else is due.
  void on_dry(std::function<void(int fd)> f) {
    dry_ = std::move(f);
  }
  /// Called when bytes have left the socket.
  void on_read(std::function<void()> f) {
    read_ = std::move(f);
  }

  template <class Buffers>
  size_t read_some(const Buffers& buffers, error_code& ec) {
    ec = {};
    if (buffer_.empty()) {
      auto first = boost::asio::mutable_buffer{
        *boost::asio::buffer_sequence_begin(buffers)};
      return receive(first.data(), first.size(), ec);
    }
    if (begin_ == end_) {
      begin_ = 0;
      end_ = receive(buffer_.data(), buffer_.size(), ec);
    }
    auto n = boost::asio::buffer_copy(
      buffers,
      boost::asio::const_buffer{buffer_.data() + begin_, end_ - begin_});
    begin_ += n;
    return n;
  }
  template <class Buffers>
  size_t read_some(const Buffers& buffers) {
    error_code ec;
    auto n = read_some(buffers, ec);
    if (ec)
      throw boost::system::system_error{ec};
    return n;
  }
  template <class Buffers>
  size_t write_some(const Buffers& buffers, error_code& ec) {
    return socket_.write_some(buffers, ec);
  }
  template <class Buffers>
  size_t write_some(const Buffers& buffers) {
    return socket_.write_some(buffers);
  }

private:
  size_t receive(void* to, size_t size, error_code& ec) {
    for (;;) {
      auto n = ::recv(socket_.native_handle(), to, size, MSG_DONTWAIT);
      if (n > 0) {
        if (read_)
          read_();
        return static_cast<size_t>(n);
      }
      if (n == 0) {
        ec = boost::asio::error::eof;
        return 0;
      }
      if (errno != EAGAIN && errno != EINTR) {
        ec.assign(errno, boost::system::system_category());
        return 0;
      }
      if (dry_)
        dry_(socket_.native_handle());
    }
  }

  boost::asio::ip::tcp::socket socket_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;
  std::function<void(int)> dry_;
  std::function<void()> read_;
};

inline void teardown(boost::beast::role_type role, socket_layer& layer,
                     boost::system::error_code& ec) {
  using boost::beast::websocket::teardown;
  teardown(role, layer.socket(), ec);
}

} // namespace observer::bench
