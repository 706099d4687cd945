#define CAF_SUITE runtime_process_pasted_text
#include "test.hpp"

#include "runtime/process/pasted_text.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(what is around a word is taken off and nothing of it) {
  for (auto text : {"word", " word\r\n", "\"word\"", "'word' # mine", "word # m",
                    "\xEF\xBB\xBFword", "\u00a0\u3000word\u200b", "“word”",
                    "\t\" word \"\v"})
    CAF_CHECK_EQUAL(std::string{pasted_word(text)}, "word");
  for (auto text : {"wo#rd", "wo\"rd", "\"word", "word'", "#word", "w\u00a0d"})
    CAF_CHECK_EQUAL(std::string{pasted_word(text)}, text);
  CAF_CHECK_EQUAL(std::string{pasted_word("\"a # b\" # c")}, "a # b");
  CAF_CHECK_EQUAL(std::string{pasted_word("\"")}, "\"");
  CAF_CHECK_EQUAL(std::string{pasted_word(" \n")}, "");
}

} // namespace CAF_SUITE
