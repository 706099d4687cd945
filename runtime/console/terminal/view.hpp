#pragma once

// Where the reader is: tab, selection, an open question. Keys change it and
// ask for effects; nothing here draws or speaks to the daemon.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/console/terminal/picture.hpp"
#include "runtime/console/terminal/table.hpp"
#include "runtime/console/terminal/words.hpp"

namespace observer::terminal {

/// In the order and by the names of the page.
enum class tab { recording, slots, actors, journal, events };
inline constexpr size_t tab_count = 5;
/// Its key in the group `view` of the list of words.
std::string_view to_string(tab t);

/// An action that can be chosen here. What is still empty is asked for.
struct menu_entry {
  terminal::action action;
  bool needs_target = false;
  bool needs_value = false;
  /// Shown while the value is asked for.
  std::string value_hint;
};

enum class mode {
  browsing,
  /// Keys of the filter are being typed.
  filtering,
  help,
  menu,
  asking_target,
  asking_value,
  /// `y` does it, any other key does not.
  confirming,
};

struct view {
  terminal::language language = terminal::language::english;
  tab shown = tab::recording;
  std::array<table_view, tab_count> tables = {};
  /// A slot or an actor is open: its row's id. Only in these tabs.
  std::string opened = {};
  /// First line shown of what is open, or of the first tab.
  size_t scrolled = 0;
  terminal::mode mode = mode::browsing;
  /// Slots that hold nothing are rows too, not one line.
  bool empty_slots_shown = false;
  /// What is being typed.
  std::string typed = {};
  /// The filter before it was edited: escape brings it back.
  std::string filter_before = {};
  std::vector<menu_entry> menu = {};
  size_t menu_index = 0;
  menu_entry chosen = {};
  /// What the console itself has to say; a key clears it.
  std::string hint = {};
  /// The last notice that a key has cleared.
  uint64_t notice_seen = 0;

  table_view& table() {
    return tables[static_cast<size_t>(shown)];
  }
  const table_view& table() const {
    return tables[static_cast<size_t>(shown)];
  }
};

struct key {
  enum class code {
    character,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
    tab,
    back_tab,
  };
  code is = code::character;
  char32_t character = 0;

  key(code is) : is(is) {
  }
  key(char32_t character) : character(character) {
  }
};

struct effect {
  bool quit = false;
  /// To be sent: was confirmed.
  std::optional<action> send = {};
};

/// Changes the view as the key says. `rows` is how many rows of a table the
/// screen shows, for paging.
effect press(view& v, const picture& p, key k, size_t rows);

/// What the shown tab needs to be asked for.
wants wanted(const view& v);

/// The actions that make sense for what is selected.
std::vector<menu_entry> menu_of(const view& v, const picture& p);
/// One line: what would be done.
std::string describe(const action& a, language in);
/// The slot, other than the action's own, that holds what it would register; a
/// session holds a registration once. Null if none does.
const slot* holder_of(const action& pin, const status& s);

} // namespace observer::terminal
