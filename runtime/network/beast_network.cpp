#include "runtime/network/beast_network.hpp"

#include <thread>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "runtime/network/feed_socket.hpp"
#include "runtime/network/tls_client.hpp"
#include "runtime/network/url.hpp"

namespace observer {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using net::ip::tcp;

namespace {

/// The actor's end of a session.
class socket_handle : public web_socket {
 public:
  socket_handle(net::io_context& io, std::shared_ptr<feed_socket> s)
    : io_(io), session_(std::move(s)) {}
  ~socket_handle() override {
    net::post(io_, [s = session_] { s->abandon(); });
  }
  void send(std::string text) override {
    net::post(io_, [s = session_, text = std::move(text)]() mutable {
      s->send(std::move(text));
    });
  }
  void close() override {
    net::post(io_, [s = session_] { s->close(); });
  }
  void consumed(uint64_t batch_number) override {
    session_->consumed(batch_number);
  }
  int64_t last_byte_us() const override {
    return session_->last_byte_us.load(std::memory_order_relaxed);
  }

 private:
  net::io_context& io_;
  std::shared_ptr<feed_socket> session_;
};

/// Of an address that cannot be one.
class no_socket : public web_socket {
 public:
  void send(std::string) override {}
  void close() override {}
  void consumed(uint64_t) override {}
  int64_t last_byte_us() const override {
    return 0;
  }
};

// -- HTTP ---------------------------------------------------------------------------

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
    auto self = this->shared_from_this();
    if constexpr (requires { stream_.native_handle(); }) {
      SSL_set_tlsext_host_name(stream_.native_handle(), address_.host.c_str());
      stream_.set_verify_callback(
        name_check{address_.host, certificate_names_});
      stream_.async_handshake(
        net::ssl::stream_base::client, [self](error_code ec) {
          if (ec)
            return self->fail_with(
              tls_words(self->stream_.native_handle(), ec, self->address_,
                        *self->certificate_names_));
          self->write();
        });
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

// -- the network --------------------------------------------------------------------

struct beast_network::impl {
  network_config config;
  std::shared_ptr<wall_clock> clock;
  net::ssl::context tls{net::ssl::context::tls_client};
  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> work{
    io.get_executor()};
  std::thread thread;
};

result<std::unique_ptr<beast_network>>
beast_network::make(const network_config& config,
                    std::shared_ptr<wall_clock> clock) {
  auto i = std::make_unique<impl>();
  i->config = config;
  i->clock = std::move(clock);
  SSL_CTX_set_min_proto_version(i->tls.native_handle(), TLS1_2_VERSION);
  i->tls.set_verify_mode(net::ssl::verify_peer);
  error_code ec;
  if (config.ca_file.empty())
    i->tls.set_default_verify_paths(ec);
  else
    i->tls.load_verify_file(config.ca_file, ec);
  if (ec)
    return problem{fmt::format("CA file {}: {}; kis.ca_file must name a PEM "
                               "file of trusted roots",
                               config.ca_file, ec.message())};
  auto out = std::unique_ptr<beast_network>(new beast_network(std::move(i)));
  auto* p = out->impl_.get();
  p->thread = std::thread{[p] {
    for (;;) {
      try {
        p->io.run();
        return;
      } catch (const std::exception& e) {
        spdlog::critical("[network] exception in a handler: {}", e.what());
      }
    }
  }};
  return out;
}

beast_network::beast_network(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

beast_network::~beast_network() {
  impl_->work.reset();
  impl_->io.stop();
  if (impl_->thread.joinable())
    impl_->thread.join();
}

std::unique_ptr<web_socket>
beast_network::connect(const socket_target& target, connection_actor receiver) {
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(receiver);
  auto address = parse_url(target.url);
  if (!address) {
    caf::anon_send(receiver,
                   socket_closed{target.attempt, socket_end::unreachable,
                                 address.error().text});
    return std::make_unique<no_socket>();
  }
  auto s = make_feed_socket(impl_->io, impl_->tls, *address, target.attempt,
                            weak, impl_->config, impl_->clock);
  net::post(impl_->io, [s] { s->start(); });
  return std::make_unique<socket_handle>(impl_->io, s);
}

void beast_network::request(const http_request& request,
                            credentials_actor receiver) {
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(receiver);
  auto address = parse_url(request.url);
  if (!address) {
    caf::anon_send(receiver, http_response{request.ticket, 0, {},
                                           address.error().text});
  } else if (address->secure()) {
    using stream = beast::ssl_stream<beast::tcp_stream>;
    auto e = std::make_shared<exchange<stream>>(
      impl_->io, *address, request, weak, impl_->config, impl_->tls);
    net::post(impl_->io, [e] { e->start(); });
  } else {
    auto e = std::make_shared<exchange<beast::tcp_stream>>(
      impl_->io, *address, request, weak, impl_->config);
    net::post(impl_->io, [e] { e->start(); });
  }
}

} // namespace observer
