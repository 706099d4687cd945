#include "runtime/network/websocket_opening.hpp"

#include <cstdint>
#include <random>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "runtime/network/tls_client.hpp"
#include "runtime/network/websocket.hpp"

namespace observer {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using net::ip::tcp;

namespace {

template <class Stream>
class opening : public websocket_opening,
                public std::enable_shared_from_this<opening<Stream>> {
 public:
  opening(Stream& stream, const url& address, std::chrono::milliseconds timeout,
          std::shared_ptr<websocket_opening::user> user)
    : address_(address),
      timeout_(timeout),
      user_(std::move(user)),
      resolver_(stream.get_executor()),
      deadline_(stream.get_executor()),
      stream_(stream) {}

  void start() {
    auto self = this->shared_from_this();
    deadline_.expires_after(timeout_);
    deadline_.async_wait([self](error_code ec) {
      if (!ec)
        self->fail(socket_end::unreachable,
                   fmt::format("no WebSocket within {} ms",
                               self->timeout_.count()));
    });
    resolver_.async_resolve(
      address_.host, address_.port,
      [self](error_code ec, tcp::resolver::results_type found) {
        if (ec)
          return self->fail_connect(ec);
        net::async_connect(self->stream_.lowest_layer(), found,
                           [self](error_code ec, const tcp::endpoint&) {
                             if (ec)
                               return self->fail_connect(ec);
                             self->connected();
                           });
      });
  }

  void cancel() override {
    done_ = true;
    deadline_.cancel();
    resolver_.cancel();
  }

 private:
  void connected() {
    if (done_)
      return;
    user_->connected();
    if constexpr (std::is_same_v<Stream, tls_stream>) {
      auto done = [self = this->shared_from_this()](error_code ec) {
        if (ec)
          return self->fail(socket_end::tls_refused,
                            tls_words(self->stream_.native_handle(), ec,
                                      self->address_,
                                      *self->certificate_names_));
        self->upgrade();
      };
      if (auto ec = expect_host(stream_, address_.host, certificate_names_))
        return done(ec);
      stream_.async_handshake(net::ssl::stream_base::client, done);
    } else {
      upgrade();
    }
  }

  void upgrade() {
    if (done_)
      return;
    // A proxy must not foresee the key.
    std::random_device random;
    auto word = [&] { return uint64_t{random()} << 32 | random(); };
    key_ = websocket::make_key(word(), word());
    request_.method(http::verb::get);
    request_.target(address_.target);
    request_.version(11);
    request_.set(http::field::host, address_.authority());
    request_.set(http::field::upgrade, "websocket");
    request_.set(http::field::connection, "Upgrade");
    request_.set(http::field::sec_websocket_key, key_);
    request_.set(http::field::sec_websocket_version, "13");
    request_.set(http::field::user_agent, "observer/" OBSERVER_VERSION);
    auto self = this->shared_from_this();
    http::async_write(stream_, request_, [self](error_code ec, size_t) {
      if (ec)
        return self->fail_upgrade(ec);
      http::async_read_header(self->stream_, self->answered_, self->response_,
                              [self](error_code ec, size_t) {
                                if (ec)
                                  return self->fail_upgrade(ec);
                                self->upgraded();
                              });
    });
  }

  void upgraded() {
    if (done_)
      return;
    auto& answer = response_.get();
    if (answer.result() != http::status::switching_protocols)
      return fail(
        socket_end::not_a_websocket,
        fmt::format("answered HTTP {} instead of a WebSocket upgrade; is it "
                    "the WebSocket address? (KIS_WEBSOCKET_URL)",
                    answer.result_int()));
    if (!http::token_list{answer[http::field::upgrade]}.exists("websocket")
        || !http::token_list{answer[http::field::connection]}.exists("upgrade"))
      return fail_handshake("the answer to the upgrade does not say that it "
                            "is one");
    if (answer[http::field::sec_websocket_accept]
        != websocket::accept_key(key_))
      return fail_handshake("the answer belongs to another upgrade");
    if (answer.find(http::field::sec_websocket_extensions) != answer.end())
      return fail_handshake("it wants an extension that was not offered");
    cancel();
    user_->opened(answered_.cdata());
  }

  void fail_connect(const error_code& ec) {
    fail(socket_end::unreachable,
         fmt::format("{}; {}", ec.message(), connect_advice(address_, ec)));
  }

  void fail_upgrade(const error_code& ec) {
    if (ec.category() == net::error::get_system_category()
        || ec == http::error::end_of_stream
        || ec == http::error::partial_message)
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
    user_->failed(how, why);
  }

  url address_;
  std::chrono::milliseconds timeout_;
  std::shared_ptr<websocket_opening::user> user_;
  tcp::resolver resolver_;
  net::steady_timer deadline_;
  Stream& stream_;
  std::shared_ptr<std::string> certificate_names_
    = std::make_shared<std::string>();
  std::string key_;
  http::request<http::empty_body> request_;
  beast::flat_buffer answered_{64 * 1024};
  http::response_parser<http::empty_body> response_;
  bool done_ = false;
};

} // namespace

template <class Stream>
std::weak_ptr<websocket_opening>
open_websocket(Stream& stream, const url& address,
               std::chrono::milliseconds timeout,
               std::shared_ptr<websocket_opening::user> user) {
  auto o = std::make_shared<opening<Stream>>(stream, address, timeout,
                                             std::move(user));
  o->start();
  return o;
}

template std::weak_ptr<websocket_opening>
open_websocket(plain_stream&, const url&, std::chrono::milliseconds,
               std::shared_ptr<websocket_opening::user>);
template std::weak_ptr<websocket_opening>
open_websocket(tls_stream&, const url&, std::chrono::milliseconds,
               std::shared_ptr<websocket_opening::user>);

} // namespace observer
