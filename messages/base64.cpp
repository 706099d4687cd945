#include "messages/base64.hpp"

#include <cstddef>
#include <cstdint>

namespace observer {

namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

void append_base64(std::string& out, std::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto group = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k)
      bits = bits << 8
             | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
    for (size_t k = 0; k < 4; ++k)
      out += k <= group.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int ready = 0;
  for (auto c : text.substr(0, text.find('='))) {
    auto digit = digits.find(c);
    if (digit == digits.npos)
      return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    ready += 6;
    if (ready >= 8) {
      ready -= 8;
      out += static_cast<char>(bits >> ready & 0xFF);
    }
  }
  // One way to write it: no half digits, no bits left, `=` where they belong.
  std::string again;
  append_base64(again, out);
  if (again != text)
    return std::nullopt;
  return out;
}

} // namespace observer
