#define CAF_SUITE runtime_console_terminal_words
#include "test.hpp"

#include "runtime/console/terminal/words.hpp"

#include <regex>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace CAF_SUITE {

using namespace observer::terminal;

namespace {

std::set<std::string> places(std::string_view words) {
  static const std::regex place{"\\{[0-9]\\}"};
  std::string text{words};
  std::set<std::string> out;
  for (std::sregex_iterator i{text.begin(), text.end(), place}, end; i != end;
       ++i)
    out.insert(i->str());
  return out;
}

} // namespace

CAF_TEST(a translation has the places of the original) {
  for (auto& [english, korean] : layout_words())
    if (places(english) != places(korean))
      CAF_ERROR(english << " | " << korean);
  CAF_CHECK_EQUAL(say(language::korean, "slot {0} of {1}", 3, "세션 1"),
                  "세션 1 슬롯 3");
}

CAF_TEST(each text is there once) {
  std::set<std::string_view> seen;
  for (auto& [english, korean] : layout_words())
    if (!seen.insert(english).second)
      CAF_ERROR(english << " is there twice");
}

CAF_TEST(words of the domain are left to the list) {
  std::set<std::string> domain;
  auto list = nlohmann::json::parse(observer::terms_json());
  for (auto group : {"figure", "causes", "reject", "event"})
    for (auto& [key, entry] : list.at(group).items())
      domain.insert(entry.is_array() ? entry[0] : entry.at("word")[0]);
  // These are columns or headings of another meaning here.
  for (auto word : {"gaps"})
    domain.erase(word);
  for (auto& [english, korean] : layout_words())
    if (domain.contains(std::string{english}))
      CAF_ERROR(english << " is in terms.json");
}

CAF_TEST(a session is named in the language of the reader) {
  CAF_CHECK_EQUAL(session_name(language::korean, "session 1"), "세션 1");
  CAF_CHECK_EQUAL(session_name(language::english, "session 1"), "session 1");
  CAF_CHECK_EQUAL(session_name(language::korean, "session"), "session");
  CAF_CHECK_EQUAL(session_name(language::korean, "session x"), "session x");
  CAF_CHECK_EQUAL(session_name(language::korean, "other"), "other");
}

CAF_TEST(Korean is for terminals that can show it) {
  for (auto locale : {"ko", "ko_KR", "ko_KR.UTF-8", "ko_KR.utf8", "ko_KR.UTF-8@x"})
    CAF_CHECK(language_of_locale(locale) == language::korean);
  for (auto locale : {"ko_KR.eucKR", "ko_KR.EUC-KR", "ko_KR.CP949", "ko_KR.",
                      "C", "C.UTF-8", "en_US.UTF-8", ""})
    CAF_CHECK(language_of_locale(locale) == language::english);
}

CAF_TEST(why there is no contact is told or quoted) {
  auto ko = language::korean;
  CAF_CHECK_EQUAL(contact_words(ko, "connection refused"), "연결 거부됨");
  CAF_CHECK_EQUAL(contact_words(ko, "no answer within 3 s"),
                  "3초 안에 응답 없음");
  CAF_CHECK_EQUAL(contact_words(ko, "protocol not available"),
                  "“protocol not available”");
  CAF_CHECK_EQUAL(contact_words(language::english, "connection refused"),
                  "connection refused");
}

} // namespace CAF_SUITE
