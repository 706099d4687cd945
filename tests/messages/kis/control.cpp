#define CAF_SUITE messages_kis_control
#include "test.hpp"

#include <nlohmann/json.hpp>

#include "messages/kis/control.hpp"
#include "messages/kis/generate.hpp"
#include "messages/kis/samples.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::kis;

namespace {

/// A reply as the broker writes it.
std::string reply_text(std::string_view rt_cd, std::string_view msg_cd,
                       std::string_view msg1) {
  return fmt::format(
    R"({{"header":{{"tr_id":"H0STCNT0","tr_key":"005930","encrypt":"N"}},)"
    R"("body":{{"rt_cd":"{}","msg_cd":"{}","msg1":"{}"}}}})",
    rt_cd, msg_cd, msg1);
}

reply read_reply(std::string_view text) {
  auto control = parse_control(text);
  if (!std::holds_alternative<reply>(control))
    CAF_FAIL("no reply: " << text);
  return std::get<reply>(control);
}

reply_class class_of(std::string_view rt_cd, std::string_view msg_cd) {
  return read_reply(reply_text(rt_cd, msg_cd, "")).what;
}

std::string why_unknown(std::string_view text) {
  auto control = parse_control(text);
  auto* unknown = std::get_if<unknown_control>(&control);
  return unknown ? unknown->why : std::string{};
}

} // namespace

CAF_TEST(the real PINGPONG is one though it is no bare word (F22)) {
  CAF_CHECK(
    std::holds_alternative<pingpong>(parse_control(samples::pingpong)));
  CAF_CHECK(!std::holds_alternative<pingpong>(parse_control("PINGPONG")));
  CAF_CHECK(!std::holds_alternative<pingpong>(parse_control("\"PINGPONG\"")));
  CAF_CHECK(!std::holds_alternative<pingpong>(parse_control("0|PINGPONG|")));
}

CAF_TEST(the real reply to a subscription names what it answers (F14)) {
  auto r = read_reply(samples::reply_subscribed);
  CAF_CHECK_EQUAL(r.tr_id, "H0STCNT0");
  CAF_CHECK_EQUAL(r.tr_key, "005930");
  CAF_CHECK_EQUAL(r.rt_cd, "0");
  CAF_CHECK_EQUAL(r.msg_cd, "OPSP0000");
  CAF_CHECK_EQUAL(r.msg1, "SUBSCRIBE SUCCESS");
  CAF_CHECK(r.what == reply_class::subscribed);
}

CAF_TEST(the real OPSP8996 is understood with its rt_cd 9 (F19 and F20)) {
  auto r = read_reply(samples::reply_in_use);
  CAF_CHECK_EQUAL(r.tr_id, "(null)");
  CAF_CHECK_EQUAL(r.tr_key, "");
  CAF_CHECK_EQUAL(r.rt_cd, "9");
  CAF_CHECK(r.what == reply_class::appkey_in_use);
}

CAF_TEST(the 42nd registration is refused and not on (F13)) {
  CAF_CHECK(class_of("1", "OPSP0008") == reply_class::slots_full);
}

CAF_TEST(a dead approval key is told from a refused app key (F16)) {
  CAF_CHECK(class_of("1", "OPSP0011") == reply_class::approval_invalid);
  for (auto code : {"OPSP0010", "OPSP9994", "OPSP9996"})
    CAF_CHECK(class_of("1", code) == reply_class::appkey_refused);
}

CAF_TEST(already on is on and already off is off (F17 and F18)) {
  for (auto rt_cd : {"0", "1"}) {
    CAF_CHECK(class_of(rt_cd, "OPSP0002") == reply_class::subscribed);
    CAF_CHECK(class_of(rt_cd, "OPSP0003") == reply_class::released);
  }
  CAF_CHECK(class_of("0", "OPSP0001") == reply_class::released);
}

CAF_TEST(a success code with a failing rt_cd is no success) {
  for (auto rt_cd : {"1", "9", ""})
    for (auto code : {"OPSP0000", "OPSP0001"})
      CAF_CHECK(class_of(rt_cd, code) == reply_class::unknown_code);
}

CAF_TEST(every code of the brokers table has a class) {
  for (auto code : {"OPSP0007", "OPSP0009", "OPSP8999", "OPSP9993", "OPSP9995"})
    CAF_CHECK(class_of("1", code) == reply_class::retry_slowly);
  for (auto code : {"OPSP8991", "OPSP8992", "OPSP8993", "OPSP8994", "OPSP8995",
                    "OPSP8997", "OPSP8998"})
    CAF_CHECK(class_of("1", code) == reply_class::request_wrong);
  for (auto code : {"OPSP9990", "OPSP9991", "OPSP9992", "OPSP9997", "OPSP9998",
                    "OPSP9999"})
    CAF_CHECK(class_of("1", code) == reply_class::protocol_bug);
}

CAF_TEST(a code of no table is a refusal whatever rt_cd says) {
  for (auto rt_cd : {"0", "1", "9"})
    for (auto code : {"OPSP0017", "OPSP", "opsp0000", "EGW00123", "x"})
      CAF_CHECK(class_of(rt_cd, code) == reply_class::unknown_code);
}

CAF_TEST(the classes have names of their own) {
  std::vector<std::string_view> names;
  for (auto c = 0; c <= static_cast<int>(reply_class::unknown_code); ++c)
    names.push_back(to_string(static_cast<reply_class>(c)));
  std::sort(names.begin(), names.end());
  CAF_CHECK_EQUAL(names.size(), 10u);
  CAF_CHECK(std::unique(names.begin(), names.end()) == names.end());
}

CAF_TEST(json that is no message of the brokers says why) {
  CAF_CHECK_EQUAL(why_unknown("{"), "not JSON");
  CAF_CHECK_EQUAL(why_unknown(""), "not JSON");
  CAF_CHECK_EQUAL(why_unknown("{} x"), "not JSON");
  CAF_CHECK_EQUAL(why_unknown("{\"a\":1e999}"), "not JSON");
  CAF_CHECK_EQUAL(why_unknown("{\"a\":\"\xFF\"}"), "not JSON");
  for (auto text :
       {"{}", "[]", "null", "1", "\"x\"", R"({"header":1,"body":2})",
        R"({"header":{"tr_id":"H0STCNT0"},"body":{}})",
        R"({"header":{"tr_id":null},"body":{"msg_cd":null}})",
        R"([{"header":{"tr_id":"PINGPONG"}}])"})
    CAF_CHECK_EQUAL(why_unknown(text), "JSON without body.msg_cd");
}

CAF_TEST(a reply in the encoding of before UTF-8 is understood) {
  auto r = read_reply("{\"header\":{\"tr_id\":\"H0STCNT0\"},\"body\":{"
                      "\"rt_cd\":\"0\",\"msg_cd\":\"OPSP0000\","
                      "\"msg1\":\"\xC1\xA4\xBB\xF3\"}}");
  CAF_CHECK(r.what == reply_class::subscribed);
  CAF_CHECK_EQUAL(r.msg1, "정상");
}

CAF_TEST(members of another type are read as their text) {
  auto r = read_reply(R"({"header":{"tr_id":7,"tr_key":[1]},)"
                      R"("body":{"rt_cd":0,"msg_cd":"OPSP0000","msg1":{}}})");
  CAF_CHECK_EQUAL(r.tr_id, "7");
  CAF_CHECK_EQUAL(r.tr_key, "[1]");
  CAF_CHECK_EQUAL(r.rt_cd, "0");
  CAF_CHECK(r.what == reply_class::subscribed);
}

CAF_TEST(a flood of brackets is refused before it costs memory) {
  CAF_CHECK_EQUAL(why_unknown(std::string(16 << 20, '[')),
                  "longer than 65536 bytes");
  CAF_CHECK_EQUAL(why_unknown(std::string(control_bytes_max, '[')),
                  "not JSON");
}

CAF_TEST(a damaged control message never throws) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  samples::maker make{seed};
  for (auto text : {samples::pingpong, samples::reply_subscribed,
                    samples::reply_in_use}) {
    for (size_t n = 0; n < text.size(); ++n)
      CAF_CHECK_EQUAL(why_unknown(text.substr(0, n)), "not JSON");
    for (size_t at = 0; at < text.size(); ++at)
      for (int i = 0; i < 8; ++i) {
        std::string damaged{text};
        damaged[at] = static_cast<char>(make.below(256));
        auto control = parse_control(damaged);
        if (auto* r = std::get_if<reply>(&control))
          CAF_CHECK(r->what == classify(r->rt_cd, r->msg_cd));
      }
  }
}

CAF_TEST(a subscription is what the broker documents) {
  CAF_CHECK_EQUAL(
    make_request("key-1", 'P', tr_type::subscribe, tr::h0stcnt0, "005930"),
    R"({"header":{"approval_key":"key-1","custtype":"P","tr_type":"1",)"
    R"("content-type":"utf-8"},"body":{"input":{"tr_id":"H0STCNT0",)"
    R"("tr_key":"005930"}}})");
}

CAF_TEST(a release says 2 and not 0 (F17)) {
  auto text
    = make_request("k", 'B', tr_type::release, tr::h0stasp0, "0074K0");
  auto json = nlohmann::json::parse(text);
  CAF_CHECK_EQUAL(json["header"]["tr_type"], "2");
  CAF_CHECK_EQUAL(json["header"]["custtype"], "B");
  CAF_CHECK_EQUAL(json["body"]["input"]["tr_id"], "H0STASP0");
  CAF_CHECK_EQUAL(json["body"]["input"]["tr_key"], "0074K0");
}

CAF_TEST(a key that is no text makes a request and no exception) {
  auto text = make_request("\xFF\"", 'P', tr_type::subscribe, tr::h0stcnt0,
                           "005930");
  CAF_CHECK(nlohmann::json::accept(text));
}

} // namespace CAF_SUITE
