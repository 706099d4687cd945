#define CAF_SUITE runtime_http_compression
#include "runtime/http/server.hpp"

#include <optional>

#include "client.hpp"
#include "gunzip.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::http_test;

namespace {

/// A server of one long and one short text in many types.
struct fixture {
  fixture() {
    config.port = 0;
    while (text.size() < 60'000)
      text += std::to_string(text.size()) + " ticks of a slot\n";
    server.emplace(
      config,
      [this](const http_call& call) {
        http_answer out;
        out.content_type = std::string{call.parameter("type")};
        out.body = call.path == "/short" ? "short" : text;
        if (call.path == "/chosen")
          out.headers = {{"Content-Encoding", "gzip"}};
        if (call.path == "/nothing")
          out.status = 204;
        return out;
      },
      [] { return std::string{}; });
    CAF_REQUIRE(server->wait_until_listening(20s));
    port = server->port();
  }
  reply get(const std::string& target, const std::string& codings = "gzip",
            const std::string& method = "GET") {
    return ask(port, method, target, {{"Accept-Encoding", codings}});
  }
  static bool is_gzip(const reply& r) {
    return r.header("content-encoding") == "gzip";
  }

  http_server_config config;
  std::string text;
  std::optional<http_server> server;
  uint16_t port = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(compression_tests, fixture)

CAF_TEST(a long answer is gzip for who likes it) {
  auto r = get("/?type=application/json", "br;q=1.0, gzip;q=0.8, *;q=0.1");
  CAF_CHECK(is_gzip(r));
  CAF_CHECK_EQUAL(gunzip{}.take(r.body), text);
  CAF_CHECK(r.body.size() * 4 < text.size());
  for (auto codings : {"gzip;q=0", "identity", "br", "gzip;q=0, *", ""}) {
    auto plain = get("/?type=application/json", codings);
    CAF_CHECK(!is_gzip(plain));
    CAF_CHECK_EQUAL(plain.body, text);
  }
  CAF_CHECK_EQUAL(ask(port, "GET", "/?type=text/plain").body, text);
}

CAF_TEST(every answer says that it hangs on the codings that are liked) {
  for (std::string target : {"/?type=text/plain", "/short?type=image/png",
                             "/nothing"})
    for (auto codings : {"gzip", "identity"})
      CAF_CHECK_EQUAL(get(target, codings).header("vary"), "Accept-Encoding");
}

CAF_TEST(codings may come in several fields) {
  client c{port};
  c.send("GET /?type=text/plain HTTP/1.1\r\nHost: a\r\n"
         "Accept-Encoding: br\r\naccept-encoding: gzip\r\n\r\n");
  CAF_CHECK(is_gzip(c.answer()));
}

CAF_TEST(what is short or of a type that gains nothing stays as it is) {
  for (std::string target :
       {"/short?type=text/plain", "/?type=image/png", "/?type=font/woff2",
        "/?type=application/octet-stream", "/?type="}) {
    auto r = get(target);
    CAF_CHECK(!is_gzip(r));
    CAF_CHECK(r.body == text || r.body == "short");
  }
  for (std::string type : {"text/html; charset=utf-8", "TEXT/CSS",
                           "image/svg+xml", "application/json;x=1"})
    CAF_CHECK(is_gzip(get("/?type=" + type.substr(0, type.find(' ')))));
}

CAF_TEST(what is in a coding already is not coded again) {
  auto r = get("/chosen?type=text/plain");
  CAF_CHECK(is_gzip(r));
  CAF_CHECK_EQUAL(r.body, text);
}

CAF_TEST(HEAD says what GET would) {
  auto whole = get("/?type=text/plain"), head
    = get("/?type=text/plain", "gzip", "HEAD");
  CAF_CHECK(is_gzip(head));
  CAF_CHECK_EQUAL(head.header("content-length"),
                  std::to_string(whole.body.size()));
  CAF_CHECK_EQUAL(head.body, "");
}

CAF_TEST(answers of one connection are each in the coding asked for) {
  client c{port};
  for (auto codings : {"gzip", "identity", "gzip", "gzip;q=0"}) {
    c.send(request("GET", "/?type=text/plain", {{"Accept-Encoding", codings}}));
    auto r = c.answer();
    auto plain = is_gzip(r) ? gunzip{}.take(r.body) : r.body;
    CAF_CHECK_EQUAL(is_gzip(r), std::string{codings} == "gzip");
    CAF_CHECK_EQUAL(plain, text);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
