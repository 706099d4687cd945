#include "runtime/audit/text_table.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace observer::audit {

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(
    text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string cut_to_width(std::string_view text, size_t width_max) {
  if (width_of(text) <= width_max)
    return std::string{text};
  size_t end = 0, width = 0;
  for (; end < text.size(); ++end)
    if ((text[end] & 0xc0) != 0x80 && ++width == width_max)
      break;
  return std::string{text.substr(0, end)} + "…";
}

text_table::text_table(std::vector<std::string> heading, size_t left_columns,
                       size_t second_line)
  : left_columns_(left_columns),
    second_line_(std::min(second_line, heading.size())) {
  rows_.push_back(std::move(heading));
}

void text_table::add(std::vector<std::string> row) {
  rows_.push_back(std::move(row));
}

std::string text_table::line_of(const std::vector<std::string>& row,
                                const std::vector<size_t>& widths,
                                size_t first, size_t last) const {
  std::string line;
  for (auto i = first; i < last; ++i) {
    std::string space(widths[i] - width_of(row[i]), ' ');
    line += i == first ? "" : "  ";
    line += i < left_columns_ ? row[i] + space : space + row[i];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

void text_table::print(std::ostream& out, std::string_view indent) const {
  auto columns = rows_.front().size();
  std::vector<size_t> widths(columns, 0);
  for (auto& row : rows_)
    for (size_t i = 0; i < columns; ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  auto width = indent.size() + 2 * (columns - 1);
  for (auto one : widths)
    width += one;
  auto first_end = width <= columns_max ? columns : second_line_;
  for (auto& row : rows_) {
    out << indent << line_of(row, widths, 0, first_end) << '\n';
    if (first_end < columns)
      out << indent << "    " << line_of(row, widths, first_end, columns)
          << '\n';
  }
}

} // namespace observer::audit
