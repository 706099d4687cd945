#include "runtime/network/network_thread.hpp"

#include <atomic>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/exceptions.hpp"
#include "runtime/network/feed_socket.hpp"
#include "runtime/network/name_lookup.hpp"
#include "runtime/network/rest_request.hpp"
#include "runtime/network/trusted_roots.hpp"
#include "runtime/network/url.hpp"

namespace observer {

namespace net = boost::asio;

namespace {

/// The actor's end of a session.
class socket_handle : public web_socket {
 public:
  socket_handle(net::io_context& io, std::shared_ptr<feed_socket> s)
    : io_(io), session_(std::move(s)) {}
  ~socket_handle() override {
    session_->abandoned = true;
    // Else its next handler sees to it.
    tries([&] { net::post(io_, [s = session_] { s->abandon(); }); });
  }
  void send(std::string text) override {
    net::post(io_, [s = session_, text = std::move(text)]() mutable {
      s->send(std::move(text));
    });
  }
  void close() override {
    net::post(io_, [s = session_] { s->close(); });
  }
  void probe() override {
    net::post(io_, [s = session_] { s->probe(); });
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
  void probe() override {}
  void consumed(uint64_t) override {}
  int64_t last_byte_us() const override {
    return 0;
  }
};

} // namespace

struct network_thread::impl {
  network_config config;
  std::shared_ptr<wall_clock> clock;
  net::ssl::context tls{net::ssl::context::tls_client};
  trusted_roots roots; // of the thread
  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> work{
    io.get_executor()};
  name_lookup names;
  /// Those that may live; of the thread.
  std::vector<std::weak_ptr<feed_socket>> sessions;
  std::atomic<uint64_t> turns{0};
  /// What `turns` will be when the thread has done what it was asked.
  uint64_t turns_asked = 0;
  std::thread thread;

  impl(network_config c, name_lookup::asks ask)
    : config(std::move(c)), roots(config.ca_file), names(io, std::move(ask)) {}
  void run() noexcept;
};

void network_thread::impl::run() noexcept {
  for (;;) {
    try {
      io.run();
      return;
    } catch (...) {
      // Handlers of sessions and requests throw nothing: this came from below
      // them, and it is not known whose work is lost. Requests tell of their
      // end when nothing holds them any more; sessions go on waiting.
      auto thrown = std::current_exception();
      tries([&] {
        spdlog::critical("[network] {}: all sessions of this thread end",
                         words_of_exception(thrown));
      });
      for (auto& weak : sessions)
        if (auto s = weak.lock())
          s->broke_off(thrown);
    }
  }
}

result<std::unique_ptr<network_thread>>
network_thread::make(const network_config& config,
                     std::shared_ptr<wall_clock> clock) {
  return make(config, std::move(clock), ask_system);
}

result<std::unique_ptr<network_thread>>
network_thread::make(const network_config& config,
                     std::shared_ptr<wall_clock> clock,
                     std::function<found_addresses(const std::string&)> ask) {
  auto i = std::make_unique<impl>(config, std::move(ask));
  i->clock = std::move(clock);
  SSL_CTX_set_min_proto_version(i->tls.native_handle(), TLS1_2_VERSION);
  i->tls.set_verify_mode(net::ssl::verify_peer);
  if (auto ec = i->roots.load(i->tls))
    return problem{fmt::format("CA file {}: {}; kis.ca_file must name a PEM "
                               "file of trusted roots",
                               config.ca_file, ec.message())};
  auto out = std::unique_ptr<network_thread>(new network_thread(std::move(i)));
  auto* p = out->impl_.get();
  p->thread = std::thread{[p] { p->run(); }};
  return out;
}

network_thread::network_thread(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

network_thread::~network_thread() {
  impl_->work.reset();
  impl_->io.stop();
  if (impl_->thread.joinable())
    impl_->thread.join();
}

std::unique_ptr<web_socket>
network_thread::connect(const socket_target& target,
                        connection_actor receiver) {
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(receiver);
  auto address = parse_url(target.url);
  if (!address) {
    caf::anon_send(receiver,
                   socket_closed{target.attempt, socket_end::unreachable,
                                 address.error().text});
    return std::make_unique<no_socket>();
  }
  auto s = make_feed_socket(impl_->io, impl_->names, impl_->tls, *address,
                            target.attempt, weak, impl_->config, impl_->clock);
  // First, so that whoever fails behind it leaves no session without an owner.
  auto handle = std::make_unique<socket_handle>(impl_->io, s);
  net::post(impl_->io, [i = impl_.get(), s, secure = address->secure()] {
    if (secure)
      i->roots.refresh(i->tls);
    try {
      std::erase_if(i->sessions, [](auto& x) { return x.expired(); });
      i->sessions.push_back(s);
    } catch (...) {
      return s->broke_off(std::current_exception());
    }
    s->start();
  });
  return handle;
}

uint64_t network_thread::turns() {
  auto now = impl_->turns.load();
  if (impl_->turns_asked == now) {
    ++impl_->turns_asked;
    net::post(impl_->io, [i = impl_.get()] { ++i->turns; });
  }
  return now;
}

void network_thread::request(const http_request& request,
                             credentials_actor receiver) {
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(receiver);
  auto address = parse_url(request.url);
  if (!address) {
    caf::anon_send(receiver, http_response{request.ticket, 0, {},
                                           address.error().text});
  } else {
    if (address->secure())
      net::post(impl_->io, [i = impl_.get()] { i->roots.refresh(i->tls); });
    start_rest_request(impl_->io, impl_->names, impl_->tls, *address, request,
                       std::move(weak), impl_->config, impl_->clock);
  }
}

} // namespace observer
