#define CAF_SUITE runtime_http_crowd
#include "runtime/http/server.hpp"

#include <sys/resource.h>

#include <atomic>
#include <ctime>
#include <deque>
#include <optional>
#include <vector>

#include "client.hpp"
#include "test.hpp"

namespace CAF_SUITE {

// More clients than there is room for, of every kind that does nothing: a probe
// is answered all the same.

using namespace observer;
using namespace observer::http_test;

namespace {

struct fixture {
  fixture() {
    config.port = 0;
    config.stream_interval = 5ms;
    config.connections_max = 8;
    config.streams_max = 4;
  }
  void start() {
    server.emplace(
      config,
      [](const http_call& call) {
        http_answer out;
        if (call.path == "/stream")
          out.streams = true;
        else if (call.path == "/big")
          out.body.assign(8 << 20, 'x');
        else
          out.body = "well";
        return out;
      },
      [] { return std::string{"data: e\n\n"}; });
    CAF_REQUIRE(server->wait_until_listening(20s));
    port = server->port();
  }
  bool healthy() {
    return ask(port, "GET", "/health").status == 200;
  }
  size_t open() {
    return server->look().open;
  }
  std::vector<client> halves(size_t count, const std::string& half) {
    std::vector<client> out;
    for (size_t i = 0; i < count; ++i) {
      out.emplace_back(port);
      out.back().send(half);
    }
    return out;
  }

  http_server_config config;
  std::optional<http_server> server;
  uint16_t port = 0;
};

/// Processor time of this process, in seconds.
double processor_s() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// No more descriptors for this process while it lives.
class no_descriptors {
 public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto lowest_free = ::dup(0);
    ::close(lowest_free);
    auto none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~no_descriptors() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;

 private:
  rlimit before_{};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(crowd_tests, fixture)

CAF_TEST(half requests shut no probe out) {
  start();
  for (auto half : {"", "G", "GET /half HTTP/1.1\r\nHost: 127.0.0.1\r\n",
                    "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",
                    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"}) {
    auto crowd = halves(3 * config.connections_max, half);
    for (int i = 0; i < 3; ++i)
      CAF_CHECK(healthy());
    CAF_CHECK(open() <= config.connections_max);
  }
}

CAF_TEST(the oldest half request goes first) {
  start();
  auto crowd = halves(config.connections_max, "GET /half");
  CAF_CHECK(eventually([&] { return open() == config.connections_max; }));
  CAF_CHECK(healthy());
  CAF_CHECK(crowd.front().is_closed());
  crowd.back().send(" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  CAF_CHECK_EQUAL(crowd.back().answer().status, 200);
}

CAF_TEST(answers that nobody reads shut no probe out) {
  start();
  std::vector<client> crowd;
  for (size_t i = 0; i < config.connections_max; ++i) {
    crowd.emplace_back(port, 4'096);
    crowd.back().send(request("GET", "/big"));
  }
  CAF_CHECK(eventually([&] { return healthy(); }, 5s));
}

CAF_TEST(pipelined requests that nobody reads shut no probe out) {
  start();
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += request("GET", "/big");
  std::vector<client> crowd;
  for (size_t i = 0; i < config.connections_max; ++i) {
    crowd.emplace_back(port, 4'096);
    crowd.back().send(many);
  }
  CAF_CHECK(eventually([&] { return healthy(); }, 5s));
}

CAF_TEST(streams leave room for probes) {
  start();
  std::vector<client> crowd;
  for (size_t i = 0; i < 3 * config.connections_max; ++i) {
    crowd.emplace_back(port);
    crowd.back().send(request("GET", "/stream"));
  }
  CAF_CHECK(eventually(
    [&] { return server->look().streams == config.streams_max; }));
  for (int i = 0; i < 10; ++i)
    CAF_CHECK(healthy());
  // And stay.
  CAF_CHECK_EQUAL(server->look().streams, config.streams_max);
  CAF_CHECK(crowd.front().sees("data: e"));
}

CAF_TEST(refused clients that do not leave shut no probe out) {
  start();
  auto crowd = halves(3 * config.connections_max, "nonsense\r\n\r\n");
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(healthy());
}

CAF_TEST(thousands of connections that say nothing shut no probe out) {
  start();
  std::deque<client> crowd;
  for (int i = 0; i < 4'000; ++i) {
    crowd.emplace_back(port);
    if (crowd.size() > 200) // descriptors are this test's, too
      crowd.pop_front();
    if (i % 500 == 0)
      CAF_CHECK(healthy());
  }
  CAF_CHECK(healthy());
  CAF_CHECK(open() <= config.connections_max);
}

CAF_TEST(without descriptors a probe is answered and no processor is burnt) {
  start();
  CAF_CHECK(healthy());
  CAF_CHECK(eventually([&] { return open() == 0; }));
  // Sockets of the test's first: it needs descriptors itself.
  std::vector<int> sockets;
  for (int i = 0; i < 6; ++i)
    sockets.push_back(::socket(AF_INET, SOCK_STREAM, 0));
  auto connect = [&](int fd) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
  };
  auto answered = [&](int fd) {
    auto text = request("GET", "/health", {{"Connection", "close"}});
    ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    pollfd p{fd, POLLIN, 0};
    char bytes[512];
    return ::poll(&p, 1, 20'000) > 0
           && ::recv(fd, bytes, sizeof(bytes), 0) > 12
           && std::string_view{bytes, 12} == "HTTP/1.1 200";
  };
  {
    no_descriptors none;
    for (int i = 0; i < 3; ++i) {
      CAF_CHECK(connect(sockets[i]));
      CAF_CHECK(answered(sockets[i]));
    }
    // Two that say nothing: one has the descriptor that is kept, the other
    // waits for one.
    CAF_CHECK(connect(sockets[3]) && connect(sockets[4]));
    auto before = processor_s();
    std::this_thread::sleep_for(500ms); // in which nothing is to be done
    CAF_CHECK(processor_s() - before < 0.25);
    CAF_CHECK(connect(sockets[5]));
    CAF_CHECK(answered(sockets[5]));
  }
  for (auto fd : sockets)
    ::close(fd);
  CAF_CHECK(healthy());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
