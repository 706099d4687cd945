#include "runtime/audit/journal_names.hpp"

#include <algorithm>
#include <charconv>

namespace observer::audit {

namespace {

constexpr std::string_view suffix = ".jsonl";

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

/// `text` must be digits.
int to_int(std::string_view text) {
  int value = 0;
  for (auto c : text)
    value = value * 10 + (c - '0');
  return value;
}

bool is_calendar_day(int year, int month, int day) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1)
    return false;
  auto leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

} // namespace

std::string_view to_string(dataset which) {
  switch (which) {
    case dataset::scalp:
      return "scalp";
    case dataset::swing:
      return "swing";
    case dataset::system:
      return "system";
    case dataset::quarantine:
      return "quarantine";
  }
  return "";
}

std::optional<dataset> dataset_of(std::string_view folder) {
  for (auto which : all_datasets)
    if (to_string(which) == folder)
      return which;
  return std::nullopt;
}

bool is_date(std::string_view text) {
  return text.size() == 8 && all_digits(text)
         && is_calendar_day(to_int(text.substr(0, 4)),
                            to_int(text.substr(4, 2)),
                            to_int(text.substr(6, 2)));
}

std::optional<journal_name> parse_journal_name(dataset which,
                                               std::string_view name) {
  if (!name.ends_with(suffix))
    return std::nullopt;
  name.remove_suffix(suffix.size());
  journal_name result;
  auto date = name.substr(0, 8);
  if (!is_date(date))
    return std::nullopt;
  result.date = date;
  name.remove_prefix(8);
  if (which == dataset::scalp) {
    auto hour = name.substr(0, std::min<size_t>(3, name.size()));
    if (hour.size() != 3 || hour[0] != '_' || !all_digits(hour.substr(1)))
      return std::nullopt;
    result.hour = to_int(hour.substr(1));
    if (result.hour > 23)
      return std::nullopt;
    name.remove_prefix(3);
  }
  if (name.empty())
    return result;
  name.remove_prefix(1); // the point, if it is one: see below
  auto part = std::from_chars(name.data(), name.data() + name.size(),
                              result.part);
  // Only the canonical spelling: .1, never .01, which would be a twin of .1.
  auto canonical = "." + std::to_string(result.part);
  if (part.ec != std::errc{} || result.part == 0
      || std::string_view{name.data() - 1, name.size() + 1} != canonical)
    return std::nullopt;
  return result;
}

std::optional<stamp> parse_stamp(std::string_view text) {
  // Every character is checked against this one, 0 standing for any digit.
  constexpr std::string_view form = "0000-00-00T00:00:00.000000+09:00";
  stamp result;
  if (text.size() != result.size())
    return std::nullopt;
  for (size_t i = 0; i < form.size(); ++i) {
    auto digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' && i < 26 ? !digit : text[i] != form[i])
      return std::nullopt;
    result[i] = text[i];
  }
  auto two = [&](size_t at) {
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
  };
  if (two(11) > 23 || two(14) > 59 || two(17) > 59
      || !is_calendar_day(two(0) * 100 + two(2), two(5), two(8)))
    return std::nullopt;
  return result;
}

bool belongs(const stamp& at, const journal_name& name) {
  auto text = view(at);
  std::string_view date = name.date;
  if (text.substr(0, 4) != date.substr(0, 4)
      || text.substr(5, 2) != date.substr(4, 2)
      || text.substr(8, 2) != date.substr(6, 2))
    return false;
  return name.hour < 0
         || (text[11] - '0') * 10 + (text[12] - '0') == name.hour;
}

} // namespace observer::audit
