#include "runtime/network/rest_request.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "messages/exceptions.hpp"
#include "messages/outside_text.hpp"
#include "runtime/network/http_reader.hpp"
#include "runtime/network/name_connect.hpp"
#include "runtime/network/tls_client.hpp"

namespace observer {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

/// With TLS or without, of one type: what is below is compiled once, because
/// handlers go there as functions and buffers one at a time.
class either_stream {
 public:
  using executor_type = tcp::socket::executor_type;

  either_stream(net::io_context& io, net::ssl::context& tls, bool secure)
    : layers_(io, tls), secure_(secure) {}

  bool secure() const {
    return secure_;
  }
  net::ssl::stream<tcp::socket>& tls() {
    return layers_;
  }
  tcp::socket& socket() {
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
      socket().async_read_some(buffer, std::move(done));
  }
  void write_some(net::const_buffer buffer, handler done) {
    if (secure_)
      layers_.async_write_some(buffer, std::move(done));
    else
      socket().async_write_some(buffer, std::move(done));
  }

  net::ssl::stream<tcp::socket> layers_;
  bool secure_;
};

/// An answer is a key or a token, of less than 4 KiB, or the page of a gateway
/// that is in the way.
constexpr http_limits answer_limits{64 * 1024, 64 * 1024};

class exchange : public std::enable_shared_from_this<exchange> {
 public:
  exchange(net::io_context& io, name_lookup& names, net::ssl::context& tls,
           url address,
           const http_request& request, caf::weak_actor_ptr receiver,
           const network_config& config,
           std::shared_ptr<const wall_clock> clock)
    : address_(std::move(address)),
      ticket_(request.ticket),
      url_text_(request.url),
      receiver_(std::move(receiver)),
      config_(config),
      clock_(std::move(clock)),
      io_(io),
      names_(names),
      deadline_(io),
      stream_(io, tls, address_.secure()) {
    http_fields fields{{"Host", address_.authority()},
                       {"User-Agent", "observer/" OBSERVER_VERSION},
                       {"Connection", "close"}};
    fields.insert(fields.end(), request.headers.begin(), request.headers.end());
    message_ = http_request_text(request.method, address_.target, fields,
                                 request.body);
  }
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  /// Whatever became of its handlers (an exception anywhere in them, or below
  /// them): the receiver hears of it.
  ~exchange() {
    at_ = net::ip::address{}; // says nothing of the address
    finally([this] { fail_with("given up: its work broke off"); });
  }

 private:
  /// Does a part of the work; an exception ends it with its words.
  template <class Work>
  void guarded(Work work) {
    if (told_)
      return;
    try {
      work();
    } catch (...) {
      auto thrown = std::current_exception();
      finally([&] {
        fail_with(fmt::format("given up: {}", words_of_exception(thrown)));
      });
    }
  }
  template <class Handler>
  auto guard(Handler handler) {
    return [self = shared_from_this(), handler](error_code ec, auto... more)
      requires std::is_invocable_v<Handler&, exchange&, error_code,
                                   decltype(more)&...>
    {
      self->guarded([&] { handler(*self, ec, more...); });
    };
  }
  /// Tells, if nothing was told so far, and does not throw.
  template <class Tell>
  void finally(Tell words) noexcept {
    if (told_)
      return;
    if (!tries(words))
      tries([&] { tell({ticket_, 0, {}, {}}); });
  }

 public:
  void start() {
    guarded([&] {
      begun_us_ = clock_->steady_us();
      newly_asleep();
      wait(config_.http_timeout);
      // It is this request's, which the deadline keeps.
      auto weak = weak_from_this();
      auto call = [weak](auto work) {
        if (auto self = weak.lock())
          self->guarded([&] { work(*self); });
      };
      connect_ = connect_by_name(
        io_, names_, address_,
        {[call](tcp::socket s) {
           call([&](exchange& x) { x.connected(std::move(s)); });
         },
         [call](const error_code& ec, const std::string& words) {
           call([&](exchange& x) {
             x.fail_with(
               fmt::format("{}; {}", words, connect_advice(x.address_, ec)));
           });
         },
         [call](const std::exception_ptr& thrown) {
           call([&](exchange&) { std::rethrow_exception(thrown); });
         }});
    });
  }

 private:
  /// What came while the process stood still is read in it.
  static constexpr std::chrono::microseconds reading = std::chrono::seconds{1};

  void wait(std::chrono::microseconds time) {
    deadline_.expires_after(time);
    deadline_.async_wait(guard([](exchange& x, error_code ec) {
      if (ec)
        return;
      if (auto slept = x.newly_asleep(); slept.count() > 0)
        return x.wait(std::max<std::chrono::microseconds>(
          x.config_.http_timeout - x.awake(), reading));
      x.fail_with(fmt::format("no answer within {} ms: {}",
                              x.config_.http_timeout.count(),
                              x.connect_ ? x.connect_->waits_for()
                                         : x.waits_for_));
    }));
  }

  /// Since the request began.
  std::chrono::microseconds awake() const {
    return std::chrono::microseconds{clock_->steady_us() - begun_us_};
  }
  /// Since it was last asked.
  std::chrono::microseconds newly_asleep() {
    clock_->steady_us(); // it may find a pause
    auto all = clock_->asleep_us();
    return std::chrono::microseconds{all - std::exchange(asleep_us_, all)};
  }

  void connected(tcp::socket socket) {
    connect_.reset();
    error_code gone;
    at_ = socket.remote_endpoint(gone).address();
    stream_.socket() = std::move(socket);
    if (!stream_.secure())
      return write();
    waits_for_
      = fmt::format("{} has not answered the TLS handshake", at_.to_string());
    auto done = guard([](exchange& x, error_code ec) {
      if (ec)
        return x.fail_with(tls_words(x.stream_.tls().native_handle(), ec,
                                     x.address_, *x.peer_));
      x.write();
    });
    if (auto ec = expect_host(stream_.tls(), address_.host,
                              peer_))
      return done(ec);
    stream_.tls().async_handshake(net::ssl::stream_base::client, done);
  }

  void write() {
    waits_for_ = fmt::format("{} has not answered the request",
                             at_.to_string());
    net::async_write(stream_, net::buffer(message_),
                     guard([](exchange& x, error_code ec, size_t) {
                       if (ec)
                         return x.fail(ec);
                       x.read();
                     }));
  }

  void read() {
    stream_.async_read_some(net::buffer(piece_),
                            guard([](exchange& x, error_code ec, size_t n) {
                              x.received(ec, n);
                            }));
  }

  void received(error_code ec, size_t n) {
    std::string_view came{piece_.data(), n};
    if (!reader_.begun() && is_tls_alert(came))
      return fail_http("it speaks TLS: the address begins with https://");
    reader_.take(came);
    // Some end without the farewell of TLS, or by closing on what they did not
    // read; whether all is there the answer itself says.
    auto ended = ec == net::error::eof
                 || ec == net::ssl::error::stream_truncated
                 || (ec == net::error::connection_reset
                     && reader_.header_done());
    if (ended)
      reader_.end();
    if (reader_.done()) {
      auto answer = reader_.release();
      auto packed = answer.field("content-encoding");
      if (!packed.empty() && packed != "identity")
        return fail_with(fmt::format(
          "the answer is packed ({}), which nobody asked for; does a proxy "
          "stand between?",
          outside_value(packed)));
      names_.worked(address_.host, at_);
      at_ = net::ip::address{};
      return tell({ticket_, answer.status, std::move(answer.body), {}});
    }
    if (reader_.fault() == http_fault::body_too_large)
      return fail_with(fmt::format(
        "no HTTP answer of the broker: HTTP {} with more than {} bytes, and "
        "none of its answers is so long; is it the broker's REST address? "
        "(KIS_BASE_URL)",
        reader_.message().status, answer_limits.body_bytes_max));
    if (reader_.fault() != http_fault::none)
      return fail_http(reader_.why());
    if (ended)
      return fail_http("the connection was closed without one");
    if (ec)
      return fail(ec);
    read();
  }

  void fail(const error_code& ec) {
    if (is_of_tls(ec))
      return fail_with(tls_words(stream_.tls().native_handle(), ec, address_,
                                 *peer_));
    if (ec.category() == net::error::get_system_category()
        || ec.category() == net::error::get_netdb_category())
      return fail_with(
        fmt::format("{}; {}", ec.message(), connect_advice(address_, ec)));
    fail_http(ec.message());
  }
  void fail_http(std::string_view why) {
    fail_with(fmt::format("no HTTP answer: {}; is it the broker's REST "
                          "address? (KIS_BASE_URL)",
                          why));
  }
  void fail_with(const std::string& why) {
    tell({ticket_, 0, {}, fmt::format("{}: {}", url_text_, why)});
  }
  /// Once.
  void tell(http_response&& response) {
    if (told_)
      return;
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(receiver_))
      caf::anon_send(caf::actor_cast<credentials_actor>(strong),
                     std::move(response));
    told_ = true;
    // Another of its addresses may be better.
    if (!at_.is_unspecified())
      names_.failed(address_.host, at_);
    // What waits ends, and lets go of this.
    deadline_.cancel();
    if (connect_)
      connect_->cancel();
    error_code ignored;
    stream_.socket().close(ignored);
  }

  url address_;
  uint64_t ticket_;
  std::string url_text_;
  caf::weak_actor_ptr receiver_;
  network_config config_;
  std::shared_ptr<const wall_clock> clock_;
  int64_t begun_us_ = 0, asleep_us_ = 0;
  net::io_context& io_;
  name_lookup& names_;
  net::steady_timer deadline_;
  std::shared_ptr<name_connect> connect_;
  /// Where TCP is, until it has proved good.
  net::ip::address at_;
  std::string waits_for_;
  either_stream stream_;
  std::string message_;
  std::array<char, 8 * 1024> piece_;
  http_reader reader_{http_reader::responses, answer_limits};
  std::shared_ptr<peer_notes> peer_ = std::make_shared<peer_notes>();
  bool told_ = false;
};

} // namespace

void start_rest_request(net::io_context& io, name_lookup& names,
                        net::ssl::context& tls, const url& address, const http_request& request,
                        caf::weak_actor_ptr receiver,
                        const network_config& config,
                        std::shared_ptr<const wall_clock> clock) {
  auto e = std::make_shared<exchange>(io, names, tls, address, request,
                                      std::move(receiver), config,
                                      std::move(clock));
  net::post(io, [e = std::move(e)] { e->start(); });
}

} // namespace observer
