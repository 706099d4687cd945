#define CAF_SUITE runtime_network_daemon_client
#include "test.hpp"

#include "runtime/network/daemon_client.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "support/answer_in_pieces.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

/// What the client makes of an answer in these pieces; in words where it makes
/// nothing of it.
std::string asked(const std::vector<std::string>& pieces) {
  answer_in_pieces server{pieces};
  daemon_client c{
    parse_daemon_url(fmt::format("127.0.0.1:{}", server.port())).value(),
    secret{}};
  auto got = c.get("/status");
  server.join();
  return got ? fmt::format("{} [{}]", got->status, got->body)
             : got.error().text;
}

const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

} // namespace

CAF_TEST(an answer may come in pieces and may be empty) {
  CAF_CHECK_EQUAL(asked({head + "0\r\n", "\r", "\n"}), "200 []");
  CAF_CHECK_EQUAL(asked({head + "0\r\n\r", "\n"}), "200 []");
  CAF_CHECK_EQUAL(asked({head + "2\r", "\nab\r\n", "0\r\n\r", "\n"}),
                  "200 [ab]");
  CAF_CHECK_EQUAL(asked({"HTTP/1.0 200\r\n\r\nuntil ", "the end"}),
                  "200 [until the end]");
  CAF_CHECK_EQUAL(asked({"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 \r\n\r\n"}),
                  "204 []");
}

CAF_TEST(an answer that is none is told in a few words) {
  CAF_CHECK_EQUAL(asked({""}), "it hung up without an answer");
  CAF_CHECK_EQUAL(asked({"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"}),
                  "it hung up within its answer");
  for (auto& bad :
       {std::string{"SSH-2.0-OpenSSH_9.2\r\n"},
        head + "0\r\nT: " + std::string(70'000, 't') + "\r\n\r\n",
        head + "1;" + std::string(70'000, 'e') + "\r\na\r\n"})
    CAF_CHECK_EQUAL(asked({bad}), "what answers there does not speak HTTP");
  CAF_CHECK_EQUAL(asked({head + "ffffffff\r\n"}), "its answer is too long");
}

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
