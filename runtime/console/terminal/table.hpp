#pragma once

// Rows under headings: sorted, filtered, and laid out to a width. Columns
// align by cells, so Korean text does not shift its neighbours.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/console/terminal/quantities.hpp"
#include "runtime/console/terminal/styled.hpp"

namespace observer::terminal {

struct column {
  std::string heading;
  align to = align::left;
  /// Columns of a higher number go first when the screen is narrow; those of
  /// 0 stay.
  int expendable = 0;
  /// Free text that is cut before anything else is.
  bool elastic = false;
};

struct cell {
  cell(std::string_view text, style is = style::plain)
    : text(printable(text)), is(is) {
  }
  /// Sorted by the number rather than by its text; unknown is below all.
  cell(std::string_view text, real key, style is = style::plain)
    : text(printable(text)), is(is), numeric(true), key(key) {
  }

  std::string text;
  style is;
  bool numeric = false;
  real key;
  /// Dim, behind the text.
  std::string tail = {};
  /// What a filter finds besides the text: the word of the wire for it.
  std::string also = {};
};

struct row {
  /// Stays the same from one picture to the next: what a selection holds on
  /// to.
  std::string id;
  /// As many as the table has columns.
  std::vector<cell> cells;
  /// In the place of cells: a row over all columns, which stays last.
  std::string note = {};
};

struct table {
  std::vector<column> columns;
  std::vector<row> rows;
};

/// How the reader wants to see a table.
struct table_view {
  /// The id of a row; empty or gone: the first row.
  std::string selected;
  /// Nothing: the order in which the daemon gave the rows.
  std::optional<size_t> sort_column;
  bool reverse = false;
  /// The selected row is shown as such.
  bool selectable = true;
  /// Only rows with this text in a cell or note, ASCII case aside.
  std::string filter;
};

/// The rows that the view shows, in its order.
table arranged(table from, const table_view& view);

/// Index of the selected row; 0 when there is none.
size_t selected_index(const table& arranged, const table_view& view);

/// Heading and rows in at most `height` lines of at most `width` cells, such
/// that the selected row is among them.
std::vector<line> layout(const table& arranged, const table_view& view,
                         size_t width, size_t height);

} // namespace observer::terminal
