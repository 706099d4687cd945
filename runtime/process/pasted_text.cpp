#include "runtime/process/pasted_text.hpp"

#include <algorithm>
#include <utility>

namespace observer {

namespace {

using namespace std::literals;

/// Of several bytes: U+0085, U+00A0, U+1680, U+2000 to U+200F, U+2028, U+2029,
/// U+202F, U+205F, U+2060, U+3000, U+FEFF.
constexpr std::string_view wide_blanks[]{
  "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80",
  "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84",
  "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
  "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\x8B", "\xE2\x80\x8C",
  "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8",
  "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE2\x81\xA0",
  "\xE3\x80\x80", "\xEF\xBB\xBF"};

constexpr std::pair<std::string_view, std::string_view> quotes[]{
  {"\"", "\""}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"‘", "’"}, {"”", "”"},
  {"’", "’"}};

bool is_blank(char c) {
  return " \t\r\n\v\f"sv.find(c) != ""sv.npos;
}

} // namespace

std::string_view without_blanks(std::string_view text) {
  for (;;) {
    auto before = text.size();
    while (!text.empty() && is_blank(text.front()))
      text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
      text.remove_suffix(1);
    for (auto blank : wide_blanks) {
      if (text.starts_with(blank))
        text.remove_prefix(blank.size());
      if (text.ends_with(blank))
        text.remove_suffix(blank.size());
    }
    if (text.size() == before)
      return text;
  }
}

std::string_view without_comment(std::string_view text) {
  size_t from = 0;
  for (auto& [open, close] : quotes)
    if (text.starts_with(open))
      if (auto end = text.find(close, open.size()); end != text.npos)
        from = std::max(from, end + close.size());
  for (auto at = text.find('#', from); at != text.npos;
       at = text.find('#', at + 1))
    if (at > 0 && is_blank(text[at - 1]))
      return without_blanks(text.substr(0, at));
  return text;
}

std::string_view without_quotes(std::string_view text) {
  for (auto& [open, close] : quotes)
    if (text.size() >= open.size() + close.size() && text.starts_with(open)
        && text.ends_with(close))
      return text.substr(open.size(), text.size() - open.size() - close.size());
  return text;
}

std::string_view pasted_word(std::string_view text) {
  return without_blanks(
    without_quotes(without_comment(without_blanks(text))));
}

} // namespace observer
