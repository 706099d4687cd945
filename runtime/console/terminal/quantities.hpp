#pragma once

// Numbers as people read them. What is unknown is "–".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/console/terms.hpp"

namespace observer::terminal {

using integer = std::optional<int64_t>;
using real = std::optional<double>;

/// 1,234,567
std::string count(integer n);
/// 1,234 or, below ten, 2.5
std::string rate(real per_s);
/// 5.4 MB
std::string bytes(integer n);
/// 400 µs, 3.1 ms, 25 ms, 12 s, 3 min, 2 h 13 min, 4 d 2 h; negative spans are
/// 0. In Korean 12초, 3분, 2시간 13분, 4일 2시간.
std::string span_us(integer us, language in = language::english);
/// As span_us, with tenths of a second: 1.8 s is not one.
std::string latency_us(integer us, language in);
/// The span from one moment to another: "12 s".
std::string between_us(integer from_us, integer to_us,
                       language in = language::english);
/// What is known to the second only: < 1 s, 3 s, -12 s.
std::string lag_ms(integer ms, language in = language::english);
/// Digits as on the wire, grouped: 249,500. Other text stays as it is.
std::string digits(std::string_view text);
/// The wire's HHMMSS: 15:07:46. Other text stays as it is.
std::string execution_time(std::string_view text);
/// Korean time of day: 15:07:46
std::string clock(integer wall_us);
/// With the Korean day where it is not that of `now_us`: 09-13 15:07:46
std::string moment(integer wall_us, integer now_us);
/// 99.960 %, rounded down; 100 % is only what is really all.
std::string share(real value);
/// 38 %
std::string percent(real value);

} // namespace observer::terminal
