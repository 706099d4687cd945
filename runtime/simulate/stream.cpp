#include "runtime/simulate/stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/ssl/stream.hpp>

namespace observer::simulate {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

class plain final : public byte_stream {
public:
  explicit plain(tcp::socket socket) : socket_{std::move(socket)} {}
  void open(std::function<void(error_code)> done) override {
    done({});
  }
  void read_some(asio::mutable_buffer buffer, handler done) override {
    socket_.async_read_some(buffer, std::move(done));
  }
  void write_some(asio::const_buffer buffer, handler done) override {
    socket_.async_write_some(buffer, std::move(done));
  }
  void finish(std::function<void()> done) override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    done();
  }
  tcp::socket& socket() override {
    return socket_;
  }

private:
  tcp::socket socket_;
};

class tls final : public byte_stream {
public:
  tls(tcp::socket socket, asio::ssl::context& context)
      : stream_{std::move(socket), context} {}
  void open(std::function<void(error_code)> done) override {
    stream_.async_handshake(asio::ssl::stream_base::server, std::move(done));
  }
  void read_some(asio::mutable_buffer buffer, handler done) override {
    stream_.async_read_some(buffer, std::move(done));
  }
  void write_some(asio::const_buffer buffer, handler done) override {
    stream_.async_write_some(buffer, std::move(done));
  }
  void finish(std::function<void()> done) override {
    stream_.async_shutdown([this, done = std::move(done)](error_code) {
      error_code ignored;
      stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
      done();
    });
  }
  tcp::socket& socket() override {
    return stream_.next_layer();
  }

private:
  asio::ssl::stream<tcp::socket> stream_;
};

} // namespace

std::unique_ptr<byte_stream> plain_stream(tcp::socket socket) {
  return std::make_unique<plain>(std::move(socket));
}

std::unique_ptr<byte_stream> tls_stream(tcp::socket socket,
                                        asio::ssl::context& context) {
  return std::make_unique<tls>(std::move(socket), context);
}

size_t unacknowledged_bytes(tcp::socket& socket) {
  int bytes = 0;
  if (::ioctl(socket.native_handle(), SIOCOUTQ, &bytes) != 0 || bytes < 0)
    return 0;
  return static_cast<size_t>(bytes);
}

void reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger{true, 0}, ignored);
  socket.close(ignored);
}

} // namespace observer::simulate
