#pragma once

// Tables for people, of at most 100 columns.

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace observer::audit {

inline constexpr size_t columns_max = 100;

/// Code points, near enough to columns for what stands in our tables.
size_t width_of(std::string_view text);
/// So many of its code points, the last one an ellipsis if there were more.
std::string cut_to_width(std::string_view text, size_t width_max);

/// Columns as wide as their widest cell; the first ones flush left. Where a row
/// would be wider than `columns_max`, the cells from `second_line` on stand on a
/// line of their own below it.
class text_table {
public:
  text_table(std::vector<std::string> heading, size_t left_columns,
             size_t second_line = static_cast<size_t>(-1));

  void add(std::vector<std::string> row);
  /// Each line begins with `indent`.
  void print(std::ostream& out, std::string_view indent = "") const;

private:
  std::string line_of(const std::vector<std::string>& row,
                      const std::vector<size_t>& widths, size_t first,
                      size_t last) const;

  size_t left_columns_, second_line_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace observer::audit
