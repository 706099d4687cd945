#include "messages/journal_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace observer {

namespace {

constexpr std::string_view file_suffix = ".jsonl";
/// The usual compressors' own.
constexpr std::array<std::string_view, 5> archive_suffixes{
  ".gz", ".zst", ".xz", ".bz2", ".lz4"};

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

/// `text` must be few digits.
int to_int(std::string_view text) {
  int value = 0;
  for (auto c : text)
    value = value * 10 + (c - '0');
  return value;
}

/// Cuts the suffix off, if it is there.
bool cut(std::string_view& name, std::string_view suffix) {
  if (!name.ends_with(suffix))
    return false;
  name.remove_suffix(suffix.size());
  return true;
}

journal_entry_kind cut_kind(std::string_view& name) {
  auto whole = name;
  if (cut(name, temporary_suffix)) {
    if (name.size() > 2 && name[name.size() - 2] == '.' && name.back() >= '1'
        && name.back() <= '9')
      name.remove_suffix(2);
    if (cut(name, manifest_suffix) || cut(name, checkpoint_suffix))
      return journal_entry_kind::temporary;
    if (cut(name, zstd_suffix))
      return journal_entry_kind::archive_temporary;
  }
  name = whole;
  if (cut(name, earlier_suffix) && cut(name, manifest_suffix))
    return journal_entry_kind::earlier_manifest;
  name = whole;
  if (cut(name, manifest_suffix))
    return journal_entry_kind::manifest;
  if (cut(name, checkpoint_suffix))
    return journal_entry_kind::checkpoint;
  for (auto suffix : archive_suffixes)
    if (cut(name, suffix))
      return journal_entry_kind::archive;
  return journal_entry_kind::file;
}

} // namespace

std::string temporary_name(std::string_view target, int n) {
  std::string out{target};
  if (n > 0)
    out += "." + std::to_string(n);
  return out += temporary_suffix;
}

bool is_calendar_date(std::string_view text) {
  if (text.size() != 8 || !all_digits(text))
    return false;
  auto year = to_int(text.substr(0, 4));
  auto month = to_int(text.substr(4, 2));
  auto day = to_int(text.substr(6, 2));
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1)
    return false;
  auto leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

std::optional<journal_name> parse_journal_name(name_period period,
                                               std::string_view name) {
  if (!cut(name, file_suffix))
    return std::nullopt;
  journal_name result;
  auto date = name.substr(0, 8);
  if (!is_calendar_date(date))
    return std::nullopt;
  result.date = date;
  name.remove_prefix(8);
  if (period == name_period::hour) {
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

std::optional<journal_entry> parse_journal_entry(name_period period,
                                                 std::string_view name) {
  auto file = name;
  auto kind = cut_kind(file);
  auto parsed = parse_journal_name(period, file);
  if (!parsed)
    return std::nullopt;
  return journal_entry{kind, *parsed, std::string{file}};
}

} // namespace observer
