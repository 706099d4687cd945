#include "runtime/network/url.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "messages/outside_text.hpp"

namespace observer {

namespace {

problem bad(std::string_view text, std::string_view why) {
  // What stands before an `@` may hold a password, with a scheme or without.
  auto shown = text.find('@') == text.npos ? outside_value(text) : "…";
  return {fmt::format("address \"{}\": {}; expected ws://host:port/path, "
                      "wss://…, http://… or https://…",
                      shown, outside_value(why))};
}

std::string_view default_port(std::string_view scheme) {
  if (scheme == "ws" || scheme == "http")
    return "80";
  if (scheme == "wss" || scheme == "https")
    return "443";
  return {};
}

} // namespace

std::string url::authority() const {
  auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return name + ":" + port;
}

result<url> parse_url(std::string_view text) {
  // They would end the request's line, or the log's.
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) {
        return c <= 0x20 || c == 0x7f;
      }))
    return bad("…", "a blank or a control character");
  auto mark = text.find("://");
  if (mark == std::string_view::npos)
    return bad(text, "no scheme");
  url out;
  out.scheme = text.substr(0, mark);
  std::transform(out.scheme.begin(), out.scheme.end(), out.scheme.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  out.port = default_port(out.scheme);
  if (out.port.empty())
    return bad(text, fmt::format("unknown scheme \"{}\"", out.scheme));
  auto rest = text.substr(mark + 3);
  auto slash = rest.find_first_of("/?");
  auto authority = rest.substr(0, slash);
  out.target = slash == std::string_view::npos ? "/" : rest.substr(slash);
  if (out.target.front() == '?')
    out.target.insert(0, "/");
  if (authority.find('@') != std::string_view::npos)
    return bad("…", "a user name does not belong here");
  auto colon = authority.rfind(':');
  if (authority.starts_with('[')) {
    auto close = authority.find(']');
    if (close == std::string_view::npos)
      return bad(text, "\"[\" without \"]\"");
    out.host = authority.substr(1, close - 1);
    if (close + 1 < authority.size() && authority[close + 1] != ':')
      return bad(text, "text behind \"]\"");
    colon = close + 1 < authority.size() ? close + 1 : std::string_view::npos;
  } else {
    out.host = authority.substr(0, colon);
  }
  if (out.host.empty())
    return bad(text, "no host");
  if (out.host.find_first_of("[]#\\") != std::string::npos)
    return bad(text, "a host has none of [ ] # \\");
  if (colon != std::string_view::npos) {
    out.port = authority.substr(colon + 1);
    auto digits = !out.port.empty() && out.port.size() <= 5
                  && std::all_of(out.port.begin(), out.port.end(), [](char c) {
                       return c >= '0' && c <= '9';
                     });
    if (!digits || std::stoi(out.port) < 1 || std::stoi(out.port) > 65535)
      return bad(text, fmt::format("port \"{}\" is not 1 to 65535", out.port));
  }
  return out;
}

} // namespace observer
