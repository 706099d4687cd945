#include "runtime/console/terminal/quantities.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "messages/korean_time.hpp"
#include "messages/numbers.hpp"

namespace observer::terminal {

namespace {

constexpr auto unknown = "–";

/// Times outside of these are no times of a market: unknown.
bool plausible(integer wall_us) {
  return wall_us && *wall_us > 0 && *wall_us < 4'102'444'800 * us_per_second;
}

} // namespace

std::string count(integer n) {
  return n ? with_commas(*n) : unknown;
}

std::string rate(real per_s) {
  if (!per_s || !std::isfinite(*per_s) || std::abs(*per_s) > 1e15)
    return unknown;
  if (*per_s != 0 && std::abs(*per_s) < 9.95)
    return fmt::format("{:.1f}", *per_s);
  return with_commas(std::llround(*per_s));
}

std::string bytes(integer n) {
  if (!n)
    return unknown;
  auto value = static_cast<double>(*n);
  constexpr const char* units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  while (std::abs(value) >= 999.5 && unit + 1 < std::size(units)) {
    value /= 1000;
    ++unit;
  }
  auto digits = unit > 0 && std::abs(value) < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, digits, units[unit]);
}

std::string span_us(integer us, language in) {
  if (!us)
    return unknown;
  auto n = std::max<int64_t>(*us, 0);
  if (n < 1'000)
    return fmt::format("{} µs", n);
  if (n < 10'000)
    return fmt::format("{:.1f} ms", static_cast<double>(n) / 1000);
  if (n < us_per_second)
    return fmt::format("{} ms", n / 1000);
  auto korean = in == language::korean;
  auto s = n / us_per_second;
  if (s < 60)
    return fmt::format("{}{}", s, korean ? "초" : " s");
  if (s < 3600)
    return fmt::format("{}{}", s / 60, korean ? "분" : " min");
  auto both = [&](int64_t whole, int64_t rest) {
    auto days = s >= 86'400;
    return fmt::format("{}{} {}{}", whole,
                       korean ? days ? "일" : "시간" : days ? " d" : " h", rest,
                       korean ? days ? "시간" : "분" : days ? " h" : " min");
  };
  return s < 86'400 ? both(s / 3600, s / 60 % 60)
                    : both(s / 86'400, s / 3600 % 24);
}

std::string latency_us(integer us, language in) {
  if (!us || *us < us_per_second || *us >= 10 * us_per_second)
    return span_us(us, in);
  return fmt::format("{}.{}{}", *us / us_per_second,
                     *us % us_per_second / 100'000,
                     in == language::korean ? "초" : " s");
}

std::string between_us(integer from_us, integer to_us, language in) {
  if (!plausible(from_us) || !plausible(to_us))
    return unknown;
  auto us = std::max<int64_t>(*to_us - *from_us, 0);
  return us < us_per_second ? fmt::format("{} ms", us / 1000)
                            : span_us(us, in);
}

std::string lag_ms(integer ms, language in) {
  if (!ms)
    return unknown;
  auto most = std::numeric_limits<int64_t>::max() / 1'000;
  auto n = std::clamp(*ms, -most, most);
  if (std::abs(n) < 1'000)
    return in == language::korean ? "1초 미만" : "< 1 s";
  return (n < 0 ? "-" : "") + span_us(std::abs(n) * 1'000, in);
}

std::string digits(std::string_view text) {
  auto sign = text.starts_with('-') || text.starts_with('+') ? size_t{1} : 0;
  auto end = std::min(text.find_first_not_of("0123456789", sign), text.size());
  std::string out{text.substr(0, sign)};
  for (auto i = sign; i < end; ++i) {
    if (i > sign && (end - i) % 3 == 0)
      out += ',';
    out += text[i];
  }
  return out.append(text.substr(end));
}

std::string execution_time(std::string_view text) {
  if (text.size() != 6
      || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::string{text};
  return fmt::format("{}:{}:{}", text.substr(0, 2), text.substr(2, 2),
                     text.substr(4));
}

std::string clock(integer wall_us) {
  if (!plausible(wall_us))
    return unknown;
  auto t = to_korean_time(*wall_us);
  return fmt::format("{:02}:{:02}:{:02}", t.hour, t.minute, t.second);
}

std::string moment(integer wall_us, integer now_us) {
  if (!plausible(wall_us))
    return unknown;
  auto t = to_korean_time(*wall_us);
  if (!plausible(now_us) || korean_date(*wall_us) == korean_date(*now_us))
    return clock(wall_us);
  return fmt::format("{:02}-{:02} {}", t.month, t.day, clock(wall_us));
}

std::string share(real value) {
  if (!value || !std::isfinite(*value) || std::abs(*value) > 1e9)
    return unknown;
  if (*value == 1)
    return "100 %";
  // Of a double: 0.9996 is to be 99.960, not 99.959.
  return fmt::format("{:.3f} %",
                     std::floor(*value * 100'000 + 1e-7) / 1'000);
}

std::string percent(real value) {
  if (!value || !std::isfinite(*value))
    return unknown;
  return fmt::format("{:.0f} %", *value * 100);
}

} // namespace observer::terminal
