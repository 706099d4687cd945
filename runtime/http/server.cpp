#include "runtime/http/server.hpp"

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace observer {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using steady = std::chrono::steady_clock;
using error_code = boost::system::error_code;

std::string_view http_call::parameter(std::string_view key) const {
  auto rest = query;
  while (!rest.empty()) {
    auto part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.starts_with(key) && part.size() > key.size()
        && part[key.size()] == '=')
      return part.substr(key.size() + 1);
  }
  return {};
}

namespace {

/// One text for all streams; null until the first.
using event_ptr = std::shared_ptr<const std::string>;

std::string_view view(beast::string_view s) {
  return {s.data(), s.size()};
}

constexpr std::string_view security_headers[][2] = {
  {"X-Content-Type-Options", "nosniff"},
  {"X-Frame-Options", "DENY"},
  {"Referrer-Policy", "no-referrer"},
  {"Cross-Origin-Resource-Policy", "same-origin"},
  {"Content-Security-Policy",
   "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
   "data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
   "frame-ancestors 'none'"},
};

} // namespace

struct http_server::impl {
  class client;
  using client_list = std::list<std::shared_ptr<client>>;

  impl(http_server_config c, std::function<http_answer(const http_call&)> h,
       std::function<std::string()> n)
    : config(std::move(c)), handle(std::move(h)), next_event(std::move(n)) {}

  void run();
  void listen();
  void accept();
  void on_accept(error_code ec, tcp::socket socket);
  void tick();
  void offer_event();
  void retire_idle();

  http_server_config config;
  std::function<http_answer(const http_call&)> handle;
  std::function<std::string()> next_event;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer retry{io}, stream_timer{io};
  client_list clients;
  size_t streams = 0;
  bool told_taken = false;
  std::atomic<uint16_t> port{0};
  std::atomic<uint64_t> accepted{0}, requests{0}, refused{0}, timeouts{0};
  std::atomic<size_t> open_count{0}, stream_count{0};
  mutable std::mutex mutex;
  mutable std::condition_variable listening;
  std::thread thread;
};

/// One connection. Everything runs on the server's thread.
class http_server::impl::client
  : public std::enable_shared_from_this<client> {
 public:
  client(impl& server, tcp::socket socket)
    : server_(server), stream_(std::move(socket)) {
    error_code ec;
    auto end = stream_.socket().remote_endpoint(ec);
    peer_ = ec ? "unknown" : end.address().to_string();
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(server_.config.header_bytes_max);
    parser_->body_limit(server_.config.body_bytes_max);
    idle_ = true;
    since_ = steady::now();
    // The first byte may take long, the rest of the request may not.
    auto begun = std::exchange(first_, false) || buffer_.size() > 0;
    stream_.expires_after(begun ? server_.config.request_deadline
                                : server_.config.idle_deadline);
    if (buffer_.size() > 0) {
      read_request();
      return;
    }
    stream_.async_read_some(
      buffer_.prepare(4'096),
      [self = shared_from_this()](error_code ec, size_t n) {
        if (ec)
          return self->end(ec);
        self->buffer_.commit(n);
        self->stream_.expires_after(self->server_.config.request_deadline);
        self->read_request();
      });
  }

  bool idle() const {
    return idle_ && !is_stream_;
  }
  steady::time_point since() const {
    return since_;
  }

  void close() {
    if (closed_)
      return;
    closed_ = true;
    if (is_stream_)
      --server_.streams;
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
    auto self = shared_from_this();
    server_.clients.remove(self);
    server_.open_count = server_.clients.size();
    server_.stream_count = server_.streams;
  }

  /// The next event, unless the last one is still on its way.
  void offer(const event_ptr& event) {
    if (!is_stream_ || writing_ || closed_)
      return;
    writing_ = true;
    event_ = event;
    stream_.expires_after(server_.config.request_deadline);
    asio::async_write(stream_, asio::buffer(*event_),
                      [self = shared_from_this()](error_code ec, size_t) {
                        self->writing_ = false;
                        self->event_.reset();
                        if (ec)
                          self->end(ec);
                      });
  }
  bool streams() const {
    return is_stream_;
  }

 private:
  using request = http::request<http::string_body>;
  using response = http::response<http::string_body>;

  void read_request() {
    idle_ = false;
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code ec, size_t) {
                       self->on_request(ec);
                     });
  }

  void on_request(error_code ec) {
    if (ec == http::error::header_limit)
      return refuse(431, "the header is too large");
    if (ec == http::error::body_limit)
      return refuse(413, "the body is too large");
    if (ec == http::error::end_of_stream || ec == beast::error::timeout
        || ec == asio::error::operation_aborted
        || ec == asio::error::connection_reset)
      return end(ec);
    if (ec)
      return refuse(400, "this is no HTTP request: " + ec.message());
    ++server_.requests;
    auto message = parser_->release();
    answer(message);
  }

  void refuse(unsigned status, const std::string& text) {
    ++server_.refused;
    http_answer a;
    a.status = status;
    a.body = fmt::format(R"({{"error":"{}"}})", text);
    refused_ = true;
    send(std::move(a), 11, false, false);
  }

  void answer(const request& message) {
    auto target = view(message.target());
    auto mark = target.find('?');
    http_call call;
    call.method = view(message.method_string());
    call.path = target.substr(0, mark);
    if (mark != target.npos)
      call.query = target.substr(mark + 1);
    call.body = message.body();
    call.host = view(message[http::field::host]);
    call.origin = view(message[http::field::origin]);
    call.authorization = view(message[http::field::authorization]);
    call.content_type = view(message[http::field::content_type]);
    call.if_none_match = view(message[http::field::if_none_match]);
    call.token = view(message["X-Observer-Token"]);
    call.peer = peer_;
    auto head = message.method() == http::verb::head;
    if (head)
      call.method = "GET";
    http_answer a;
    try {
      a = server_.handle(call);
    } catch (const std::exception& e) {
      spdlog::error("[http] {} {}: {}", call.method, call.path, e.what());
      a = {};
      a.status = 500;
      a.body = R"({"error":"the daemon failed at this; its log says more"})";
    }
    if (a.streams && !head)
      return begin_stream();
    send(std::move(a), message.version(), message.keep_alive(), head);
  }

  template <class Message>
  void add_common(Message& m) {
    m.set(http::field::server, "observer");
    for (auto& [name, value] : security_headers)
      m.set(beast::string_view{name.data(), name.size()},
            beast::string_view{value.data(), value.size()});
  }

  void send(http_answer a, unsigned version, bool keep_alive, bool head) {
    response_.emplace();
    auto& r = *response_;
    r.version(version);
    r.result(a.status);
    add_common(r);
    r.set(http::field::content_type, a.content_type);
    r.set(http::field::cache_control, "no-store");
    for (auto& [name, value] : a.headers)
      r.set(name, value);
    r.keep_alive(keep_alive);
    r.body() = std::move(a.body);
    r.prepare_payload();
    if (head || a.status == 304) {
      r.body().clear();
      if (a.status == 304)
        r.erase(http::field::content_length);
    }
    stream_.expires_after(server_.config.request_deadline);
    http::async_write(
      stream_, r,
      [self = shared_from_this(), keep_alive](error_code ec, size_t) {
        self->response_.reset();
        if (!ec && self->refused_)
          return self->linger();
        if (ec || !keep_alive)
          return self->end(ec);
        self->read();
      });
  }

  /// A client that is still sending would lose the refusal to the reset that
  /// closing now means: what it sends is thrown away for a moment.
  void linger() {
    idle_ = true;
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(
      std::min(server_.config.request_deadline, linger_max));
    drain();
  }

  void drain() {
    stream_.async_read_some(
      asio::buffer(scrap_), [self = shared_from_this()](error_code ec, size_t) {
        if (ec)
          self->close();
        else
          self->drain();
      });
  }

  void begin_stream() {
    if (server_.streams >= server_.config.streams_max)
      return refuse(503, "too many consoles are open");
    is_stream_ = true;
    ++server_.streams;
    server_.stream_count = server_.streams;
    http::response<http::empty_body> head{http::status::ok, 11};
    add_common(head);
    head.set(http::field::content_type, "text/event-stream");
    head.set(http::field::cache_control, "no-store");
    head.set(http::field::connection, "close");
    auto text = std::make_shared<std::string>(
      "HTTP/1.1 200 OK\r\n");
    for (auto& field : head)
      *text += fmt::format("{}: {}\r\n", view(field.name_string()),
                           view(field.value()));
    *text += "\r\n: hello\n\n";
    offer(text);
    watch_for_end();
  }

  /// A stream's client says nothing more; what it says is thrown away.
  void watch_for_end() {
    stream_.socket().async_read_some(
      asio::buffer(scrap_), [self = shared_from_this()](error_code ec, size_t) {
        if (ec)
          self->end(ec);
        else
          self->watch_for_end();
      });
  }

  void end(error_code ec) {
    if (ec == beast::error::timeout)
      ++server_.timeouts;
    close();
  }

  static constexpr std::chrono::milliseconds linger_max{1'000};

  impl& server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{64 * 1024};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<response> response_;
  std::string peer_;
  event_ptr event_;
  char scrap_[256];
  steady::time_point since_ = steady::now();
  bool idle_ = true, first_ = true, closed_ = false;
  bool is_stream_ = false, writing_ = false, refused_ = false;
};

void http_server::impl::listen() {
  error_code ec;
  auto address = asio::ip::make_address(config.address, ec);
  tcp::endpoint end{address, config.port};
  if (!ec)
    acceptor.open(end.protocol(), ec);
  if (!ec)
    acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec)
    acceptor.bind(end, ec);
  if (!ec)
    acceptor.listen(64, ec);
  if (ec) {
    error_code ignored;
    acceptor.close(ignored);
    if (!std::exchange(told_taken, true))
      spdlog::warn("[http] cannot listen on {} port {}: {}; recording goes on "
                    "without the console, tried again every {} s; another "
                    "port: SERVICE_PORT, none: 0",
                    config.address, config.port, ec.message(),
                    config.bind_retry.count() / 1'000);
    retry.expires_after(config.bind_retry);
    retry.async_wait([this](error_code stopped) {
      if (!stopped)
        listen();
    });
    return;
  }
  {
    std::lock_guard guard{mutex};
    port = acceptor.local_endpoint(ec).port();
  }
  listening.notify_all();
  spdlog::info("[http] console, status and metrics at http://{}:{}/",
               address.is_v6() ? "[" + config.address + "]" : config.address,
               port.load());
  accept();
}

void http_server::impl::accept() {
  acceptor.async_accept([this](error_code ec, tcp::socket socket) {
    on_accept(ec, std::move(socket));
  });
}

void http_server::impl::on_accept(error_code ec, tcp::socket socket) {
  if (ec == asio::error::operation_aborted)
    return;
  if (ec) {
    // Out of descriptors, for one: the recording needs them more.
    retry.expires_after(std::chrono::milliseconds{100});
    retry.async_wait([this](error_code stopped) {
      if (!stopped)
        accept();
    });
    return;
  }
  ++accepted;
  if (clients.size() >= config.connections_max)
    retire_idle();
  if (clients.size() < config.connections_max) {
    clients.push_back(std::make_shared<client>(*this, std::move(socket)));
    open_count = clients.size();
    clients.back()->read();
  } else {
    ++refused;
  }
  accept();
}

void http_server::impl::retire_idle() {
  std::shared_ptr<client> oldest;
  for (auto& c : clients)
    if (c->idle() && (!oldest || c->since() < oldest->since()))
      oldest = c;
  if (oldest)
    oldest->close();
}

void http_server::impl::tick() {
  stream_timer.expires_after(config.stream_interval);
  stream_timer.async_wait([this](error_code ec) {
    if (ec)
      return;
    if (streams > 0)
      offer_event();
    tick();
  });
}

void http_server::impl::offer_event() {
  event_ptr event;
  try {
    event = std::make_shared<const std::string>(next_event());
  } catch (const std::exception& e) {
    // The next one may be better.
    spdlog::error("[http] no event for the streams: {}", e.what());
    return;
  }
  // Closing takes a client off the list.
  auto all = clients;
  for (auto& c : all)
    if (c->streams())
      c->offer(event);
}

void http_server::impl::run() {
  listen();
  tick();
  for (;;) {
    try {
      io.run();
      break;
    } catch (const std::exception& e) {
      spdlog::error("[http] {}", e.what());
    }
  }
  auto all = clients;
  for (auto& c : all)
    c->close();
  clients.clear();
}

http_server::http_server(http_server_config config,
                         std::function<http_answer(const http_call&)> handle,
                         std::function<std::string()> next_event)
  : impl_(std::make_unique<impl>(std::move(config), std::move(handle),
                                 std::move(next_event))) {
  impl_->thread = std::thread{[i = impl_.get()] { i->run(); }};
}

http_server::~http_server() {
  impl_->io.stop();
  impl_->thread.join();
}

uint16_t http_server::port() const {
  return impl_->port;
}

bool http_server::wait_until_listening(
  std::chrono::milliseconds patience) const {
  std::unique_lock lock{impl_->mutex};
  return impl_->listening.wait_for(lock, patience,
                                   [&] { return impl_->port != 0; });
}

http_server::counts http_server::look() const {
  auto& i = *impl_;
  return {i.accepted,  i.requests,   i.refused,
          i.timeouts,  i.open_count, i.stream_count};
}

} // namespace observer
