#define CAF_SUITE runtime_console_terms
#include "test.hpp"

#include "runtime/console/terms.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "actors/feed/connection.hpp"
#include "actors/feed/slot.hpp"
#include "messages/cause.hpp"
#include "messages/kis/doubt.hpp"
#include "messages/kis/tr.hpp"
#include "runtime/console/terminal/words.hpp"
#include "runtime/inspect/operator_actions.hpp"
#include "runtime/inspect/verdict.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Has a syllable of Hangul, U+AC00 to U+D7A3.
bool has_hangul(std::string_view text) {
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    auto lead = static_cast<unsigned char>(text[i]);
    if (lead >= 0xEA && lead <= 0xED)
      return true;
  }
  return false;
}

void check_known(std::string_view group, std::string_view key) {
  auto english = find_term(language::english, group, key);
  auto korean = find_term(language::korean, group, key);
  if (!english || english->empty())
    CAF_ERROR("no English word for " << group << " " << key);
  if (!korean || !has_hangul(*korean))
    CAF_ERROR("no Korean word for " << group << " " << key);
}

std::string text_of(const fs::path& file) {
  std::ifstream in{file};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The kinds of events that the sources write.
std::set<std::string> event_kinds() {
  static const std::regex given{"\\.event = ([^,]*),"};
  static const std::regex word{"\"([a-z_]+)\""};
  std::set<std::string> out;
  for (auto& entry : fs::recursive_directory_iterator(
         fs::path{OBSERVER_SOURCE_DIR} / "actors"))
    if (entry.path().extension() == ".cpp") {
      auto source = text_of(entry.path());
      for (std::sregex_iterator i{source.begin(), source.end(), given}, end;
           i != end; ++i) {
        auto value = (*i)[1].str();
        for (std::sregex_iterator w{value.begin(), value.end(), word}; w != end;
             ++w)
          out.insert((*w)[1]);
      }
    }
  return out;
}

/// All pairs of words in the list, with where they stand.
std::vector<std::pair<std::string, json>> all_pairs() {
  std::vector<std::pair<std::string, json>> out;
  auto list = json::parse(terms_json());
  for (auto& [group, entries] : list.items())
    for (auto& [key, entry] : entries.items()) {
      auto where = group + "." + key;
      if (entry.is_array())
        out.emplace_back(where, entry);
      else
        for (auto& [part, pair] : entry.items())
          out.emplace_back(where + "." + part, pair);
    }
  return out;
}

std::multiset<std::string> places(const std::string& text) {
  static const std::regex place{"\\{[a-z0-9_]*\\}"};
  std::multiset<std::string> out;
  for (std::sregex_iterator i{text.begin(), text.end(), place}, end; i != end;
       ++i)
    out.insert(i->str());
  return out;
}

} // namespace

CAF_TEST(each cause has a word and a sentence in both languages) {
  for (size_t i = 1; i < cause_count; ++i) {
    auto word = to_string(static_cast<cause>(i));
    check_known("causes", word);
    CAF_CHECK(!cause_sentence(language::english, word).empty());
    CAF_CHECK(has_hangul(cause_sentence(language::korean, word)));
  }
}

CAF_TEST(each reason of a rejection and each doubt has a word) {
  for (size_t i = 1; i < reject_reason_count; ++i)
    check_known("reject", to_string(static_cast<reject_reason>(i)));
  for (size_t i = 0; i < kis::doubt_count; ++i)
    check_known("doubt", kis::to_string(static_cast<kis::doubt>(i)));
}

CAF_TEST(each state has a word) {
  size_t slots = 0, phases = 0;
  for (; to_string(static_cast<slot_phase>(slots)) != "?"; ++slots)
    check_known("slot", to_string(static_cast<slot_phase>(slots)));
  for (; to_string(static_cast<connection_phase>(phases)) != "?"; ++phases)
    check_known("phase", to_string(static_cast<connection_phase>(phases)));
  CAF_CHECK(slots >= 7 && phases >= 6);
  for (auto state : {"down", "starting", "up", "waiting", "stopping"})
    check_known("actor", state);
  for (auto state : {verdict::recording, verdict::starting,
                     verdict::market_closed, verdict::not_recording,
                     verdict::stopping})
    check_known("verdict", to_string(state));
  for (auto state : {"open", "sealed"})
    check_known("file", state);
  for (auto why : {"hour", "stop", "operator", "recovery", "failure",
                   "streams"})
    check_known("sealed_because", why);
  for (auto why : {"before_open", "after_close", "weekend", "holiday"})
    check_known("closed", why);
}

CAF_TEST(each kind of event that is written has a word) {
  auto kinds = event_kinds();
  CAF_CHECK(kinds.contains("gap") && kinds.contains("closed"));
  for (auto& kind : kinds)
    check_known("event", kind);
  for (auto kind : {"compressed", "backed_up", "deleted", "not_deleted",
                    "archive_failed", "backup_failed", "disk_pressure",
                    "disk_relieved", "anomaly"})
    check_known("event", kind);
}

CAF_TEST(each TR and each action has a word) {
  for (auto id : kis::all_trs)
    check_known("tr", kis::to_string(id));
  for (auto name : operator_actions{nullptr, true}.names())
    check_known("action", name);
}

CAF_TEST(each entry is a pair of which the Korean one is Korean) {
  auto all = all_pairs();
  CAF_CHECK(all.size() > 150);
  for (auto& [where, pair] : all) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string()
        || !pair[1].is_string()) {
      CAF_ERROR(where << " is no pair of texts");
      continue;
    }
    auto english = pair[0].get<std::string>();
    auto korean = pair[1].get<std::string>();
    auto form = where.starts_with("say.");
    if (!has_hangul(korean) && !(form && places(korean).size() > 0))
      CAF_ERROR(where << " is not Korean: " << korean);
    if (places(english) != places(korean) && !form)
      CAF_ERROR(where << " has other places in Korean: " << korean);
  }
}

CAF_TEST(no name stands twice in its group) {
  // Readers of JSON take one of the two in silence.
  std::vector<std::set<std::string>> open;
  std::string twice;
  auto look = [&](int, json::parse_event_t what, json& value) {
    if (what == json::parse_event_t::object_start)
      open.emplace_back();
    else if (what == json::parse_event_t::object_end)
      open.pop_back();
    else if (what == json::parse_event_t::key
             && !open.back().insert(value.get<std::string>()).second)
      twice += value.get<std::string>() + " ";
    return true;
  };
  CAF_CHECK(json::parse(terms_json(), look).is_object());
  CAF_CHECK_EQUAL(twice, "");
}

CAF_TEST(one thing has one word) {
  // What a reader met before and no longer does.
  constexpr std::string_view given_up[] = {
    "버림", "버린", "버려", "거절", "장부", "미확인", "진행 중", "처리 중",
    "메일함", "우편함", "장 마감", "보존 법칙", "거래 정지", "거래소 지연",
    "종목 고정", "무응답"};
  auto check = [&](std::string_view where, std::string_view korean) {
    for (auto word : given_up)
      if (korean.find(word) != korean.npos)
        CAF_ERROR(where << " says " << word << ": " << korean);
  };
  for (auto& [where, pair] : all_pairs())
    check(where, pair.at(1).get<std::string>());
  for (auto& [english, korean] : terminal::layout_words())
    check(english, korean);
}

CAF_TEST(a key that the list does not know is its own word) {
  CAF_CHECK(!find_term(language::korean, "causes", "of_tomorrow"));
  CAF_CHECK(!find_term(language::korean, "no group", "live"));
  CAF_CHECK_EQUAL(term(language::korean, "causes", "of_tomorrow"),
                  "of tomorrow");
  CAF_CHECK_EQUAL(cause_sentence(language::korean, "of_tomorrow"), "");
}

CAF_TEST(a fact is told by a template and its fields) {
  auto fact = json::parse(R"({"kind":"x","seconds":1234,"per_s_before":1234.6,
    "received_per_s":2.52,"names":["005930 H0STCNT0","side","…"],
    "cause":"disk_full","reason":"bad_time","why":"holiday",
    "free_bytes":5400000,"at_us":1789366066000000,"session":"session 1","unknown":null,
    "text":"no space"})");
  auto say = [&](language in, std::string_view form) {
    return told_by(form, in, fact, 1'789'366'066'000'001);
  };
  auto ko = language::korean;
  CAF_CHECK_EQUAL(say(ko, "초당 {per_s_before}건 뒤 {seconds}초"),
                  "초당 1,235건 뒤 1,234초");
  CAF_CHECK_EQUAL(say(ko, "{received_per_s}/{free_bytes}"), "2.5/5.4 MB");
  CAF_CHECK_EQUAL(say(ko, "{names}"), "005930 KRX 체결, 매수·매도 구분, …");
  CAF_CHECK_EQUAL(say(ko, "{cause}, {reason}, {why}, {session}"),
                  "디스크 부족, 시각 오류, 휴장, 세션 1");
  CAF_CHECK_EQUAL(say(language::english, "{cause}, {session}"),
                  "disk full, session 1");
  CAF_CHECK_EQUAL(say(ko, "{text}"), "“no space”");
  CAF_CHECK_EQUAL(say(language::english, "{text}"), "no space");
  CAF_CHECK_EQUAL(say(ko, "{at_us}"), "15:07:46");
  CAF_CHECK_EQUAL(told_by("{at_us}", ko, fact, 1'789'466'066'000'000),
                  "09-14 15:07:46");
  // What is not there is unknown, and no template breaks.
  CAF_CHECK_EQUAL(say(ko, "{unknown}{missing}"), "––");
  CAF_CHECK_EQUAL(say(ko, "{seconds"), "{seconds");
  CAF_CHECK_EQUAL(say(ko, "} {seconds} {"), "} 1,234 {");
}

CAF_TEST(what is missing is told of each TR by its word) {
  auto told_of = [](language in, const char* text) {
    return told(in, json::parse(text));
  };
  auto known = R"({"kind":"missing","tr_id":"H0NXCNT0","gaps":2,
    "missing_shares":1234})";
  CAF_CHECK_EQUAL(told_of(language::korean, known), "NXT 체결 누락 2구간 1,234주");
  CAF_CHECK_EQUAL(told_of(language::english, known),
                  "NXT trades: 1,234 shares missing in 2 gaps");
  CAF_CHECK_EQUAL(told_of(language::korean,
                          R"({"kind":"missing_unknown","tr_id":"H0STASP0",
                              "gaps":3})"),
                  "KRX 호가 누락 3구간, 누락량 알 수 없음");
}

CAF_TEST(a fact without a template has its own words) {
  auto told_of = [](const char* text) {
    return told(language::korean, json::parse(text));
  };
  CAF_CHECK_EQUAL(told_of(R"({"kind":"of_tomorrow","text":"as it is"})"),
                  "as it is");
  CAF_CHECK_EQUAL(told_of(R"({"kind":7})"), "");
  CAF_CHECK_EQUAL(told_of("[]"), "");
}

} // namespace CAF_SUITE
