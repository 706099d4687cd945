#include "messages/korean_time.hpp"

#include <chrono>
#include <cstring>

#include <fmt/format.h>

namespace observer {

korean_time to_korean_time(int64_t wall_us) {
  using namespace std::chrono;
  auto local = sys_time<microseconds>{microseconds{wall_us}} + hours{9};
  auto day = floor<days>(local);
  auto date = year_month_day{day};
  auto time = hh_mm_ss{floor<microseconds>(local - day)};
  return {int(date.year()),
          int(unsigned(date.month())),
          int(unsigned(date.day())),
          int(time.hours().count()),
          int(time.minutes().count()),
          int(time.seconds().count()),
          int(time.subseconds().count()),
          int(weekday{day}.c_encoding())};
}

namespace {

void put(char* at, int value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10)
    at[i] = static_cast<char>('0' + value % 10);
}

} // namespace

void write_timestamp(char* to, int64_t wall_us) {
  // Ticks come many to a second, and in batches of one time: each part is
  // computed when it changes.
  thread_local int64_t cached_us = INT64_MIN, cached_second = INT64_MIN;
  thread_local char cached[] = "0000-00-00T00:00:00.000000+09:00";
  if (wall_us == cached_us) {
    std::memcpy(to, cached, timestamp_size);
    return;
  }
  cached_us = wall_us;
  auto second = wall_us / us_per_second;
  auto micros = wall_us % us_per_second;
  if (micros < 0) {
    micros += us_per_second;
    --second;
  }
  if (second != cached_second) {
    auto t = to_korean_time(second * us_per_second);
    put(cached, t.year, 4);
    put(cached + 5, t.month, 2);
    put(cached + 8, t.day, 2);
    put(cached + 11, t.hour, 2);
    put(cached + 14, t.minute, 2);
    put(cached + 17, t.second, 2);
    cached_second = second;
  }
  put(cached + 20, static_cast<int>(micros), 6);
  std::memcpy(to, cached, timestamp_size);
}

void append_timestamp(std::string& out, int64_t wall_us) {
  char text[timestamp_size];
  write_timestamp(text, wall_us);
  out.append(text, timestamp_size);
}

std::string timestamp(int64_t wall_us) {
  std::string out;
  append_timestamp(out, wall_us);
  return out;
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
  static constexpr std::string_view form = "0000-00-00T00:00:00.000000+09:00";
  if (text.size() != form.size())
    return std::nullopt;
  for (size_t i = 0; i < form.size(); ++i) {
    auto digit = text[i] >= '0' && text[i] <= '9';
    // The offset's own digits are part of the form.
    if (form[i] == '0' && i < 26 ? !digit : text[i] != form[i])
      return std::nullopt;
  }
  auto number = [&](size_t at, size_t digits) {
    int value = 0;
    for (size_t i = at; i < at + digits; ++i)
      value = value * 10 + (text[i] - '0');
    return value;
  };
  using namespace std::chrono;
  auto date = year{number(0, 4)} / number(5, 2) / number(8, 2);
  if (!date.ok())
    return std::nullopt;
  auto time = hours{number(11, 2) - 9} + minutes{number(14, 2)}
              + seconds{number(17, 2)} + microseconds{number(20, 6)};
  return duration_cast<microseconds>(sys_days{date}.time_since_epoch() + time)
    .count();
}

std::optional<int64_t> parse_korean_date(std::string_view text) {
  if (text.size() != 8)
    return std::nullopt;
  int number = 0;
  for (auto c : text) {
    if (c < '0' || c > '9')
      return std::nullopt;
    number = number * 10 + (c - '0');
  }
  namespace time = std::chrono;
  time::year_month_day date{time::year{number / 10'000},
                            time::month{static_cast<unsigned>(number / 100 % 100)},
                            time::day{static_cast<unsigned>(number % 100)}};
  if (!date.ok() || number < 1990'00'00 || number > 2100'00'00)
    return std::nullopt;
  return time::sys_days{date}.time_since_epoch().count();
}

std::string date_of_korean_day(int64_t day) {
  return korean_date(korean_hour_begin_us(day * 24));
}

std::string korean_date(int64_t wall_us) {
  auto t = to_korean_time(wall_us);
  return fmt::format("{:04}{:02}{:02}", t.year, t.month, t.day);
}

std::string korean_date_time(int64_t wall_us) {
  auto t = to_korean_time(wall_us);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}", t.year, t.month, t.day,
                     t.hour, t.minute, t.second);
}

std::string korean_date_hour(int64_t wall_us) {
  auto t = to_korean_time(wall_us);
  return fmt::format("{:04}{:02}{:02}_{:02}", t.year, t.month, t.day, t.hour);
}

} // namespace observer
