#define CAF_SUITE messages_kis_digits
#include "test.hpp"

#include <random>

#include <nlohmann/json.hpp>

#include "messages/kis/digits.hpp"
#include "messages/kis/generate.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::kis;

namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_number(out, text);
  return out;
}

} // namespace

CAF_TEST(whole numbers are digits and nothing else) {
  for (auto good : {"0", "7", "249250", "0000123", "999999999999999999",
                    "000000000000000000000000000000000001"})
    CAF_CHECK(is_number(good, digits::whole));
  for (auto bad : {"", "-1", "+1", "1.0", "1 ", " 1", "1e3", "0x1F", "(null)",
                   "१", ".", "-"})
    CAF_CHECK(!is_number(bad, digits::whole));
}

CAF_TEST(signed numbers may begin with a minus) {
  for (auto good : {"0", "-10250", "7", "-0"})
    CAF_CHECK(is_number(good, digits::signed_whole));
  for (auto bad : {"", "-", "--1", "+1", "-1.5", "1-"})
    CAF_CHECK(!is_number(bad, digits::signed_whole));
}

CAF_TEST(decimals need digits on both sides of the point (F07)) {
  for (auto good : {"-3.95", "250742.47", "+0.12", "0", "-100.00", "007.5"})
    CAF_CHECK(is_number(good, digits::decimal));
  for (auto bad : {"", ".5", "5.", "-.5", "1.2.3", "1,5", "+-1", "nan", "inf",
                   "1.5e3", "1.-5"})
    CAF_CHECK(!is_number(bad, digits::decimal));
}

CAF_TEST(a number whose sums 64 bits cannot hold is none) {
  for (auto big : {"1000000000000000000", "9223372036854775807",
                   "00099999999999999999999"}) {
    CAF_CHECK(!is_number(big, digits::whole));
    CAF_CHECK(!is_number(std::string{"-"} + big, digits::signed_whole));
    CAF_CHECK(!is_number(std::string{big} + ".5", digits::decimal));
    CAF_CHECK(!is_number(std::string{"0."} + big, digits::decimal));
  }
  CAF_CHECK(!is_number(std::string(100'000, '9'), digits::whole));
  // Zeros make no number larger, but a line longer.
  CAF_CHECK(!is_number(std::string(100'000, '0'), digits::whole));
  CAF_CHECK(!is_number("1." + std::string(100'000, '0'), digits::decimal));
  // What is accepted fits, with zeros in front or without.
  CAF_CHECK_EQUAL(whole_value("999999999999999999"), 999'999'999'999'999'999u);
  CAF_CHECK_EQUAL(whole_value("0000999999999999999999"),
                  999'999'999'999'999'999u);
}

CAF_TEST(the value of whole digits is exact) {
  CAF_CHECK_EQUAL(whole_value("0"), 0u);
  CAF_CHECK_EQUAL(whole_value("3728926343750"), 3'728'926'343'750u);
  CAF_CHECK_EQUAL(whole_value("0000123"), 123u);
  CAF_CHECK_EQUAL(whole_value(""), UINT64_MAX);
  CAF_CHECK_EQUAL(whole_value("12x"), UINT64_MAX);
  CAF_CHECK_EQUAL(whole_value("18446744073709551616"), UINT64_MAX);
}

CAF_TEST(only an empty value and the word null in brackets are absent) {
  CAF_CHECK(is_absent(""));
  CAF_CHECK(is_absent("(null)"));
  for (auto there : {"0", "null", "(NULL)", " ", "(null) "})
    CAF_CHECK(!is_absent(there));
}

CAF_TEST(a time of day has six digits that a clock can show (F36)) {
  for (auto good : {"000000", "090011", "113225", "235959"})
    CAF_CHECK(is_time(good));
  for (auto bad : {"", "90011", "0900111", "240000", "236000", "235960",
                   "9:0011", "-90011", "      "})
    CAF_CHECK(!is_time(bad));
}

CAF_TEST(json keeps the digits but not what json forbids) {
  for (auto [wire, json] :
       {std::pair{"249250", "249250"}, std::pair{"-3.95", "-3.95"},
        std::pair{"-3.90", "-3.90"}, std::pair{"+0.12", "0.12"},
        std::pair{"0000123", "123"}, std::pair{"0", "0"},
        std::pair{"000", "0"}, std::pair{"-007", "-7"},
        std::pair{"00.50", "0.50"}, std::pair{"-100.00", "-100.00"},
        std::pair{"", "null"}, std::pair{"(null)", "null"}})
    CAF_CHECK_EQUAL(json_of(wire), json);
}

CAF_TEST(every accepted number is a json number of the same value) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  samples::maker make{seed};
  constexpr std::string_view alphabet = "0012345678999..-+e ";
  size_t accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (auto n = 1 + make.below(9); n > 0; --n)
      text += alphabet[make.below(alphabet.size())];
    if (!is_number(text, digits::decimal))
      continue;
    ++accepted;
    auto parsed = nlohmann::json::parse(json_of(text), nullptr, false);
    CAF_REQUIRE(parsed.is_number());
    CAF_REQUIRE_EQUAL(parsed.get<double>(), std::strtod(text.c_str(), nullptr));
  }
  CAF_CHECK_GREATER(accepted, 10'000u);
}

} // namespace CAF_SUITE
