// What must not be in a log line: see redact_in_log() and redacted().

#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/log/log.hpp"

namespace observer {

namespace {

using namespace std::literals;

constexpr auto mask = "****"sv;
constexpr size_t secret_bytes_min = 4;
/// A bare word after `name: ` is taken for a secret from this length on, so
/// that prose such as "appsecret: not set" stays.
constexpr size_t bare_bytes_min = 16;

constexpr std::array secret_names{
  "appsecret"sv, "app_secret"sv, "secretkey"sv, "secret_key"sv,
  "approval_key"sv, "access_token"sv, "appkey"sv, "app_key"sv,
  "password"sv};

class registry {
public:
  void add(const std::string& text) {
    std::unique_lock guard{mutex_};
    if (std::ranges::find(texts_, text, &secret::reveal) != texts_.end())
      return;
    texts_.emplace_back(text);
    // Of two secrets, one inside the other, the longer goes first.
    std::ranges::stable_sort(texts_, std::ranges::greater{},
                             [](auto& x) { return x.reveal().size(); });
  }

  void remove_from(std::string& line) const {
    std::shared_lock guard{mutex_};
    for (auto& text : texts_) {
      auto& bytes = text.reveal();
      for (auto at = line.find(bytes); at != line.npos;
           at = line.find(bytes, at + mask.size()))
        line.replace(at, bytes.size(), mask);
    }
  }

private:
  mutable std::shared_mutex mutex_;
  std::vector<secret> texts_;
};

registry& registered() {
  static registry instance;
  return instance;
}

/// As a JSON string writes it, with or without the slash escaped.
std::string json_form(std::string_view text, bool escape_slash) {
  std::string out;
  for (auto c : text) {
    if (c == '"' || c == '\\' || (c == '/' && escape_slash))
      out += '\\';
    out += c;
  }
  return out;
}

std::string url_form(std::string_view text) {
  std::string out;
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    auto plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
                 || (c >= 'a' && c <= 'z') || "-._~"sv.find(c) != "-._~"sv.npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
         || (c >= 'a' && c <= 'z') || c == '_';
}

bool starts_with_nocase(std::string_view text, std::string_view word) {
  return text.size() >= word.size()
         && std::equal(word.begin(), word.end(), text.begin(),
                       [](char w, char t) {
                         return w == (t >= 'A' && t <= 'Z' ? t - 'A' + 'a' : t);
                       });
}

size_t skip(std::string_view line, size_t at, std::string_view what) {
  return std::min(line.find_first_not_of(what, at), line.size());
}

/// Past the closing quote's start: the end of a value that began after
/// `opening`, a quote with the backslashes before it.
size_t quoted_end(std::string_view line, size_t at, std::string_view opening) {
  for (; at < line.size(); ++at) {
    if (line.substr(at).starts_with(opening))
      return at;
    if (line[at] == '\\')
      ++at;
  }
  return line.size();
}

size_t bare_end(std::string_view line, size_t at) {
  return std::min(line.find_first_of(" \t\r\n,;&\"'}])", at), line.size());
}

struct span_of_value {
  size_t begin, end;
};

/// The value after a name that ends at `at`: `":"value"`, `=value`,
/// `: long-value`, `\":\"value\"`. Empty when there is none.
span_of_value value_after(std::string_view line, size_t at) {
  at = skip(line, at, "\\\"'");
  at = skip(line, at, " \t");
  if (at == line.size() || (line[at] != ':' && line[at] != '='))
    return {at, at};
  auto begin = skip(line, at + 1, " \t");
  auto spaced = begin != at + 1;
  auto quote = skip(line, begin, "\\");
  if (quote < line.size() && (line[quote] == '"' || line[quote] == '\'')) {
    auto opening = line.substr(begin, quote + 1 - begin);
    return {quote + 1, quoted_end(line, quote + 1, opening)};
  }
  auto end = bare_end(line, begin);
  if (spaced && end - begin < bare_bytes_min)
    return {begin, begin};
  return {begin, end};
}

span_of_value secret_at(std::string_view line, size_t at) {
  auto rest = line.substr(at);
  if (starts_with_nocase(rest, "bearer ")) {
    auto begin = skip(line, at + 7, " \t");
    return {begin, bare_end(line, begin)};
  }
  for (auto name : secret_names)
    if (starts_with_nocase(rest, name)
        && (rest.size() == name.size() || !is_word(rest[name.size()])))
      return value_after(line, at + name.size());
  return {at, at};
}

void remove_lookalikes(std::string& line) {
  for (size_t at = 0; at < line.size(); ++at) {
    // Names start where a word or a part of one does: KIS_APP_SECRET.
    if (at > 0 && is_word(line[at - 1]) && line[at - 1] != '_')
      continue;
    auto [begin, end] = secret_at(line, at);
    if (begin == end)
      continue;
    line.replace(begin, end - begin, mask);
    at = begin + mask.size() - 1;
  }
}

} // namespace

void redact_in_log(const secret& s) {
  auto& text = s.reveal();
  if (text.size() < secret_bytes_min)
    return;
  registered().add(text);
  registered().add(json_form(text, false));
  registered().add(json_form(text, true));
  registered().add(url_form(text));
}

std::string redacted(std::string_view text) {
  std::string line{text};
  registered().remove_from(line);
  remove_lookalikes(line);
  return line;
}

} // namespace observer
