#include "runtime/console/terminal/width.hpp"

#include <algorithm>
#include <iterator>

namespace observer::terminal {

namespace {

constexpr char32_t replacement = 0xFFFD;

struct range {
  char32_t first, last;
};

/// East Asian wide and full width, and emoji. Ascending.
constexpr range wide[] = {
  {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},
  {0x23E9, 0x23EC},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
  {0x3400, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},
  {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},
  {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
  {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
  {0x20000, 0x3FFFD}};

/// Combining marks, vowels and finals that join a Korean initial, joiners.
constexpr range zero_width[] = {
  {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
  {0x1160, 0x11FF}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
  {0x2028, 0x202E}, {0x2060, 0x2064}, {0x20D0, 0x20FF}, {0x302A, 0x302D},
  {0xD7B0, 0xD7FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF},
  {0xE0100, 0xE01EF}};

template <size_t N>
bool in(const range (&table)[N], char32_t value) {
  auto at = std::lower_bound(
    std::begin(table), std::end(table), value,
    [](const range& r, char32_t v) { return r.last < v; });
  return at != std::end(table) && at->first <= value;
}

bool is_control(char32_t value) {
  // Marks that turn the direction of writing would reorder a whole line.
  return value < 0x20 || (value >= 0x7F && value < 0xA0)
         || value == 0x061C || value == 0x200E || value == 0x200F
         || (value >= 0x2028 && value <= 0x202E)
         || (value >= 0x2066 && value <= 0x2069);
}

} // namespace

code_point first_code_point(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  auto first = byte(0);
  if (first < 0x80)
    return {first, 1};
  size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length)
    return {replacement, 1};
  char32_t value = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {replacement, 1};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[length] || value > 0x10FFFF
      || (value >= 0xD800 && value <= 0xDFFF))
    return {replacement, 1};
  return {value, length};
}

void append_code_point(std::string& out, char32_t value) {
  auto tail = [&](int shift) {
    out += static_cast<char>(0x80 | (value >> shift & 0x3F));
  };
  if (value < 0x80) {
    out += static_cast<char>(value);
  } else if (value < 0x800) {
    out += static_cast<char>(0xC0 | value >> 6);
    tail(0);
  } else if (value < 0x10000) {
    out += static_cast<char>(0xE0 | value >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | value >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

size_t display_width(char32_t value) {
  if (value < 0x300)
    return 1;
  return in(zero_width, value) ? 0 : in(wide, value) ? 2 : 1;
}

size_t display_width(std::string_view text) {
  size_t cells = 0;
  while (!text.empty()) {
    auto next = first_code_point(text);
    cells += display_width(next.value);
    text.remove_prefix(next.bytes);
  }
  return cells;
}

std::string clipped(std::string_view text, size_t cells) {
  if (display_width(text) <= cells)
    return std::string{text};
  if (cells == 0)
    return {};
  size_t used = 0;
  size_t end = 0;
  while (end < text.size()) {
    auto next = first_code_point(text.substr(end));
    used += display_width(next.value);
    if (used > cells - 1)
      break;
    end += next.bytes;
  }
  return std::string{text.substr(0, end)} + "…";
}

std::string padded(std::string_view text, size_t cells, align to) {
  auto out = clipped(text, cells);
  // A wide character that no longer fits leaves a cell.
  auto fill = cells - std::min(cells, display_width(out));
  if (to == align::right)
    return std::string(fill, ' ') + out;
  return out + std::string(fill, ' ');
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto next = first_code_point(text);
    append_code_point(out, is_control(next.value) ? U' ' : next.value);
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string folded(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

} // namespace observer::terminal
