#define CAF_SUITE runtime_audit_json_lines
#include "test.hpp"

#include <random>

#include <nlohmann/json.hpp>

#include "runtime/audit/json_lines.hpp"

namespace CAF_SUITE {

using namespace observer::audit;

namespace {

std::string error_of(std::string_view text) {
  json_cursor json;
  json.reset(text);
  json.skip();
  json.finish();
  return json.ok() ? "" : json.error();
}

} // namespace

CAF_TEST(every value of JSON is accepted) {
  for (auto text :
       {R"({})", R"([])", R"(0)", R"(-0)", R"(1.5e-10)", R"(1E+2)", R"(true)",
        R"(false)", R"(null)", R"("")", R"( { "a" : [ 1 , {} ] } )",
        R"("\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00")", "\"삼성전자\"",
        "\"\xf0\x9f\x98\x80\"", "\"\x7f\""})
    CAF_CHECK_EQUAL(error_of(text), "");
}

CAF_TEST(numbers that only look like numbers are refused) {
  CAF_CHECK_EQUAL(error_of("01"), "a number with a leading zero");
  CAF_CHECK_EQUAL(error_of("-01"), "a number with a leading zero");
  CAF_CHECK_EQUAL(error_of("+1"), "a value was expected");
  CAF_CHECK_EQUAL(error_of("1."), "a number that ends in its point");
  CAF_CHECK_EQUAL(error_of(".5"), "a value was expected");
  CAF_CHECK_EQUAL(error_of("1e"), "a number that ends in its exponent");
  CAF_CHECK_EQUAL(error_of("-"), "a number without digits");
  CAF_CHECK_EQUAL(error_of("0x10"), "more after the object");
  CAF_CHECK_EQUAL(error_of("NaN"), "a value was expected");
}

CAF_TEST(bad strings are refused) {
  CAF_CHECK_EQUAL(error_of(R"("abc)"), "a string without its closing quote");
  CAF_CHECK_EQUAL(error_of(R"("\x")"), "a bad escape");
  CAF_CHECK_EQUAL(error_of(R"("\u12g4")"), "a bad escape");
  CAF_CHECK_EQUAL(error_of(R"("\u12)"), "a bad escape");
  CAF_CHECK_EQUAL(error_of(R"("\ud83d")"), "half of a surrogate pair");
  CAF_CHECK_EQUAL(error_of(R"("\ude00")"), "half of a surrogate pair");
  CAF_CHECK_EQUAL(error_of(R"("\ud83d\u0041")"), "half of a surrogate pair");
  CAF_CHECK_EQUAL(error_of("\"a\tb\""), "a control character in a string");
  CAF_CHECK_EQUAL(error_of(std::string_view{"\"a\0b\"", 5}),
                  "a zero byte, as a torn write leaves them");
}

CAF_TEST(bytes that are not UTF-8 are refused wherever they stand) {
  // A stray continuation, overlong forms, a surrogate, beyond 10FFFF, cut off.
  for (std::string bad : {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xff", "\xe2\x82"})
    for (size_t before = 0; before < 18; ++before)
      CAF_CHECK_EQUAL(error_of('"' + std::string(before, 'x') + bad + '"'),
                      "not UTF-8");
}

CAF_TEST(broken structure is refused) {
  for (auto text : {R"({"a":1,})", R"([1,])", R"({,"a":1})", R"({"a" 1})",
                    R"({"a":1 "b":2})", R"([1 2])", R"({a:1})", R"({"a":})",
                    R"({)", R"([)", R"(tru)", R"(nul)", R"({}{})", R"()",
                    R"({"a":1]})"})
    CAF_CHECK_NOT_EQUAL(error_of(text), "");
}

CAF_TEST(a key written twice is refused at every depth) {
  CAF_CHECK_EQUAL(error_of(R"({"a":1,"b":2,"a":3})"), "a key written twice");
  CAF_CHECK_EQUAL(error_of(R"({"x":[{"a":1,"a":1}]})"), "a key written twice");
  CAF_CHECK_EQUAL(error_of(R"({"a":{"a":1},"b":{"a":1}})"), "");
  CAF_CHECK_EQUAL(error_of(R"({"\u0061":1})"), "a key with an escape");
}

CAF_TEST(depth has a bound) {
  auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CAF_CHECK_EQUAL(error_of(nested(json_cursor::depth_max)), "");
  CAF_CHECK_EQUAL(error_of(nested(json_cursor::depth_max + 1)),
                  "nested deeper than any line of ours");
}

CAF_TEST(known keys are found in any order and unknown ones passed over) {
  constexpr std::string_view known[] = {"a", "b", "c"};
  json_cursor json;
  json.reset(R"({"c":3,"new":{"a":[7]},"a":1})");
  json_object members{json, known};
  int64_t value = 0;
  CAF_CHECK_EQUAL(members.next(), 2);
  CAF_CHECK(json.read_integer(value));
  CAF_CHECK_EQUAL(value, 3);
  CAF_CHECK_EQUAL(members.next(), 0);
  CAF_CHECK(json.read_integer(value));
  CAF_CHECK_EQUAL(value, 1);
  CAF_CHECK_EQUAL(members.next(), json_object::end);
  CAF_CHECK_EQUAL(members.seen(), 5u);
  CAF_CHECK(json.finish());
}

CAF_TEST(an integer has at most eighteen digits) {
  auto read = [](std::string_view text) -> std::optional<int64_t> {
    json_cursor json;
    json.reset(text);
    int64_t value = 0;
    if (!json.read_integer(value))
      return std::nullopt;
    return value;
  };
  CAF_CHECK(read("999999999999999999") == 999'999'999'999'999'999);
  CAF_CHECK(read("-999999999999999999") == -999'999'999'999'999'999);
  CAF_CHECK(!read("1000000000000000000"));
  CAF_CHECK(!read("1.0"));
  CAF_CHECK(!read("1e3"));
  CAF_CHECK(!read("\"1\""));
}

CAF_TEST(what a second reader refuses is refused here) {
  // Random damage to a line, judged by a library of another author. Ours may
  // be stricter (a key twice), never laxer.
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  const std::string good
    = R"({"a":"삼\u00e9\ud83d\ude00","b":[1,-2.5e3,null,true],"c":{"d":0}})";
  constexpr std::string_view spice = "{}[]\",:\\ue0-+.1\x01\x80\xff ntf";
  size_t refused = 0;
  for (int i = 0; i < 50'000; ++i) {
    auto text = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      text[random() % text.size()] = random() % 2
                                       ? static_cast<char>(random())
                                       : spice[random() % spice.size()];
    // The second reader takes a zero byte for the end of its input.
    if (text.find('\0') != text.npos)
      continue;
    auto error = error_of(text);
    refused += !error.empty();
    if (error.empty() && !nlohmann::json::accept(text))
      CAF_ERROR("accepted, seed " << seed << ": " << text);
    if (!error.empty() && nlohmann::json::accept(text)
        && error.find("key") == std::string::npos)
      CAF_ERROR("refused as '" << error << "', seed " << seed << ": " << text);
  }
  CAF_CHECK(refused > 10'000);
}

} // namespace CAF_SUITE
