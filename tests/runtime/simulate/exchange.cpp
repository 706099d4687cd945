#define CAF_SUITE runtime_simulate_exchange
#include "test.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/korean_time.hpp"
#include "runtime/simulate/exchange.hpp"
#include "runtime/simulate/market.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulate;

namespace {

// 2026-09-14T15:07:46+09:00
constexpr int64_t afternoon_us = 1'789'366'066'000'000;

struct fixture {
  fixture()
      : keys{{{"key-a", "secret-a"}, {"key-b", "secret-b"}}, 1, 18}, floor{keys,
                                                                           1} {
    approval = approve("key-a", "secret-a");
    session = floor.open_session();
  }

  std::string approve(const char* appkey, const char* secret) {
    now_us += us_per_second;
    return std::get<issued>(keys.issue_approval(appkey, secret, now_us)).value;
  }
  std::string request(const std::string& tr_key, const char* tr_id,
                      const char* tr_type) {
    return fmt::format(
      R"({{"header":{{"approval_key":"{}","custtype":"P","tr_type":"{}",)"
      R"("content-type":"utf-8"}},"body":{{"input":{{"tr_id":"{}",)"
      R"("tr_key":"{}"}}}}}})",
      approval, tr_type, tr_id, tr_key);
  }
  answer say(const std::string& text) {
    return floor.receive(session, text, now_us);
  }
  answer subscribe(const std::string& tr_key, const char* tr_id = "H0STCNT0") {
    return say(request(tr_key, tr_id, "1"));
  }
  answer release(const std::string& tr_key, const char* tr_id = "H0STCNT0") {
    return say(request(tr_key, tr_id, "2"));
  }
  static std::string code(const answer& x) {
    return nlohmann::json::parse(x.text)["body"]["msg_cd"];
  }

  credentials keys;
  exchange floor;
  std::string approval;
  session_number session = 0;
  int64_t now_us = afternoon_us;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(exchange_tests, fixture)

CAF_TEST(a registration succeeds with the key and iv of the session) {
  auto x = subscribe("005930");
  CAF_CHECK(x.what == answer::effect::registered);
  CAF_CHECK(x.subject == registration("H0STCNT0", "005930"));
  auto reply = nlohmann::json::parse(x.text);
  std::string iv = reply["body"]["output"]["iv"];
  std::string key = reply["body"]["output"]["key"];
  CAF_CHECK_EQUAL(iv.size(), 16u);
  CAF_CHECK_EQUAL(key.size(), 32u);
  CAF_CHECK_EQUAL(
    x.text,
    R"({"header":{"tr_id":"H0STCNT0","tr_key":"005930","encrypt":"N"},"body":)"
    R"({"rt_cd":"0","msg_cd":"OPSP0000","msg1":"SUBSCRIBE SUCCESS","output":)"
    R"({"iv":")"
      + iv + R"(","key":")" + key + R"("}}})");
  auto other = nlohmann::json::parse(subscribe("005930", "H0STASP0").text);
  CAF_CHECK_EQUAL(other["body"]["output"].dump(),
                  reply["body"]["output"].dump());
}

CAF_TEST(a release succeeds once) {
  subscribe("005930");
  auto x = release("005930");
  CAF_CHECK(x.what == answer::effect::released);
  CAF_CHECK_EQUAL(
    x.text, R"({"header":{"tr_id":"H0STCNT0","tr_key":"005930","encrypt":"N"},)"
            R"("body":{"rt_cd":"0","msg_cd":"OPSP0001",)"
            R"("msg1":"UNSUBSCRIBE SUCCESS"}})");
  CAF_CHECK_EQUAL(code(release("005930")), "OPSP0003");
}

CAF_TEST(a second registration of the same is refused and changes nothing) {
  subscribe("005930");
  auto x = subscribe("005930");
  CAF_CHECK(x.what == answer::effect::none);
  CAF_CHECK_EQUAL(code(x), "OPSP0002");
  CAF_CHECK_EQUAL(floor.registrations(), 1u);
}

CAF_TEST(the 42nd registration is refused and a release makes room) {
  for (auto& x : default_symbols(41))
    CAF_CHECK_EQUAL(code(subscribe(x)), "OPSP0000");
  auto x = subscribe("005930", "H0STASP0");
  CAF_CHECK(x.what == answer::effect::none);
  CAF_CHECK_EQUAL(
    x.text, R"({"header":{"tr_id":"H0STASP0","tr_key":"005930","encrypt":"N"},)"
            R"("body":{"rt_cd":"1","msg_cd":"OPSP0008",)"
            R"("msg1":"MAX SUBSCRIBE OVER"}})");
  release("000660");
  CAF_CHECK_EQUAL(code(subscribe("005930", "H0STASP0")), "OPSP0000");
}

CAF_TEST(a second session of an appkey is told so in the real words) {
  subscribe("005930");
  auto first = session;
  session = floor.open_session();
  approval = approve("key-a", "secret-a");
  auto x = subscribe("000660");
  CAF_CHECK(x.what == answer::effect::duplicate);
  CAF_CHECK_EQUAL(
    x.text,
    R"x({"header":{"tr_id":"(null)","tr_key":"","encrypt":"N"},"body":)x"
    R"({"rt_cd":"9","msg_cd":"OPSP8996",)"
    R"("msg1":"ALREADY IN USE appkey"}})");
  // When the first is gone, the appkey is free.
  floor.close_session(first);
  CAF_CHECK_EQUAL(code(subscribe("000660")), "OPSP0000");
}

CAF_TEST(a session may register with several keys of its appkey) {
  CAF_CHECK_EQUAL(code(subscribe("005930")), "OPSP0000");
  approval = approve("key-a", "secret-a");
  CAF_CHECK_EQUAL(code(subscribe("000660")), "OPSP0000");
  CAF_CHECK_EQUAL(floor.registrations(), 2u);
}

CAF_TEST(the socket of paper accounts has trades and quotes of KRX alone) {
  exchange paper{keys, 1, true};
  auto who = paper.open_session();
  auto ask = [&](const char* tr_id) {
    return code(paper.receive(who, request("005930", tr_id, "1"), now_us));
  };
  CAF_CHECK_EQUAL(ask("H0STCNT0"), "OPSP0000");
  CAF_CHECK_EQUAL(ask("H0STASP0"), "OPSP0000");
  for (auto tr_id : {"H0NXCNT0", "H0UNCNT0", "H0UNASP0", "H0STMKO0"})
    CAF_CHECK_EQUAL(ask(tr_id), "OPSP8991");
}

CAF_TEST(two appkeys have a session each) {
  subscribe("005930");
  session = floor.open_session();
  approval = approve("key-b", "secret-b");
  CAF_CHECK_EQUAL(code(subscribe("005930")), "OPSP0000");
  CAF_CHECK_EQUAL(floor.registrations(), 2u);
  approval = approve("key-a", "secret-a");
  CAF_CHECK_EQUAL(code(subscribe("000660")), "OPSP8996");
}

CAF_TEST(a key that is unknown or dead or too old is not found) {
  approval = "00000000-0000-0000-0000-000000000000";
  auto x = subscribe("005930");
  CAF_CHECK_EQUAL(
    x.text, R"({"header":{"tr_id":"H0STCNT0","tr_key":"005930","encrypt":"N"},)"
            R"("body":{"rt_cd":"1","msg_cd":"OPSP0011",)"
            R"("msg1":"invalid approval : NOT FOUND"}})");
  approval = approve("key-a", "secret-a");
  keys.forget_approval_keys();
  CAF_CHECK_EQUAL(code(subscribe("005930")), "OPSP0011");
  approval = approve("key-a", "secret-a");
  now_us += us_per_day;
  CAF_CHECK_EQUAL(code(subscribe("005930")), "OPSP0011");
}

CAF_TEST(an open session outlives its key) {
  subscribe("005930");
  now_us += 2 * us_per_day;
  CAF_CHECK_EQUAL(code(subscribe("000660")), "OPSP0000");
}

CAF_TEST(a request that lacks something is told what) {
  auto header = fmt::format(
    R"("header":{{"approval_key":"{}","custtype":"P","tr_type":"1"}})",
    approval);
  auto body =
    std::string{R"("body":{"input":{"tr_id":"H0STCNT0","tr_key":"005930"}})"};
  auto text = [](auto... parts) {
    return fmt::format("{{{}}}",
                       fmt::join(std::vector<std::string>{parts...}, ","));
  };
  auto replaced = [&](std::string from, std::string to) {
    auto out = text(header, body);
    return out.replace(out.find(from), from.size(), to);
  };
  CAF_CHECK_EQUAL(code(say(text(header, body))), "OPSP0000");
  CAF_CHECK_EQUAL(code(say("")), "OPSP9999");
  CAF_CHECK_EQUAL(code(say("[1,2]")), "OPSP9999");
  CAF_CHECK_EQUAL(code(say("{\"header\":")), "OPSP9999");
  CAF_CHECK_EQUAL(code(say(text(body))), "OPSP9998");
  CAF_CHECK_EQUAL(code(say(text(header))), "OPSP9992");
  CAF_CHECK_EQUAL(code(say(text(header, R"("body":{})"))), "OPSP9991");
  CAF_CHECK_EQUAL(code(say(replaced("H0STCNT0", "H0STXXX0"))), "OPSP8991");
  CAF_CHECK_EQUAL(code(say(replaced(R"(,"tr_key":"005930")", ""))), "OPSP9990");
  CAF_CHECK_EQUAL(code(say(replaced("005930", "5930"))), "OPSP8992");
  CAF_CHECK_EQUAL(code(say(replaced(R"("tr_type":"1")", R"("tr_type":"0")"))),
                  "OPSP8997");
  CAF_CHECK_EQUAL(code(say(replaced(R"("custtype":"P",)", ""))), "OPSP9997");
  CAF_CHECK_EQUAL(code(say(replaced(R"("P")", R"("X")"))), "OPSP8998");
  // A text that is not UTF-8 comes back mended, and nothing throws.
  CAF_CHECK_EQUAL(code(say(replaced("005930", "00\xff"
                                              "930"))),
                  "OPSP9999");
}

CAF_TEST(refusals can be ordered) {
  floor.refuse_next();
  floor.refuse_next();
  CAF_CHECK_EQUAL(code(subscribe("005930")), "OPSP0008");
  CAF_CHECK_EQUAL(code(subscribe("005930")), "OPSP0007");
  CAF_CHECK_EQUAL(code(subscribe("005930")), "OPSP0000");
}

CAF_TEST(PINGPONG has the real form and three answers to it count) {
  auto text = pingpong_text(afternoon_us);
  CAF_CHECK_EQUAL(
    text, R"({"header":{"tr_id":"PINGPONG","datetime":"20260914150746"}})");
  CAF_CHECK_EQUAL(text.size(), 59u);
  auto x = say(text);
  CAF_CHECK(x.what == answer::effect::alive);
  CAF_CHECK_EQUAL(x.text, "");
  CAF_CHECK(say(nlohmann::json::parse(text).dump(2)).what
            == answer::effect::alive);
  CAF_CHECK(answers_pingpong(text));
  CAF_CHECK(!answers_pingpong("PINGPONG"));
  CAF_CHECK(!answers_pingpong(""));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
