#include "runtime/network/rest_request.hpp"

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/network/tls_client.hpp"

namespace observer {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using net::ip::tcp;

namespace {

/// With TLS or without, of one type: Beast's operations are compiled once, and
/// what is below them too, because handlers go there as functions and buffers
/// one at a time.
class either_stream {
 public:
  using executor_type = beast::tcp_stream::executor_type;

  either_stream(net::io_context& io, net::ssl::context& tls, bool secure)
    : layers_(io, tls), secure_(secure) {}

  bool secure() const {
    return secure_;
  }
  beast::ssl_stream<beast::tcp_stream>& tls() {
    return layers_;
  }
  beast::tcp_stream& tcp() {
    return layers_.next_layer();
  }
  executor_type get_executor() {
    return layers_.get_executor();
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& done) {
    read_some(first<net::mutable_buffer>(buffers), shared(std::move(done)));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& done) {
    write_some(first<net::const_buffer>(buffers), shared(std::move(done)));
  }

 private:
  using handler = std::function<void(error_code, size_t)>;

  template <class Handler>
  static handler shared(Handler&& done) {
    auto kept = std::make_shared<Handler>(std::move(done));
    return [kept](error_code ec, size_t n) { (*kept)(ec, n); };
  }
  /// The first that is not empty: nothing moved would be no progress.
  template <class Buffer, class Buffers>
  static Buffer first(const Buffers& buffers) {
    auto end = net::buffer_sequence_end(buffers);
    for (auto at = net::buffer_sequence_begin(buffers); at != end; ++at)
      if (Buffer buffer = *at; buffer.size() > 0)
        return buffer;
    return {};
  }

  void read_some(net::mutable_buffer buffer, handler done) {
    if (secure_)
      layers_.async_read_some(buffer, std::move(done));
    else
      tcp().async_read_some(buffer, std::move(done));
  }
  void write_some(net::const_buffer buffer, handler done) {
    if (secure_)
      layers_.async_write_some(buffer, std::move(done));
    else
      tcp().async_write_some(buffer, std::move(done));
  }

  beast::ssl_stream<beast::tcp_stream> layers_;
  bool secure_;
};

class exchange : public std::enable_shared_from_this<exchange> {
 public:
  exchange(net::io_context& io, net::ssl::context& tls, url address,
           const http_request& request, caf::weak_actor_ptr receiver,
           const network_config& config)
    : address_(std::move(address)),
      ticket_(request.ticket),
      url_text_(request.url),
      receiver_(std::move(receiver)),
      config_(config),
      resolver_(io),
      stream_(io, tls, address_.secure()) {
    message_.method_string(request.method);
    message_.target(address_.target);
    message_.version(11);
    message_.set(http::field::host, address_.authority());
    message_.set(http::field::user_agent, "observer/" OBSERVER_VERSION);
    message_.set(http::field::connection, "close");
    for (auto& [name, value] : request.headers)
      message_.set(name, value);
    message_.body() = request.body;
    message_.prepare_payload();
    parser_.body_limit(8 << 20);
  }

  void start() {
    auto self = shared_from_this();
    resolver_.async_resolve(
      address_.host, address_.port,
      [self](error_code ec, tcp::resolver::results_type found) {
        if (ec)
          return self->fail(ec);
        self->stream_.tcp().expires_after(self->config_.http_timeout);
        self->stream_.tcp().async_connect(
          found, [self](error_code ec, const tcp::endpoint&) {
            if (ec)
              return self->fail(ec);
            self->connected();
          });
      });
  }

 private:
  void connected() {
    if (!stream_.secure())
      return write();
    auto done = [self = shared_from_this()](error_code ec) {
      if (ec)
        return self->fail_with(
          tls_words(self->stream_.tls().native_handle(), ec, self->address_,
                    *self->certificate_names_));
      self->write();
    };
    if (auto ec = expect_host(stream_.tls(), address_.host,
                              certificate_names_))
      return done(ec);
    stream_.tls().async_handshake(net::ssl::stream_base::client, done);
  }

  void write() {
    auto self = shared_from_this();
    http::async_write(stream_, message_, [self](error_code ec, size_t) {
      if (ec)
        return self->fail(ec);
      http::async_read_header(self->stream_, self->buffer_, self->parser_,
                              [self](error_code ec, size_t) {
                                if (ec)
                                  return self->fail(ec);
                                self->read_chunk();
                              });
    });
  }

  /// Waits for what the shortest chunked body has, `0`, CR LF, CR LF: given
  /// all but its end, Beast of Boost 1.81 stops the program with an assertion.
  void read_chunk() {
    constexpr size_t last_chunk_bytes = 5;
    if (!parser_.chunked() || buffer_.size() >= last_chunk_bytes)
      return read_body();
    auto self = shared_from_this();
    net::async_read(stream_,
                    buffer_.prepare(last_chunk_bytes - buffer_.size()),
                    [self](error_code ec, size_t n) {
                      self->buffer_.commit(n);
                      if (ec)
                        return self->fail(ec);
                      self->read_body();
                    });
  }

  void read_body() {
    auto self = shared_from_this();
    http::async_read(stream_, buffer_, parser_, [self](error_code ec, size_t) {
      if (ec)
        return self->fail(ec);
      self->tell({self->ticket_, int(self->parser_.get().result_int()),
                  self->parser_.get().body(), {}});
    });
  }

  void fail(const error_code& ec) {
    if (ec == beast::error::timeout)
      return fail_with(fmt::format("no answer within {} ms",
                                   config_.http_timeout.count()));
    if (ec.category() == net::error::get_system_category()
        || ec.category() == net::error::get_netdb_category())
      return fail_with(
        fmt::format("{}; {}", ec.message(), connect_advice(address_, ec)));
    fail_with(fmt::format("no HTTP answer: {}; is it the broker's REST "
                          "address? (KIS_BASE_URL)",
                          ec.message()));
  }
  void fail_with(std::string why) {
    tell({ticket_, 0, {}, fmt::format("{}: {}", url_text_, why)});
  }
  void tell(http_response&& response) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(receiver_))
      caf::anon_send(caf::actor_cast<credentials_actor>(strong),
                     std::move(response));
  }

  url address_;
  uint64_t ticket_;
  std::string url_text_;
  caf::weak_actor_ptr receiver_;
  network_config config_;
  tcp::resolver resolver_;
  either_stream stream_;
  http::request<http::string_body> message_;
  beast::flat_buffer buffer_;
  std::shared_ptr<std::string> certificate_names_
    = std::make_shared<std::string>();
  http::response_parser<http::string_body> parser_;
};

} // namespace

void start_rest_request(net::io_context& io, net::ssl::context& tls,
                        const url& address, const http_request& request,
                        caf::weak_actor_ptr receiver,
                        const network_config& config) {
  auto e = std::make_shared<exchange>(io, tls, address, request,
                                      std::move(receiver), config);
  net::post(io, [e] { e->start(); });
}

} // namespace observer
