#define CAF_SUITE runtime_network_rest_request
#include "test.hpp"

#include <future>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "runtime/daemon/system_clock.hpp"
#include "runtime/network/network_thread.hpp"

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
http_response asked(const std::vector<std::string>& pieces) {
  net::io_context io;
  tcp::acceptor door{io, {net::ip::address_v4::loopback(), 0}};
  std::thread server{[&] {
    tcp::socket client{io};
    door.accept(client);
    client.set_option(tcp::no_delay{true});
    std::string request;
    net::read_until(client, net::dynamic_buffer(request), "\r\n\r\n");
    for (auto& piece : pieces) {
      boost::system::error_code gone; // a client that hangs up early is judged
      net::write(client, net::buffer(piece), gone); // by what it says
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  }};
  auto network = network_thread::make({}, std::make_shared<system_clock>());
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto got = std::make_shared<answer>();
  {
    auto actor = system.spawn(asker, got);
    http_request request;
    request.url = fmt::format("http://127.0.0.1:{}/oauth2/Approval",
                              door.local_endpoint().port());
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

} // namespace CAF_SUITE
