#include "messages/kis/digits.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace observer::kis {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Do these digits make a number of at most digits_max digits?
bool fits(std::string_view digits) {
  auto zeros = std::min(digits.find_first_not_of('0'), digits.size());
  return digits.size() - zeros <= digits_max;
}

} // namespace

namespace {

/// Are these eight characters digits?
bool are_digits(uint64_t eight) {
  constexpr uint64_t zones = 0xf0f0f0f0f0f0f0f0, zeros = 0x3030303030303030;
  constexpr uint64_t over_nine = 0x0606060606060606;
  return (eight & zones) == zeros && ((eight + over_nine) & zones) == zeros;
}
uint64_t eight_of(const char* at) {
  uint64_t out;
  std::memcpy(&out, at, 8);
  return out;
}
/// The same for four; the others count as digits.
uint64_t four_of(const char* at) {
  uint32_t out;
  std::memcpy(&out, at, 4);
  return 0x3030303000000000 | out;
}

/// Most numbers of the wire: 1 to 18 digits and nothing else. Two words that
/// overlap where the size is no power of two.
bool is_short_whole(std::string_view text) {
  auto at = text.data();
  auto n = text.size();
  if (n > digits_max)
    return false;
  if (n > 16 && !are_digits(eight_of(at + 8)))
    return false;
  if (n >= 8)
    return are_digits(eight_of(at)) && are_digits(eight_of(at + n - 8));
  if (n >= 4)
    return are_digits(four_of(at)) && are_digits(four_of(at + n - 4));
  for (size_t i = 0; i < n; ++i)
    if (!is_digit(at[i]))
      return false;
  return n > 0;
}

} // namespace

bool is_number(std::string_view text, digits form) {
  if (is_short_whole(text))
    return true;
  if (text.size() > number_bytes_max)
    return false;
  auto at = text.begin();
  auto end = text.end();
  if (at != end && form != digits::whole
      && (*at == '-' || (form == digits::decimal && *at == '+')))
    ++at;
  auto first = at;
  while (at != end && is_digit(*at))
    ++at;
  if (at == first || !fits({first, at}))
    return false;
  if (at == end)
    return true;
  if (form != digits::decimal || *at != '.')
    return false;
  first = ++at;
  while (at != end && is_digit(*at))
    ++at;
  return at != first && at == end && fits({first, at});
}

bool is_absent(std::string_view text) {
  return text.empty() || (text.front() == '(' && text == "(null)");
}

bool is_time(std::string_view text) {
  if (text.size() != 6)
    return false;
  for (auto c : text)
    if (!is_digit(c))
      return false;
  auto pair = [&](size_t i) { return (text[i] - '0') * 10 + text[i + 1] - '0'; };
  return pair(0) < 24 && pair(2) < 60 && pair(4) < 60;
}

size_t write_number(char* to, std::string_view text) {
  auto begin = to;
  if (is_absent(text))
    text = "null";
  else if (text.front() == '+')
    text.remove_prefix(1);
  if (text.front() == '-') {
    *to++ = '-';
    text.remove_prefix(1);
  }
  while (text.size() > 1 && text[0] == '0' && text[1] != '.')
    text.remove_prefix(1);
  return static_cast<size_t>(std::copy(text.begin(), text.end(), to) - begin);
}

void append_number(std::string& out, std::string_view text) {
  constexpr size_t null_size = 4;
  auto size = out.size();
  out.resize(size + std::max(text.size(), null_size));
  out.resize(size + write_number(out.data() + size, text));
}

uint64_t whole_value(std::string_view text) {
  uint64_t value = 0;
  auto last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, value);
  return error == std::errc{} && end == last ? value : UINT64_MAX;
}

} // namespace observer::kis
