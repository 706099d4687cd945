#include "runtime/console/terminal/layout.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/console/terminal/tables.hpp"

namespace observer::terminal {

namespace {

/// Verdict, tabs, and the line of keys.
constexpr size_t frame_rows = 3;
constexpr size_t columns_min = 20;
constexpr size_t rows_min = 5;

style style_of_severity(const std::string& severity) {
  return severity == "ok"     ? style::ok
         : severity == "warn" ? style::warn
         : severity == "bad"  ? style::bad
                              : style::plain;
}

/// With the clock of the daemon at the right end.
line top_line(const picture& p, language in, size_t columns) {
  auto l = verdict_line(p, in);
  auto time = p.status ? clock(p.status->now_us) : std::string{};
  auto room = columns - std::min(columns, time.size() + 1);
  l.clip(room);
  l.add(std::string(columns - std::min(columns, l.width() + time.size()), ' '))
    .add(time, style::dim);
  return l;
}

line tabs_line(const view& v) {
  line l;
  for (size_t i = 0; i < tab_count; ++i) {
    auto t = static_cast<tab>(i);
    l.add(fmt::format(" {} {} ", i + 1, say(v.language, to_string(t))),
          t == v.shown ? style::selected : style::heading);
  }
  if (auto& filter = v.table().filter;
      !filter.empty() && v.mode != mode::filtering)
    l.add(fmt::format("  filter: {}", filter), style::warn);
  return l;
}

/// What the daemon or the console has to say, else the keys.
line bottom_line(const picture& p, const view& v) {
  switch (v.mode) {
    case mode::filtering:
      return {"filter: " + v.table().filter};
    case mode::menu:
      return {"enter chooses, escape leaves", style::dim};
    case mode::asking_target:
      return {fmt::format("{}: which one? {}", v.chosen.action.name, v.typed)};
    case mode::asking_value:
      return {fmt::format("{} ({}): {}", describe(v.chosen.action),
                          v.chosen.value_hint, v.typed)};
    case mode::confirming:
      return {fmt::format("{}? y does it, any other key does not",
                          describe(v.chosen.action)),
              style::warn};
    case mode::help:
      return {};
    case mode::browsing:
      break;
  }
  if (!v.hint.empty())
    return {v.hint, style::warn};
  if (p.notice.number > v.notice_seen && !p.notice.text.empty())
    return {p.notice.text, p.notice.bad ? style::bad : style::ok};
  return {v.opened.empty()
            ? "q leave  ? keys  s sort  S reverse  / filter  enter open  "
              "a actions"
            : "escape back  up down scroll  a actions  q leave",
          style::dim};
}

std::vector<line> menu_lines(const view& v) {
  std::vector<line> out;
  out.emplace_back("Actions", style::title);
  for (size_t i = 0; i < v.menu.size(); ++i)
    out.emplace_back((i == v.menu_index ? "> " : "  ")
                       + describe(v.menu[i].action),
                     i == v.menu_index ? style::selected : style::plain);
  return out;
}

/// A window of `rows` lines of a longer text.
std::vector<line> scrolled(std::vector<line> text, size_t& from, size_t rows) {
  from = std::min(from, text.size() - std::min(text.size(), rows));
  text.erase(text.begin(), text.begin() + static_cast<ptrdiff_t>(from));
  if (text.size() > rows)
    text.resize(rows);
  return text;
}

std::vector<line> body_lines(const picture& p, view& v, size_t columns,
                             size_t rows) {
  if (v.mode == mode::help) {
    size_t top = 0;
    return scrolled(help_lines(), top, rows);
  }
  if (v.mode == mode::menu) {
    size_t top = v.menu_index + 2 > rows ? v.menu_index + 2 - rows : 0;
    return scrolled(menu_lines(v), top, rows);
  }
  if (!p.status)
    return {};
  if (!v.opened.empty())
    return scrolled(detail_lines(v, p), v.scrolled, rows);
  if (v.shown == tab::overview)
    return scrolled(overview_lines(*p.status, v.language, columns), v.scrolled,
                    rows);
  auto t = table_of(v, p);
  auto out = layout(t, v.table(), columns, rows);
  if (t.rows.empty() && out.size() < rows)
    out.emplace_back(v.table().filter.empty() ? "nothing yet"
                                              : "nothing has this word",
                     style::dim);
  return out;
}

} // namespace

line contact_line(const picture& p) {
  // Whole seconds: it is the console that counts here.
  auto s = p.contact.silent_us / 1'000'000;
  return {fmt::format("no contact with {} since {}: {}", p.url,
                      s == 0 ? "0 s" : span_us(s * 1'000'000), p.contact.why),
          style::bad};
}

line verdict_line(const picture& p, language in) {
  if (!p.status)
    return {std::string{say(in, "no answer yet")}, style::dim};
  auto& s = *p.status;
  auto is = style_of_severity(s.severity);
  line l{"● ", is};
  if (in == language::english) {
    l.add(s.text.empty() ? s.state : s.text, is);
    return l;
  }
  l.add(say(in, s.state), is);
  if (s.state == "recording")
    l.add(fmt::format(": 초당 수신 {}건, 저장 {}건", rate(s.received_per_s),
                      rate(s.persisted_per_s)),
          is);
  if (!s.cause.empty() && s.cause != s.state)
    l.add(fmt::format(": {}", say(in, s.cause)), is);
  if (s.severity != "ok" && !s.text.empty())
    l.add(fmt::format(" ({})", s.text), is);
  return l;
}

frame draw(const picture& p, view& v, size s) {
  frame f;
  if (s.columns < columns_min || s.rows < rows_min) {
    f.lines.emplace_back(verdict_line(p, v.language));
    f.lines.back().clip(s.columns);
    return f;
  }
  auto away = !p.contact.reached && !p.contact.first;
  auto rows = s.rows - frame_rows - (away ? 1 : 0);
  f.table_rows = rows - 1;
  f.lines.push_back(top_line(p, v.language, s.columns));
  f.lines.push_back(tabs_line(v));
  auto body = body_lines(p, v, s.columns, rows);
  if (away) {
    // What is not a question of the reader is of the past.
    f.lines[0].restyle(style::dim);
    if (v.mode != mode::help && v.mode != mode::menu)
      for (auto& l : body)
        l.restyle(style::dim);
    f.lines.push_back(contact_line(p));
  }
  for (auto& l : body)
    f.lines.push_back(std::move(l));
  f.lines.resize(s.rows - 1);
  auto bottom = bottom_line(p, v);
  if (v.mode == mode::filtering || v.mode == mode::asking_target
      || v.mode == mode::asking_value)
    f.cursor_column = std::min(bottom.width(), s.columns - 1);
  f.lines.push_back(std::move(bottom));
  for (auto& l : f.lines)
    l.clip(s.columns);
  return f;
}

} // namespace observer::terminal
