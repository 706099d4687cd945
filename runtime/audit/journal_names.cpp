#include "runtime/audit/journal_names.hpp"

#include <chrono>

namespace observer::audit {

namespace {

name_period period_of(dataset which) {
  return which == dataset::scalp ? name_period::hour : name_period::day;
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

std::optional<journal_name> parse_journal_name(dataset which,
                                               std::string_view name) {
  return observer::parse_journal_name(period_of(which), name);
}

std::optional<journal_entry> parse_journal_entry(dataset which,
                                                 std::string_view name) {
  return observer::parse_journal_entry(period_of(which), name);
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
      || !is_date(std::string{text.substr(0, 4)}
                    .append(text.substr(5, 2))
                    .append(text.substr(8, 2))))
    return std::nullopt;
  return result;
}

int64_t micros_between(const stamp& from, const stamp& to) {
  auto micros = [](const stamp& at) {
    auto digits = [&](size_t begin, size_t count) {
      int64_t value = 0;
      for (auto i = begin; i < begin + count; ++i)
        value = value * 10 + (at[i] - '0');
      return value;
    };
    std::chrono::sys_days day{
      std::chrono::year{static_cast<int>(digits(0, 4))}
      / static_cast<int>(digits(5, 2)) / static_cast<int>(digits(8, 2))};
    auto minutes = digits(11, 2) * 60 + digits(14, 2);
    return ((day.time_since_epoch().count() * 86'400 + minutes * 60
             + digits(17, 2))
            * 1'000'000)
           + digits(20, 6);
  };
  return micros(to) - micros(from);
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
