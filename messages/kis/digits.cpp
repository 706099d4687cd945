#include "messages/kis/digits.hpp"

#include <algorithm>
#include <charconv>

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

bool is_number(std::string_view text, digits form) {
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
  return text.empty() || text == "(null)";
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
