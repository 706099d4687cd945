#pragma once

// The names a journal's files may bear, and the received times its lines must
// bear to stand in them. Read from the text alone, with no clock and no zone:
// every time of the journal is written in Korean time.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace observer::audit {

enum class dataset : uint8_t { scalp, swing, system, quarantine };

inline constexpr std::array all_datasets{dataset::scalp, dataset::swing,
                                         dataset::system, dataset::quarantine};

/// The name of its folder.
std::string_view to_string(dataset which);
std::optional<dataset> dataset_of(std::string_view folder);

/// `20260914_15.2.jsonl` taken apart. Ordered as the files were written.
struct journal_name {
  /// `20260914`, a day of the calendar.
  std::string date;
  /// -1 in a data set whose files hold a whole day.
  int hour = -1;
  /// 0 for the first file of its hour or day, which has no number.
  uint32_t part = 0;

  auto operator<=>(const journal_name&) const = default;
};

/// Nothing when no journal of `which` names a file so.
std::optional<journal_name> parse_journal_name(dataset which,
                                               std::string_view name);

/// True for the eight digits of a day of the calendar.
bool is_date(std::string_view text);

/// `2026-09-14T15:07:46.123456+09:00`; orders as time does.
using stamp = std::array<char, 32>;

inline std::string_view view(const stamp& at) {
  return {at.data(), at.size()};
}
/// Nothing when the text is not a timestamp of the journal.
std::optional<stamp> parse_stamp(std::string_view text);
/// True when `at` falls into the hour or day that the file's name states.
bool belongs(const stamp& at, const journal_name& name);

} // namespace observer::audit
