#include "messages/korean_time.hpp"

#include <chrono>

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

void append_timestamp(std::string& out, int64_t wall_us) {
  // Ticks come many to a second: the calendar part is computed once a second.
  thread_local int64_t cached_second = INT64_MIN;
  thread_local char cached[] = "0000-00-00T00:00:00.000000+09:00";
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
  out.append(cached, 32);
}

std::string timestamp(int64_t wall_us) {
  std::string out;
  append_timestamp(out, wall_us);
  return out;
}

std::string korean_date(int64_t wall_us) {
  auto t = to_korean_time(wall_us);
  return fmt::format("{:04}{:02}{:02}", t.year, t.month, t.day);
}

std::string korean_date_hour(int64_t wall_us) {
  auto t = to_korean_time(wall_us);
  return fmt::format("{:04}{:02}{:02}_{:02}", t.year, t.month, t.day, t.hour);
}

} // namespace observer
