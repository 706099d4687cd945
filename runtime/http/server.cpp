#include "runtime/http/server.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include "messages/exceptions.hpp"
#include "runtime/http/connection.hpp"

namespace observer {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
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

/// What the system takes of an answer before its peer reads: who asks much and
/// reads nothing is to wait, not we for his answers.
constexpr int send_buffer_bytes = 64 * 1024;
/// Between two looks for a descriptor, and after an exception in the thread.
constexpr std::chrono::milliseconds accept_pause{100};

bool lacks_descriptors(const error_code& ec) {
  return ec == asio::error::no_descriptors
         || ec == boost::system::errc::too_many_files_open_in_system;
}

} // namespace

/// A descriptor that is kept for the day when there are none: a probe is then
/// still answered.
class spare_descriptor {
 public:
  spare_descriptor() {
    hold();
  }
  ~spare_descriptor() {
    give();
  }
  spare_descriptor(const spare_descriptor&) = delete;
  spare_descriptor& operator=(const spare_descriptor&) = delete;

  void hold() noexcept {
    if (fd_ < 0)
      fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  /// Whether there was one.
  bool give() noexcept {
    if (fd_ < 0)
      return false;
    ::close(std::exchange(fd_, -1));
    return true;
  }

 private:
  int fd_ = -1;
};

struct http_server::impl {
  impl(http_server_config c, std::function<http_answer(const http_call&)> h,
       std::function<http_event()> n)
    : next_event(std::move(n)) {
    service.config = std::move(c);
    service.handle = std::move(h);
    service.newest = [this] { return newest(); };
    service.ended = [this] { spare.hold(); };
  }

  void run() noexcept;
  void resume();
  void close_all() noexcept;
  void listen();
  void accept();
  void accept_later(std::chrono::milliseconds pause);
  void take_in();
  void tick();
  void offer_event();
  stream_event_ptr make_event();
  stream_event_ptr newest();
  bool retire_one();

  http_service service;
  std::function<http_event()> next_event;
  stream_event_ptr event;
  uint64_t events = 0;
  std::chrono::steady_clock::time_point made;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer retry{io}, stream_timer{io};
  spare_descriptor spare;
  /// An accept, or the wait for the next attempt, is under way; so is a tick.
  bool accepting = false, ticking = false;
  bool told_taken = false;
  std::atomic<bool> ending{false};
  std::atomic<uint16_t> port{0};
  mutable std::mutex mutex;
  mutable std::condition_variable listening;
  std::thread thread;
};

void http_server::impl::listen() {
  auto& config = service.config;
  error_code ec;
  auto address = asio::ip::make_address(config.address, ec);
  tcp::endpoint end{address, config.port};
  if (!ec)
    acceptor.open(end.protocol(), ec);
  if (!ec)
    acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) // accepted sockets inherit it
    acceptor.set_option(asio::socket_base::send_buffer_size(send_buffer_bytes),
                        ec);
  if (!ec)
    acceptor.bind(end, ec);
  if (!ec)
    acceptor.non_blocking(true, ec);
  if (!ec)
    acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) {
    error_code ignored;
    acceptor.close(ignored);
    if (!std::exchange(told_taken, true))
      spdlog::warn("[http] cannot listen on {} port {}: {}; recording goes on "
                    "without the console, tried again every {} s; another "
                    "port: SERVICE_PORT (of the demo --port), none: 0",
                    config.address, config.port, ec.message(),
                    config.bind_retry.count() / 1'000);
    accept_later(config.bind_retry);
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

void http_server::impl::accept_later(std::chrono::milliseconds pause) {
  retry.expires_after(pause);
  retry.async_wait([this](error_code stopped) {
    if (stopped)
      return;
    accepting = false;
    resume();
  });
  accepting = true;
}

/// Waits until somebody is there, and only then asks for a descriptor: without
/// one, accepting fails whether anybody is there or not.
void http_server::impl::accept() {
  acceptor.async_wait(tcp::acceptor::wait_read, [this](error_code ec) {
    if (ec == asio::error::operation_aborted)
      return;
    accepting = false;
    take_in();
  });
  accepting = true;
}

void http_server::impl::take_in() {
  error_code ec;
  tcp::socket socket{io};
  acceptor.accept(socket, ec);
  // The one that is kept is for whoever waits.
  if (lacks_descriptors(ec) && spare.give())
    acceptor.accept(socket, ec);
  if (ec == asio::error::would_block || ec == asio::error::connection_aborted)
    return accept();
  if (ec) {
    // Else one of ours goes. Other descriptors are the recording's, which needs
    // them more.
    if (lacks_descriptors(ec))
      retire_one();
    return accept_later(accept_pause);
  }
  ++service.accepted;
  auto& all = service.connections;
  auto max = service.config.connections_max;
  while (all.size() >= max && retire_one()) {
  }
  if (all.size() < max) {
    all.push_back(
      std::make_shared<http_connection>(service, std::move(socket)));
    service.open_count = all.size();
    auto fresh = all.back();
    fresh->start();
  } else {
    ++service.refused;
  }
  accept();
}

/// Closes the connection that is missed least, so that whoever comes is heard:
/// half requests and answers that nobody reads must not shut probes out. Of the
/// peer that has most of them; of its own, first one that waits for nothing,
/// then half a request, then an answer on its way; the one that has waited
/// longest. False if all are streams.
bool http_server::impl::retire_one() {
  using wait_kind = http_connection::wait_kind;
  auto& all = service.connections;
  std::map<std::string_view, size_t> of_peer;
  for (auto& c : all)
    if (c->waits_for() != wait_kind::stream)
      ++of_peer[c->peer()];
  auto missed = [&](const std::shared_ptr<http_connection>& c) {
    return std::tuple{c->waits_for() == wait_kind::stream,
                      all.size() - of_peer[c->peer()], c->waits_for(),
                      c->since()};
  };
  auto least = std::min_element(
    all.begin(), all.end(),
    [&](auto& a, auto& b) { return missed(a) < missed(b); });
  if (least == all.end() || (*least)->waits_for() == wait_kind::stream)
    return false;
  auto one = *least;
  one->close();
  return true;
}

void http_server::impl::tick() {
  stream_timer.expires_after(service.config.stream_interval);
  stream_timer.async_wait([this](error_code ec) {
    if (ec)
      return;
    ticking = false;
    if (service.streams > 0)
      offer_event();
    else
      event.reset();
    tick();
  });
  ticking = true;
}

stream_event_ptr http_server::impl::make_event() {
  // Of one that fails the number is missed: nobody has what the next one's
  // changes begin with.
  auto number = ++events;
  event.reset();
  try {
    event = std::make_shared<const stream_event>(
      stream_event{next_event(), number});
    made = std::chrono::steady_clock::now();
  } catch (...) {
    // The next one may be better.
    auto thrown = std::current_exception();
    spdlog::error("[http] no event for the streams: {}",
                  words_of_exception(thrown));
  }
  return event;
}

/// For who has just come: the one that the others have, if there are any.
stream_event_ptr http_server::impl::newest() {
  auto age = std::chrono::steady_clock::now() - made;
  return event && age < service.config.stream_interval ? event : make_event();
}

void http_server::impl::offer_event() {
  auto fresh = make_event();
  if (!fresh)
    return;
  // Closing takes a client off the list.
  auto all = service.connections;
  for (auto& c : all)
    if (c->streams())
      c->offer(fresh);
}

/// Begins whatever should be under way and is not. What was cancelled says no
/// word any more.
void http_server::impl::resume() {
  if (!ticking)
    tick();
  if (accepting)
    return;
  if (acceptor.is_open())
    accept();
  else
    listen();
}

void http_server::impl::close_all() noexcept {
  while (!service.connections.empty()) {
    auto one = service.connections.front();
    one->close();
  }
}

void http_server::impl::run() noexcept {
  while (!ending) {
    try {
      resume();
      io.run();
      io.restart();
    } catch (...) {
      // Connections catch what their own work throws: this came from below
      // them, and it is not known whose work is lost.
      auto thrown = std::current_exception();
      tries([&] {
        spdlog::error("[http] {}: all connections are given up",
                      words_of_exception(thrown));
      });
      close_all();
      error_code ignored;
      acceptor.cancel(ignored);
      tries([&] { retry.cancel(); });
      tries([&] { stream_timer.cancel(); });
      accepting = ticking = false;
      std::this_thread::sleep_for(accept_pause);
    }
  }
  close_all();
}

http_server::http_server(http_server_config config,
                         std::function<http_answer(const http_call&)> handle,
                         std::function<http_event()> next_event)
  : impl_(std::make_unique<impl>(std::move(config), std::move(handle),
                                 std::move(next_event))) {
  impl_->thread = std::thread{[i = impl_.get()] { i->run(); }};
}

http_server::~http_server() {
  impl_->ending = true;
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
  auto& s = impl_->service;
  return {s.accepted, s.requests,   s.refused,
          s.timeouts, s.open_count, s.stream_count};
}

} // namespace observer
