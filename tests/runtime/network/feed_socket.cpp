#define CAF_SUITE runtime_network_feed_socket
#include "test.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <new>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sys/ioctl.h>

#include "runtime/daemon/system_clock.hpp"
#include "runtime/network/name_lookup.hpp"
#include "runtime/network/network_thread.hpp"
#include "runtime/network/websocket.hpp"
#include "support/black_hole.hpp"
#include "support/connection_stub.hpp"

namespace CAF_SUITE {

// The feed's socket against a server of its own, on real sockets: whatever the
// end, what the machine has received is handed on before it.

using namespace observer;
using namespace std::chrono_literals;
namespace net = boost::asio;
using net::ip::tcp;
using observer::websocket::append_frame;
using observer::websocket::opcode;

namespace {

/// What the receiver heard, for the test's thread.
struct heard {
  std::mutex mutex;
  std::vector<std::string> texts;
  uint64_t batches = 0;
  /// Says the word that a batch is consumed; null: never.
  std::function<void(uint64_t)> consume;
  std::promise<void> opened;
  std::promise<socket_closed> closed;
};

connection_actor::behavior_type receiver(connection_actor::pointer,
                                         std::shared_ptr<heard> h) {
  return test::connection_stub({
    .on_opened = [h](const socket_opened&) { h->opened.set_value(); },
    .on_frames =
      [h](const frame_batch_ptr& b) {
        std::lock_guard lock{h->mutex};
        for (auto& item : b->frames)
          h->texts.emplace_back(b->text(item));
        ++h->batches;
        if (h->consume)
          h->consume(b->number);
      },
    .on_closed = [h](const socket_closed& c) { h->closed.set_value(c); },
  });
}

/// Until `condition` holds; the bound is for a broken program.
template <class Condition>
bool eventually(Condition condition) {
  auto end = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(1ms); // between two looks
  }
  return true;
}

/// The other side: answers the upgrade, then does what the test says.
class peer {
 public:
  explicit peer(std::string behind_the_answer = {}, std::string fields = {})
    : behind_(std::move(behind_the_answer)), fields_(std::move(fields)) {}

  uint16_t port() const {
    return door_.local_endpoint().port();
  }
  std::string url() const {
    return fmt::format("ws://127.0.0.1:{}/", port());
  }
  void accept() {
    door_.accept(socket_);
    socket_.set_option(tcp::no_delay{true});
    std::string request;
    net::read_until(socket_, net::dynamic_buffer(request), "\r\n\r\n");
    std::string_view name = "Sec-WebSocket-Key: ";
    auto key = request.substr(request.find(name) + name.size(), 24);
    net::write(socket_, net::buffer("HTTP/1.1 101 Switching Protocols\r\n"
                                    "Upgrade: websocket\r\n"
                                    "Connection: Upgrade\r\n"
                                    "Sec-WebSocket-Accept: "
                                    + websocket::accept_key(key) + "\r\n"
                                    + fields_ + "\r\n" + behind_));
  }
  void accept_and_forget() {
    door_.accept(socket_);
  }
  void send(std::string_view bytes) {
    net::write(socket_, net::buffer(bytes));
  }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  /// Until all that was sent is on the other machine; its program may not have
  /// read it.
  void await_delivery() {
    int left = 0;
    do {
      std::this_thread::yield();
      CAF_REQUIRE_EQUAL(::ioctl(socket_.native_handle(), TIOCOUTQ, &left), 0);
    } while (left > 0);
  }
  /// Until something comes.
  std::string read() {
    std::string out(64 * 1024, '\0');
    boost::system::error_code ec;
    out.resize(socket_.read_some(net::buffer(out), ec));
    return out;
  }

 private:
  std::string behind_, fields_;
  net::io_context io_;
  tcp::acceptor door_{io_, {net::ip::address_v4::loopback(), 0}};
  tcp::socket socket_{io_};
};

/// More than is gathered for a receiver that is busy, and no more than the
/// system takes besides.
constexpr size_t backlog = 850;

/// `count` texts that tell their number, as a server frames them.
std::string frames(size_t first, size_t count) {
  std::string out;
  for (size_t i = first; i < first + count; ++i)
    append_frame(out, opcode::text, fmt::format("{:0300}", i));
  return out;
}

/// Throws when it is asked to: what runs on the network's thread asks it.
class failing_clock : public system_clock {
 public:
  int64_t now_us() const override {
    if (fails > 0) {
      --fails;
      throw std::bad_alloc{};
    }
    return system_clock::now_us();
  }
  mutable std::atomic<int> fails{0};
};

class fixture {
 public:
  /// Connects; the receiver consumes at once or, with `busy`, never.
  void connect(peer& p, bool busy) {
    auto actor = system.spawn(receiver, h);
    std::thread server{[&] { p.accept(); }};
    {
      // The receiver may hear before we have the socket.
      std::lock_guard lock{h->mutex};
      socket = network->connect({p.url(), 1}, actor);
      if (!busy)
        h->consume = [this](uint64_t n) { socket->consumed(n); };
    }
    server.join();
    await(h->opened);
    keeps = actor;
  }

  template <class T>
  T await(std::promise<T>& from) {
    auto result = from.get_future();
    CAF_REQUIRE(result.wait_for(20s) == std::future_status::ready);
    return result.get();
  }

  /// All texts came, once and in order.
  void check_all(size_t count) {
    std::lock_guard lock{h->mutex};
    CAF_REQUIRE_EQUAL(h->texts.size(), count);
    for (size_t i = 0; i < count; ++i)
      CAF_REQUIRE_EQUAL(h->texts[i], fmt::format("{:0300}", i));
  }

  ~fixture() {
    socket.reset();
    keeps = nullptr;
    network.reset();
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  std::shared_ptr<heard> h = std::make_shared<heard>();
  std::shared_ptr<failing_clock> clock = std::make_shared<failing_clock>();
  std::unique_ptr<network_thread> network
    = network_thread::make({}, clock).value();
  std::unique_ptr<web_socket> socket;
  connection_actor keeps;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(feed_socket_tests, fixture)

CAF_TEST(what comes with the answer to the upgrade is read) {
  peer p{frames(0, 200)};
  connect(p, false);
  p.send(frames(200, 1));
  p.close();
  auto end = await(h->closed);
  CAF_CHECK(end.end == socket_end::broken);
  check_all(201);
}

CAF_TEST(the answer to the upgrade may be long) {
  peer p{frames(0, 1), "Set-Cookie: " + std::string(40'000, 'c') + "\r\n"};
  connect(p, false);
  CAF_CHECK(eventually([&] {
    std::lock_guard lock{h->mutex};
    return h->texts.size() == 1;
  }));
}

CAF_TEST(reading goes on whenever the receiver says its word) {
  peer p;
  connect(p, false);
  constexpr size_t rounds = 200, each = 500; // some 30 MB, 150 KB at once
  std::thread server{[&] {
    for (size_t i = 0; i < rounds; ++i)
      p.send(frames(i * each, each));
    p.close();
  }};
  await(h->closed);
  server.join();
  check_all(rounds * each);
}

CAF_TEST(the end of a connection comes behind all that it brought) {
  peer p;
  connect(p, true);
  p.send(frames(0, backlog));
  std::string close;
  append_frame(close, opcode::close, "\x03\xe9");
  p.send(close);
  p.await_delivery();
  p.close();
  socket->consumed(1);
  auto end = await(h->closed);
  CAF_CHECK(end.end == socket_end::broken);
  check_all(backlog);
}

CAF_TEST(a failed write loses nothing that has come) {
  peer p;
  connect(p, true);
  p.send(frames(0, backlog));
  p.await_delivery();
  p.close();
  // The first is answered by a reset; the next ones fail.
  for (int i = 0; i < 100; ++i)
    socket->send(std::string(10'000, 'x'));
  auto end = await(h->closed);
  CAF_CHECK(end.why.find("cannot send") != std::string::npos
            || end.why.find("does not read") != std::string::npos);
  check_all(backlog);
}

CAF_TEST(our close waits for what is on the way) {
  peer p;
  connect(p, true);
  p.send(frames(0, 2'000));
  socket->close();
  CAF_CHECK(!p.read().empty()); // our close frame
  std::string close;
  append_frame(close, opcode::close, "\x03\xe8");
  p.send(frames(2'000, 10) + close);
  auto end = await(h->closed);
  CAF_CHECK(end.end == socket_end::closed_by_us);
  check_all(2'010);
}

CAF_TEST(a violation ends the session behind what came before it) {
  peer p;
  connect(p, false);
  p.send(frames(0, 3) + "\xff\xff\xff\xff");
  auto end = await(h->closed);
  CAF_CHECK(end.end == socket_end::broken);
  CAF_CHECK(end.why.find("extension") != std::string::npos);
  check_all(3);
}

CAF_TEST(a ping is answered with its own words) {
  peer p;
  connect(p, false);
  std::string ping;
  append_frame(ping, opcode::ping, "are you there");
  p.send(ping);
  auto pong = p.read();
  CAF_REQUIRE_EQUAL(pong.size(), 2u + 4u + 13u);
  CAF_CHECK_EQUAL(pong[0], '\x8a');
  for (size_t i = 0; i < 13; ++i)
    CAF_CHECK_EQUAL(static_cast<char>(pong[6 + i] ^ pong[2 + i % 4]),
                    "are you there"[i]);
}

CAF_TEST(an exception in the thread ends its session and says why) {
  peer p;
  connect(p, true);
  std::string ping;
  append_frame(ping, opcode::ping, "");
  p.send(frames(0, 200) + ping);
  // Its answer: all that was sent before it has been read, in however many
  // pieces.
  CAF_REQUIRE(!p.read().empty());
  clock->fails = 1;
  p.send(frames(200, 1));
  auto end = await(h->closed);
  CAF_CHECK(end.end == socket_end::broken);
  CAF_CHECK(end.why.find("given up: out of memory") != std::string::npos);
  CAF_CHECK_EQUAL(end.attempt, 1u);
  // What had come whole is handed on before, the receiver's word or not.
  check_all(200);
  // The peer is not left with a connection that nobody reads.
  CAF_CHECK_EQUAL(p.read(), "");
}

CAF_TEST(an exception in one session is nothing to another) {
  peer p, q;
  connect(p, false);
  auto other = std::make_shared<heard>();
  auto actor = system.spawn(receiver, other);
  std::thread server{[&] { q.accept(); }};
  auto second = network->connect({q.url(), 2}, actor);
  server.join();
  await(other->opened);
  clock->fails = 1;
  p.send(frames(0, 1));
  await(h->closed);
  q.send(frames(0, 1));
  CAF_CHECK(eventually([&] {
    std::lock_guard lock{other->mutex};
    return other->texts.size() == 1;
  }));
  second.reset();
}

CAF_TEST(a probe is a ping that needs no answer) {
  peer p;
  connect(p, false);
  socket->probe();
  auto asked = p.read();
  CAF_REQUIRE(asked.size() >= 6);
  CAF_CHECK_EQUAL(asked[0], '\x89'); // a whole ping, masked, of no bytes
  CAF_CHECK_EQUAL(asked[1], '\x80');
  p.send(frames(0, 1));
  CAF_CHECK(eventually([&] {
    std::lock_guard lock{h->mutex};
    return h->texts.size() == 1;
  }));
}

CAF_TEST(the first address may be a black hole) {
  peer p;
  black_hole hole{p.port()};
  network = network_thread::make({}, clock, [&](const std::string&) {
              found_addresses out;
              for (auto a : {hole.address(), std::string{"127.0.0.1"}})
                out.endpoints.emplace_back(net::ip::make_address(a), 0);
              return out;
            }).value();
  auto actor = system.spawn(receiver, h);
  std::thread server{[&] { p.accept(); }};
  socket = network->connect({fmt::format("ws://kis.example:{}/", p.port()), 1},
                            actor);
  server.join();
  await(h->opened);
  keeps = actor;
}

CAF_TEST(an attempt that runs out says what it waited for) {
  peer p;
  network_config settings;
  settings.connect_timeout = 50ms;
  network = network_thread::make(settings, clock).value();
  auto actor = system.spawn(receiver, h);
  socket = network->connect({p.url(), 1}, actor);
  auto end = await(h->closed);
  CAF_CHECK(end.why.find("no WebSocket within 50 ms: 127.0.0.1 has not "
                         "answered the WebSocket upgrade")
            != std::string::npos);
  keeps = actor;
}

CAF_TEST(an exception while the socket opens is told as well) {
  peer p;
  clock->fails = 1;
  auto actor = system.spawn(receiver, h);
  std::thread server{[&] { p.accept_and_forget(); }};
  socket = network->connect({p.url(), 1}, actor);
  server.join();
  auto end = await(h->closed);
  CAF_CHECK(end.why.find("given up: out of memory") != std::string::npos);
  keeps = actor;
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
