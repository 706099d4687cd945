#pragma once

// A connection's bytes, with or without TLS: what the exchange's sessions
// read from and write to.

#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace observer::simulate {

/// One read and one write may be under way at a time. The caller keeps the
/// stream and the buffers alive until the handler ran. Not thread-safe.
class byte_stream {
public:
  using handler = std::function<void(boost::system::error_code, size_t)>;

  virtual ~byte_stream() = default;

  /// Must finish before the first read or write.
  virtual void open(std::function<void(boost::system::error_code)> done) = 0;
  virtual void read_some(boost::asio::mutable_buffer buffer, handler done) = 0;
  virtual void write_some(boost::asio::const_buffer buffer, handler done) = 0;
  /// Says goodbye as the transport wants (TLS: close_notify), then FIN. No
  /// write may be under way.
  virtual void finish(std::function<void()> done) = 0;
  virtual boost::asio::ip::tcp::socket& socket() = 0;
};

std::unique_ptr<byte_stream> plain_stream(boost::asio::ip::tcp::socket socket);
/// `context` must outlive the stream.
std::unique_ptr<byte_stream> tls_stream(boost::asio::ip::tcp::socket socket,
                                        boost::asio::ssl::context& context);

/// Bytes that the kernel has taken and the peer has not acknowledged.
size_t unacknowledged_bytes(boost::asio::ip::tcp::socket& socket);

/// Closes with RST: what is still on its way is lost.
void reset(boost::asio::ip::tcp::socket& socket);

} // namespace observer::simulate
