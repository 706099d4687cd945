#include "messages/outside_text.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "messages/korean_text.hpp"
#include "messages/redact.hpp"

namespace observer {

namespace {

unsigned char byte_at(std::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// Bytes that the character at `at` takes in the result, and in the text.
struct step {
  size_t out, in;
};

step step_at(std::string_view text, size_t at) {
  constexpr size_t escaped = 4;
  auto n = utf8_length(text, at);
  if (n == 0)
    return {escaped, 1};
  if (steers_terminal(text.substr(at, n)))
    return {escaped * n, n};
  return {n, n};
}

} // namespace

size_t utf8_length(std::string_view text, size_t at) {
  auto first = byte_at(text, at);
  size_t n = first < 0x80 ? 1
             : first >= 0xC2 && first <= 0xDF ? 2
             : first >= 0xE0 && first <= 0xEF ? 3
             : first >= 0xF0 && first <= 0xF4 ? 4
                                              : 0;
  if (n == 0 || at + n > text.size())
    return 0;
  for (size_t i = 1; i < n; ++i)
    if ((byte_at(text, at + i) & 0xC0) != 0x80)
      return 0;
  if (n > 2) {
    // No overlong forms, no surrogates, nothing beyond U+10FFFF.
    auto second = byte_at(text, at + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)
        || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
      return 0;
  }
  return n;
}

bool steers_terminal(std::string_view character) {
  auto n = character.size();
  auto first = n > 0 ? byte_at(character, 0) : 0;
  if (n == 1)
    return first < 0x20 || first == 0x7F;
  if (n != 2 && n != 3)
    return false;
  auto second = byte_at(character, 1);
  if (n == 2) // C1; U+061C turns the direction
    return (first == 0xC2 && second < 0xA0) || (first == 0xD8 && second == 0x9C);
  auto third = byte_at(character, 2);
  // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069.
  return first == 0xE2
         && ((second == 0x80
              && (third == 0x8E || third == 0x8F
                  || (third >= 0xA8 && third <= 0xAE)))
             || (second == 0x81 && third >= 0xA6 && third <= 0xA9));
}

std::string_view utf8_prefix(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max)
    return text;
  auto end = bytes_max;
  // A character has at most three bytes that continue it.
  for (int i = 0; i < 3 && end > 0 && (byte_at(text, end) & 0xC0) == 0x80; ++i)
    --end;
  if (end + utf8_length(text, end) <= bytes_max)
    end = bytes_max; // no character at all: cut where the bound is
  return text.substr(0, end);
}

void append_outside_text(std::string& out, std::string_view text,
                         size_t bytes_max) {
  // Where a text is cut if it turns out too long, and what fits uncut: a text
  // that was cut before has a note behind its bound.
  auto whole_max = std::max(bytes_max, bytes_max + outside_note_bytes);
  auto came = text.size();
  // More than fits, even without what a cut may take from its end.
  auto head = utf8_prefix(text, std::max(whole_max, whole_max + 8)).size();
  auto hidden = redacted(text, head);
  std::optional<std::string> korean;
  if (!is_utf8(hidden))
    korean = from_cp949(hidden, head < came);
  text = korean ? *korean : hidden;
  size_t end = 0, cut = 0, size = 0;
  auto plain = true;
  while (end < text.size() && size <= whole_max) {
    auto [more, bytes] = step_at(text, end);
    plain = plain && more == bytes;
    size += more;
    if (size <= bytes_max)
      cut = end + bytes;
    end += bytes;
  }
  auto whole = size <= whole_max && head == came;
  auto shown = whole ? text : text.substr(0, cut);
  if (plain) {
    out += shown;
  } else {
    for (size_t at = 0; at < shown.size();) {
      auto [more, bytes] = step_at(shown, at);
      if (more == bytes)
        out.append(shown, at, bytes);
      else
        for (size_t i = 0; i < bytes; ++i)
          fmt::format_to(std::back_inserter(out), "\\x{:02x}",
                         byte_at(shown, at + i));
      at += bytes;
    }
  }
  if (!whole)
    fmt::format_to(std::back_inserter(out), "… (of {} bytes)", came);
}

std::string lines_for_terminal(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto end = text.find('\n');
    append_outside_text(out, text.substr(0, end), std::string::npos);
    if (end == text.npos)
      break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string json_for_terminal(std::string json) {
  // Within strings alone: elsewhere JSON has none of them, and of control
  // characters of one byte no string has any but DEL.
  constexpr auto begin_one = std::string_view{"\x7f\xC2\xD8\xE2"};
  auto at = json.find_first_of(begin_one);
  if (at == json.npos)
    return json;
  std::string out;
  size_t done = 0;
  for (; at != json.npos; at = json.find_first_of(begin_one, at)) {
    auto n = std::max<size_t>(utf8_length(json, at), 1);
    auto character = std::string_view{json}.substr(at, n);
    if (steers_terminal(character)) {
      out.append(json, done, at - done);
      append_json_escape(out, character);
      done = at + n;
    }
    at += n;
  }
  return out.append(json, done);
}

void append_json_escape(std::string& out, std::string_view character) {
  unsigned code = byte_at(character, 0);
  if (character.size() == 2)
    code = (code & 0x1Fu) << 6 | (byte_at(character, 1) & 0x3Fu);
  else if (character.size() == 3)
    code = (code & 0x0Fu) << 12 | (byte_at(character, 1) & 0x3Fu) << 6
           | (byte_at(character, 2) & 0x3Fu);
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
}

std::string outside_text(std::string_view text, size_t bytes_max) {
  std::string out;
  append_outside_text(out, text, bytes_max);
  return out;
}

} // namespace observer
