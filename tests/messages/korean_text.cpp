#define CAF_SUITE messages_korean_text
#include "test.hpp"

#include "messages/korean_text.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

/// "정상처리" in EUC-KR; "뷁" is of CP949 alone.
constexpr std::string_view normal = "\xC1\xA4\xBB\xF3\xC3\xB3\xB8\xAE";
constexpr std::string_view rare = "\x94\xEE";

} // namespace

CAF_TEST(what is CP949 is read in UTF-8) {
  CAF_CHECK_EQUAL(from_cp949(normal).value_or("none"), "정상처리");
  CAF_CHECK_EQUAL(from_cp949(rare).value_or("none"), "뷁");
  CAF_CHECK_EQUAL(from_cp949("{\"a\":\"\\\"\"}").value_or("none"),
                  "{\"a\":\"\\\"\"}");
  CAF_CHECK_EQUAL(from_cp949("").value_or("none"), "");
}

CAF_TEST(what is not CP949 is not guessed) {
  CAF_CHECK(!from_cp949("\xFF\xFE"));
  CAF_CHECK(!from_cp949("a\x80"));
  CAF_CHECK(!from_cp949(normal.substr(0, 3)));
  CAF_CHECK_EQUAL(from_cp949(normal.substr(0, 3), true).value_or("none"), "정");
  CAF_CHECK(!from_cp949("\xFF\xC1", true));
}

CAF_TEST(a text that is UTF-8 stays as it is) {
  for (auto text : {"", "005930", "정상처리", "\u00ff"}) {
    CAF_CHECK(is_utf8(text));
    CAF_CHECK_EQUAL(readable(text), text);
  }
  CAF_CHECK(!is_utf8(normal));
  CAF_CHECK_EQUAL(readable(normal), "정상처리");
  CAF_CHECK_EQUAL(readable("\xFF"), "\xFF");
}

} // namespace CAF_SUITE
