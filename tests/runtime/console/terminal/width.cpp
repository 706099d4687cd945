#define CAF_SUITE runtime_console_terminal_width
#include "test.hpp"

#include "runtime/console/terminal/width.hpp"

namespace CAF_SUITE {

using namespace observer::terminal;

CAF_TEST(Korean and emoji take two cells and marks none) {
  CAF_CHECK_EQUAL(display_width("abc"), 3u);
  CAF_CHECK_EQUAL(display_width("삼성전자"), 8u);
  CAF_CHECK_EQUAL(display_width("가a나"), 5u);
  CAF_CHECK_EQUAL(display_width("…●▲"), 3u);
  CAF_CHECK_EQUAL(display_width("￦100"), 5u);
  CAF_CHECK_EQUAL(display_width("e\u0301"), 1u);
  // One syllable out of an initial, a vowel and a final.
  CAF_CHECK_EQUAL(display_width("\u1112\u1161\u11AB"), 2u);
  CAF_CHECK_EQUAL(display_width("😀"), 2u);
}

CAF_TEST(text is cut between characters and says so) {
  CAF_CHECK_EQUAL(clipped("abcdef", 6), "abcdef");
  CAF_CHECK_EQUAL(clipped("abcdef", 4), "abc…");
  CAF_CHECK_EQUAL(clipped("abc", 0), "");
  CAF_CHECK_EQUAL(clipped("삼성전자", 8), "삼성전자");
  CAF_CHECK_EQUAL(clipped("삼성전자", 7), "삼성전…");
  // The fourth cell is half a character: it stays empty.
  CAF_CHECK_EQUAL(clipped("삼성전자", 4), "삼…");
}

CAF_TEST(padded text has exactly the width that was asked for) {
  CAF_CHECK_EQUAL(padded("가", 4), "가  ");
  CAF_CHECK_EQUAL(padded("12", 4, align::right), "  12");
  for (size_t cells = 0; cells < 12; ++cells)
    for (auto text : {"", "a", "삼성전자", "a삼b성c전d자"})
      for (auto to : {align::left, align::right})
        CAF_CHECK_EQUAL(display_width(padded(text, cells, to)), cells);
}

CAF_TEST(what would drive the terminal is taken out) {
  CAF_CHECK_EQUAL(printable("a\x1b[31mb\nc\td\x7f"), "a [31mb c d ");
  // C1 controls, and a mark that turns the direction of writing.
  CAF_CHECK_EQUAL(printable("a\u009B2Jb\u202Ec"), "a 2Jb c");
  CAF_CHECK_EQUAL(printable("a\u200Eb\u200Fc\u061Cd\u2066e"), "a b c d e");
  CAF_CHECK_EQUAL(printable("\xFF\xC0\x80가\xEA\xB0"), "\uFFFD\uFFFD\uFFFD가"
                                                       "\uFFFD\uFFFD");
}

CAF_TEST(code points survive the way through UTF8) {
  for (char32_t value : {U'a', U'é', U'가', U'\U0001F600', U'\U0010FFFF'}) {
    std::string text;
    append_code_point(text, value);
    auto back = first_code_point(text);
    CAF_CHECK_EQUAL(static_cast<uint32_t>(back.value),
                    static_cast<uint32_t>(value));
    CAF_CHECK_EQUAL(back.bytes, text.size());
  }
  // Surrogates and overlong forms are no characters.
  for (auto bad : {"\xED\xA0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80"}) {
    auto bytes = first_code_point(bad).bytes;
    CAF_CHECK_EQUAL(bytes, 1u);
  }
}

} // namespace CAF_SUITE
