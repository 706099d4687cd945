#include "runtime/settings/file.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "runtime/process/small_file.hpp"
#include "runtime/settings/entry.hpp"
#include "runtime/settings/nearest.hpp"
#include "runtime/settings/value.hpp"

namespace observer {

namespace fs = std::filesystem;

namespace {

/// Each may be one table within another, and toml++ takes tables apart by
/// recursion: a key of some hundred thousand dots overflows the stack.
constexpr ptrdiff_t file_dots_max = 10'000;
/// No setting lies so deep.
constexpr int depth_max = 8;

/// One key of the file with its full name.
struct leaf {
  std::string key;
  const toml::node* node;
  int line;
};

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a decimal number";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

/// Sections are entered, a setting's value is not: a table there is a value of
/// the wrong type.
void collect(const toml::table& table, const std::string& prefix, int depth,
             std::vector<leaf>& out) {
  for (auto& [name, node] : table) {
    auto key = prefix + std::string{name.str()};
    auto inner = node.as_table();
    if (inner && !inner->empty() && !find_setting(key) && depth < depth_max)
      collect(*inner, key + ".", depth + 1, out);
    else if (!inner || !is_section(key))
      out.push_back({key, &node, static_cast<int>(name.source().begin.line)});
  }
}

problem unknown_key(const fs::path& path, const leaf& x) {
  if (is_section(x.key))
    return {fmt::format("{}:{}: {} is a section: write [{}] and its settings "
                        "below, not a value",
                        path.string(), x.line, x.key, x.key)};
  std::vector<std::string> known;
  for (auto& s : settings())
    known.emplace_back(s.key);
  // A name without its section: `app_key` for `kis.app_key`.
  for (auto& s : settings())
    if (x.key == s.name())
      return {fmt::format("{}:{}: unknown key {}; did you mean {}?",
                          path.string(), x.line, x.key, s.key)};
  auto near = suggestion(x.key, known);
  return {fmt::format("{}:{}: unknown key {}{}", path.string(), x.line,
                      one_line(x.key),
                      near.empty() ? "; `observer config --example` shows "
                                     "all keys"
                                   : near)};
}

std::string date_text(const toml::date& d) {
  return fmt::format("{:04}-{:02}-{:02}", d.year, d.month, d.day);
}

/// Null when a list of `s` may not hold such an entry.
const std::string* entry_text(const setting& s, const toml::node& node,
                              std::string& buffer) {
  static const config none;
  if (auto text = node.as_string())
    return &(buffer = text->get());
  auto dates = std::holds_alternative<const std::vector<calendar_date>*>(
    s.view(none));
  if (auto date = node.as_date(); date && dates)
    return &(buffer = date_text(date->get()));
  // 20260924 without quotes.
  if (auto number = node.as_integer(); number && dates)
    return &(buffer = std::to_string(number->get()));
  return nullptr;
}

/// True and filled when the value has the type of the setting.
bool convert(const setting& s, const toml::node& node, file_value& out) {
  static const config none;
  auto at = s.view(none);
  if (std::holds_alternative<const bool*>(at)) {
    auto x = node.as_boolean();
    return x && (out.text = out.shown = x->get() ? "true" : "false", true);
  }
  if (std::holds_alternative<const int64_t*>(at)) {
    auto x = node.as_integer();
    return x && (out.text = out.shown = std::to_string(x->get()), true);
  }
  if (std::holds_alternative<const std::string*>(at)
      || std::holds_alternative<const secret*>(at)) {
    auto x = node.as_string();
    return x && (out.text = x->get(), out.shown = shown(out.text), true);
  }
  auto list = node.as_array();
  if (!list)
    return false;
  for (auto& entry : *list) {
    std::string buffer;
    auto text = entry_text(s, entry, buffer);
    if (!text)
      return false;
    if (!out.text.empty())
      out.text += ',';
    // An empty entry must not vanish in the joined text.
    out.text += text->empty() ? " , " : *text;
  }
  out.shown = shown(out.text);
  return true;
}

bool names_secret(std::string_view text) {
  return std::ranges::any_of(settings(), [&](auto& s) {
    return s.is_secret() && text.find(s.name()) != text.npos;
  });
}

/// How a file shows a value that has the wrong type. A table may hold a secret
/// that was written below a setting instead of a section.
std::string raw_text(const toml::node& node) {
  if (auto string = node.as_string())
    return shown(string->get());
  std::ostringstream out;
  node.visit([&](auto& x) { out << x; });
  return names_secret(out.str()) ? "****" : one_line(out.str());
}

/// toml++ may quote the text that it stumbled over.
problem syntax_problem(const fs::path& path, std::string_view content,
                       const toml::parse_error& e) {
  auto line = e.source().begin.line;
  std::string_view text = content;
  for (unsigned i = 1; i < line && !text.empty(); ++i)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  text = text.substr(0, text.find('\n'));
  if (names_secret(text))
    return {fmt::format("{}:{}: not TOML; the line seems to hold a secret and "
                        "is not shown: write name = \"value\"",
                        path.string(), line)};
  return {fmt::format("{}:{}: not TOML: {}", path.string(), line,
                      one_line(e.description()))};
}

/// `format = "json"` under [log], or `log.format = "json"`, by lines: the file may
/// be no TOML.
void note_log_format(std::string_view content, std::string& out) {
  auto in_log = false;
  while (!content.empty()) {
    auto end = std::min(content.find('\n'), content.size());
    auto line = trimmed(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line.starts_with('['))
      in_log = line.starts_with("[log]");
    auto equals = line.find('=');
    if (equals == line.npos)
      continue;
    auto name = trimmed(line.substr(0, equals));
    auto value = trimmed(line.substr(equals + 1));
    if ((name == "log.format" || (in_log && name == "format")) && value.size() > 2)
      out = value.substr(1, value.find(value.front(), 1) - 1);
  }
}

} // namespace

std::string file_source(const fs::path& path, int line) {
  return fmt::format("file {}:{}", path.string(), line);
}

result<std::string> read_file_of(const fs::path& path,
                                 std::string_view what) {
  auto content = read_small_file(path.string());
  if (!content)
    return problem{fmt::format("cannot read {} {}: {}", what,
                               shown(path.string()), content.error().text)};
  return content;
}

result<std::vector<file_value>> read_config_file(const fs::path& path,
                                                 std::string& log_format) {
  auto content = read_file_of(path, "the config file");
  if (!content)
    return content.error();
  note_log_format(*content, log_format);
  if (std::ranges::count(*content, '.') > file_dots_max)
    return problem{fmt::format("{}: no settings file: it holds more than {} "
                               "dots",
                               path.string(), file_dots_max)};
  toml::table root;
  try {
    root = toml::parse(std::string_view{*content}, path.string());
  } catch (const toml::parse_error& e) {
    return syntax_problem(path, *content, e);
  }
  std::vector<leaf> leaves;
  collect(root, "", 1, leaves);
  std::ranges::stable_sort(leaves, {}, &leaf::line);
  std::vector<file_value> out;
  for (auto& x : leaves) {
    auto s = find_setting(x.key);
    if (!s)
      return unknown_key(path, x);
    file_value value{s, {}, {}, x.line, {}};
    if (!convert(*s, *x.node, value)) {
      value.wrong = fmt::format(
        "{} = {} ({}): expected {}, not {}", s->key,
        s->is_secret() ? "****" : raw_text(*x.node),
        file_source(path, x.line), expectation(*s), type_name(*x.node));
      if (!s->is_reserved())
        return problem{value.wrong};
    }
    if (s->is_secret())
      value.shown = "****";
    out.push_back(std::move(value));
  }
  return out;
}

} // namespace observer
