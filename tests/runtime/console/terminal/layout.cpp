#define CAF_SUITE runtime_console_terminal_layout
#include "test.hpp"

#include "runtime/console/terminal/terminal_fixture.hpp"

#include <algorithm>

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
  p.contact.why = "connection refused";
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
  CAF_CHECK(texts().front().starts_with("● 기록 중: 초당 수신 1,234건"));
  auto s = *p.status;
  s.state = "not_recording";
  s.cause = "disk_full";
  s.severity = "bad";
  p.status = std::make_shared<status>(s);
  CAF_CHECK(texts().front().starts_with("● 기록 안 됨: 디스크 가득"));
}

CAF_TEST(without contact the last picture stays and is dimmed) {
  p.contact.reached = false;
  p.contact.silent_us = 12'345'678;
  p.contact.why = "connection refused";
  CAF_CHECK(shows("no contact with http://127.0.0.1:8000 since 12 s: "
                  "connection refused"));
  CAF_CHECK(shows("97,329"));
  auto f = shown();
  for (size_t i = 3; i + 1 < f.lines.size(); ++i)
    for (auto& s : f.lines[i].spans)
      CAF_CHECK(s.is == style::dim);
  CAF_CHECK(f.lines[0].spans.at(0).is == style::dim);
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
  for (auto in : {language::english, language::korean}) {
    v.language = in;
    auto column = column_of(in == language::korean ? "내용" : "detail");
    CAF_CHECK_EQUAL(column_of(in == language::korean ? "거래소 누락"
                                                     : "삼성전자"),
                    column);
    CAF_CHECK_EQUAL(column_of(in == language::korean ? "응답 없음"
                                                     : "no byte"),
                    column);
  }
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
