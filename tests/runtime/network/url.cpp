#define CAF_SUITE runtime_network_url
#include "test.hpp"

#include "runtime/network/url.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(an address has scheme and host and port and target) {
  auto u = parse_url("WSS://ops.example:21000/tryitout?x=1").value();
  CAF_CHECK_EQUAL(u.scheme, "wss");
  CAF_CHECK_EQUAL(u.host, "ops.example");
  CAF_CHECK_EQUAL(u.port, "21000");
  CAF_CHECK_EQUAL(u.target, "/tryitout?x=1");
  CAF_CHECK(u.secure());
}

CAF_TEST(what is left out has a default) {
  auto u = parse_url("ws://host").value();
  CAF_CHECK_EQUAL(u.port, "80");
  CAF_CHECK_EQUAL(u.target, "/");
  CAF_CHECK_EQUAL(parse_url("https://host").value().port, "443");
}

CAF_TEST(an IPv6 address stands in brackets) {
  auto u = parse_url("ws://[::1]:21000/").value();
  CAF_CHECK_EQUAL(u.host, "::1");
  CAF_CHECK_EQUAL(u.port, "21000");
  CAF_CHECK_EQUAL(u.authority(), "[::1]:21000");
}

CAF_TEST(a bad address says what is wrong) {
  for (auto text : {"host:1", "ftp://host", "ws://", "ws://host:0",
                    "ws://host:65536", "ws://host:x", "ws://[::1",
                    "ws://a:]b:8080", "ws://a#b", "ws://a b", "ws://h/a b",
                    "ws://h/a\r\nx: y"})
    CAF_CHECK(!parse_url(text).has_value());
}

CAF_TEST(an address with a password does not show it) {
  auto bad = parse_url("ws://user:CANARY@host");
  CAF_REQUIRE(!bad.has_value());
  CAF_CHECK(bad.error().text.find("CANARY") == std::string::npos);
}

} // namespace CAF_SUITE
