#define CAF_SUITE runtime_doctor_network_check
#include "test.hpp"

#include "runtime/doctor/network_check.hpp"

#include <string>

#include <fmt/format.h>

#include "runtime/doctor/settings_check.hpp"
#include "runtime/simulate/server.hpp"
#include "support/answer_in_pieces.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

std::string text_of(const check_report& r) {
  std::string out;
  for (auto& line : r.lines())
    out += fmt::format("{} {} [{}]\n", to_string(line.state), line.name,
                       line.text);
  return out;
}

bool says(const std::string& text, const std::string& part) {
  if (text.find(part) != text.npos)
    return true;
  CAF_MESSAGE(text << " does not say " << part);
  return false;
}

std::string clock_at(int64_t ahead_ms, int64_t accuracy_ms = 500) {
  check_report r;
  judge_clock(ahead_ms, accuracy_ms, r);
  return text_of(r);
}

config with_keys(const std::string& base_url, const std::string& secret_text) {
  config c;
  c.kis.base_url = base_url;
  c.kis.app_key = secret{"sim-appkey"};
  c.kis.app_secret = secret{secret_text};
  return c;
}

std::string rest(const config& c, bool keys = true) {
  check_report r;
  check_rest(c, keys, r);
  return text_of(r);
}

} // namespace

CAF_TEST(the date of an HTTP answer is read and nothing else) {
  auto good = parse_http_date("Mon, 14 Sep 2026 06:07:46 GMT");
  CAF_REQUIRE(good);
  CAF_CHECK_EQUAL(*good, 1'789'366'066);
  for (auto bad :
       {"", "Mon, 14 Sep 2026 06:07:46 KST", "Mon, 14 sep 2026 06:07:46 GMT",
        "Monday, 14-Sep-26 06:07:46 GMT", "Mon Sep 14 06:07:46 2026     ",
        "Mon, 32 Sep 2026 06:07:46 GMT", "Mon, 14 Sep 2026 25:07:46 GMT",
        "Mon, 14 anF 2026 06:07:46 GMT", "Mon, +4 Sep 2026 06:07:46 GMT"}) {
    CAF_MESSAGE(bad);
    CAF_CHECK(!parse_http_date(bad));
  }
}

CAF_TEST(a clock is judged as far as it is sure) {
  CAF_CHECK(clock_at(0).starts_with("ok clock"));
  CAF_CHECK(clock_at(-2'400).starts_with("ok clock [2.4 s behind"));
  CAF_CHECK(clock_at(4'000).starts_with("warning clock [4.0 s ahead of"));
  CAF_CHECK(clock_at(-40'000).starts_with("failed clock"));
  CAF_CHECK(says(clock_at(-40'000), "chrony"));
  // A slow answer is no proof.
  CAF_CHECK(clock_at(4'000, 3'000).starts_with("ok clock"));
}

CAF_TEST(the way to the broker is told step by step) {
  simulate_options o;
  o.rest_port = o.ws_port = 0;
  o.quiet = true;
  simulated_exchange exchange;
  CAF_REQUIRE(!exchange.start(o));
  auto words = rest(with_keys(exchange.rest_url(), "sim-appsecret"));
  CAF_CHECK(says(words, "ok dns [127.0.0.1"));
  CAF_CHECK(says(words, "ok port [127.0.0.1:"));
  CAF_CHECK(says(words, "ok keys"));
  CAF_CHECK(words.find("sim-appsecret") == words.npos);
  words = rest(with_keys(exchange.rest_url(), "wrong"));
  CAF_CHECK(says(words, "failed keys ["));
  CAF_CHECK(says(words, "EGW0010"));
  CAF_CHECK(says(rest(with_keys(exchange.rest_url(), "x"), false),
                 "skipped keys [not asked for]"));
  auto c = with_keys(exchange.rest_url(), "x");
  c.kis.websocket_url = exchange.websocket_url();
  check_report r;
  check_stream(c, r);
  CAF_CHECK(says(text_of(r), "ok port ["));
}

CAF_TEST(a closed port says what must let it out and no key is sent) {
  auto words = rest(with_keys("http://127.0.0.1:1", "CANARY"));
  CAF_CHECK(says(words, "failed port [127.0.0.1:1 (kis.base_url): 127.0.0.1: "
                        "Connection refused"));
  CAF_CHECK(says(words, "skipped keys"));
}

CAF_TEST(a peer without TLS gets no key) {
  simulate_options o;
  o.rest_port = o.ws_port = 0;
  o.quiet = true;
  simulated_exchange exchange;
  CAF_REQUIRE(!exchange.start(o));
  auto words = rest(
    with_keys("https" + exchange.rest_url().substr(4), "CANARY"));
  CAF_CHECK(says(words, "failed tls ["));
  CAF_CHECK(says(words, "skipped keys [nothing is sent"));
  CAF_CHECK(words.find("CANARY") == words.npos);
}

CAF_TEST(the port of the service is free or a strangers) {
  config c;
  c.service.address = "127.0.0.1";
  c.service.port = 0;
  check_report none;
  check_service(c, std::chrono::milliseconds{300}, none);
  CAF_CHECK(says(text_of(none), "skipped service"));
  answer_in_pieces server{{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"}};
  c.service.port = server.port();
  check_report taken;
  check_service(c, std::chrono::milliseconds{3'000}, taken);
  server.join();
  CAF_CHECK(says(text_of(taken), "failed service [127.0.0.1:"));
  CAF_CHECK(says(text_of(taken), "is no observer"));
}

} // namespace CAF_SUITE
