#define CAF_SUITE runtime_network_name_connect
#include "test.hpp"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/network/name_connect.hpp"
#include "support/black_hole.hpp"

namespace CAF_SUITE {

// Addresses of loopback: one that listens, one where nobody does, one that
// drops what comes.

using namespace observer;
using namespace std::chrono_literals;
namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

constexpr const char* good = "127.0.0.1";
constexpr const char* nobody = "127.0.0.2";

struct fixture {
  net::io_context io{1};
  tcp::acceptor door{io, {net::ip::make_address(good), 0}};
  uint16_t port = door.local_endpoint().port();
  std::vector<std::string> addresses;
  name_lookup names{io, [this](const std::string&) {
                      found_addresses out;
                      for (auto& a : addresses)
                        out.endpoints.emplace_back(net::ip::make_address(a), 0);
                      return out;
                    }};
  std::optional<std::string> told;
  std::shared_ptr<name_connect> attempt;

  void begin(std::vector<std::string> at, const char* host = "kis") {
    addresses = std::move(at);
    url u{"http", host, std::to_string(port), "/"};
    attempt = connect_by_name(
      io, names, u,
      {[this](tcp::socket s) {
         told = "connected to " + s.remote_endpoint().address().to_string();
       },
       [this](const error_code&, const std::string& words) { told = words; },
       [](const std::exception_ptr&) {}});
  }
  std::string outcome() {
    auto work = net::make_work_guard(io);
    io.restart();
    while (!told)
      CAF_REQUIRE(io.run_one_for(20s) > 0);
    return *told;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(name_connect_tests, fixture)

CAF_TEST(the next address has its turn when the first is silent) {
  black_hole hole{port};
  begin({hole.address(), good});
  CAF_CHECK_EQUAL(outcome(), "connected to 127.0.0.1");
}

CAF_TEST(the next address has its turn when the first refuses) {
  begin({nobody, good});
  CAF_CHECK_EQUAL(outcome(), "connected to 127.0.0.1");
}

CAF_TEST(the first that answers is enough) {
  begin({good, nobody});
  CAF_CHECK_EQUAL(outcome(), "connected to 127.0.0.1");
}

CAF_TEST(what none of them said is told of each) {
  begin({nobody, "127.0.0.3"});
  CAF_CHECK_EQUAL(outcome(), "127.0.0.2: Connection refused, "
                             "127.0.0.3: Connection refused");
}

CAF_TEST(what a name is is told and what the address says is not) {
  begin({nobody});
  CAF_CHECK_EQUAL(outcome(), "127.0.0.2: Connection refused");
  told.reset();
  begin({}, nobody);
  CAF_CHECK_EQUAL(outcome(), "Connection refused");
}

CAF_TEST(what is waited for has a name) {
  black_hole hole{port};
  begin({nobody, hole.address()});
  CAF_CHECK(attempt->waits_for().find("name servers") != std::string::npos);
  auto work = net::make_work_guard(io);
  while (attempt->waits_for().find(hole.address()) == std::string::npos)
    CAF_REQUIRE(io.run_one_for(20s) > 0);
  CAF_CHECK_EQUAL(attempt->waits_for(),
                  hole.address()
                    + " has not taken the connection; check the address and "
                      "the network; 127.0.0.2: Connection refused");
  attempt->cancel();
  io.poll();
  CAF_CHECK(!told);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
