#include "runtime/settings/value.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "messages/korean_text.hpp"
#include "messages/redact.hpp"
#include "runtime/settings/entry.hpp"
#include "runtime/settings/nearest.hpp"

namespace observer {

namespace {

using namespace std::literals;

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
// Clang before 17 deduces nothing for an aggregate by itself.
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}

template <class T>
std::vector<std::string> texts(const std::vector<T>& list) {
  std::vector<std::string> out;
  for (auto& x : list)
    out.push_back(to_text(x));
  return out;
}

// --- One overload for each type of setting; each gets the setting's rule.

result<> parse(const setting& s, bool& out, std::string_view text) {
  auto word = lower(trimmed(text));
  for (auto yes : {"true"sv, "1"sv, "yes"sv, "on"sv})
    if (word == yes)
      return out = true, result<>{};
  for (auto no : {"false"sv, "0"sv, "no"sv, "off"sv})
    if (word == no)
      return out = false, result<>{};
  return problem{fmt::format("expected {}", expectation(s))};
}

result<> parse(const setting& s, int64_t& out, std::string_view text) {
  auto& bounds = std::get<integer_range>(s.check);
  int64_t value = 0;
  if (!parse_int(trimmed(text), value) || value < bounds.min
      || value > bounds.max)
    return problem{fmt::format("expected {}", expectation(s))};
  out = value;
  return {};
}

result<> parse(const setting& s, std::string& out, std::string_view text) {
  auto bad = problem{fmt::format("expected {}", expectation(s))};
  if (auto words = std::get_if<one_of>(&s.check)) {
    auto given = lower(trimmed(text));
    for (auto& [alias, word] : words->aliases)
      if (given == alias)
        given = word;
    for (auto word : words->words)
      if (given == lower(word))
        return out = word, result<>{};
    return problem{bad.text
                   + suggestion(given, std::vector<std::string>(
                                         words->words.begin(),
                                         words->words.end()))};
  }
  if (auto rule = std::get_if<web_address>(&s.check)) {
    if (!is_address(text, *rule))
      return bad;
    auto last = text.find_last_not_of('/');
    out = text.substr(0, last + 1);
    return {};
  }
  auto path = std::get_if<file_path>(&s.check);
  auto empty_is_bad = path ? !path->may_be_empty
                           : std::holds_alternative<not_empty>(s.check);
  if ((text.empty() && empty_is_bad) || std::ranges::any_of(text, is_control))
    return bad;
  if (path && text.find(" # ") != text.npos)
    return problem{bad.text + "; a comment behind it would be part of it"};
  if (path && !text.empty() && (is_quote(text.front()) || is_quote(text.back())))
    return problem{bad.text + "; a quote at its end would be part of it"};
  if (!path && !is_utf8(text))
    return problem{bad.text + "; it holds bytes that are no UTF-8"};
  out = text;
  return {};
}

/// What keeps `text` from being a word of visible ASCII; empty if nothing.
std::string_view fault_of_word(std::string_view text) {
  if (text.empty())
    return {};
  if (text.size() > secret_bytes_max)
    return "it is longer than any is";
  if (!is_utf8(text))
    return "it holds bytes that are no UTF-8";
  if (std::ranges::any_of(text, [](unsigned char c) { return c >= 0x80; }))
    return "it holds characters that are no ASCII";
  if (std::ranges::any_of(text, is_control))
    return "it holds a control character";
  if (is_quote(text.front()) || is_quote(text.back()))
    return "it has a quote at one end";
  return {};
}

result<> parse(const setting& s, secret& out, std::string_view text) {
  secret given{std::string{text}};
  // Good or not: nothing may show it from now on.
  keep_secret(given);
  if (std::holds_alternative<one_word>(s.check)) {
    if (auto fault = fault_of_word(text); !fault.empty())
      return problem{fmt::format("expected {}; {}", expectation(s), fault)};
    if (text.find(' ') != text.npos)
      return problem{fmt::format("expected {}", expectation(s))};
  } else if (std::ranges::any_of(text, is_control) || !is_utf8(text)
             || text.size() > secret_bytes_max) {
    return problem{fmt::format("expected {}", expectation(s))};
  }
  out = std::move(given);
  return {};
}

result<> parse(const setting&, std::vector<pinned_symbol>& out,
               std::string_view text) {
  std::vector<pinned_symbol> list;
  for (auto entry : entries(text)) {
    auto x = parse_symbol(entry);
    if (!x)
      return x.error();
    if (std::ranges::find(list, *x) != list.end())
      return problem{fmt::format("entry {} is {} for the second time: remove "
                                 "it",
                                 shown(entry), to_text(*x))};
    list.push_back(*x);
  }
  if (list.size() > symbols_max)
    return problem{fmt::format(
        "{} entries: expected at most {}, the most that KIS registers in a "
        "session",
        list.size(), symbols_max)};
  out = std::move(list);
  return {};
}

result<> parse(const setting&, std::vector<web_host>& out,
               std::string_view text) {
  std::vector<web_host> list;
  for (auto entry : entries(text)) {
    auto x = parse_host(entry);
    if (!x)
      return x.error();
    if (std::ranges::find(list, *x) == list.end())
      list.push_back(*x);
  }
  out = std::move(list);
  return {};
}

result<> parse(const setting& s, std::vector<hours_range>& out,
               std::string_view text) {
  std::vector<hours_range> list;
  for (auto entry : entries(text)) {
    auto x = parse_hours(entry);
    if (!x)
      return x.error();
    list.push_back(*x);
  }
  std::ranges::sort(list, {}, &hours_range::begin_minute);
  for (size_t i = 1; i < list.size(); ++i)
    if (list[i].begin_minute < list[i - 1].end_minute)
      return problem{fmt::format("entry {} overlaps {}: expected ranges that "
                                 "do not",
                                 shown(to_text(list[i])),
                                 shown(to_text(list[i - 1])))};
  if (list.empty())
    return problem{fmt::format("expected {}", expectation(s))};
  out = std::move(list);
  return {};
}

result<> parse(const setting&, std::vector<calendar_date>& out,
               std::string_view text) {
  std::vector<calendar_date> list;
  for (auto entry : entries(text)) {
    auto x = parse_date(entry);
    if (!x)
      return x.error();
    if (std::ranges::find(list, *x) != list.end())
      return problem{fmt::format("entry {} is there for the second time: "
                                 "remove it",
                                 shown(entry))};
    list.push_back(*x);
  }
  std::ranges::sort(list);
  out = std::move(list);
  return {};
}

std::string rule_text(const rule& r, std::string_view unit) {
  return std::visit(
      overloaded{
          [](anything) { return "a text of one line"s; },
          [](not_empty) { return "a text of one line that is not empty"s; },
          [](one_word) { return "a text without blanks"s; },
          [](file_path) { return "a path of one line"s; },
          [&](integer_range x) {
            return fmt::format("an integer from {} to {}{}{}", x.min, x.max,
                               unit.empty() ? "" : " ", unit);
          },
          [](one_of x) {
            return fmt::format("one of {}", fmt::join(x.words, ", "));
          },
          [](web_address x) {
            return fmt::format(
                "{}:// or {}:// and a host[:port][/path], without "
                "user, password or query",
                x.scheme, x.secure_scheme);
          }},
      r);
}

} // namespace

std::string expectation(const setting& s) {
  static const config none;
  return std::visit(
      overloaded{[](const bool*) {
                   return "true or false (1 or 0, yes or no, on or off)"s;
                 },
                 [](const std::vector<pinned_symbol>*) {
                   return fmt::format(
                       "a list of SYMBOL or TR:SYMBOL, at most {}",
                       symbols_max);
                 },
                 [](const std::vector<web_host>*) {
                   return "a list of HOST or HOST:PORT"s;
                 },
                 [](const std::vector<hours_range>*) {
                   return "a list of HH:MM-HH:MM, at least one"s;
                 },
                 [](const std::vector<calendar_date>*) {
                   return "a list of YYYY-MM-DD or YYYYMMDD"s;
                 },
                 [&](const auto*) { return rule_text(s.check, s.unit); }},
      s.view(none));
}

result<> assign(const setting& s, config& c, std::string_view text) {
  return std::visit([&](auto* at) { return parse(s, *at, text); }, s.in(c));
}

std::string value_text(const setting& s, const config& c) {
  return std::visit(
      overloaded{[](const bool* x) { return *x ? "true"s : "false"s; },
                 [](const int64_t* x) { return std::to_string(*x); },
                 [](const std::string* x) { return *x; },
                 [](const secret* x) { return x->empty() ? ""s : "****"s; },
                 [](const auto* x) {
                   return fmt::format("{}", fmt::join(texts(*x), ","));
                 }},
      s.view(c));
}

nlohmann::ordered_json value_json(const setting& s, const config& c) {
  using json = nlohmann::ordered_json;
  return std::visit(overloaded{[](const bool* x) { return json(*x); },
                               [](const int64_t* x) { return json(*x); },
                               [](const std::string* x) { return json(*x); },
                               [](const secret* x) {
                                 return x->empty() ? json() : json("****");
                               },
                               [](const auto* x) { return json(texts(*x)); }},
                    s.view(c));
}

} // namespace observer
