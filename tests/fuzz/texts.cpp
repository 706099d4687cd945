#include "fuzz/texts.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace observer::fuzz {

namespace {

/// Bytes of the character that begins with `lead`, which is valid UTF-8.
size_t character_bytes(char lead) {
  auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

} // namespace

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c < 0x20 || c == 0x7F;
  });
}

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

bool holds_bytes(std::string_view read, std::string_view raw) {
  while (!read.empty()) {
    auto character = read.substr(0, character_bytes(read.front()));
    read.remove_prefix(character.size());
    if (raw.starts_with(character)) {
      raw.remove_prefix(character.size());
      continue;
    }
    // U+0080 to U+00FF have two bytes with six and two bits of the value.
    if (raw.empty() || character.size() != 2)
      return false;
    auto value = (static_cast<unsigned char>(character[0]) & 3) << 6
                 | (static_cast<unsigned char>(character[1]) & 0x3F);
    if (value != static_cast<unsigned char>(raw.front()))
      return false;
    raw.remove_prefix(1);
  }
  return raw.empty();
}

} // namespace observer::fuzz
