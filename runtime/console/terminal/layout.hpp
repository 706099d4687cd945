#pragma once

// The picture as lines of text. Pure: the same picture, view and size give
// the same lines, so a test reads what a terminal would show.

#include <cstddef>
#include <optional>
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

/// The whole screen. Without contact the last picture stays, dimmed, under a
/// line that says since when and why. Keeps `v.scrolled` within the text.
frame draw(const picture& p, view& v, size s);

/// Recording: 1,234 trades/s, all on disk
line verdict_line(const picture& p, language in);
/// no contact with URL since 12 s: connection refused
line contact_line(const picture& p);
/// The facts on one page, any number of lines.
std::vector<line> overview_lines(const status& s, language in, size_t columns);
/// An opened slot or actor, any number of lines.
std::vector<line> detail_lines(const view& v, const picture& p);
/// What the keys do.
std::vector<line> help_lines();

} // namespace observer::terminal
