#include "runtime/beast_network.hpp"

#include <atomic>
#include <deque>
#include <thread>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "runtime/read_ahead_stream.hpp"
#include "runtime/url.hpp"

namespace observer {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;
using net::ip::tcp;

namespace {

/// A batch of so many bytes is handed on without waiting for more.
constexpr size_t batch_bytes = 128 * 1024;
/// Reading pauses when so much waits for a connection that is busy.
constexpr size_t gathered_bytes_max = 4 << 20;
/// Registrations and echoes of PINGPONG are small: so much waits only for a
/// peer that reads nothing.
constexpr size_t outgoing_bytes_max = 1 << 20;
constexpr std::chrono::milliseconds close_wait{1'000};

using plain_layer = read_ahead_stream<tcp::socket>;
using tls_layer = read_ahead_stream<net::ssl::stream<tcp::socket>>;

tcp::socket& lowest(plain_layer& s) {
  return s.next_layer();
}
tcp::socket& lowest(tls_layer& s) {
  return s.next_layer().next_layer();
}

/// What the user can do about a failed connect, beside the system's words.
std::string advice(const url& u, const error_code& ec) {
  if (ec == net::error::host_not_found || ec == net::error::no_data
      || ec == net::error::host_not_found_try_again)
    return fmt::format("the name \"{}\" does not resolve; check the address "
                       "and the DNS of this machine",
                       u.host);
  if (ec == net::error::connection_refused)
    return fmt::format("nobody listens on port {}; is it the right port?",
                       u.port);
  return "check the address and the network";
}

/// The names that a certificate is for, as its owner wrote them.
std::string names_of(X509* certificate) {
  std::string out;
  auto add = [&out](std::string_view name) {
    out += (out.empty() ? "" : ", ");
    out += name;
  };
  auto text_of = [](const ASN1_STRING* s) {
    return std::string_view{
      reinterpret_cast<const char*>(ASN1_STRING_get0_data(s)),
      static_cast<size_t>(ASN1_STRING_length(s))};
  };
  auto names = static_cast<GENERAL_NAMES*>(
    X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    auto name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      add(text_of(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      auto bytes = text_of(name->d.iPAddress);
      net::ip::address_v4::bytes_type v4;
      net::ip::address_v6::bytes_type v6;
      if (bytes.size() == v4.size()) {
        std::copy(bytes.begin(), bytes.end(), v4.begin());
        add(net::ip::address_v4{v4}.to_string());
      } else if (bytes.size() == v6.size()) {
        std::copy(bytes.begin(), bytes.end(), v6.begin());
        add(net::ip::address_v6{v6}.to_string());
      }
    }
  }
  GENERAL_NAMES_free(names);
  if (out.empty()) {
    auto subject = X509_get_subject_name(certificate);
    auto at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0)
      add(text_of(
        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  return out.empty() ? "no name at all" : out;
}

/// Demands a certificate for `host`, and keeps for whom a refused one is: a
/// failed handshake leaves no certificate to ask.
struct name_check {
  std::string host;
  std::shared_ptr<std::string> names;

  bool operator()(bool valid, net::ssl::verify_context& context) const {
    if (net::ssl::host_name_verification{host}(valid, context))
      return true;
    auto store = context.native_handle();
    if (valid) {
      X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
      *names = names_of(X509_STORE_CTX_get_current_cert(store));
    }
    return false;
  }
};

/// Why a handshake failed and what to do; `names` is what name_check kept.
std::string tls_words(SSL* ssl, const error_code& ec, const url& u,
                      const std::string& names) {
  auto verdict = SSL_get_verify_result(ssl);
  switch (verdict) {
    case X509_V_OK:
      return fmt::format("TLS handshake failed: {}; does this port speak TLS? "
                         "Without it the address begins with http:// or ws://",
                         ec.message());
    case X509_V_ERR_HOSTNAME_MISMATCH:
      return fmt::format("certificate refused: it is for {}, not for {}; "
                         "correct the host in the address, or have the server "
                         "show a certificate for {}",
                         names, u.host, u.host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("certificate refused: {}; the server needs a valid "
                         "one, or the clock of this machine is wrong",
                         X509_verify_cert_error_string(verdict));
    default:
      return fmt::format("certificate refused: {}; a server of your own needs "
                         "its CA in OBSERVER_CA_FILE",
                         X509_verify_cert_error_string(verdict));
  }
}

/// What a socket does, whatever its layers.
class session_base {
 public:
  virtual ~session_base() = default;
  virtual void start() = 0;
  virtual void send(std::string text) = 0;
  virtual void close() = 0;
  virtual void abandon() = 0;
  std::atomic<uint64_t> consumed{0};
  std::atomic<int64_t> last_byte_us{0};
};

template <class Layer>
class session : public session_base,
                public std::enable_shared_from_this<session<Layer>> {
 public:
  template <class... Args>
  session(net::io_context& io, url address, uint32_t attempt,
          caf::weak_actor_ptr receiver, const network_config& config,
          std::shared_ptr<wall_clock> clock, Args&... tls)
    : address_(std::move(address)),
      attempt_(attempt),
      receiver_(std::move(receiver)),
      config_(config),
      clock_(std::move(clock)),
      resolver_(io),
      deadline_(io),
      collect_(io),
      ws_([this] { return stamp(); }, io, tls...),
      message_(config.message_bytes_max) {}

  void start() override {
    auto self = this->shared_from_this();
    deadline_.expires_after(config_.connect_timeout);
    deadline_.async_wait([self](error_code ec) {
      if (!ec && !self->open_)
        self->fail(socket_end::unreachable,
                   fmt::format("no WebSocket within {} ms",
                               self->config_.connect_timeout.count()));
    });
    resolver_.async_resolve(
      address_.host, address_.port,
      [self](error_code ec, tcp::resolver::results_type found) {
        if (ec)
          return self->fail_connect(ec);
        net::async_connect(lowest(self->ws_.next_layer()), found,
                           [self](error_code ec, const tcp::endpoint&) {
                             if (ec)
                               return self->fail_connect(ec);
                             self->connected();
                           });
      });
  }

  void send(std::string text) override {
    if (!open_ || closing_ || done_)
      return;
    outgoing_bytes_ += text.size();
    if (outgoing_bytes_ > outgoing_bytes_max)
      return fail(socket_end::broken,
                  fmt::format("the other side does not read: more than {} "
                              "bytes wait to be sent",
                              outgoing_bytes_max));
    outgoing_.push_back(std::move(text));
    if (outgoing_.size() == 1)
      write_next();
  }

  void close() override {
    if (closing_ || done_)
      return;
    closing_ = true;
    if (!open_)
      return fail(socket_end::closed_by_us, "closed before it was open");
    auto self = this->shared_from_this();
    deadline_.expires_after(close_wait);
    deadline_.async_wait([self](error_code ec) {
      if (!ec)
        self->fail(socket_end::closed_by_us, "closed");
    });
    if (outgoing_.empty())
      close_handshake();
  }

  void abandon() override {
    receiver_ = nullptr;
    fail(socket_end::closed_by_us, "abandoned");
  }

 private:
  int64_t stamp() {
    this->last_byte_us.store(clock_->steady_us(), std::memory_order_relaxed);
    return clock_->now_us();
  }

  // -- opening ------------------------------------------------------------------

  void connected() {
    if (done_)
      return;
    error_code ignored;
    lowest(ws_.next_layer()).set_option(tcp::no_delay{true}, ignored);
    stamp();
    if constexpr (std::is_same_v<Layer, tls_layer>) {
      auto& tls = ws_.next_layer().next_layer();
      SSL_set_tlsext_host_name(tls.native_handle(), address_.host.c_str());
      tls.set_verify_callback(name_check{address_.host, certificate_names_});
      auto self = this->shared_from_this();
      tls.async_handshake(net::ssl::stream_base::client, [self](error_code ec) {
        if (ec)
          return self->fail(
            socket_end::tls_refused,
            tls_words(
              self->ws_.next_layer().next_layer().native_handle(), ec,
              self->address_, *self->certificate_names_));
        self->upgrade();
      });
    } else {
      upgrade();
    }
  }

  void upgrade() {
    if (done_)
      return;
    ws_.read_message_max(config_.message_bytes_max);
    // Timeouts are the connection actor's business.
    ws_.set_option(websocket::stream_base::timeout{
      websocket::stream_base::none(), websocket::stream_base::none(), false});
    ws_.text(true);
    auto self = this->shared_from_this();
    ws_.async_handshake(
      response_, address_.authority(), address_.target, [self](error_code ec) {
        if (ec == websocket::error::upgrade_declined)
          return self->fail(
            socket_end::not_a_websocket,
            fmt::format("answered HTTP {} instead of a WebSocket upgrade; is "
                        "it the WebSocket address? (KIS_WEBSOCKET_URL)",
                        self->response_.result_int()));
        if (ec && ec.category() == net::error::get_system_category())
          return self->fail(socket_end::broken,
                            fmt::format("closed during the WebSocket upgrade: "
                                        "{}",
                                        ec.message()));
        if (ec)
          return self->fail(socket_end::not_a_websocket,
                            fmt::format("no WebSocket: {}; is it the WebSocket "
                                        "address? (KIS_WEBSOCKET_URL)",
                                        ec.message()));
        self->opened();
      });
  }

  void opened() {
    if (done_)
      return;
    open_ = true;
    deadline_.cancel();
    tell(socket_opened{attempt_});
    ws_.next_layer().on_drained([this] { on_drained(); });
    read_next();
  }

  // -- reading ------------------------------------------------------------------

  void read_next() {
    auto self = this->shared_from_this();
    ws_.async_read(message_, [self](error_code ec, size_t) {
      if (ec)
        return self->read_failed(ec);
      auto text = self->message_.cdata();
      self->items_.push_back({static_cast<uint32_t>(self->gathered_.size()),
                              static_cast<uint32_t>(text.size()),
                              self->ws_.next_layer().last_read_us()});
      self->gathered_.append(static_cast<const char*>(text.data()),
                             text.size());
      self->message_.consume(text.size());
      if (self->gathered_.size() >= batch_bytes)
        self->hand_on();
      if (self->gathered_.size() >= gathered_bytes_max)
        self->paused_ = true; // goes on when the batch is handed on
      else
        self->read_next();
    });
  }

  /// All frames of what was read are gathered.
  void on_drained() {
    if (items_.empty() || collecting_)
      return;
    if (config_.collect.count() == 0)
      hand_on();
    if (!items_.empty())
      collect_later();
  }

  void collect_later() {
    collecting_ = true;
    collect_.expires_after(
      std::max(config_.collect, std::chrono::microseconds{200}));
    collect_.async_wait([self = this->shared_from_this()](error_code ec) {
      self->collecting_ = false;
      if (ec || self->done_)
        return;
      self->hand_on();
      if (!self->items_.empty())
        self->collect_later();
    });
  }

  /// Hands the batch on, unless the connection still has the last one: then
  /// gathering goes on.
  void hand_on(bool last = false) {
    if (items_.empty()
        || (!last
            && this->consumed.load(std::memory_order_acquire) < batches_)) {
      if (!items_.empty() && !collecting_)
        collect_later();
      return;
    }
    auto batch = std::make_shared<frame_batch>();
    batch->attempt = attempt_;
    batch->number = ++batches_;
    batch->bytes = std::move(gathered_);
    batch->frames = std::move(items_);
    gathered_.clear();
    items_.clear();
    tell(frame_batch_ptr{std::move(batch)});
    if (std::exchange(paused_, false) && !last)
      read_next();
  }

  void read_failed(error_code ec) {
    if (closing_ || ec == websocket::error::closed) {
      auto& reason = ws_.reason();
      return fail(closing_ ? socket_end::closed_by_us : socket_end::broken,
                  fmt::format("closed by the other side: code {} {}",
                              static_cast<unsigned>(reason.code),
                              std::string_view{reason.reason.data(),
                                               reason.reason.size()}));
    }
    if (ec == websocket::error::message_too_big
        || ec == websocket::error::buffer_overflow)
      return fail(socket_end::broken,
                  fmt::format("a message of more than {} bytes "
                              "(feed.message_bytes_max)",
                              config_.message_bytes_max));
    fail(socket_end::broken, fmt::format("broke: {}", ec.message()));
  }

  // -- writing ------------------------------------------------------------------

  void write_next() {
    auto self = this->shared_from_this();
    ws_.async_write(net::buffer(outgoing_.front()),
                    [self](error_code ec, size_t) {
                      if (self->done_)
                        return;
                      if (ec)
                        return self->fail(socket_end::broken,
                                          fmt::format("cannot send: {}",
                                                      ec.message()));
                      self->outgoing_bytes_ -= self->outgoing_.front().size();
                      self->outgoing_.pop_front();
                      if (!self->outgoing_.empty())
                        self->write_next();
                      else if (self->closing_)
                        self->close_handshake();
                    });
  }

  void close_handshake() {
    ws_.async_close(websocket::close_code::normal,
                    [self = this->shared_from_this()](error_code) {
                      // The read ends with the close, and reports.
                    });
  }

  // -- ending -------------------------------------------------------------------

  void fail_connect(const error_code& ec) {
    fail(socket_end::unreachable,
         fmt::format("{}; {}", ec.message(), advice(address_, ec)));
  }

  void fail(socket_end end, std::string why) {
    if (done_)
      return;
    hand_on(true);
    done_ = true;
    deadline_.cancel();
    collect_.cancel();
    resolver_.cancel();
    error_code ignored;
    lowest(ws_.next_layer()).close(ignored);
    tell(socket_closed{attempt_, end,
                       fmt::format("{}://{}{}: {}", address_.scheme,
                                   address_.authority(), address_.target,
                                   why)});
  }

  template <class Message>
  void tell(Message&& message) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(receiver_))
      caf::anon_send(caf::actor_cast<connection_actor>(strong),
                     std::forward<Message>(message));
  }

  url address_;
  uint32_t attempt_;
  caf::weak_actor_ptr receiver_;
  network_config config_;
  std::shared_ptr<wall_clock> clock_;
  tcp::resolver resolver_;
  net::steady_timer deadline_, collect_;
  websocket::stream<Layer> ws_;
  std::shared_ptr<std::string> certificate_names_
    = std::make_shared<std::string>();
  websocket::response_type response_;
  /// The message that is being read.
  beast::flat_buffer message_;
  /// The messages of the next batch.
  std::string gathered_;
  std::vector<frame_batch::item> items_;
  uint64_t batches_ = 0;
  std::deque<std::string> outgoing_;
  size_t outgoing_bytes_ = 0;
  bool open_ = false, closing_ = false, done_ = false;
  bool collecting_ = false, paused_ = false;
};

/// The actor's end of a session.
class socket_handle : public web_socket {
 public:
  socket_handle(net::io_context& io, std::shared_ptr<session_base> s)
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
    session_->consumed.store(batch_number, std::memory_order_release);
  }
  int64_t last_byte_us() const override {
    return session_->last_byte_us.load(std::memory_order_relaxed);
  }

 private:
  net::io_context& io_;
  std::shared_ptr<session_base> session_;
};

/// An attempt that failed before there was a socket.
class failed_session : public session_base {
 public:
  failed_session(uint32_t attempt, caf::weak_actor_ptr receiver,
                 std::string why)
    : attempt_(attempt), receiver_(std::move(receiver)), why_(std::move(why)) {}
  void start() override {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(receiver_))
      caf::anon_send(caf::actor_cast<connection_actor>(strong),
                     socket_closed{attempt_, socket_end::unreachable, why_});
  }
  void send(std::string) override {}
  void close() override {}
  void abandon() override {
    receiver_ = nullptr;
  }

 private:
  uint32_t attempt_;
  caf::weak_actor_ptr receiver_;
  std::string why_;
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
        fmt::format("{}; {}", ec.message(), advice(address_, ec)));
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
  std::shared_ptr<session_base> s;
  if (!address)
    s = std::make_shared<failed_session>(target.attempt, weak,
                                         address.error().text);
  else if (address->secure())
    s = std::make_shared<session<tls_layer>>(impl_->io, *address,
                                             target.attempt, weak,
                                             impl_->config, impl_->clock,
                                             impl_->tls);
  else
    s = std::make_shared<session<plain_layer>>(impl_->io, *address,
                                               target.attempt, weak,
                                               impl_->config, impl_->clock);
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
