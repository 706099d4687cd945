#include "runtime/network/rest_request.hpp"

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

template <class Stream>
class exchange : public std::enable_shared_from_this<exchange<Stream>> {
 public:
  template <class... Args>
  exchange(net::io_context& io, url address, const http_request& request,
           caf::weak_actor_ptr receiver, const network_config& config,
           Args&... tls)
    : address_(std::move(address)),
      ticket_(request.ticket),
      url_text_(request.url),
      receiver_(std::move(receiver)),
      config_(config),
      resolver_(io),
      stream_(io, tls...) {
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
    auto self = this->shared_from_this();
    resolver_.async_resolve(
      address_.host, address_.port,
      [self](error_code ec, tcp::resolver::results_type found) {
        if (ec)
          return self->fail(ec);
        auto& tcp_layer = beast::get_lowest_layer(self->stream_);
        tcp_layer.expires_after(self->config_.http_timeout);
        tcp_layer.async_connect(found,
                                [self](error_code ec, const tcp::endpoint&) {
                                  if (ec)
                                    return self->fail(ec);
                                  self->connected();
                                });
      });
  }

 private:
  void connected() {
    if constexpr (requires { stream_.native_handle(); }) {
      auto done = [self = this->shared_from_this()](error_code ec) {
        if (ec)
          return self->fail_with(
            tls_words(self->stream_.native_handle(), ec, self->address_,
                      *self->certificate_names_));
        self->write();
      };
      if (auto ec = expect_host(stream_, address_.host, certificate_names_))
        return done(ec);
      stream_.async_handshake(net::ssl::stream_base::client, done);
    } else {
      write();
    }
  }

  void write() {
    auto self = this->shared_from_this();
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
    auto self = this->shared_from_this();
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
    auto self = this->shared_from_this();
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
  Stream stream_;
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
  if (address.secure()) {
    using stream = beast::ssl_stream<beast::tcp_stream>;
    auto e = std::make_shared<exchange<stream>>(
      io, address, request, std::move(receiver), config, tls);
    net::post(io, [e] { e->start(); });
  } else {
    auto e = std::make_shared<exchange<beast::tcp_stream>>(
      io, address, request, std::move(receiver), config);
    net::post(io, [e] { e->start(); });
  }
}

} // namespace observer
