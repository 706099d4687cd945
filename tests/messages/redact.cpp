#define CAF_SUITE messages_redact
#include "test.hpp"

#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "messages/base64.hpp"
#include "messages/jsonl.hpp"
#include "messages/redact.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

/// As the broker makes them: signs of base64 among them.
const std::string app_secret = "Zx9/kQ+7mB&v'2\"rT\\w4+yU1/oP8sD5==";

std::string escaped_everywhere(const std::string& text, const char* form) {
  std::string out;
  for (unsigned char c : text)
    out += fmt::format(fmt::runtime(form), c);
  return out;
}

std::string base64(std::string_view text) {
  std::string out;
  append_base64(out, text);
  return out;
}

bool masked_whole(const std::string& text) {
  auto got = redacted("<" + text + ">", std::string::npos, text_kind::own);
  return got == "<****>";
}

struct fixture {
  fixture() {
    keep_secret(secret{app_secret});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(redact_tests, fixture)

CAF_TEST(a secret is masked in every form that programs write it in) {
  CAF_CHECK(masked_whole(app_secret));
  std::string json;
  append_json_string(json, app_secret);
  CAF_CHECK(masked_whole(json.substr(1, json.size() - 2)));
  std::string nested;
  append_json_string(nested, json.substr(1, json.size() - 2));
  CAF_CHECK(masked_whole(nested.substr(1, nested.size() - 2)));
  for (auto form : {"\\u{:04x}", "\\u{:04X}", "\\\\u{:04x}", "\\x{:02x}",
                    "%{:02x}", "%{:02X}", "%25{:02X}", "&#{};", "&#x{:x};",
                    "&#x{:02X};", "&amp;#{};", "{:02x}", "{:02X}"})
    CAF_CHECK(masked_whole(escaped_everywhere(app_secret, form)));
}

CAF_TEST(one escape within a secret does not show the rest) {
  for (std::string text : {"Zx9\\/kQ+7mB&v'2\\\"rT\\\\w4+yU1\\/oP8sD5==",
                           "Zx9/kQ\\u002b7mB&v'2\\u0022rT\\\\w4+yU1/oP8sD5==",
                           "Zx9%2FkQ%2B7mB%26v%272%22rT%5Cw4%2ByU1%2foP8sD5%3D=",
                           "Zx9&#x2F;kQ&plus;7mB&amp;v&apos;2&quot;rT\\w4+yU1&sol;"
                           "oP8sD5&#61;="})
    CAF_CHECK(masked_whole(text));
}

CAF_TEST(base64 of a secret shows it to nobody wherever it begins) {
  for (std::string before : {"", "a", "ab", "PSkey:"}) {
    auto text = base64(before + app_secret + "!");
    auto got = redacted("Basic " + text);
    CAF_CHECK_NOT_EQUAL(got.find("****"), got.npos);
    // What is left of it says less than two characters of the secret.
    CAF_CHECK(got.size() < 6 + 4 + base64(before).size() + 8);
  }
}

CAF_TEST(a secret that a text ends within is masked) {
  for (size_t n = 8; n < app_secret.size(); ++n)
    for (auto end : {"", "…", "...", "… (of 300 bytes)"}) {
      auto got = redacted("body: " + app_secret.substr(0, n) + end);
      CAF_REQUIRE_EQUAL(got, std::string{"body: ****"} + end);
    }
  CAF_CHECK_EQUAL(redacted("body: Zx9\\/kQ+7mB\\u00"), "body: ****\\u00");
  // Within a text it is another one.
  CAF_CHECK_EQUAL(redacted("Zx9/kQ+7mB next"), "Zx9/kQ+7mB next");
}

CAF_TEST(a part of a secret is masked wherever it stands) {
  const std::string key = "Kq2Tz/R9mLx4VbN8cY+d3HfJ6gS1aU0eQpW7";
  keep_secret(secret{key});
  CAF_CHECK_EQUAL(redacted("the key " + key.substr(0, 20) + " is bad"),
                  "the key **** is bad");
  CAF_CHECK_EQUAL(redacted("ends with " + key.substr(20)), "ends with ****");
  CAF_CHECK_EQUAL(redacted("<p>" + key.substr(3, 16) + "</p>"), "<p>****</p>");
  CAF_CHECK_EQUAL(redacted(key.substr(0, 12) + "^" + key.substr(12, 12) + "^"
                           + key.substr(24)),
                  "****^****^****");
  CAF_CHECK_EQUAL(redacted("x Kq2Tz\\/R9mLx4Vb y"), "x **** y");
  CAF_CHECK_EQUAL(redacted("x " + base64(key).substr(4, 20) + " y"), "x **** y");
}

CAF_TEST(a part of a secret that people would write is none) {
  keep_secret(secret{"sim-appsecret0000000000000000000000"});
  keep_secret(secret{"correct-horse-battery-staple"});
  for (auto text : {"appsecret: not set", "0000000000000000", "the battery-staple",
                    "the sim-appsecre key"})
    CAF_CHECK_EQUAL(redacted(text), text);
}

CAF_TEST(no cut of ours shows a part of a secret) {
  auto text = "0123456789" + app_secret + " behind";
  for (size_t n = 0; n < text.size(); ++n)
    CAF_REQUIRE_EQUAL(redacted(text, n).find("Zx9"), std::string::npos);
}

CAF_TEST(a trivial secret is masked as a word and blots out nothing) {
  for (auto text : {"a", "abc", "", "observer", "hunter2", "20260914", "P@ss"})
    keep_secret(secret{text});
  CAF_CHECK_EQUAL(redacted("a banana, abc"), "a banana, abc");
  CAF_CHECK_EQUAL(redacted("observers observer_1 preobserver \"observer\""),
                  "observers observer_1 preobserver \"****\"");
  CAF_CHECK_EQUAL(redacted("user:hunter2@"), "user:****@");
  CAF_CHECK_EQUAL(redacted("120260914 20260914"), "120260914 ****");
  // A number is data; our own JSON is not to be broken.
  CAF_CHECK_EQUAL(redacted("005930^20260914", 99, text_kind::data),
                  "005930^20260914");
  auto ours = R"({"received":20260914,"logger":"observer"})";
  CAF_CHECK_EQUAL(redacted(ours, 99, text_kind::own), ours);
}

CAF_TEST(user and password in a URL are masked) {
  CAF_CHECK_EQUAL(redacted("to https://kim:p@ss@host:1/x?y=a@b"),
                  "to https://****@host:1/x?y=a@b");
  CAF_CHECK_EQUAL(redacted("ws://host:1/ mail a@b"), "ws://host:1/ mail a@b");
}

CAF_TEST(keys that a peer issues again and again push nothing else out) {
  for (int i = 0; i < 1'000; ++i)
    keep_issued_secret(secret{fmt::format("issued-{:06}-key", i)});
  CAF_CHECK_EQUAL(redacted("issued-000999-key issued-000980-key"),
                  "**** ****");
  CAF_CHECK_EQUAL(redacted("issued-000001-key"), "issued-000001-key");
  CAF_CHECK(masked_whole(app_secret));
  // The one that is in use is the newest, however often it comes.
  for (int i = 0; i < 1'000; ++i)
    keep_issued_secret(secret{"issued-000980-key"});
  CAF_CHECK_EQUAL(redacted("issued-000999-key"), "****");
}

CAF_TEST(what was masked stays so) {
  auto once = redacted("appsecret=" + app_secret + " Bearer xyz " + app_secret);
  CAF_CHECK_EQUAL(redacted(once), once);
}

CAF_TEST(secrets come while others are masked) {
  std::atomic<bool> end{false};
  std::thread writer{[&] {
    for (int i = 0; !end; ++i)
      keep_issued_secret(secret{fmt::format("parallel-{}", i)});
  }};
  for (int i = 0; i < 200; ++i)
    CAF_CHECK(masked_whole(app_secret));
  end = true;
  writer.join();
}

CAF_TEST(escapes without end cost no more than their length) {
  for (auto filling : {"\\", "%25", "&amp;", "://", "appsecret=\\\""}) {
    std::string text;
    while (text.size() < 200'000)
      text += filling;
    CAF_CHECK(redacted(text).size() <= text.size() + 4);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
