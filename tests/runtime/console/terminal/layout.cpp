#define CAF_SUITE runtime_console_terminal_layout
#include "test.hpp"

#include "runtime/console/terminal/tables.hpp"
#include "runtime/console/terminal/terminal_fixture.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace CAF_SUITE {

using namespace observer::terminal;

namespace {

struct fixture : observer::test::terminal_fixture {
  /// Cells before `words` in the first line that has them.
  size_t column_of(const std::string& words) {
    for (auto& text : texts())
      if (auto at = text.find(words); at != std::string::npos)
        return display_width(text.substr(0, at));
    CAF_FAIL("not shown: " << words);
    return 0;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(layout_tests, fixture)

CAF_TEST(every view fits into every size) {
  p.contact.trouble.why = "connection refused";
  for (auto reached : {true, false})
    for (auto in : {language::english, language::korean})
      for (size_t t = 0; t < tab_count; ++t)
        for (size_t columns : {0, 1, 5, 19, 20, 33, 60, 80, 200})
          for (size_t rows : {0, 1, 4, 5, 6, 24, 60}) {
            p.contact.reached = reached;
            v.language = in;
            v.shown = static_cast<tab>(t);
            extent = {columns, rows};
            auto f = shown();
            auto fits = f.lines.size() <= std::max<size_t>(rows, 1);
            for (auto& l : f.lines)
              fits = fits && l.width() <= columns;
            if (!fits)
              CAF_FAIL("tab " << t << " does not fit " << columns << " x "
                              << rows);
          }
  CAF_CHECK(true);
}

CAF_TEST(the first line is the verdict with the clock) {
  auto first = texts().front();
  CAF_CHECK(first.starts_with("● Recording: 1,234 trades/s, all on disk "));
  CAF_CHECK(first.ends_with(" 15:07:46"));
  CAF_CHECK_EQUAL(display_width(first), extent.columns);
}

CAF_TEST(the verdict in Korean names state and rates and cause) {
  v.language = language::korean;
  CAF_CHECK(texts().front().starts_with("● 정상 기록 중: 초당 1,234건 수신"));
  auto s = *p.status;
  s.state = "not_recording";
  s.cause = "disk_full";
  s.severity = "bad";
  s.text = "no space left";
  p.status = std::make_shared<status>(s);
  CAF_CHECK(texts().front().starts_with("● 기록 안 됨: 디스크 부족 “no space "
                                        "left”"));
}

CAF_TEST(a verdict that warns begins with what it warns of) {
  auto s = *p.status;
  s.severity = "warn";
  s.text = "Recording: 9/s, and more";
  auto facts = nlohmann::json::parse(
    R"([{"kind":"rates","text":"9/s"},
        {"kind":"of_tomorrow","text":"1 of 41 is ill"}])");
  s.items = std::make_shared<const nlohmann::json>(facts);
  p.status = std::make_shared<status>(s);
  CAF_CHECK(texts().front().starts_with("● Recording: 1 of 41 is ill; 9/s "));
  v.language = language::korean;
  CAF_CHECK(texts().front().starts_with("● 기록 중 · 주의: 1 of 41 is ill; "));
  // The daemon's own sentence where there is nothing to warn of.
  v.language = language::english;
  s.severity = "ok";
  p.status = std::make_shared<status>(s);
  CAF_CHECK(texts().front().starts_with("● Recording: 9/s, and more "));
}

CAF_TEST(a verdict that is too long for its line is told in full below) {
  auto s = *p.status;
  s.severity = "warn";
  s.cause = "refused_symbol";
  auto facts = nlohmann::json::parse(
    R"([{"kind":"of_tomorrow","text":"1 of 41 refused: 999999 H0STCNT0"},
        {"kind":"of_tomorrow","text":"1 of 41 silent: 051910 H0STCNT0"}])");
  s.items = std::make_shared<const nlohmann::json>(facts);
  p.status = std::make_shared<status>(s);
  auto is_last = [](auto& text) {
    return text.ends_with(" 1 of 41 silent: 051910 H0STCNT0");
  };
  for (auto in : {language::english, language::korean}) {
    v.language = in;
    extent.columns = 80;
    auto narrow = texts();
    CAF_CHECK(narrow.front().find("… ") != std::string::npos);
    CAF_CHECK_EQUAL(std::count_if(narrow.begin(), narrow.end(), is_last), 1);
    // With room for it in the first line it is told once.
    extent.columns = 130;
    auto wide = texts();
    CAF_CHECK(wide.front().find("051910 H0STCNT0") != std::string::npos);
    CAF_CHECK_EQUAL(std::count_if(wide.begin(), wide.end(), is_last), 0);
  }
  CAF_CHECK(shows("증권사가 이 종목의 등록을 거부했습니다."));
}

CAF_TEST(without contact the screen begins with that) {
  p.contact.reached = false;
  p.contact.silent_us = 12'345'678;
  p.contact.trouble.why = "connection refused";
  auto all = texts();
  CAF_CHECK_EQUAL(all[0].substr(0, all[0].find("  ")),
                  "● no contact with http://127.0.0.1:8000 for 12 s: "
                  "connection refused");
  // The clock of the daemon stands still: it is said with its verdict.
  CAF_CHECK(all[2].starts_with("last known at 15:07:46: Recording: 1,234"));
  CAF_CHECK(shows("97,329"));
  auto f = shown();
  for (size_t i = 2; i + 1 < f.lines.size(); ++i)
    for (auto& s : f.lines[i].spans)
      CAF_CHECK(s.is == style::dim);
  CAF_CHECK(f.lines[0].spans.at(0).is == style::bad);
  v.language = language::korean;
  CAF_CHECK(texts()[0].starts_with(
    "● 연결 끊김: http://127.0.0.1:8000, 12초째 (연결 거부됨)"));
  CAF_CHECK(texts()[2].starts_with("마지막 확인 15:07:46: 정상 기록 중"));
}

CAF_TEST(a closed market says which kind of closed) {
  v.language = language::korean;
  auto line = [&](int64_t now, int64_t opens) {
    auto s = *p.status;
    s.state = "market_closed";
    s.market_open = false;
    s.now_us = now;
    s.opens_us = opens;
    p.status = std::make_shared<status>(s);
    return texts().front();
  };
  constexpr int64_t hour = 3'600'000'000, day = 24 * hour;
  // Monday, 09:00
  constexpr int64_t nine = now_us - 6 * hour - 7 * 60'000'000 - 46'000'000;
  CAF_CHECK(line(nine - hour, nine).starts_with("● 개장 전"));
  CAF_CHECK(line(nine + 12 * hour, nine + day).starts_with("● 장외 시간"));
  CAF_CHECK(line(nine - 1 * day, nine).starts_with("● 휴장(주말)"));
  CAF_CHECK(line(nine - hour, nine + day).starts_with("● 휴장 "));
  CAF_CHECK(shows("개장 ("));
}

CAF_TEST(each row of slots says which TR it is at 80 columns) {
  auto s = *p.status;
  auto& slots = s.sessions[0].slots;
  slots[0].symbol = slots[1].symbol = slots[2].symbol = "005930";
  slots[1].tr_id = "H0NXCNT0";
  slots[2].tr_id = "H0STASP0";
  slots[0].received = slots[0].persisted = 123'456'789;
  slots[0].price = "1234567";
  p.status = std::make_shared<status>(s);
  v.shown = tab::slots;
  extent.columns = 80;
  for (auto words : {"005930  KRX trades", "005930  NXT trades",
                     "005930  KRX quotes"})
    CAF_CHECK(shows(words));
  v.language = language::korean;
  for (auto words : {"005930  KRX 체결", "005930  NXT 체결", "005930  KRX 호가"})
    CAF_CHECK(shows(words));
}

CAF_TEST(neighbours that say the same are one line of the latest events) {
  auto s = *p.status;
  s.events.clear();
  for (int i = 0; i < 41; ++i)
    s.events.push_back({now_us - i, "subscribed", "", i, "5930",
                        "SUBSCRIBE SUCCESS", {}, {}});
  s.events.push_back({now_us - 50, "connected", "", -1, "", "ws://", {}, {}});
  p.status = std::make_shared<status>(s);
  CAF_CHECK(shows("subscribed ×41"));
  CAF_CHECK(shows("ws://"));
}

CAF_TEST(before the first answer there is nothing to show) {
  p.status.reset();
  p.contact.reached = false;
  p.contact.first = true;
  CAF_CHECK(shows("no answer yet"));
  CAF_CHECK(!shows("no contact"));
}

CAF_TEST(columns align below their headings with wide text too) {
  v.shown = tab::events;
  auto s = *p.status;
  s.events[1].symbol = "삼성";
  p.status = std::make_shared<status>(s);
  auto column = column_of("detail");
  CAF_CHECK_EQUAL(column_of("12 shares missing"), column);
  CAF_CHECK_EQUAL(column_of("no byte"), column);
  v.language = language::korean;
  column = column_of("내용");
  CAF_CHECK_EQUAL(column_of("12주 누락  “삼성전자"), column);
  CAF_CHECK_EQUAL(column_of("증권사가"), column);
}

CAF_TEST(a gap says how much is missing or that nobody knows) {
  event e{now_us, "gap", "disconnected", 1, "5930", "", {}, {}, {}};
  auto words = [&] { return event_words(e, language::korean); };
  CAF_CHECK_EQUAL(words(), "누락량 알 수 없음");
  e.records = 3;
  CAF_CHECK_EQUAL(words(), "3건");
  e.missing_shares = 1'200;
  CAF_CHECK_EQUAL(words(), "1,200주 누락, 3건");
  e.records.reset();
  e.missing_shares = -1'200;
  CAF_CHECK_EQUAL(words(), "누적 거래량이 1,200주 되돌아감");
}

CAF_TEST(the words of the daemon stand quoted behind the Korean ones) {
  v.shown = tab::events;
  v.language = language::korean;
  extent.columns = 120;
  CAF_CHECK(shows("증권사가 등록 요청에 응답하지 않았습니다.  “no byte”"));
  for (auto& l : shown().lines)
    for (auto& s : l.spans)
      if (s.text.find("“") != std::string::npos)
        CAF_CHECK(s.is == style::dim || s.is == style::selected);
}

CAF_TEST(a narrow table cuts free text and then leaves columns out) {
  v.shown = tab::actors;
  extent.columns = 60;
  CAF_CHECK(shows("feed/connection"));
  CAF_CHECK(!shows("last reason"));
  CAF_CHECK(shows("mailbox"));
  // But not the one that it is sorted by.
  v.table().sort_column = 11;
  CAF_CHECK(shows("last reason▲"));
}

CAF_TEST(the selected row is always on the screen) {
  v.shown = tab::slots;
  v.empty_slots_shown = true;
  extent.rows = 10;
  for (int i = 0; i < 41; ++i) {
    auto f = shown();
    auto marked = std::count_if(f.lines.begin() + 2, f.lines.end(),
                                [](const line& l) {
                                  return !l.spans.empty()
                                         && l.spans[0].is == style::selected;
                                });
    CAF_CHECK_EQUAL(marked, 1);
    press(U'j');
  }
  CAF_CHECK_EQUAL(v.table().selected, "session 1/40");
}

CAF_TEST(what the daemon says cannot drive the terminal) {
  auto s = *p.status;
  s.text = "Recording\x1b[2J\n";
  s.data_dir = "\x1b]0;title\x07";
  s.actors[0].last_reason = "\x1b[31m";
  p.status = std::make_shared<status>(s);
  for (size_t t = 0; t < tab_count; ++t) {
    v.shown = static_cast<tab>(t);
    for (auto& text : texts())
      CAF_CHECK(text.find_first_of("\x1b\x07\n") == std::string::npos);
  }
}

CAF_TEST(a status of which nothing is known can be shown) {
  p.status = std::make_shared<status>();
  for (size_t t = 0; t < tab_count; ++t) {
    v.shown = static_cast<tab>(t);
    CAF_CHECK(!texts().empty());
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
