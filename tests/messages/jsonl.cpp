#define CAF_SUITE messages_jsonl
#include "test.hpp"

#include "messages/base64.hpp"
#include "messages/flat_json.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/generate.hpp"
#include "messages/kis/samples.hpp"
#include "messages/redact.hpp"

namespace CAF_SUITE {

using namespace observer;
using samples::flat_json;
using samples::flat_json_value;
using samples::maker;

namespace {

// 2026-09-14T15:07:46.123456+09:00
constexpr int64_t afternoon_us = 1'789'366'066'123'456;

constexpr line_place place{afternoon_us, "20260914T000000Z-1", 3, 12345};

kis::trade trade_of(std::string_view record) {
  kis::trade t;
  auto width = static_cast<uint32_t>(samples::split(record, '^').size());
  auto bad = kis::parse_trade(record, width, t);
  if (bad.reason != reject_reason::none)
    CAF_FAIL(describe(bad, kis::tr::h0stcnt0));
  return t;
}

kis::quote quote_of(std::string_view record, kis::tr id) {
  kis::quote q;
  auto width = static_cast<uint32_t>(samples::split(record, '^').size());
  auto bad = kis::parse_quote(id, record, width, q);
  if (bad.reason != reject_reason::none)
    CAF_FAIL(describe(bad, id));
  return q;
}

std::string_view payload_of(std::string_view text) {
  return text.substr(text.rfind('|') + 1);
}

std::string string_of(std::string_view bytes) {
  std::string out;
  append_json_string(out, bytes);
  return out;
}

/// The wire's digits as they must stand in JSON, said in another way than the
/// program does.
std::string json_digits(std::string text) {
  if (text.empty() || text == "(null)")
    return "null";
  std::string sign;
  if (text[0] == '-' || text[0] == '+') {
    if (text[0] == '-')
      sign = "-";
    text.erase(0, 1);
  }
  auto point = std::min(text.find('.'), text.size());
  auto zeros = std::min(text.find_first_not_of('0'), point - 1);
  return sign + text.substr(zeros);
}

std::string in_quotes(std::string_view text) {
  return '"' + std::string{text} + '"';
}

using flat = std::vector<flat_json_value>;

} // namespace

CAF_TEST(the real trade of 2026-09-14 is the line of the design) {
  std::string out;
  auto t = trade_of(payload_of(samples::trade_47));
  append_trade_line(out, t, kis::tr::h0stcnt0, &place);
  CAF_CHECK_EQUAL(
    out,
    R"({"timestamp":"2026-09-14T15:07:46.123456+09:00","symbol":"005930",)"
    R"("execution_time":"150746","price":{"current":249250,"open":249500,)"
    R"("high":254500,"low":248500,"change_rate":-3.95},"volume":{"tick":1,)"
    R"("accumulated":14871538,"trade_value":3728926343750},"side":"sell",)"
    R"("bid_ask":{"ask_price":249500,"bid_price":249000,"ask_size":85729,)"
    R"("bid_size":141952},"market":"regular","source":"websocket",)"
    R"("tr_id":"H0STCNT0","session_id":"20260914T000000Z-1","slot":3,)"
    R"("seq":12345})"
    "\n");
}

CAF_TEST(without a place a trade has neither time of receipt nor number) {
  std::string with, without;
  auto t = trade_of(payload_of(samples::trade_47));
  append_trade_line(with, t, kis::tr::h0stcnt0, &place);
  append_trade_line(without, t, kis::tr::h0stcnt0, nullptr);
  auto all = flat_json(with);
  CAF_REQUIRE(!all.empty());
  std::erase_if(all, [](auto& member) {
    return member.first == "timestamp" || member.first == "session_id"
           || member.first == "slot" || member.first == "seq";
  });
  CAF_CHECK(flat_json(without) == all);
}

CAF_TEST(lines are appended to what is there) {
  std::string out = "before\n";
  auto t = trade_of(payload_of(samples::trade_47));
  append_trade_line(out, t, kis::tr::h0stcnt0, nullptr);
  auto once = out.size();
  append_trade_line(out, t, kis::tr::h0stcnt0, nullptr);
  CAF_CHECK(out.starts_with("before\n{\"symbol\""));
  CAF_CHECK_EQUAL(out.substr(7, once - 7), out.substr(once));
}

CAF_TEST(a trade line holds the digits of the wire in this order) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  for (int i = 0; i < 2'000; ++i) {
    auto v = make.trade(46 + make.below(15));
    auto record = samples::join(v);
    auto t = trade_of(record);
    std::string out;
    append_trade_line(out, t, kis::tr::h0uncnt0, &place);
    flat expected{
      {"timestamp", "\"2026-09-14T15:07:46.123456+09:00\""},
      {"symbol", in_quotes(v[0])},
      {"execution_time", in_quotes(v[1])},
      {"price.current", json_digits(v[2])},
      {"price.open", json_digits(v[7])},
      {"price.high", json_digits(v[8])},
      {"price.low", json_digits(v[9])},
      {"price.change_rate", json_digits(v[5])},
      {"volume.tick", json_digits(v[12])},
      {"volume.accumulated", json_digits(v[13])},
      {"volume.trade_value", json_digits(v[14])},
      {"side", in_quotes(t.side)},
      {"bid_ask.ask_price", json_digits(v[10])},
      {"bid_ask.bid_price", json_digits(v[11])},
      {"bid_ask.ask_size", json_digits(v[36])},
      {"bid_ask.bid_size", json_digits(v[37])},
      {"market", in_quotes(t.market)},
      {"source", "\"websocket\""},
      {"tr_id", "\"H0UNCNT0\""},
      {"session_id", "\"20260914T000000Z-1\""},
      {"slot", "3"},
      {"seq", "12345"},
    };
    if (flat_json(out) != expected)
      CAF_FAIL("another line than the wire's: " << record << " gave " << out);
  }
}

CAF_TEST(a quote line holds the digits of the wire in this order) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  for (int i = 0; i < 1'000; ++i) {
    auto id = make.below(2) == 0 ? kis::tr::h0stasp0 : kis::tr::h0unasp0;
    auto width = 59 + make.below(8);
    auto v = make.quote(width);
    auto record = samples::join(v);
    auto q = quote_of(record, id);
    std::string out;
    append_quote_line(out, q, id, nullptr);
    flat expected{{"symbol", in_quotes(v[0])}, {"execution_time", in_quotes(v[1])}};
    for (auto [key, at] : {std::pair{"asks", 3u}, std::pair{"bids", 13u}})
      for (auto level = at; level < at + 10; ++level)
        for (auto column : {level, level + 20})
          expected.emplace_back(std::string{key} + "[][]",
                                json_digits(v[column]));
    auto has_mid = id == kis::tr::h0stasp0 && width >= 62;
    for (auto& [path, value] :
         flat{{"totals.ask_size", json_digits(v[43])},
              {"totals.bid_size", json_digits(v[44])},
              {"mid.price", has_mid ? json_digits(v[59]) : "null"},
              {"mid.size", has_mid ? json_digits(v[60]) : "null"},
              {"expected.price", json_digits(v[47])},
              {"expected.size", json_digits(v[48])},
              {"volume.accumulated", json_digits(v[53])},
              {"market", in_quotes(q.market)},
              {"source", "\"websocket\""},
              {"tr_id", in_quotes(to_string(id))}})
      expected.emplace_back(path, value);
    if (flat_json(out) != expected)
      CAF_FAIL("another line than the wire's: " << record << " gave " << out);
  }
}

CAF_TEST(a morning trade keeps the zero of its time and symbol (F36 and F38)) {
  auto record = std::string{samples::trade_payload_46};
  std::string out;
  auto t = trade_of(record);
  append_trade_line(out, t, kis::tr::h0stcnt0, nullptr);
  CAF_CHECK(out.starts_with(
    R"({"symbol":"005930","execution_time":"093354",)"));
}

CAF_TEST(a gap is the last key of the line that ends it) {
  std::string out;
  auto t = trade_of(payload_of(samples::trade_47));
  gap_mark gap{"disconnected", 1200, 3, afternoon_us - 5'000'000};
  append_trade_line(out, t, kis::tr::h0stcnt0, &place, &gap);
  CAF_CHECK(out.ends_with(
    R"("seq":12345,"gap":{"cause":"disconnected","missing_shares":1200,)"
    R"("records":3,"after":"2026-09-14T15:07:41.123456+09:00"}})"
    "\n"));
  CAF_CHECK(!flat_json(out).empty());
}

CAF_TEST(a gap of unknown records says null and a count gone back is negative) {
  std::string out;
  auto t = trade_of(payload_of(samples::trade_47));
  gap_mark gap{"exchange_gap", INT64_MIN, 0, afternoon_us};
  append_trade_line(out, t, kis::tr::h0stcnt0, &place, &gap);
  CAF_CHECK(out.find(R"("missing_shares":-9223372036854775808,"records":null)")
            != std::string::npos);
}

CAF_TEST(the greatest numbers of a place are written in full) {
  std::string out;
  auto t = trade_of(payload_of(samples::trade_47));
  line_place far{afternoon_us, "s", -3, UINT64_MAX};
  append_trade_line(out, t, kis::tr::h0stcnt0, &far);
  CAF_CHECK(out.ends_with("\"slot\":-3,\"seq\":18446744073709551615}\n"));
}

CAF_TEST(a rejected record is kept raw with its reason) {
  std::string out;
  append_reject_line(out,
                     {reject_reason::bad_number, "column 2 (price): \"a\"",
                      "H0STCNT0", "005930^\"\\\n\xFF", 5},
                     place);
  CAF_CHECK_EQUAL(
    out, R"({"timestamp":"2026-09-14T15:07:46.123456+09:00",)"
         R"("reason":"bad_number","cause":"parse_rejected","detail":"column 2 (price): \"a\"",)"
         R"("tr_id":"H0STCNT0","records":5,)"
         R"("raw":"005930^\"\\\u000a\u00ff",)"
         R"("raw_base64":"MDA1OTMwXiJcCv8=",)"
         R"("session_id":"20260914T000000Z-1","slot":3,"seq":12345})"
         "\n");
  CAF_CHECK(!flat_json(out).empty());
}

CAF_TEST(text that json can hold stays as it is) {
  for (auto text : {"", "005930", "삼성전자", "a/b", "€ 😀", "\u07FF\uFFFD"})
    CAF_CHECK_EQUAL(string_of(text), in_quotes(text));
  CAF_CHECK_EQUAL(string_of("\"\\"), R"("\"\\")");
}

CAF_TEST(bytes that are no text are escaped one by one) {
  CAF_CHECK_EQUAL(string_of(std::string_view{"\0\r\n\t\x7F", 5}),
                  R"("\u0000\u000d\u000a\u0009\u007f")");
  // A lone continuation, an overlong form, a surrogate, beyond Unicode, a cut.
  CAF_CHECK_EQUAL(string_of("\x80"), R"("\u0080")");
  CAF_CHECK_EQUAL(string_of("\xC0\xAF"), R"("\u00c0\u00af")");
  CAF_CHECK_EQUAL(string_of("\xE0\x80\xAF"), R"("\u00e0\u0080\u00af")");
  CAF_CHECK_EQUAL(string_of("\xED\xA0\x80"), R"("\u00ed\u00a0\u0080")");
  CAF_CHECK_EQUAL(string_of("\xF4\x90\x80\x80"), R"("\u00f4\u0090\u0080\u0080")");
  CAF_CHECK_EQUAL(string_of("\xF0\x9F\x98"), R"("\u00f0\u009f\u0098")");
}

CAF_TEST(any bytes make one valid line) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (auto n = make.below(24); n > 0; --n)
      bytes += static_cast<char>(make.below(2) == 0 ? make.below(256)
                                                    : 0x80 + make.below(80));
    auto line = string_of(bytes);
    CAF_REQUIRE(line.find('\n') == std::string::npos);
    CAF_REQUIRE(nlohmann::json::accept(line));
  }
}

CAF_TEST(a problem names column and value) {
  kis::trade t;
  std::string record{samples::trade_payload_46};
  record.replace(record.find("71900"), 5, "abc");
  auto bad = kis::parse_trade(record, 46, t);
  CAF_CHECK_EQUAL(describe(bad, kis::tr::h0stcnt0),
                  "column 2 (price): \"abc\" is not a number as documented");
  CAF_CHECK_EQUAL(describe({reject_reason::missing_number, 12, ""},
                           kis::tr::h0stcnt0),
                  "column 12 (volume) is empty");
  CAF_CHECK_EQUAL(describe({reject_reason::missing_number, 12, "(null)"},
                           kis::tr::h0stcnt0),
                  "column 12 (volume): \"(null)\" is no number");
  CAF_CHECK_EQUAL(describe({reject_reason::bad_symbol, 0, "5930"},
                           kis::tr::h0stasp0),
                  "column 0 (symbol): \"5930\" is no symbol");
  CAF_CHECK_EQUAL(describe({reject_reason::bad_time, 1, "90011"},
                           kis::tr::h0stasp0),
                  "column 1 (quote time): \"90011\" is no time HHMMSS");
  CAF_CHECK_EQUAL(describe({reject_reason::width_too_small, 45, {}},
                           kis::tr::h0stcnt0),
                  "45 values; H0STCNT0 has at least 46");
}

CAF_TEST(every column that can be wrong has a name) {
  for (uint32_t column : {0, 1, 2, 5, 7, 8, 9, 10, 11, 12, 13, 14, 36, 37})
    CAF_CHECK(describe({reject_reason::bad_number, column, "x"},
                       kis::tr::h0stcnt0)
                .find("(value)")
              == std::string::npos);
  for (uint32_t column = 0; column <= 60; ++column) {
    if (column == 2 || (column >= 45 && column <= 46)
        || (column >= 49 && column <= 52) || (column >= 54 && column <= 58))
      continue;
    CAF_CHECK(describe({reject_reason::bad_number, column, "x"},
                       kis::tr::h0stasp0)
                .find("(value)")
              == std::string::npos);
  }
}

CAF_TEST(a problem is one line whatever the value) {
  auto text = describe({reject_reason::bad_number, 2, "1\n2\x1B[2J"},
                       kis::tr::h0stcnt0);
  CAF_CHECK_EQUAL(text, "column 2 (price): \"1\\u000a2\\u001b[2J\" is not a "
                        "number as documented");
  auto lengthy = std::string(1'000, '9');
  CAF_CHECK_EQUAL(describe({reject_reason::bad_number, 2, lengthy},
                           kis::tr::h0stcnt0),
                  "column 2 (price): \"" + lengthy.substr(0, 40)
                    + "\"… is not a number as documented");
}

CAF_TEST(a frame that is rejected whole says why) {
  auto why = [](std::string_view text) {
    auto split = kis::split_frame(text);
    return describe(split, text);
  };
  CAF_CHECK_EQUAL(why("hello"), "\"hello\" is not enc|TR|count|values");
  CAF_CHECK_EQUAL(why("0|H0STCNT0|x|1"),
                  "\"0|H0STCNT0|x|1\": the count is no number from 1 to 9999");
  CAF_CHECK_EQUAL(why("1|H0STCNI0|001|c2VjcmV0"),
                  "an encrypted notice is not recorded");
  CAF_CHECK_EQUAL(why("0|H0STMKO0|001|1"), "\"H0STMKO0\" is not recorded");
  CAF_CHECK_EQUAL(why("0|H0STCNT0|002|1^2^3"), "3 values are no multiple of 2");
  CAF_CHECK_EQUAL(why("0|H0STASP0|002|1^2^3^4"),
                  "2 values a record; H0STASP0 has at least 59");
  auto two = std::string{samples::trades_46[1]};
  CAF_CHECK_EQUAL(why(two.replace(11, 3, "001")),
                  "92 values a record, and the symbol comes again within: more "
                  "records than 1");
}

CAF_TEST(what is in doubt stands behind the place and before the gap) {
  auto t = kis::trade{};
  t.symbol = "005930";
  line_place place{afternoon_us, "s", 3, 7};
  gap_mark gap{"exchange_gap", 5, 0, afternoon_us};
  doubt_mark doubt{kis::doubt::width, R"(a^"b")"};
  doubt.doubts.add(kis::doubt::market);
  std::string with, without;
  append_trade_line(with, t, kis::tr::h0stcnt0, &place, &gap, &doubt);
  append_trade_line(without, t, kis::tr::h0stcnt0, &place, &gap);
  auto marks = std::string{R"(,"doubt":["width","market"],"raw":"a^\"b\"")"};
  auto at = without.find(R"(,"gap":)");
  CAF_REQUIRE(at != std::string::npos);
  CAF_CHECK_EQUAL(with, without.substr(0, at) + marks + without.substr(at));
  // Nothing in doubt changes nothing; a raw record is bounded.
  doubt.doubts = {};
  std::string same;
  append_trade_line(same, t, kis::tr::h0stcnt0, &place, &gap, &doubt);
  CAF_CHECK_EQUAL(same, without);
  std::string large(1'000'000, 'x');
  doubt_mark bounded{kis::doubt::width, large};
  std::string line;
  append_trade_line(line, t, kis::tr::h0stcnt0, &place, nullptr, &bounded);
  CAF_CHECK_LESS(line.size(), doubt_raw_bytes_max + 1'000);
  kis::quote q;
  q.symbol = "005930";
  std::string quoted;
  append_quote_line(quoted, q, kis::tr::h0stasp0, &place, &bounded);
  CAF_CHECK(quoted.find(R"("doubt":["width"],"raw":"xxx)") != quoted.npos);
}

CAF_TEST(no raw text of the quarantine or beside a tick shows a secret) {
  const std::string key = "3f0c1d2e-aaaa-4bbb-8ccc-0123456789ab";
  keep_secret(secret{key});
  auto raw = R"({"header":{"approval_key":")" + key + R"("},"echo":")" + key
             + "\"}\xff";
  std::string out;
  append_reject_line(out, {reject_reason::garbage, "cut: " + key, "", raw},
                     {0, "s", 0, 1});
  CAF_CHECK_EQUAL(out.find("3f0c1d2e"), out.npos);
  CAF_CHECK_NOT_EQUAL(out.find("****"), out.npos);
  // The bytes themselves hold no more than the text does.
  auto at = out.find("raw_base64\":\"") + 13;
  auto bytes = from_base64(out.substr(at, out.find('"', at) - at));
  CAF_REQUIRE(bytes);
  CAF_CHECK_EQUAL(bytes->find("3f0c1d2e"), bytes->npos);
  CAF_CHECK(bytes->ends_with("\"}\xff"));
  // A cut goes through nothing that is secret.
  for (size_t before : {reject_raw_bytes_max - 40, reject_raw_bytes_max - 4}) {
    std::string long_one(before, 'x');
    long_one += ' ' + key + std::string(100, 'y');
    out.clear();
    append_reject_line(out, {reject_reason::garbage, "", "", long_one},
                       {0, "s", 0, 1});
    CAF_CHECK_EQUAL(out.find("3f0"), out.npos);
  }
}

CAF_TEST(a value that is shown and cut shows no part of a secret) {
  const std::string key = "9e0c1d2e-aaaa-4bbb-8ccc-0123456789ab";
  keep_secret(secret{key});
  auto value = "1234567890123" + key;
  auto text = describe({reject_reason::bad_time, 1, value}, kis::tr::h0stcnt0);
  CAF_CHECK_EQUAL(text.find("9e0c"), text.npos);
}

CAF_TEST(a string of JSON steers no terminal and loses nothing) {
  std::string out;
  append_json_string(out, "\u202e \u0085 \u061c \u2066 \x7f 삼성");
  CAF_CHECK_EQUAL(out, "\"\\u202e \\u0085 \\u061c \\u2066 \\u007f 삼성\"");
}

} // namespace CAF_SUITE
