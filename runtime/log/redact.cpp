// What must not be in a log line: see redact_in_log() and redacted(). One pass
// over the part that is shown, whatever the text: what finds a value's end goes on
// behind it.

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
    begins_[static_cast<unsigned char>(text.front())] = true;
    // Of two secrets, one inside the other, the longer goes first.
    std::ranges::stable_sort(texts_, std::ranges::greater{},
                             [](auto& x) { return x.reveal().size(); });
  }

  /// Holds registrations up, and no other reader.
  std::shared_lock<std::shared_mutex> reading() const {
    return std::shared_lock{mutex_};
  }
  /// While reading: bytes of the longest secret.
  size_t longest() const {
    return texts_.empty() ? 0 : texts_.front().reveal().size();
  }
  /// While reading: bytes of the longest secret that begins at `at`, 0 if none
  /// does.
  size_t match(std::string_view line, size_t at) const {
    if (!begins_[static_cast<unsigned char>(line[at])])
      return 0;
    for (auto& text : texts_)
      if (line.substr(at).starts_with(text.reveal()))
        return text.reveal().size();
    return 0;
  }

private:
  mutable std::shared_mutex mutex_;
  std::vector<secret> texts_;
  /// Whether a secret begins with this byte.
  std::array<bool, 256> begins_{};
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
  // Nobody nests so deep: what follows is all taken for the value.
  constexpr size_t opening_bytes_max = 16;
  if (opening.size() > opening_bytes_max)
    return line.size();
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

std::string redacted(std::string_view text, size_t shown_max) {
  auto& secrets = registered();
  auto guard = secrets.reading();
  auto shown = std::min(text.size(), shown_max);
  // A secret that begins in what is shown is known by what follows.
  auto line = text.substr(0, shown + std::min(text.size() - shown,
                                              secrets.longest()));
  std::string out;
  out.reserve(shown);
  // Of the last name that was found, its value.
  span_of_value value{0, 0};
  for (size_t at = 0; at < shown;) {
    // Names start where a word or a part of one does: KIS_APP_SECRET.
    if (at >= value.end
        && (at == 0 || !is_word(line[at - 1]) || line[at - 1] == '_'))
      if (auto found = secret_at(line, at); found.begin < found.end)
        value = found;
    if (auto n = secrets.match(line, at); n > 0) {
      out += mask;
      at += n;
    } else if (at >= value.begin && at < value.end) {
      out += mask;
      at = value.end;
    } else {
      out += line[at++];
    }
  }
  return out;
}

} // namespace observer
