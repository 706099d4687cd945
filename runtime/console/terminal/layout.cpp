#include "runtime/console/terminal/layout.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/console/terminal/tables.hpp"

namespace observer::terminal {

namespace {

/// Verdict, tabs, and the line of keys.
constexpr size_t frame_rows = 3;
/// The daemon's clock and a space before it.
constexpr size_t clock_cells = 9;
constexpr size_t columns_min = 20;
constexpr size_t rows_min = 5;

/// What is said first, with the clock of the daemon at the right end.
line top_line(const picture& p, language in, size_t columns) {
  auto away = !p.contact.reached;
  line l;
  if (away && !p.contact.first)
    l = contact_line(p, in);
  else if (p.status)
    l = verdict_line(*p.status, in);
  else
    l.add(say(in, "no answer yet"), style::dim);
  // The clock of a daemon that does not answer stands still.
  auto time = p.status && !away ? clock(p.status->now_us) : std::string{};
  auto room = columns - std::min(columns, time.size() + 1);
  l.clip(time.empty() ? columns : room);
  l.add(std::string(columns - std::min(columns, l.width() + time.size()), ' '))
    .add(time, style::dim);
  return l;
}

line tabs_line(const view& v) {
  line l;
  for (size_t i = 0; i < tab_count; ++i) {
    auto t = static_cast<tab>(i);
    l.add(fmt::format(" {} {} ", i + 1,
                      term(v.language, "view", to_string(t))),
          t == v.shown ? style::selected : style::heading);
  }
  if (auto& filter = v.table().filter;
      !filter.empty() && v.mode != mode::filtering)
    l.add("  " + say(v.language, "filter: {0}", filter), style::warn);
  return l;
}

line notice_line(const notice& n, language in) {
  auto what = describe(n.action, in);
  switch (n.is) {
    case notice::kind::accepted:
      // In its own words where these are the reader's.
      return {in == language::english && !n.text.empty()
                ? n.text
                : say(in, "accepted: {0}", what),
              style::ok};
    case notice::kind::failed:
      return {say(in, "not accepted: {0}: {1}", what,
                  trouble_words(n.trouble, in)),
              style::bad};
    case notice::kind::not_sent:
      return {say(in, "not sent: the action before still waits"), style::bad};
    case notice::kind::restarted:
      return {say(in, "the daemon was restarted: run {0}", n.text), style::ok};
  }
  return {};
}

/// What the daemon or the console has to say, else the keys.
line bottom_line(const picture& p, const view& v) {
  auto in = v.language;
  switch (v.mode) {
    case mode::filtering:
      return {say(in, "filter: {0}", v.table().filter)};
    case mode::menu:
      return {say(in, "enter chooses, escape leaves"), style::dim};
    case mode::asking_target:
      return {say(in, "{0}: which one? {1}",
                  term(in, "action", v.chosen.action.name), v.typed)};
    case mode::asking_value:
      return {fmt::format("{} ({}): {}", describe(v.chosen.action, in),
                          say(in, v.chosen.value_hint), v.typed)};
    case mode::confirming:
      return {say(in, "{0}? y does it, any other key does not",
                  describe(v.chosen.action, in)),
              style::warn};
    case mode::help:
      return {};
    case mode::browsing:
      break;
  }
  if (!v.hint.empty())
    return {v.hint, style::warn};
  if (p.notice.number > v.notice_seen)
    return notice_line(p.notice, in);
  return {v.opened.empty()
            ? say(in, "q leave  ? keys  s sort  S reverse  / filter  enter "
                      "open  a actions")
            : say(in, "escape back  up down scroll  a actions  q leave"),
          style::dim};
}

std::vector<line> menu_lines(const view& v) {
  std::vector<line> out;
  out.emplace_back(say(v.language, "Actions"), style::title);
  for (size_t i = 0; i < v.menu.size(); ++i)
    out.emplace_back((i == v.menu_index ? "> " : "  ")
                       + describe(v.menu[i].action, v.language),
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

/// The verdict of the past, under the lost contact.
line last_known(const status& s, language in) {
  auto verdict = verdict_line(s, in).text();
  verdict.erase(0, std::string_view{"● "}.size());
  return {say(in, "last known at {0}: {1}", clock(s.now_us), verdict),
          style::dim};
}

std::vector<line> body_lines(const picture& p, view& v, size_t columns,
                             size_t rows) {
  if (v.mode == mode::help) {
    size_t top = 0;
    return scrolled(help_lines(v.language), top, rows);
  }
  if (v.mode == mode::menu) {
    size_t top = v.menu_index + 2 > rows ? v.menu_index + 2 - rows : 0;
    return scrolled(menu_lines(v), top, rows);
  }
  if (!p.status)
    return {};
  if (!v.opened.empty())
    return scrolled(detail_lines(v, p), v.scrolled, rows);
  if (v.shown == tab::recording) {
    // What its line has no room for.
    auto whole = p.contact.reached
                   ? verdict_line(*p.status, v.language).width() + clock_cells
                   : last_known(*p.status, v.language).width();
    auto cut = whole > columns;
    return scrolled(overview_lines(*p.status, v.language, columns, cut),
                    v.scrolled, rows);
  }
  auto t = table_of(v, p);
  auto out = layout(t, v.table(), columns, rows);
  if (t.rows.empty() && out.size() < rows)
    out.emplace_back(say(v.language, v.table().filter.empty()
                                       ? "nothing yet"
                                       : "nothing has this word"),
                     style::dim);
  return out;
}

} // namespace

frame draw(const picture& p, view& v, size s) {
  frame f;
  if (s.columns < columns_min || s.rows < rows_min) {
    f.lines.emplace_back(top_line(p, v.language, s.columns));
    f.lines.back().clip(s.columns);
    return f;
  }
  auto away = !p.contact.reached && !p.contact.first;
  auto past = away && p.status;
  auto rows = s.rows - frame_rows - (past ? 1 : 0);
  f.table_rows = rows - 1;
  f.lines.push_back(top_line(p, v.language, s.columns));
  f.lines.push_back(tabs_line(v));
  auto body = body_lines(p, v, s.columns, rows);
  if (past) {
    // What is not a question of the reader is of the past.
    if (v.mode != mode::help && v.mode != mode::menu)
      for (auto& l : body)
        l.restyle(style::dim);
    f.lines.push_back(last_known(*p.status, v.language));
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
