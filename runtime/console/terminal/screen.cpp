#include "runtime/console/terminal/screen.hpp"

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <exception>

// Its macros are named timeout, move, erase, …
#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>

namespace observer::terminal {

namespace {

/// How long a lone escape waits for the rest of a function key.
constexpr int escape_delay_ms = 50;
/// A terminal that is readable and gives nothing so often is at its end.
constexpr unsigned reads_in_vain_max = 100;

SCREEN* terminal_screen = nullptr;
std::terminate_handler terminate_before = nullptr;
bool coloured = false;

void give_back() {
  if (terminal_screen == nullptr)
    return;
  ::endwin();
  ::delscreen(terminal_screen);
  terminal_screen = nullptr;
}

[[noreturn]] void give_back_and_terminate() {
  if (terminal_screen != nullptr)
    ::endwin();
  terminate_before();
  std::abort();
}

enum pair_number : short { green = 1, yellow, red, cyan };

void set_up_colours() {
  auto unwanted = std::getenv("NO_COLOR");
  coloured = (unwanted == nullptr || *unwanted == '\0') && ::has_colors();
  if (!coloured)
    return;
  ::start_color();
  ::use_default_colors();
  ::init_pair(green, COLOR_GREEN, -1);
  ::init_pair(yellow, COLOR_YELLOW, -1);
  ::init_pair(red, COLOR_RED, -1);
  ::init_pair(cyan, COLOR_CYAN, -1);
}

attr_t attributes_of(style is) {
  auto in = [](short pair, attr_t without) {
    return coloured ? static_cast<attr_t>(COLOR_PAIR(pair)) : without;
  };
  switch (is) {
    case style::plain:
      return A_NORMAL;
    case style::dim:
      return A_DIM;
    case style::ok:
      return in(green, A_NORMAL);
    case style::warn:
      return in(yellow, A_BOLD);
    case style::bad:
      return in(red, A_STANDOUT) | A_BOLD;
    case style::heading:
      return in(cyan, A_BOLD);
    case style::title:
      return A_BOLD;
    case style::selected:
      return A_REVERSE;
  }
  return A_NORMAL;
}

/// Nothing for what the console has no use for, and for a new window size.
std::optional<key> translated(int kind, wint_t value) {
  using code = key::code;
  if (kind == OK) {
    switch (value) {
      case L'\r':
      case L'\n':
        return code::enter;
      case 27:
        return code::escape;
      case 8:
      case 127:
        return code::backspace;
      case L'\t':
        return code::tab;
      default:
        return key{static_cast<char32_t>(value)};
    }
  }
  switch (value) {
    case KEY_UP:
      return code::up;
    case KEY_DOWN:
      return code::down;
    case KEY_LEFT:
      return code::left;
    case KEY_RIGHT:
      return code::right;
    case KEY_PPAGE:
      return code::page_up;
    case KEY_NPAGE:
      return code::page_down;
    case KEY_HOME:
      return code::home;
    case KEY_END:
      return code::end;
    case KEY_ENTER:
      return code::enter;
    case KEY_BACKSPACE:
    case KEY_DC:
      return code::backspace;
    case KEY_BTAB:
      return code::back_tab;
    default:
      return {};
  }
}

} // namespace

void ensure_utf8_locale() {
  auto is_utf8 = [] {
    return std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
  };
  ::setlocale(LC_ALL, "");
  if (!is_utf8() && ::setlocale(LC_CTYPE, "C.UTF-8") == nullptr)
    ::setlocale(LC_CTYPE, "en_US.UTF-8");
  // Numbers are written the same everywhere.
  ::setlocale(LC_NUMERIC, "C");
}

result<std::unique_ptr<screen>> screen::open() {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
    return problem{"standard input or output is no terminal; --once prints "
                   "the first view, --once --json the facts"};
  terminal_screen = ::newterm(nullptr, stdout, stdin);
  if (terminal_screen == nullptr) {
    auto name = std::getenv("TERM");
    return problem{std::string{"the terminal \""}
                   + (name == nullptr ? "" : name)
                   + "\" is not known here; set TERM, for example to xterm"};
  }
  // Such as dumb: there would be rows of blanks, one below the other.
  auto moves = ::tigetstr("cup");
  if (moves == nullptr || moves == reinterpret_cast<char*>(-1)) {
    give_back();
    return problem{std::string{"the terminal \""} + std::getenv("TERM")
                   + "\" has no cursor that can be moved; --once prints the "
                     "first view"};
  }
  if (terminate_before == nullptr)
    terminate_before = std::set_terminate(give_back_and_terminate);
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::wtimeout(stdscr, 0);
  ::set_escdelay(escape_delay_ms);
  ::curs_set(0);
  set_up_colours();
  return std::unique_ptr<screen>{new screen};
}

screen::~screen() {
  give_back();
}

size screen::extent() const {
  return {static_cast<size_t>(::getmaxx(stdscr)),
          static_cast<size_t>(::getmaxy(stdscr))};
}

void screen::show(const frame& f) {
  ::werase(stdscr);
  for (size_t y = 0; y < f.lines.size(); ++y) {
    ::wmove(stdscr, static_cast<int>(y), 0);
    for (auto& s : f.lines[y].spans) {
      ::wattrset(stdscr, static_cast<int>(attributes_of(s.is)));
      ::waddstr(stdscr, s.text.c_str());
    }
  }
  ::wattrset(stdscr, A_NORMAL);
  if (f.cursor_column)
    ::wmove(stdscr, static_cast<int>(f.lines.size()) - 1,
            static_cast<int>(*f.cursor_column));
  ::curs_set(f.cursor_column ? 1 : 0);
  ::wrefresh(stdscr);
}

screen::input screen::next_key(key& into, std::chrono::milliseconds longest) {
  // ncurses first: it may hold keys, or a new size, that poll does not see.
  for (bool waited = false;; waited = true) {
    wint_t value = 0;
    auto kind = ::wget_wch(stdscr, &value);
    if (kind != ERR) {
      reads_in_vain_ = 0;
      auto k = translated(kind, value);
      if (!k)
        return input::nothing;
      into = *k;
      return input::key;
    }
    if (waited)
      return ++reads_in_vain_ > reads_in_vain_max ? input::closed
                                                  : input::nothing;
    struct pollfd in {STDIN_FILENO, POLLIN, 0};
    auto ready = ::poll(&in, 1, static_cast<int>(longest.count()));
    if (ready > 0 && (in.revents & (POLLERR | POLLNVAL)) != 0)
      return input::closed;
    if (ready > 0 && (in.revents & (POLLIN | POLLHUP)) == POLLHUP)
      return input::closed;
    if (ready <= 0)
      reads_in_vain_ = 0;
  }
}

} // namespace observer::terminal
