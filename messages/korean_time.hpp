#pragma once

// Korean time (+09:00, no daylight saving): the clock of every timestamp and
// file name. Wall time is int64_t µs since the Unix epoch, everywhere.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace observer {

inline constexpr int64_t us_per_second = 1'000'000;
inline constexpr int64_t us_per_hour = 3'600 * us_per_second;
inline constexpr int64_t us_per_day = 24 * us_per_hour;

/// A wall time taken apart in Korea.
struct korean_time {
  int year, month, day, hour, minute, second, microsecond;
  /// 0 Sunday … 6 Saturday.
  int weekday;
};

korean_time to_korean_time(int64_t wall_us);

/// Hours since the epoch, counted in Korean time: constant within one file of
/// the scalp journal.
constexpr int64_t korean_hour(int64_t wall_us) {
  return (wall_us + 9 * us_per_hour) / us_per_hour;
}
/// Days since the epoch, counted in Korean time: constant within one day of
/// trading. Before 1970 it is of no use.
constexpr int64_t korean_day(int64_t wall_us) {
  return korean_hour(wall_us) / 24;
}
/// The wall time at which a korean_hour begins.
constexpr int64_t korean_hour_begin_us(int64_t hour) {
  return (hour - 9) * us_per_hour;
}

/// Characters of a timestamp.
inline constexpr size_t timestamp_size = 32;
/// Writes `2026-09-14T15:07:46.123456+09:00`.
void write_timestamp(char* to, int64_t wall_us);
/// The same at the end of `out`.
void append_timestamp(std::string& out, int64_t wall_us);
std::string timestamp(int64_t wall_us);
/// Reads what append_timestamp wrote; nothing if it is something else.
std::optional<int64_t> parse_timestamp(std::string_view text);
/// `20260914`.
std::string korean_date(int64_t wall_us);
/// The korean_day of `20260914`; nothing if that is no day of the years 1990 to
/// 2099.
std::optional<int64_t> parse_korean_date(std::string_view text);
/// The date of a korean_day.
std::string date_of_korean_day(int64_t day);
/// `20260914T150746`.
std::string korean_date_time(int64_t wall_us);
/// `20260914_15`.
std::string korean_date_hour(int64_t wall_us);

} // namespace observer
