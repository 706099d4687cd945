#define CAF_SUITE runtime_log_log
#include "test.hpp"

#include "runtime/log/log.hpp"

#include <sstream>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>

#include "messages/redact.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

constexpr auto canary = "CANARY+0123456789/abcdef==";

// 2026-09-14T15:07:46.123456+09:00
const spdlog::log_clock::time_point afternoon{
  std::chrono::microseconds{1'789'366'066'123'456}};

struct fixture {
  explicit fixture(const char* format = "text") {
    use(format);
  }
  void use(const char* format) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out);
    logger = std::make_shared<spdlog::logger>("feed", sink);
    logger->set_formatter(make_log_formatter(format));
    logger->set_level(spdlog::level::trace);
  }
  /// The line that a message becomes, at a fixed time.
  std::string line(std::string_view text,
                   spdlog::level::level_enum level = spdlog::level::info) {
    out.str("");
    logger->log(afternoon, {}, level, text);
    return out.str();
  }
  /// The text part of the line.
  std::string text_of(std::string_view text) {
    auto all = line(text);
    auto begin = all.find("] ") + 2;
    CAF_REQUIRE_EQUAL(all.back(), '\n');
    return all.substr(begin, all.size() - begin - 1);
  }

  std::ostringstream out;
  std::shared_ptr<spdlog::logger> logger;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_tests, fixture)

CAF_TEST(a line has Korean time and level and name whatever the zone) {
  setenv("TZ", "America/New_York", 1);
  tzset();
  CAF_CHECK_EQUAL(line("connected"),
                  "2026-09-14T15:07:46.123+09:00 info  [feed] connected\n");
  CAF_CHECK_EQUAL(line("x", spdlog::level::critical),
                  "2026-09-14T15:07:46.123+09:00 crit  [feed] x\n");
  CAF_CHECK_EQUAL(line("x", spdlog::level::trace),
                  "2026-09-14T15:07:46.123+09:00 trace [feed] x\n");
}

CAF_TEST(a JSON line says the same) {
  use("json");
  CAF_CHECK_EQUAL(line("say \"hi\"\n", spdlog::level::warn),
                  "{\"time\":\"2026-09-14T15:07:46.123+09:00\","
                  "\"level\":\"warning\",\"logger\":\"feed\","
                  "\"text\":\"say \\\"hi\\\"\\n\"}\n");
}

CAF_TEST(a message that begins with a name in brackets is of that name) {
  CAF_CHECK_EQUAL(line("[slot 3] [저장] 005930 249250"),
                  "2026-09-14T15:07:46.123+09:00 info  [slot 3] [저장] 005930 "
                  "249250\n");
  use("json");
  auto json = nlohmann::json::parse(line("[slot 3] [저장] 005930 249250"));
  CAF_CHECK_EQUAL(json["logger"].get<std::string>(), "slot 3");
  CAF_CHECK_EQUAL(json["text"].get<std::string>(), "[저장] 005930 249250");
}

CAF_TEST(a JSON line stays JSON when the text is not UTF-8) {
  use("json");
  auto json = nlohmann::json::parse(line("\xff\xfe 삼성전자"));
  CAF_CHECK_NOT_EQUAL(json["text"].get<std::string>().find("삼성전자"),
                      std::string::npos);
}

CAF_TEST(one message is one line that cannot steer a terminal) {
  CAF_CHECK_EQUAL(text_of("a\nb\r\tc"), "a\\nb\\r\\tc");
  CAF_CHECK_EQUAL(text_of("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
  CAF_CHECK_EQUAL(text_of("\xC2\x9B"
                          "31m"),
                  "\\xc2\\x9b31m");
  // No character at all, and one that turns the line round.
  CAF_CHECK_EQUAL(text_of("\x9b" "31m \u202e"), "\\x9b31m \\xe2\\x80\\xae");
  CAF_CHECK_EQUAL(text_of(std::string_view{"nul\0.", 5}), "nul\\x00.");
  CAF_CHECK_EQUAL(text_of("삼성전자 ±"), "삼성전자 ±");
}

CAF_TEST(a JSON line that is shown on a terminal cannot steer it either) {
  use("json");
  auto text = std::string{"\x1b[31m \x7f \xC2\x9B" "31m \u202e \u2066 \u200f \u061c 삼성"};
  auto got = line(text);
  for (auto part : {"\x1b", "\x7f", "\xC2\x9B", "\u202e", "\u2066", "\u200f",
                    "\u061c"})
    CAF_CHECK_EQUAL(got.find(part), got.npos);
  CAF_CHECK_NOT_EQUAL(got.find("\\u202e"), got.npos);
  // Nothing is lost.
  CAF_CHECK_EQUAL(nlohmann::json::parse(got)["text"].get<std::string>(), text);
}

CAF_TEST(a registered secret is in no line) {
  CAF_CHECK_EQUAL(text_of(std::string{"key "} + canary),
                  std::string{"key "} + canary);
  keep_secret(secret{canary});
  for (auto format : {"text", "json"}) {
    use(format);
    for (auto text :
         {std::string{canary}, std::string{"x"} + canary + canary + "y",
          std::string{"CANARY+0123456789\\/abcdef=="},
          std::string{"?k=CANARY%2B0123456789%2Fabcdef%3D%3D&"}}) {
      auto got = line(text);
      CAF_CHECK_EQUAL(got.find("0123456789"), std::string::npos);
      CAF_CHECK_NOT_EQUAL(got.find("****"), std::string::npos);
    }
  }
}

CAF_TEST(a very short secret does not blot out the log) {
  keep_secret(secret{"a"});
  keep_secret(secret{""});
  CAF_CHECK_EQUAL(text_of("a banana"), "a banana");
}

CAF_TEST(of two secrets the longer goes first) {
  keep_secret(secret{"inner"});
  keep_secret(secret{"outer-inner-outer"});
  CAF_CHECK_EQUAL(text_of("<outer-inner-outer> <inner>"), "<****> <****>");
}

CAF_TEST(what looks like a secret is removed) {
  CAF_CHECK_EQUAL(
    text_of(R"({"appkey":"PSx","appsecret":"ab\"c/d=","custtype":"P"})"),
    R"({"appkey":"****","appsecret":"****","custtype":"P"})");
  CAF_CHECK_EQUAL(text_of(R"({"secretkey" : "s1"} {'approval_key': 'u-1'})"),
                  R"({"secretkey" : "****"} {'approval_key': '****'})");
  CAF_CHECK_EQUAL(text_of(R"("{\"approval_key\":\"u-1\",\"n\":1}")"),
                  R"("{\"approval_key\":\"****\",\"n\":1}")");
  CAF_CHECK_EQUAL(text_of("authorization: Bearer eyJ0eXAi.x-y_z, next"),
                  "authorization: Bearer ****, next");
  CAF_CHECK_EQUAL(text_of("AppSecret: 0123456789abcdefghij\nnext: 1"),
                  "AppSecret: ****\\nnext: 1");
  CAF_CHECK_EQUAL(text_of("/x?approval_key=u1&n=2"),
                  "/x?approval_key=****&n=2");
  CAF_CHECK_EQUAL(text_of("KIS_APP_SECRET=abc DB_PASSWORD=x y"),
                  "KIS_APP_SECRET=**** DB_PASSWORD=**** y");
  CAF_CHECK_EQUAL(text_of(R"(cut off {"access_token":"eyJ0)"),
                  R"(cut off {"access_token":"****)");
}

CAF_TEST(prose about secrets stays) {
  for (auto text :
       {"OPSP8996 ALREADY IN USE appkey: waiting 60 s", "appsecret: not set",
        "no secretkey", "approval_key", "approval_key =", "Bearer",
        R"({"token_type":"Bearer","expires_in":86400})",
        R"({"tr_key":"005930"})", "approval_keys=3", "approval_key=\"\""})
    CAF_CHECK_EQUAL(text_of(text), text);
}

CAF_TEST(a text that is cut anywhere keeps its secrets) {
  std::string text =
    R"(x "appsecret":"aZ\"bZ" \"secretkey\":\"cZ\" Bearer dZ password=eZ)";
  for (size_t n = 0; n <= text.size(); ++n)
    CAF_CHECK_EQUAL(redacted(text.substr(0, n)).find('Z'), std::string::npos);
}

CAF_TEST(a line is short whatever the message) {
  for (auto format : {"text", "json"}) {
    use(format);
    for (auto filling : {"x", "가", "\n", "\xff", "appsecret=\\\\\\\"", "Bearer x"}) {
      std::string text = "[slot 3] ";
      std::string pattern;
      while (pattern.size() < 12'000)
        pattern += filling;
      while (text.size() < 7 << 20)
        text += pattern;
      auto got = line(text);
      CAF_CHECK(got.size() <= 6 * log_text_bytes_max + 200);
      CAF_CHECK_NOT_EQUAL(got.find("… (of 73"), got.npos);
    }
  }
}

CAF_TEST(a secret that the cut goes through is none of the line) {
  auto hidden = std::string{"STRADDLES-THE-CUT-"} + std::string(64, 'Q');
  keep_secret(secret{hidden});
  for (size_t before = log_text_bytes_max - hidden.size() - 2;
       before <= log_text_bytes_max + 2; ++before) {
    auto got = text_of(std::string(before, '.') + hidden
                       + std::string(9'000, '.'));
    CAF_REQUIRE_EQUAL(got.find("STRADDLES"), got.npos);
  }
}

CAF_TEST(redaction reads no more than what is shown and what ends in it) {
  // Behind the first bytes lies a page that must not be touched.
  keep_secret(secret{"page-secret"});
  std::string text(64 << 20, 'p');
  CAF_CHECK_EQUAL(redacted(text, 10), "pppppppppp");
  CAF_CHECK_EQUAL(redacted("0123456789page-secret", 12), "0123456789****");
  CAF_CHECK_EQUAL(redacted("0123456789page-secret", 10), "0123456789");
}

CAF_TEST(many secrets and many names in a text are all masked) {
  keep_secret(secret{"aaaaaaaab"});
  std::string text, expected;
  for (int i = 0; i < 10'000; ++i) {
    text += "aaaaaaaab password=x\\\" ";
    expected += "**** password=**** ";
  }
  text += std::string(100'000, 'a');
  auto got = redacted(text);
  CAF_CHECK_EQUAL(got.find("aaaaaaaab"), got.npos);
  CAF_CHECK_EQUAL(got.size(), redacted(got).size());
}

CAF_TEST(debug lines come and go) {
  auto before = spdlog::default_logger();
  setup_log("info", "text");
  CAF_CHECK_EQUAL(std::string{toggle_debug_log()}, "debug");
  CAF_CHECK_EQUAL(spdlog::get_level(), spdlog::level::debug);
  CAF_CHECK_EQUAL(std::string{toggle_debug_log()}, "info");
  setup_log("trace", "text");
  CAF_CHECK_EQUAL(std::string{toggle_debug_log()}, "info");
  CAF_CHECK_EQUAL(std::string{toggle_debug_log()}, "trace");
  spdlog::drop_all();
  spdlog::set_default_logger(before);
  spdlog::set_level(spdlog::level::off);
}

CAF_TEST(what is always said passes every level) {
  auto before = spdlog::default_logger();
  use("text");
  spdlog::set_default_logger(logger);
  logger->set_level(spdlog::level::off);
  spdlog::info("[ledger] not this");
  log_always("[ledger] final received=5 {}");
  CAF_CHECK_EQUAL(out.str().substr(out.str().find(' ') + 1),
                  "info  [ledger] final received=5 {}\n");
  spdlog::set_default_logger(before);
}

CAF_TEST(named loggers share level and form with the default one) {
  auto before = spdlog::default_logger();
  setup_log("error", "json");
  auto early = named_logger("early");
  CAF_CHECK_EQUAL(early->level(), spdlog::level::err);
  CAF_CHECK_EQUAL(named_logger("early"), early);
  CAF_CHECK(early->sinks() == spdlog::default_logger()->sinks());
  setup_log("warning", "text");
  CAF_CHECK_EQUAL(early->level(), spdlog::level::warn);
  for (auto word : {"trace", "debug", "info", "warning", "error", "critical"}) {
    setup_log(word, "text");
    auto name = spdlog::level::to_string_view(spdlog::get_level());
    CAF_CHECK_EQUAL(std::string(name.data(), name.size()), word);
  }
  spdlog::drop_all();
  spdlog::set_default_logger(before);
  spdlog::set_level(spdlog::level::off);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
