#define CAF_SUITE messages_outside_text
#include "test.hpp"

#include <random>

#include "messages/outside_text.hpp"
#include "messages/redact.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(a short text of plain characters stays as it is) {
  CAF_CHECK_EQUAL(outside_text(""), "");
  CAF_CHECK_EQUAL(outside_text("SUBSCRIBE SUCCESS"), "SUBSCRIBE SUCCESS");
  CAF_CHECK_EQUAL(outside_text("정상처리 \"되었습니다\" \\"),
                  "정상처리 \"되었습니다\" \\");
}

CAF_TEST(what is no text is shown by its bytes) {
  CAF_CHECK_EQUAL(outside_text("a\nb\r\t"), "a\\x0ab\\x0d\\x09");
  CAF_CHECK_EQUAL(outside_text("\x1b[2J\x7f"), "\\x1b[2J\\x7f");
  CAF_CHECK_EQUAL(outside_text(std::string_view{"\0x", 2}), "\\x00x");
  CAF_CHECK_EQUAL(outside_text("\xc2\x9b"), "\\xc2\\x9b");
  CAF_CHECK_EQUAL(outside_text("\xff\xfe"), "\\xff\\xfe");
  CAF_CHECK_EQUAL(outside_text("\xec\xa0"), "\\xec\\xa0");
  CAF_CHECK_EQUAL(outside_text("\u2028"), "\\xe2\\x80\\xa8");
  CAF_CHECK_EQUAL(outside_text("\u202e"), "\\xe2\\x80\\xae");
}

CAF_TEST(Korean of before UTF-8 is shown in UTF-8) {
  // "정상" in EUC-KR.
  CAF_CHECK_EQUAL(outside_text("msg \xC1\xA4\xBB\xF3"), "msg 정상");
  std::string many;
  for (int i = 0; i < 1'000; ++i)
    many += "\xC1\xA4";
  CAF_CHECK_EQUAL(outside_text(many, 7), "정정… (of 2000 bytes)");
  CAF_CHECK_EQUAL(outside_text("x" + many, 7), "x정정… (of 2001 bytes)");
  // Not all of it is.
  CAF_CHECK_EQUAL(outside_text("\xC1\xA4\xFF"), "\\xc1\\xa4\\xff");
}

CAF_TEST(a long text is cut at a character and its size is said) {
  CAF_CHECK_EQUAL(outside_text(std::string(2'097'152, 'x'), 3),
                  "xxx… (of 2097152 bytes)");
  std::string korean;
  for (int i = 0; i < 100; ++i)
    korean += "가";
  CAF_CHECK_EQUAL(outside_text(korean, 7), "가가… (of 300 bytes)");
  CAF_CHECK_EQUAL(outside_text(std::string(100, '\n'), 7),
                  "\\x0a… (of 100 bytes)");
}

CAF_TEST(of a long text no more is read than is shown) {
  // Bytes that would be wrong to read lie behind.
  std::string_view text{"\xff", 1};
  CAF_CHECK_EQUAL(outside_text(text, 1), "\\xff");
  CAF_CHECK_EQUAL(utf8_prefix("가가", 4), "가");
  CAF_CHECK_EQUAL(utf8_prefix("가가", 6), "가가");
  CAF_CHECK_EQUAL(utf8_prefix("\x80\x80\x80\x80\x80", 4).size(), 4u);
  CAF_CHECK_EQUAL(utf8_prefix("가", 2), "");
}

CAF_TEST(whatever the bytes the result is short and one line and stays itself) {
  constexpr uint32_t seed = 20'261'127;
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  for (int round = 0; round < 4'000; ++round) {
    std::string text(random() % 400, '\0');
    auto letters = random() % 3;
    for (auto& c : text)
      c = static_cast<char>(letters == 0   ? 'a' + random() % 26
                            : letters == 1 ? random()
                                           : 0x80 + random() % 0x80);
    auto bound = random() % 200;
    auto out = outside_text(text, bound);
    CAF_REQUIRE(out.size() <= bound + outside_note_bytes);
    for (size_t at = 0; at < out.size();) {
      auto n = utf8_length(out, at);
      CAF_REQUIRE(n > 0);
      CAF_REQUIRE(n > 1 || (out[at] >= 0x20 && out[at] != 0x7f));
      at += n;
    }
    CAF_REQUIRE_EQUAL(outside_text(out, bound), out);
    CAF_REQUIRE_EQUAL(outside_text(out, bound + random() % 100), out);
    auto kept = utf8_prefix(text, bound);
    CAF_REQUIRE(kept.size() <= bound);
    CAF_REQUIRE(text.starts_with(kept));
  }
}

CAF_TEST(a secret is masked before a text is cut) {
  keep_secret(secret{"0123-SECRET-OF-OURS-4567"});
  std::string text = "body 0123-SECRET-OF-OURS-4567 and more of it";
  CAF_CHECK_EQUAL(outside_text(text), "body **** and more of it");
  for (size_t max = 1; max < text.size(); ++max) {
    auto got = outside_text(text, max);
    CAF_REQUIRE_EQUAL(got.find("0123"), got.npos);
    CAF_REQUIRE_EQUAL(outside_text(got, max), got);
  }
  // What is masked takes less: what was left out is said all the same.
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "0123-SECRET-OF-OURS-4567";
  auto got = outside_text(many, 1'000);
  CAF_CHECK(got.ends_with("… (of 2400 bytes)"));
}

CAF_TEST(lines keep their ends and nothing else that steers) {
  CAF_CHECK_EQUAL(lines_for_terminal("a\x1b[2J\nb\u202e\n"),
                  "a\\x1b[2J\nb\\xe2\\x80\\xae\n");
  CAF_CHECK_EQUAL(lines_for_terminal("a\n\nb"), "a\n\nb");
}

CAF_TEST(JSON keeps what steers a terminal as an escape) {
  CAF_CHECK_EQUAL(json_for_terminal("{\"a\":\"\u202e\u0085\x7f\u061c삼성 é\"}"),
                  "{\"a\":\"\\u202e\\u0085\\u007f\\u061c삼성 é\"}");
}

} // namespace CAF_SUITE
