#include "runtime/simulate/server.hpp"

#include <signal.h>

#include <chrono>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "runtime/simulate/hub.hpp"
#include "runtime/simulate/stream.hpp"

namespace observer {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace simulate;

namespace {

constexpr auto busy_tick = std::chrono::milliseconds{2};
constexpr auto idle_tick = std::chrono::milliseconds{20};
constexpr auto accept_pause = std::chrono::milliseconds{100};
constexpr auto goodbye_time = std::chrono::seconds{1};

} // namespace

/// The ports, the thread and the timer; what goes on is the hub's.
class simulated_exchange::impl {
public:
  explicit impl(const simulate_options& given) : options{given}, floor{given} {}

  std::optional<std::string> start();
  void stop();

  simulate_options options;
  asio::io_context io{1};
  uint16_t rest_port = 0, ws_port = 0;
  hub floor;

private:
  std::optional<std::string> listen(tcp::acceptor& acceptor, uint16_t port,
                                    const char* what, const char* flag,
                                    uint16_t& bound);
  std::optional<std::string> load_tls();
  void accept(tcp::acceptor& acceptor,
              void (hub::*serve)(std::unique_ptr<byte_stream>));
  void tick();
  void goodbye();

  std::optional<asio::ssl::context> tls;
  tcp::acceptor rest_acceptor{io}, ws_acceptor{io};
  asio::steady_timer tick_timer{io}, goodbye_timer{io};
  bool leaving = false;
  std::thread thread;
};

std::optional<std::string> simulated_exchange::impl::start() {
  if (!options.tls_cert.empty())
    if (auto problem = load_tls())
      return problem;
  if (auto problem = listen(rest_acceptor, options.rest_port, "REST",
                            "--rest-port", rest_port))
    return problem;
  if (auto problem =
        listen(ws_acceptor, options.ws_port, "WebSocket", "--ws-port", ws_port))
    return problem;
  if (auto problem = floor.start())
    return problem;
  accept(rest_acceptor, &hub::serve_rest);
  accept(ws_acceptor, &hub::serve_websocket);
  tick();
  // Signals are the business of whoever runs the process.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread = std::thread{[this] { io.run(); }};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return std::nullopt;
}

std::optional<std::string>
simulated_exchange::impl::listen(tcp::acceptor& acceptor, uint16_t port,
                                 const char* what, const char* flag,
                                 uint16_t& bound) {
  error_code error;
  auto host = options.host == "localhost" ? "127.0.0.1" : options.host;
  auto address = asio::ip::make_address(host, error);
  if (error || !address.is_loopback())
    return fmt::format("--host {}: not a loopback address; use 127.0.0.1",
                       options.host);
  tcp::endpoint endpoint{address, port};
  acceptor.open(endpoint.protocol(), error);
  if (!error)
    acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error)
    acceptor.bind(endpoint, error);
  if (!error)
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use)
    return fmt::format("{} port {} of {} is in use; stop what listens there, "
                       "or choose another with {} (0: any free port)",
                       what, port, host, flag);
  if (error)
    return fmt::format("cannot listen on {} port {} of {}: {}; choose another "
                       "with {} (0: any free port)",
                       what, port, host, error.message(), flag);
  bound = acceptor.local_endpoint().port();
  return std::nullopt;
}

std::optional<std::string> simulated_exchange::impl::load_tls() {
  error_code error;
  tls.emplace(asio::ssl::context::tls_server);
  tls->set_options(asio::ssl::context::default_workarounds
                   | asio::ssl::context::no_tlsv1
                   | asio::ssl::context::no_tlsv1_1);
  tls->use_certificate_chain_file(options.tls_cert, error);
  if (error)
    return fmt::format("--tls-cert {}: {}; give a PEM certificate",
                       options.tls_cert, error.message());
  tls->use_private_key_file(options.tls_key, asio::ssl::context::pem, error);
  if (error)
    return fmt::format("--tls-key {}: {}; give the PEM key of the certificate",
                       options.tls_key, error.message());
  return std::nullopt;
}

void simulated_exchange::impl::accept(
  tcp::acceptor& acceptor, void (hub::*serve)(std::unique_ptr<byte_stream>)) {
  acceptor.async_accept(
    [this, &acceptor, serve](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted)
        return;
      if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay{true}, ignored);
        (floor.*serve)(tls ? tls_stream(std::move(socket), *tls)
                           : plain_stream(std::move(socket)));
      }
      if (!error) {
        accept(acceptor, serve);
        return;
      }
      // Out of descriptors, most likely: try again when some may be free.
      auto pause = std::make_shared<asio::steady_timer>(io, accept_pause);
      pause->async_wait([this, &acceptor, serve, pause](error_code) {
        if (!leaving)
          accept(acceptor, serve);
      });
    });
}

void simulated_exchange::impl::tick() {
  if (leaving)
    return;
  auto pause = floor.tick() ? busy_tick : idle_tick;
  tick_timer.expires_after(pause);
  tick_timer.async_wait([this](error_code error) {
    if (!error)
      tick();
  });
}

void simulated_exchange::impl::stop() {
  if (!thread.joinable())
    return;
  asio::post(io, [this] { goodbye(); });
  thread.join();
  floor.finish();
}

void simulated_exchange::impl::goodbye() {
  leaving = true;
  error_code ignored;
  rest_acceptor.close(ignored);
  ws_acceptor.close(ignored);
  tick_timer.cancel();
  // Whoever does not read, or never finished a handshake, is not waited for.
  goodbye_timer.expires_after(goodbye_time);
  goodbye_timer.async_wait([this](error_code) { io.stop(); });
  floor.goodbye([this] { io.stop(); });
}

// --- The public face --------------------------------------------------------

simulated_exchange::simulated_exchange() = default;
simulated_exchange::~simulated_exchange() {
  stop();
}

std::optional<std::string>
simulated_exchange::start(const simulate_options& options) {
  if (impl_)
    return "this simulated exchange was started before; make a new one";
  if (auto problem = problem_with(options))
    return problem;
  auto made = std::make_unique<impl>(options);
  if (auto problem = made->start())
    return problem;
  impl_ = std::move(made);
  return std::nullopt;
}

void simulated_exchange::stop() {
  if (impl_)
    impl_->stop();
}

uint16_t simulated_exchange::rest_port() const {
  return impl_ ? impl_->rest_port : 0;
}
uint16_t simulated_exchange::ws_port() const {
  return impl_ ? impl_->ws_port : 0;
}

namespace {

std::string url(const char* scheme, const simulate_options& x, uint16_t port) {
  auto host = x.host.find(':') == x.host.npos ? x.host : "[" + x.host + "]";
  return fmt::format("{}{}://{}:{}", scheme, x.tls_cert.empty() ? "" : "s",
                     host, port);
}

} // namespace

std::string simulated_exchange::rest_url() const {
  return impl_ ? url("http", impl_->options, rest_port()) : "";
}
std::string simulated_exchange::websocket_url() const {
  return impl_ ? url("ws", impl_->options, ws_port()) : "";
}
uint64_t simulated_exchange::seed() const {
  return impl_ ? impl_->floor.seed() : 0;
}
simulate_counts simulated_exchange::counts() const {
  return impl_ ? impl_->floor.counts() : simulate_counts{};
}
uint64_t simulated_exchange::records_sent() const {
  return impl_ ? impl_->floor.records() : 0;
}
void simulated_exchange::strike(const fault_plan& plan) {
  if (impl_)
    asio::post(impl_->io, [x = impl_.get(), plan] { x->floor.strike(plan); });
}

} // namespace observer
