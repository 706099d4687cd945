#define CAF_SUITE runtime_network_rest_request
#include "test.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "messages/korean_time.hpp"
#include "runtime/daemon/system_clock.hpp"
#include "runtime/network/name_lookup.hpp"
#include "runtime/network/network_thread.hpp"
#include "support/answer_in_pieces.hpp"
#include "support/black_hole.hpp"

namespace CAF_SUITE {

// The REST client against a server of its own, on real sockets.

using namespace observer;
namespace net = boost::asio;
using net::ip::tcp;

namespace {

using answer = std::promise<http_response>;

credentials_actor::behavior_type asker(credentials_actor::pointer,
                                       std::shared_ptr<answer> got) {
  return {
    [](const get_approval&) -> caf::result<approval> {
      return approval{{}, "not asked for", false};
    },
    [got](const http_response& r) { got->set_value(r); },
    [](const issue_due&) {},
  };
}

/// What the client makes of an answer that comes in these pieces, one packet
/// each.
http_response asked(const std::vector<std::string>& pieces,
                    std::chrono::milliseconds pause
                    = std::chrono::milliseconds{20},
                    const network_config& settings = {},
                    const std::string& host = "127.0.0.1",
                    const std::vector<std::string>& addresses = {},
                    std::shared_ptr<wall_clock> clock
                    = std::make_shared<system_clock>()) {
  answer_in_pieces server{pieces, pause};
  black_hole hole{server.port()};
  auto network = network_thread::make(
    settings, std::move(clock), [&](const std::string&) {
      found_addresses out;
      for (auto& a : addresses)
        out.endpoints.emplace_back(net::ip::make_address(a), 0);
      return out;
    });
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto got = std::make_shared<answer>();
  {
    auto actor = system.spawn(asker, got);
    http_request request;
    request.url = fmt::format("http://{}:{}/oauth2/Approval", host,
                              server.port());
    network.value()->request(request, actor);
    server.join();
    auto result = got->get_future();
    CAF_REQUIRE(result.wait_for(std::chrono::seconds{10})
                == std::future_status::ready);
    return result.get();
  }
}

const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

} // namespace

CAF_TEST(an answer may come in pieces) {
  auto got = asked({"HTTP/1.1 200 OK\r\nContent-", "Length: 4\r\n\r", "\nbo",
                    "dy"});
  CAF_CHECK_EQUAL(got.status, 200);
  CAF_CHECK_EQUAL(got.body, "body");
}

CAF_TEST(a chunked answer may come in pieces) {
  auto got = asked({head, "4\r", "\nbody", "\r\n0\r\n\r", "\n"});
  CAF_CHECK_EQUAL(got.status, 200);
  CAF_CHECK_EQUAL(got.body, "body");
}

CAF_TEST(an empty chunked answer may come in pieces) {
  auto got = asked({head + "0\r\n", "\r", "\n"});
  CAF_CHECK_EQUAL(got.status, 200);
  CAF_CHECK_EQUAL(got.body, "");
}

CAF_TEST(a chunked answer that ends too soon is a problem) {
  auto got = asked({head + "0\r\n"});
  CAF_CHECK_EQUAL(got.status, 0);
  CAF_CHECK(got.problem.find("no HTTP answer") != std::string::npos);
}

CAF_TEST(an empty chunked answer may be cut anywhere) {
  auto all = head + "0\r\n\r\n";
  for (size_t cut = head.size() - 2; cut < all.size(); ++cut) {
    auto got = asked({all.substr(0, cut), all.substr(cut)});
    CAF_CHECK_EQUAL(got.status, 200);
    CAF_CHECK_EQUAL(got.body, "");
  }
}

CAF_TEST(an answer that is too long is called so) {
  for (auto& text :
       {std::string{"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"},
        head + "2dc6c0\r\n", "HTTP/1.1 200 OK\r\n\r\n"
                                 + std::string(70'000, '[')}) {
    auto got = asked({text});
    CAF_CHECK_EQUAL(got.status, 0);
    CAF_CHECK(got.body.empty());
    CAF_CHECK(got.problem.find("HTTP 200 with more than 65536 bytes")
              != std::string::npos);
  }
}

CAF_TEST(answers of every kind are answers) {
  auto status = [](const std::string& text) { return asked({text}).status; };
  CAF_CHECK_EQUAL(status("HTTP/1.1 100 Continue\r\n\r\n"
                         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"),
                  200);
  CAF_CHECK_EQUAL(status("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n"
                         "\r\n"),
                  204);
  CAF_CHECK_EQUAL(status("HTTP/1.1 304 \r\nTransfer-Encoding: chunked\r\n"
                         "\r\n"),
                  304);
  CAF_CHECK_EQUAL(status("HTTP/1.1 500\r\nContent-Length: 0\r\n\r\n"), 500);
  auto old = asked({"HTTP/1.0 200 OK\r\n\r\nuntil ", "the end"});
  CAF_CHECK_EQUAL(old.body, "until the end");
}

CAF_TEST(an answer that is none says so) {
  for (auto& bad :
       {std::string{"SSH-2.0-OpenSSH_9.2\r\n"}, std::string{"\x15\x03\x01"},
        std::string{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"},
        head + "0\r\nTrailer: " + std::string(70'000, 't') + "\r\n\r\n",
        head + "1;" + std::string(70'000, 'e') + "\r\na\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n",
        std::string{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"},
        std::string{""}, std::string{"HTTP/1.1 100 Continue\r\n\r\n"}}) {
    auto got = asked({bad});
    CAF_CHECK_EQUAL(got.status, 0);
    CAF_CHECK(got.problem.find("no HTTP answer") != std::string::npos
              || got.problem.find("reset") != std::string::npos);
    CAF_CHECK_LESS(got.problem.size(), 500u);
  }
}

CAF_TEST(who speaks TLS where none is asked for is told as such) {
  auto got = asked({std::string{"\x15\x03\x01\x00\x02\x02\x46", 7}});
  CAF_CHECK(got.problem.find("begins with https://") != std::string::npos);
}

CAF_TEST(a packed answer is told as such) {
  auto got = asked({"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                    "Content-Length: 3\r\n\r\n\x1f\x8b\x08"});
  CAF_CHECK_EQUAL(got.status, 0);
  CAF_CHECK(got.problem.find("packed (gzip)") != std::string::npos);
}

CAF_TEST(an answer that does not come is a problem after its time) {
  network_config settings;
  settings.http_timeout = std::chrono::milliseconds{100};
  auto got = asked({head + "1\r\n"}, std::chrono::milliseconds{1'500}, settings);
  CAF_CHECK_EQUAL(got.status, 0);
  CAF_CHECK(got.problem.find("no answer within 100 ms") != std::string::npos);
}

/// Says after the first looks that nobody ran for ten minutes.
struct clock_of_a_pause : system_clock {
  int64_t steady_us() const override {
    ++looks;
    return system_clock::steady_us() - asleep_us();
  }
  int64_t asleep_us() const override {
    return looks > 2 ? 600 * us_per_second : 0;
  }
  mutable std::atomic<int> looks = 0;
};

CAF_TEST(what came while we did not run is read before it is called late) {
  network_config settings;
  settings.http_timeout = std::chrono::milliseconds{100};
  auto got = asked({head, "1\r\n1\r\n0\r\n\r\n"},
                   std::chrono::milliseconds{300}, settings, "127.0.0.1", {},
                   std::make_shared<clock_of_a_pause>());
  CAF_CHECK_EQUAL(got.problem, "");
  CAF_CHECK_EQUAL(got.status, 200);
}

CAF_TEST(the first address may be a black hole) {
  auto got = asked({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"},
                   std::chrono::milliseconds{0}, {}, "kis.example",
                   {black_hole::address(), "127.0.0.1"});
  CAF_CHECK_EQUAL(got.body, "a");
}

CAF_TEST(name servers that do not answer are told and hold up nobody) {
  std::promise<void> answers;
  network_config settings;
  settings.http_timeout = std::chrono::milliseconds{50};
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto got = std::make_shared<answer>();
  {
    auto network = network_thread::make(
      settings, std::make_shared<system_clock>(),
      [&, answered = answers.get_future().share()](const std::string&) {
        answered.wait();
        return found_addresses{};
      });
    auto actor = system.spawn(asker, got);
    http_request request;
    request.url = "http://kis.example/oauth2/Approval";
    network.value()->request(request, actor);
    auto words = got->get_future().get().problem;
    CAF_CHECK(words.find("no answer within 50 ms: the name servers have not "
                         "answered for \"kis.example\"")
              != std::string::npos);
  } // the thread that asks is left behind
  answers.set_value();
}

CAF_TEST(an answer without a length ends with its stream however that ends) {
  // Closed with something unread: the kernel resets.
  auto got = asked({"HTTP/1.1 200 OK\r\n\r\n{\"a\":1}"});
  CAF_CHECK_EQUAL(got.body, "{\"a\":1}");
}

CAF_TEST(a long header is read) {
  auto got = asked({"HTTP/1.1 200 OK\r\nSet-Cookie: "
                    + std::string(40'000, 'c')
                    + "\r\nContent-Length: 1\r\n\r\na"});
  CAF_CHECK_EQUAL(got.body, "a");
}

CAF_TEST(a request that is dropped is answered all the same) {
  net::io_context io;
  tcp::acceptor door{io, {net::ip::address_v4::loopback(), 0}};
  auto network = network_thread::make({}, std::make_shared<system_clock>());
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto got = std::make_shared<answer>();
  auto actor = system.spawn(asker, got);
  http_request request;
  request.ticket = 7;
  request.url = fmt::format("http://127.0.0.1:{}/oauth2/Approval",
                            door.local_endpoint().port());
  network.value()->request(request, actor);
  tcp::socket silent{io};
  door.accept(silent);
  { auto gone = std::move(network).value(); }
  auto result = got->get_future();
  CAF_REQUIRE(result.wait_for(std::chrono::seconds{10})
              == std::future_status::ready);
  auto response = result.get();
  CAF_CHECK_EQUAL(response.ticket, 7u);
  CAF_CHECK_EQUAL(response.status, 0);
  CAF_CHECK(response.problem.find("given up") != std::string::npos);
}

} // namespace CAF_SUITE
