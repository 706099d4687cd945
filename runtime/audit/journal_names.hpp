#pragma once

// The names a journal's files may bear, and the received times its lines must
// bear to stand in them. Read from the text alone, with no clock and no zone:
// every time of the journal is written in Korean time.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/journal_names.hpp"

namespace observer::audit {

enum class dataset : uint8_t { scalp, swing, system, quarantine };

inline constexpr std::array all_datasets{dataset::scalp, dataset::swing,
                                         dataset::system, dataset::quarantine};

/// The name of its folder.
std::string_view to_string(dataset which);
std::optional<dataset> dataset_of(std::string_view folder);

using observer::journal_entry;
using observer::journal_entry_kind;
using observer::journal_name;

/// Nothing when no journal of `which` names a file so.
std::optional<journal_name> parse_journal_name(dataset which,
                                               std::string_view name);
/// The same with what stands beside a file under a name made of its name.
std::optional<journal_entry> parse_journal_entry(dataset which,
                                                 std::string_view name);

/// True for the eight digits of a day of the calendar.
inline bool is_date(std::string_view text) {
  return is_calendar_date(text);
}

/// `2026-09-14T15:07:46.123456+09:00`; orders as time does.
using stamp = std::array<char, 32>;

inline std::string_view view(const stamp& at) {
  return {at.data(), at.size()};
}
/// Nothing when the text is not a timestamp of the journal.
std::optional<stamp> parse_stamp(std::string_view text);

/// `20260914` of a timestamp.
constexpr std::array<char, 8> date_of(const stamp& at) {
  return {at[0], at[1], at[2], at[3], at[5], at[6], at[8], at[9]};
}
/// Microseconds from one moment to another.
int64_t micros_between(const stamp& from, const stamp& to);
/// True when `at` falls into the hour or day that the file's name states.
bool belongs(const stamp& at, const journal_name& name);

} // namespace observer::audit
