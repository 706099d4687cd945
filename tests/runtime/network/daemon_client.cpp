#define CAF_SUITE runtime_network_daemon_client
#include "test.hpp"

#include "runtime/network/daemon_client.hpp"

#include <chrono>

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(an address may leave out the scheme) {
  auto u = parse_daemon_url("vm-1:8000").value();
  CAF_CHECK_EQUAL(u.authority(), "vm-1:8000");
  CAF_CHECK_EQUAL(u.scheme, "http");
}

CAF_TEST(an address that is not of plain http says what to do) {
  for (auto text : {"https://host", "ws://host", "http://host/?x=1", "a:b:c",
                    "http://user:CANARY@host"}) {
    auto bad = parse_daemon_url(text);
    CAF_REQUIRE(!bad.has_value());
    CAF_CHECK(bad.error().text.find("CANARY") == std::string::npos);
  }
  auto secure = parse_daemon_url("https://host");
  CAF_CHECK(secure.error().text.find("ssh -L") != std::string::npos);
}

CAF_TEST(nobody listening is said at once and a cancelled client never waits) {
  // Port 1 of loopback: nothing listens there.
  daemon_client c{parse_daemon_url("http://127.0.0.1:1").value(), secret{}};
  auto begin = std::chrono::steady_clock::now();
  auto r = c.get("/status");
  CAF_REQUIRE(!r.has_value());
  CAF_CHECK_EQUAL(r.error().text, "connection refused");
  c.cancel();
  auto after = c.get("/status");
  CAF_CHECK(!after.has_value());
  CAF_CHECK(std::chrono::steady_clock::now() - begin
            < std::chrono::seconds{2});
}

} // namespace CAF_SUITE
