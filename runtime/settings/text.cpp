// The table of settings, written out for people: `observer config`, the
// example file, the README.

#include "runtime/settings/text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/settings/entry.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/table.hpp"
#include "runtime/settings/value.hpp"

namespace observer {

namespace {

using json = nlohmann::ordered_json;

constexpr size_t value_columns_max = 48;

/// Columns in a terminal: bytes that start a character.
size_t width(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string padded(std::string text, size_t columns) {
  auto w = width(text);
  return w < columns ? text + std::string(columns - w, ' ') : text;
}

/// `text` in lines of at most 80 columns, each after `# `.
void append_comment(std::string& out, std::string_view text) {
  constexpr size_t columns = 78;
  while (!text.empty()) {
    auto end = text.size();
    if (end > columns)
      end = std::min(text.rfind(' ', columns), text.size());
    out += fmt::format("# {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

config defaults() {
  return load_config({}).value();
}

/// The value as TOML writes it. JSON's strings and lists are TOML too.
std::string toml_text(const setting& s, const config& c) {
  if (s.is_secret())
    return "\"\"";
  auto value = value_json(s, c);
  if (!value.is_array())
    return value.dump();
  std::vector<std::string> texts;
  for (auto& entry : value)
    texts.push_back(entry.dump());
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string shown_default(const setting& s) {
  if (s.is_secret() || s.default_text.empty())
    return "";
  if (!s.paper_default.empty())
    return fmt::format("`{}`, paper account `{}`", s.default_text,
                       s.paper_default);
  return fmt::format("`{}`", s.default_text);
}

std::string environment_names(const setting& s) {
  return s.is_secret() ? fmt::format("{}, or {} naming a file that holds it",
                                     s.environment, file_environment(s))
                       : std::string{s.environment};
}

/// The effect and, where it is not plain from the effect, what is taken.
std::string meaning(const setting& s) {
  if (auto bounds = std::get_if<integer_range>(&s.check))
    return fmt::format("{} {} to {}{}{}.", s.effect, bounds->min, bounds->max,
                       s.unit.empty() ? "" : " ", s.unit);
  if (auto words = std::get_if<one_of>(&s.check))
    return fmt::format("{} One of {}.", s.effect,
                       fmt::join(words->words, ", "));
  return std::string{s.effect};
}

} // namespace

std::string describe_config(const config& c) {
  struct line {
    std::string key, value, source;
  };
  std::vector<line> lines{{"KEY", "VALUE", "SOURCE"}};
  for (auto& s : settings()) {
    auto value = one_line(value_text(s, c), std::string::npos);
    if (value.empty())
      value = s.is_secret() ? "(not set)" : "(none)";
    else if (!s.unit.empty())
      value += fmt::format(" {}", s.unit);
    auto source = c.sources.find(s.key);
    lines.push_back({std::string{s.key}, value,
                     source == c.sources.end() ? "" : source->second});
  }
  size_t key_width = 0, value_width = 0;
  for (auto& x : lines) {
    key_width = std::max(key_width, width(x.key));
    // One long list must not push all sources out of sight.
    if (width(x.value) <= value_columns_max)
      value_width = std::max(value_width, width(x.value));
  }
  std::string out;
  for (auto& x : lines)
    out += padded(x.key, key_width) + "  " + padded(x.value, value_width)
           + "  " + x.source + "\n";
  return out + "\nConfig file: " + (c.file.empty() ? "none" : c.file) + "\n";
}

std::string describe_config_json(const config& c) {
  auto out = json::object();
  for (auto& s : settings()) {
    auto& entry = out[std::string{s.key}];
    entry["value"] = value_json(s, c);
    if (!s.unit.empty())
      entry["unit"] = s.unit;
    auto source = c.sources.find(s.key);
    entry["source"] = source == c.sources.end() ? "" : source->second;
  }
  // A path may hold bytes that are not UTF-8.
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string example_toml() {
  std::string out =
    "# The settings of Observer: every key with its default, commented out.\n"
    "# A flag beats the environment, which beats this file, which beats the\n"
    "# default. `observer config` shows what is in effect, and from where.\n"
    "# This file is written by `observer config --example`.\n"
    "# A file that holds secrets should be readable by its owner only.\n";
  auto c = defaults();
  std::string_view section;
  for (auto& s : settings()) {
    if (s.section() != section) {
      section = s.section();
      out += fmt::format("\n# --- {} ---\n[{}]\n", section_title(section),
                         section);
    }
    out += '\n';
    append_comment(out, meaning(s));
    if (!s.paper_default.empty())
      append_comment(out, fmt::format("Default with kis.virtual = true: {}",
                                      s.paper_default));
    append_comment(out, s.flag.empty()
                          ? fmt::format("Environment {}.",
                                        environment_names(s))
                          : fmt::format("Environment {}, flag {}.",
                                        environment_names(s), s.flag));
    out += fmt::format("# {} = {}\n", s.name(), toml_text(s, c));
  }
  return out;
}

std::string settings_markdown() {
  std::string out = "| key | environment | flag | default | meaning |\n"
                    "|---|---|---|---|---|\n";
  for (auto& s : settings()) {
    auto environment = fmt::format("`{}`", s.environment);
    if (s.is_secret())
      environment += fmt::format(", `{}`", file_environment(s));
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", s.key, environment,
                       s.flag.empty() ? "" : fmt::format("`{}`", s.flag),
                       shown_default(s), meaning(s));
  }
  return out;
}

} // namespace observer
