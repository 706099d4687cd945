#include "runtime/console/terminal/table.hpp"

#include <algorithm>

namespace observer::terminal {

namespace {

constexpr size_t gap_cells = 2;
/// A column that is cut keeps at least so much; free text needs more to be
/// worth reading.
constexpr size_t column_cells_min = 8;
constexpr size_t free_text_cells_min = 24;

bool less(const cell& a, const cell& b) {
  if (a.numeric && b.numeric)
    return a.key < b.key;
  return folded(a.text) < folded(b.text);
}

/// Widths of the columns; 0 is a column that is left out.
std::vector<size_t> widths(const table& t, const std::string& mark,
                           const table_view& view, size_t width) {
  std::vector<size_t> cells;
  for (size_t c = 0; c < t.columns.size(); ++c) {
    auto most = display_width(t.columns[c].heading);
    if (view.sort_column == c)
      most += display_width(mark);
    for (auto& r : t.rows)
      if (r.note.empty())
        most = std::max(most, display_width(r.cells[c].text)
                                + display_width(r.cells[c].tail));
    cells.push_back(std::max<size_t>(most, 1));
  }
  auto over = [&] {
    size_t sum = 0;
    for (auto each : cells)
      sum += each == 0 ? 0 : each + gap_cells;
    sum -= std::min(sum, gap_cells);
    return sum - std::min(sum, width);
  };
  auto widest_text = [&](bool elastic) {
    size_t widest = cells.size();
    for (size_t c = 0; c < cells.size(); ++c)
      if (t.columns[c].to == align::left
          && (t.columns[c].elastic || !elastic)
          && (widest == cells.size() || cells[c] > cells[widest]))
        widest = c;
    return widest;
  };
  // Free text gives way as long as it stays readable, then whole columns do,
  // then any text; what is still too wide is cut at the screen's edge.
  for (;;) {
    auto too_much = over();
    if (too_much == 0)
      return cells;
    auto text = widest_text(true);
    if (text < cells.size() && cells[text] >= too_much + free_text_cells_min) {
      cells[text] -= too_much;
      return cells;
    }
    auto last = cells.size();
    for (size_t c = 0; c < cells.size(); ++c)
      if (cells[c] > 0 && t.columns[c].expendable > 0 && view.sort_column != c
          && (last == cells.size()
              || t.columns[c].expendable >= t.columns[last].expendable))
        last = c;
    if (last == cells.size()) {
      text = widest_text(false);
      if (text < cells.size())
        cells[text] = std::max(std::min(cells[text], column_cells_min),
                               cells[text] - std::min(cells[text], too_much));
      return cells;
    }
    cells[last] = 0;
  }
}

} // namespace

table arranged(table from, const table_view& view) {
  if (!view.filter.empty()) {
    auto wanted = folded(view.filter);
    auto has = [&](const std::string& text) {
      return folded(text).find(wanted) != std::string::npos;
    };
    std::erase_if(from.rows, [&](const row& r) {
      return !has(r.note)
             && std::none_of(r.cells.begin(), r.cells.end(), [&](auto& c) {
                  return has(c.text) || has(c.tail) || has(c.also);
                });
    });
  }
  auto last = std::stable_partition(from.rows.begin(), from.rows.end(),
                                    [](auto& r) { return r.note.empty(); });
  if (view.sort_column && *view.sort_column < from.columns.size()) {
    auto c = *view.sort_column;
    std::stable_sort(from.rows.begin(), last,
                     [&](const row& a, const row& b) {
                       return view.reverse ? less(b.cells[c], a.cells[c])
                                           : less(a.cells[c], b.cells[c]);
                     });
  } else if (view.reverse) {
    std::reverse(from.rows.begin(), last);
  }
  return from;
}

size_t selected_index(const table& t, const table_view& view) {
  for (size_t i = 0; i < t.rows.size(); ++i)
    if (t.rows[i].id == view.selected)
      return i;
  return 0;
}

std::vector<line> layout(const table& t, const table_view& view, size_t width,
                         size_t height) {
  std::vector<line> out;
  if (height == 0)
    return out;
  std::string mark = view.reverse ? "▼" : "▲";
  auto cells = widths(t, mark, view, width);
  auto add = [&](line& to, size_t c, std::string_view text, style is,
                 std::string_view tail = {}) {
    if (cells[c] == 0)
      return;
    if (!to.spans.empty())
      to.add(std::string(gap_cells, ' '), is);
    auto whole = printable(text);
    auto used = display_width(whole);
    if (tail.empty() || used >= cells[c]) {
      to.add(padded(whole, cells[c], t.columns[c].to), is);
      return;
    }
    to.add(whole, is).add(padded(printable(tail), cells[c] - used), style::dim);
  };
  line heading;
  for (size_t c = 0; c < t.columns.size(); ++c)
    add(heading, c,
        t.columns[c].heading + (view.sort_column == c ? mark : ""),
        style::heading);
  out.push_back(std::move(heading));
  auto shown = height - 1;
  auto selected = selected_index(t, view);
  auto most = t.rows.size() - std::min(t.rows.size(), shown);
  auto top = std::min(selected - std::min(selected, shown / 2), most);
  for (size_t i = top; i < t.rows.size() && i < top + shown; ++i) {
    line l;
    auto& r = t.rows[i];
    if (!r.note.empty())
      l.add(r.note, style::dim);
    for (size_t c = 0; r.note.empty() && c < t.columns.size(); ++c)
      add(l, c, r.cells[c].text, r.cells[c].is, r.cells[c].tail);
    if (i == selected && view.selectable) {
      if (auto used = l.width(); used < width)
        l.add(std::string(width - used, ' '));
      l.restyle(style::selected);
    }
    out.push_back(std::move(l));
  }
  for (auto& l : out)
    l.clip(width);
  return out;
}

} // namespace observer::terminal
