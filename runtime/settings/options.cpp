// The table of settings as flags of a command line.

#include "runtime/settings/options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runtime/settings/table.hpp"
#include "runtime/settings/value.hpp"

namespace observer {

namespace {

std::string help(const setting& s) {
  auto text = fmt::format("{} [{}", s.effect, s.environment);
  if (!s.default_text.empty())
    text += fmt::format(", default {}", s.default_text);
  if (!s.paper_default.empty())
    text += fmt::format(", paper {}", s.paper_default);
  return text + "]";
}

template <class T>
bool takes(const setting& s) {
  static const config none;
  return std::holds_alternative<const T*>(s.view(none));
}

std::string type_name(const setting& s) {
  if (auto bounds = std::get_if<integer_range>(&s.check))
    return fmt::format("{}..{}", bounds->min, bounds->max);
  if (auto words = std::get_if<one_of>(&s.check))
    return fmt::format("{}", fmt::join(words->words, "|"));
  if (std::holds_alternative<web_address>(s.check))
    return "URL";
  if (std::holds_alternative<file_path>(s.check))
    return s.name().ends_with("file") ? "FILE" : "DIR";
  if (takes<std::string>(s))
    return "TEXT";
  return "LIST";
}

} // namespace

void add_config_options(CLI::App& app, flag_values& flags) {
  app
    .add_option_function<std::string>(
      "--config",
      [&flags](const std::string& path) { flags.config_file = path; },
      "Settings file [OBSERVER_CONFIG, default ./observer.toml or "
      "/etc/observer/observer.toml]")
    ->type_name("FILE");
  for (auto& s : settings()) {
    if (s.flag.empty())
      continue;
    CLI::callback_t store = [&flags, key = std::string{s.key}](
                              const CLI::results_t& r) {
      flags.values[key] = r.back();
      return true;
    };
    auto option = app.add_option(std::string{s.flag}, store, help(s));
    option->group(std::string{section_title(s.section())});
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    // A boolean's flag stands alone for true; `--track-b=false` is the other.
    if (takes<bool>(s))
      option->expected(0)->option_text("[=false]");
    else
      option->type_name(type_name(s));
  }
}

} // namespace observer
