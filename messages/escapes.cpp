#include "messages/escapes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace observer {

namespace {

using namespace std::literals;

escaped_character_found character(uint32_t code, size_t taken) {
  escaped_character_found out;
  auto put = [&out](uint32_t byte) {
    out.bytes[out.size++] = static_cast<char>(byte);
  };
  if (code >= 0xD800 && code <= 0xDFFF)
    return out; // half of a pair: in no secret
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    return out;
  }
  out.taken = taken;
  return out;
}

escaped_character_found byte(uint32_t value, size_t taken) {
  escaped_character_found out;
  out.bytes[0] = static_cast<char>(value);
  out.size = 1;
  out.taken = taken;
  return out;
}

/// Exactly `digits` of them.
bool number(std::string_view text, size_t digits, int base, uint32_t& out) {
  if (digits == 0 || text.size() < digits)
    return false;
  auto end = text.data() + digits;
  auto [at, error] = std::from_chars(text.data(), end, out, base);
  return error == std::errc{} && at == end;
}

escaped_character_found after_backslash(std::string_view text) {
  constexpr size_t run_max = 16;
  auto run = std::min(text.find_first_not_of('\\'), text.size());
  if (run > run_max)
    return {};
  auto rest = text.substr(run);
  uint32_t code = 0;
  if (rest.starts_with('u') && number(rest.substr(1), 4, 16, code))
    return character(code, run + 5);
  if (rest.starts_with('x') && number(rest.substr(1), 2, 16, code))
    return byte(code, run + 3);
  if (!rest.empty() && "/\"'"sv.find(rest.front()) != ""sv.npos)
    return byte(static_cast<unsigned char>(rest.front()), run + 1);
  return run > 1 ? byte('\\', run) : escaped_character_found{};
}

escaped_character_found after_percent(std::string_view text) {
  constexpr size_t levels_max = 4;
  size_t at = 1;
  uint32_t code = 0;
  for (size_t level = 0; level < levels_max && at < text.size(); ++level) {
    if (!number(text.substr(at), 2, 16, code))
      return {};
    // Of `%252F` the first two digits are the sign before the others.
    uint32_t inner = 0;
    if (code != '%' || !number(text.substr(at + 2), 2, 16, inner))
      return byte(code, at + 2);
    at += 2;
  }
  return {};
}

escaped_character_found after_ampersand(std::string_view text) {
  constexpr std::pair<std::string_view, char> names[]{
    {"amp;", '&'},  {"quot;", '"'}, {"apos;", '\''}, {"lt;", '<'},
    {"gt;", '>'},   {"sol;", '/'},  {"plus;", '+'},  {"equals;", '='},
    {"num;", '#'},  {"percnt;", '%'}, {"bsol;", '\\'}};
  auto reference = [&](std::string_view rest) -> escaped_character_found {
    auto skipped = text.size() - rest.size();
    for (auto& [name, c] : names)
      if (rest.starts_with(name))
        return byte(static_cast<unsigned char>(c), skipped + name.size());
    if (!rest.starts_with('#'))
      return {};
    auto hex = rest.size() > 1 && (rest[1] == 'x' || rest[1] == 'X');
    auto digits = rest.substr(hex ? 2 : 1);
    auto end = digits.substr(0, 8).find(';');
    uint32_t code = 0;
    if (end == digits.npos || !number(digits, end, hex ? 16 : 10, code))
      return {};
    return character(code, skipped + (hex ? 2 : 1) + end + 1);
  };
  auto rest = text.substr(1);
  // Escaped once more: `&amp;#47;`.
  if (rest.starts_with("amp;"))
    if (auto inner = reference(rest.substr(4)))
      return inner;
  return reference(rest);
}

} // namespace

escaped_character_found escaped_character(std::string_view text, size_t at) {
  auto rest = text.substr(at, escaped_character_bytes_max);
  switch (rest.front()) {
    case '\\':
      return after_backslash(rest);
    case '%':
      return after_percent(rest);
    case '&':
      return after_ampersand(rest);
    default:
      return {};
  }
}

} // namespace observer
