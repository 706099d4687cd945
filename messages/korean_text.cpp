#include "messages/korean_text.hpp"

#include <iconv.h>

#include <cerrno>
#include <memory>

#include "messages/outside_text.hpp"

namespace observer {

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    auto n = utf8_length(text, at);
    if (n == 0)
      return false;
    at += n;
  }
  return true;
}

std::optional<std::string> from_cp949(std::string_view text, bool cut) {
  auto opened = ::iconv_open("UTF-8", "CP949");
  if (opened == reinterpret_cast<iconv_t>(-1)) // NOLINT: as POSIX has it
    return std::nullopt;
  auto close = [](void* converter) { ::iconv_close(converter); };
  std::unique_ptr<void, decltype(close)> converter{opened, close};
  // Two bytes become at most three, and one stays one.
  std::string out(text.size() * 3 / 2 + 1, '\0');
  auto from = const_cast<char*>(text.data()); // only read
  auto to = out.data();
  auto left = text.size(), room = out.size();
  auto done = ::iconv(converter.get(), &from, &left, &to, &room);
  // EINVAL: the last character is not whole.
  if (done != 0 && !(done == static_cast<size_t>(-1) && errno == EINVAL && cut))
    return std::nullopt;
  out.resize(out.size() - room);
  return out;
}

std::string readable(std::string_view text, bool cut) {
  if (!is_utf8(text))
    if (auto korean = from_cp949(text, cut))
      return *korean;
  return std::string{text};
}

} // namespace observer
