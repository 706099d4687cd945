#pragma once

// The picture as lines of text. Pure: the same picture, view and size give
// the same lines, so a test reads what a terminal would show.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/console/terminal/picture.hpp"
#include "runtime/console/terminal/styled.hpp"
#include "runtime/console/terminal/view.hpp"

namespace observer::terminal {

struct size {
  size_t columns = 80;
  size_t rows = 24;
};

struct frame {
  /// At most `rows`, each at most `columns` wide.
  std::vector<line> lines;
  /// Where text is being typed: the cell of the last line. Else no cursor.
  std::optional<size_t> cursor_column;
  /// Rows that a table has here, for paging.
  size_t table_rows = 0;
};

/// The whole screen. Without contact it begins with that, since when and why;
/// the last picture stays below, dimmed. Keeps `v.scrolled` within the text.
frame draw(const picture& p, view& v, size s);

/// The verdict with all its facts: Recording: 1,234/s received, …
line verdict_line(const status& s, language in);
/// The state alone: of a closed market, which kind of closed.
std::string state_words(const status& s, language in);
/// The verdict's facts: what there is to warn of first. Empty where the daemon
/// gives none.
std::vector<std::string> verdict_facts(const status& s, language in);
/// no contact with URL for 12 s: connection refused
line contact_line(const picture& p, language in);
/// Why a question of ours failed, in a few words.
std::string trouble_words(const trouble& t, language in);
/// The facts on one page, any number of lines: with `reasons`, those of the
/// verdict too, a line each.
std::vector<line> overview_lines(const status& s, language in, size_t columns,
                                 bool reasons);
/// An opened slot or actor, any number of lines.
std::vector<line> detail_lines(const view& v, const picture& p);
/// What the keys do.
std::vector<line> help_lines(language in);

/// Why the market is closed, by its key in the group `closed`: as the daemon
/// says, else by the clock and the next opening. Empty where neither tells.
std::string closed_key(const status& s);
style style_of_severity(const std::string& severity);

} // namespace observer::terminal
