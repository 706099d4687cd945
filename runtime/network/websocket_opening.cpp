#include "runtime/network/websocket_opening.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "runtime/network/http_reader.hpp"
#include "runtime/network/name_connect.hpp"
#include "runtime/network/tls_client.hpp"
#include "runtime/network/websocket.hpp"

namespace observer {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

template <class Stream>
class opening : public websocket_opening,
                public std::enable_shared_from_this<opening<Stream>> {
 public:
  opening(net::io_context& io, name_lookup& names, Stream& stream,
          const url& address, std::chrono::milliseconds timeout,
          std::shared_ptr<websocket_opening::user> user)
    : address_(address),
      timeout_(timeout),
      user_(std::move(user)),
      io_(io),
      names_(names),
      deadline_(io),
      stream_(stream) {}

  /// An exception in a handler ends the opening with its words.
  template <class Work>
  void guarded(Work work) {
    try {
      work();
    } catch (...) {
      broke_off(std::current_exception());
    }
  }
  template <class Handler>
  auto guard(Handler handler) {
    return [self = this->shared_from_this(),
            handler](error_code ec, auto... more)
      requires std::is_invocable_v<Handler&, opening&, error_code,
                                   decltype(more)&...>
    {
      self->guarded([&] { handler(*self, ec, more...); });
    };
  }

  void start() {
    deadline_.expires_after(timeout_);
    deadline_.async_wait(guard([](opening& x, error_code ec) {
      if (!ec)
        x.fail(socket_end::unreachable,
               fmt::format("no WebSocket within {} ms: {}", x.timeout_.count(),
                           x.connect_ ? x.connect_->waits_for()
                                      : x.waits_for_));
    }));
    // It is this opening's, which the deadline keeps.
    auto weak = this->weak_from_this();
    auto call = [weak](auto work) {
      if (auto self = weak.lock())
        self->guarded([&] { work(*self); });
    };
    connect_ = connect_by_name(
      io_, names_, address_,
      {[call](tcp::socket s) {
         call([&](opening& x) { x.connected(std::move(s)); });
       },
       [call](const error_code& ec, const std::string& words) {
         call([&](opening& x) {
           x.fail(socket_end::unreachable,
                  fmt::format("{}; {}", words, connect_advice(x.address_, ec)));
         });
       },
       [weak](const std::exception_ptr& thrown) {
         if (auto self = weak.lock())
           self->broke_off(thrown);
       }});
  }

  void cancel() override {
    done_ = true;
    deadline_.cancel();
    if (connect_)
      connect_->cancel();
  }

 private:
  void connected(tcp::socket socket) {
    connect_.reset();
    if (done_)
      return;
    error_code gone;
    at_ = socket.remote_endpoint(gone).address();
    stream_.lowest_layer() = std::move(socket);
    user_->connected();
    if constexpr (std::is_same_v<Stream, tls_stream>) {
      waits_for_ = fmt::format("{} has not answered the TLS handshake",
                               at_.to_string());
      auto done = guard([](opening& x, error_code ec) {
        if (ec)
          return x.fail(socket_end::tls_refused,
                        tls_words(x.stream_.native_handle(), ec, x.address_,
                                  *x.peer_));
        x.upgrade();
      });
      if (auto ec = expect_host(stream_, address_.host, peer_))
        return done(ec);
      stream_.async_handshake(net::ssl::stream_base::client, done);
    } else {
      upgrade();
    }
  }

  void upgrade() {
    if (done_)
      return;
    waits_for_ = fmt::format("{} has not answered the WebSocket upgrade",
                             at_.to_string());
    // A proxy must not foresee the key.
    std::random_device random;
    auto word = [&] { return uint64_t{random()} << 32 | random(); };
    key_ = websocket::make_key(word(), word());
    request_ = http_request_text("GET", address_.target,
                                 {{"Host", address_.authority()},
                                  {"Upgrade", "websocket"},
                                  {"Connection", "Upgrade"},
                                  {"Sec-WebSocket-Key", key_},
                                  {"Sec-WebSocket-Version", "13"},
                                  {"User-Agent", "observer/" OBSERVER_VERSION}},
                                 {});
    net::async_write(stream_, net::buffer(request_),
                     guard([](opening& x, error_code ec, size_t) {
                       if (ec)
                         return x.fail_upgrade(ec);
                       x.read();
                     }));
  }

  void read() {
    stream_.async_read_some(net::buffer(piece_),
                            guard([](opening& x, error_code ec, size_t n) {
                              x.received(ec, n);
                            }));
  }

  void received(const error_code& ec, size_t n) {
    if (done_)
      return;
    std::string_view came{piece_.data(), n};
    if (!answer_.begun() && is_tls_alert(came))
      return fail_handshake("it speaks TLS: the address begins with wss://");
    auto taken = answer_.take(came);
    auto refused = answer_.fault() == http_fault::body_too_large;
    if (refused
        || (answer_.header_done() && answer_.fault() == http_fault::none))
      return upgraded(net::buffer(piece_.data() + taken, n - taken));
    if (answer_.fault() != http_fault::none)
      return fail_handshake(answer_.why());
    if (ec)
      return fail_upgrade(ec);
    read();
  }

  /// `behind` is what came with the answer.
  void upgraded(net::const_buffer behind) {
    auto& answer = answer_.message();
    if (answer.status != 101)
      return fail(
        socket_end::not_a_websocket,
        fmt::format("answered HTTP {} instead of a WebSocket upgrade; is it "
                    "the WebSocket address? (KIS_WEBSOCKET_URL)",
                    answer.status));
    if (!answer.lists("upgrade", "websocket")
        || !answer.lists("connection", "upgrade"))
      return fail_handshake("the answer to the upgrade does not say that it "
                            "is one");
    if (answer.field("sec-websocket-accept") != websocket::accept_key(key_))
      return fail_handshake("the answer belongs to another upgrade");
    if (!answer.field("sec-websocket-extensions").empty())
      return fail_handshake("it wants an extension that was not offered");
    cancel();
    names_.worked(address_.host, at_);
    user_->opened(behind);
  }

  void fail_upgrade(const error_code& ec) {
    if constexpr (std::is_same_v<Stream, tls_stream>)
      if (is_of_tls(ec))
        return fail(socket_end::tls_refused,
                    tls_words(stream_.native_handle(), ec, address_, *peer_));
    if (ec.category() == net::error::get_system_category()
        || ec == net::error::eof || ec == net::ssl::error::stream_truncated)
      return fail(socket_end::broken,
                  fmt::format("closed during the WebSocket upgrade: {}",
                              ec.message()));
    fail_handshake(ec.message());
  }
  void fail_handshake(std::string_view why) {
    fail(socket_end::not_a_websocket,
         fmt::format("no WebSocket: {}; is it the WebSocket address? "
                     "(KIS_WEBSOCKET_URL)",
                     why));
  }

  void fail(socket_end how, const std::string& why) {
    if (done_)
      return;
    cancel();
    // Another of its addresses may be better.
    if (!at_.is_unspecified())
      names_.failed(address_.host, at_);
    user_->failed(how, why);
  }
  void broke_off(const std::exception_ptr& thrown) noexcept {
    done_ = true;
    user_->broke_off(thrown);
  }

  url address_;
  std::chrono::milliseconds timeout_;
  std::shared_ptr<websocket_opening::user> user_;
  net::io_context& io_;
  name_lookup& names_;
  net::steady_timer deadline_;
  std::shared_ptr<name_connect> connect_;
  Stream& stream_;
  /// Where TCP is.
  net::ip::address at_;
  std::string waits_for_;
  std::shared_ptr<peer_notes> peer_ = std::make_shared<peer_notes>();
  std::string key_;
  std::string request_;
  std::array<char, 8 * 1024> piece_;
  /// Gateways and their cookies make it long.
  http_reader answer_{http_reader::responses, {64 * 1024, 64 * 1024}};
  bool done_ = false;
};

} // namespace

template <class Stream>
std::weak_ptr<websocket_opening>
open_websocket(net::io_context& io, name_lookup& names, Stream& stream,
               const url& address, std::chrono::milliseconds timeout,
               std::shared_ptr<websocket_opening::user> user) {
  auto o = std::make_shared<opening<Stream>>(io, names, stream, address, timeout,
                                             std::move(user));
  o->start();
  return o;
}

template std::weak_ptr<websocket_opening>
open_websocket(net::io_context&, name_lookup&, plain_stream&, const url&,
               std::chrono::milliseconds,
               std::shared_ptr<websocket_opening::user>);
template std::weak_ptr<websocket_opening>
open_websocket(net::io_context&, name_lookup&, tls_stream&, const url&,
               std::chrono::milliseconds,
               std::shared_ptr<websocket_opening::user>);

} // namespace observer
