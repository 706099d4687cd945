// What each key does: see view.hpp.

#include <algorithm>
#include <cstdlib>

#include "runtime/console/terminal/tables.hpp"
#include "runtime/console/terminal/view.hpp"

namespace observer::terminal {

namespace {

using code = key::code;

constexpr size_t typed_bytes_max = 60;

void show(view& v, tab t) {
  v.shown = t;
  v.opened.clear();
  v.scrolled = 0;
}

void show_next(view& v, size_t step) {
  show(v, static_cast<tab>((static_cast<size_t>(v.shown) + step) % tab_count));
}

/// Moves the selection, or scrolls where there is none.
void move(view& v, const picture& p, int64_t by) {
  if (v.shown == tab::recording || !v.opened.empty()) {
    auto at = static_cast<int64_t>(v.scrolled) + by;
    // The layout stops it at the end.
    v.scrolled = static_cast<size_t>(std::clamp<int64_t>(at, 0, 10'000));
    return;
  }
  auto t = table_of(v, p);
  if (t.rows.empty())
    return;
  auto last = static_cast<int64_t>(t.rows.size()) - 1;
  auto at = static_cast<int64_t>(selected_index(t, v.table()));
  v.table().selected
    = t.rows[static_cast<size_t>(std::clamp<int64_t>(at + by, 0, last))].id;
}

void sort_by_next(view& v, const picture& p) {
  auto columns = table_of(v, p).columns.size();
  auto& by = v.table().sort_column;
  if (columns == 0)
    return;
  // After the last column comes the daemon's own order.
  if (!by)
    by = 0;
  else if (*by + 1 < columns)
    ++*by;
  else
    by.reset();
}

void open_selected(view& v, const picture& p) {
  if (v.shown != tab::slots && v.shown != tab::actors)
    return;
  auto t = table_of(v, p);
  if (t.rows.empty())
    return;
  auto& r = t.rows[selected_index(t, v.table())];
  if (!r.note.empty()) {
    v.empty_slots_shown = true;
    return;
  }
  v.opened = r.id;
  v.table().selected = v.opened;
  v.scrolled = 0;
}

void open_menu(view& v, const picture& p) {
  v.menu = menu_of(v, p);
  v.menu_index = 0;
  if (v.menu.empty())
    v.hint = say(v.language, "the daemon offers no actions");
  else
    v.mode = mode::menu;
}

/// Asks for what the chosen action still lacks, then for confirmation.
void ask_next(view& v, const picture& p) {
  v.typed.clear();
  if (v.chosen.needs_target && v.chosen.action.target.empty())
    v.mode = mode::asking_target;
  else if (v.chosen.needs_value && v.chosen.action.value.empty())
    v.mode = mode::asking_value;
  else if (auto other = v.chosen.action.name == "pin" && p.status
                          ? holder_of(v.chosen.action, *p.status)
                          : nullptr) {
    // The daemon would refuse it.
    v.hint = say(v.language, "slot {0} holds {1} already; release it there "
                             "first",
                 count(other->index), v.chosen.action.value);
    v.mode = mode::browsing;
  } else
    v.mode = mode::confirming;
}

void erase_last(std::string& text) {
  while (!text.empty() && (text.back() & 0xC0) == 0x80)
    text.pop_back();
  if (!text.empty())
    text.pop_back();
}

/// True when the key edited what is being typed.
bool edit(std::string& typed, key k) {
  if (k.is == code::backspace)
    erase_last(typed);
  else if (k.is == code::character && k.character == 0x15) // ctrl-u
    typed.clear();
  else if (k.is == code::character && k.character >= 0x20
           && k.character != 0x7F) {
    if (typed.size() + 4 <= typed_bytes_max)
      append_code_point(typed, k.character);
  } else
    return false;
  return true;
}

void press_filtering(view& v, key k) {
  if (edit(v.table().filter, k))
    return;
  if (k.is == code::escape)
    v.table().filter = v.filter_before;
  if (k.is == code::escape || k.is == code::enter)
    v.mode = mode::browsing;
}

void press_menu(view& v, const picture& p, key k) {
  auto up = k.is == code::up || (k.is == code::character && k.character == 'k');
  auto down = k.is == code::down
              || (k.is == code::character && k.character == 'j');
  if (up && v.menu_index > 0)
    --v.menu_index;
  else if (down && v.menu_index + 1 < v.menu.size())
    ++v.menu_index;
  else if (k.is == code::enter) {
    v.chosen = v.menu[v.menu_index];
    ask_next(v, p);
  } else if (!up && !down)
    v.mode = mode::browsing;
}

void press_asking(view& v, const picture& p, key k) {
  if (edit(v.typed, k))
    return;
  if (k.is == code::escape)
    v.mode = mode::browsing;
  if (k.is != code::enter || v.typed.empty())
    return;
  if (v.mode == mode::asking_target)
    v.chosen.action.target = v.typed;
  else
    v.chosen.action.value = v.typed;
  ask_next(v, p);
}

effect press_confirming(view& v, key k) {
  v.mode = mode::browsing;
  if (k.is == code::character && k.character == 'y')
    return {false, v.chosen.action};
  v.hint = say(v.language, "not done");
  return {};
}

effect press_character(view& v, const picture& p, char32_t c) {
  if (c >= '1' && c < '1' + tab_count)
    show(v, static_cast<tab>(c - '1'));
  else if (c == 'q')
    return {true, {}};
  else if (c == '?')
    v.mode = mode::help;
  else if (c == 'j')
    move(v, p, 1);
  else if (c == 'k')
    move(v, p, -1);
  else if (c == 'g')
    move(v, p, -1'000'000);
  else if (c == 'G')
    move(v, p, 1'000'000);
  else if (c == 's' && v.opened.empty())
    sort_by_next(v, p);
  else if (c == 'S' && v.opened.empty())
    v.table().reverse = !v.table().reverse;
  else if (c == '/' && v.shown != tab::recording && v.opened.empty()) {
    v.filter_before = v.table().filter;
    v.mode = mode::filtering;
  } else if (c == 'a')
    open_menu(v, p);
  return {};
}

effect press_browsing(view& v, const picture& p, key k, size_t rows) {
  auto page = static_cast<int64_t>(std::max<size_t>(rows, 2) - 1);
  switch (k.is) {
    case code::character:
      return press_character(v, p, k.character);
    case code::up:
      move(v, p, -1);
      break;
    case code::down:
      move(v, p, 1);
      break;
    case code::page_up:
      move(v, p, -page);
      break;
    case code::page_down:
      move(v, p, page);
      break;
    case code::home:
      move(v, p, -1'000'000);
      break;
    case code::end:
      move(v, p, 1'000'000);
      break;
    case code::right:
    case code::tab:
      show_next(v, 1);
      break;
    case code::left:
    case code::back_tab:
      show_next(v, tab_count - 1);
      break;
    case code::enter:
      open_selected(v, p);
      break;
    case code::escape:
    case code::backspace:
      // The innermost thing first: what is open, then the filter.
      if (!v.opened.empty())
        v.opened.clear();
      else if (!v.table().filter.empty())
        v.table().filter.clear();
      else
        v.empty_slots_shown = false;
      v.scrolled = 0;
      break;
  }
  return {};
}

} // namespace

std::string_view to_string(tab t) {
  constexpr std::string_view names[] = {"recording", "slots", "actors",
                                        "journal", "events"};
  return names[static_cast<size_t>(t)];
}

effect press(view& v, const picture& p, key k, size_t rows) {
  v.hint.clear();
  v.notice_seen = p.notice.number;
  switch (v.mode) {
    case mode::browsing:
      return press_browsing(v, p, k, rows);
    case mode::filtering:
      press_filtering(v, k);
      break;
    case mode::help:
      v.mode = mode::browsing;
      break;
    case mode::menu:
      press_menu(v, p, k);
      break;
    case mode::asking_target:
    case mode::asking_value:
      press_asking(v, p, k);
      break;
    case mode::confirming:
      return press_confirming(v, k);
  }
  return {};
}

wants wanted(const view& v) {
  wants w;
  w.events = v.shown == tab::events;
  w.files = v.shown == tab::journal;
  if (v.shown == tab::slots && !v.opened.empty()) {
    auto slash = v.opened.rfind('/');
    w.slot = std::atoll(v.opened.c_str() + slash + 1);
  }
  return w;
}

} // namespace observer::terminal
