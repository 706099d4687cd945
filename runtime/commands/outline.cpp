#include "runtime/commands/outline.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace observer {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (;;) {
    auto end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == text.npos)
      return out;
    text.remove_prefix(end + 1);
  }
}

bool any_ends_with(const std::vector<std::string>& names,
                   std::string_view tail) {
  return std::any_of(names.begin(), names.end(),
                     [&](auto& name) { return name.ends_with(tail); });
}

/// The library's words for types and bounds, in ours: `INT:INT in [1 - 41]` is
/// 1..41.
std::string value_name(const std::string& type) {
  if (auto bounds = type.find(" in ["); bounds != type.npos) {
    auto inner = type.substr(bounds + 5, type.rfind(']') - bounds - 5);
    auto dash = inner.find(" - ");
    return inner.substr(0, dash) + ".." + inner.substr(dash + 3);
  }
  auto first = type.substr(0, type.find(':'));
  return first == "INT" || first == "UINT" || first == "FLOAT" ? "NUMBER"
                                                               : first;
}

void read_value(const CLI::Option& from, option_outline& to) {
  auto type = from.get_type_name();
  if (from.get_items_expected_max() == 0) {
    to.value = from.get_option_text();
    return;
  }
  to.value = value_name(type);
  to.may_be_repeated = from.get_expected_max() > 1;
  // Of an argument its name says what it is.
  auto said = to.is_argument && to.value == "TEXT" ? to.names.front() : to.value;
  if (auto brace = type.find(":{"); brace != type.npos) {
    auto inner = type.substr(brace + 2, type.rfind('}') - brace - 2);
    to.words = split(inner, ',');
    to.value = fmt::format("{}", fmt::join(to.words, "|"));
  } else if (to.value.find('|') != to.value.npos) {
    to.words = split(to.value, '|');
  }
  // Whoever names a directory of the journal may name a file in it.
  to.kind = !to.words.empty() ? value_kind::word
            : said == "FILE" || (to.is_argument && said == "DIR")
                || any_ends_with(to.names, "-file")
              ? value_kind::file
            : said == "DIR" || any_ends_with(to.names, "-dir")
              ? value_kind::folder
              : value_kind::text;
  if (to.kind == value_kind::file && to.value == "TEXT")
    to.value = "FILE";
  if (to.kind == value_kind::folder && to.value == "TEXT")
    to.value = "DIR";
}

option_outline outline_of(const CLI::Option& from) {
  option_outline out;
  out.is_argument = from.get_positional();
  if (out.is_argument)
    out.names.push_back(from.get_name(true));
  for (auto& name : from.get_snames())
    out.names.push_back("-" + name);
  for (auto& name : from.get_lnames())
    out.names.push_back("--" + name);
  out.is_required = from.get_required();
  out.group = from.get_group();
  out.effect = from.get_description();
  if (auto text = from.get_default_str(); !text.empty())
    out.effect += fmt::format(" [default {}]", text);
  read_value(from, out);
  return out;
}

std::vector<option_outline> options_of(const CLI::App& app) {
  std::vector<option_outline> out;
  for (auto& group : app.get_groups())
    for (auto option : app.get_options([&](const CLI::Option* o) {
           return !group.empty() && o->get_group() == group;
         }))
      out.push_back(outline_of(*option));
  return out;
}

} // namespace

const option_outline* command_outline::find(std::string_view option) const {
  auto has_it = [&](auto& x) {
    return std::find(x.names.begin(), x.names.end(), option) != x.names.end();
  };
  auto i = std::find_if(options.begin(), options.end(), has_it);
  return i == options.end() ? nullptr : &*i;
}

const command_outline* outline::find(std::string_view command) const {
  auto i = std::find_if(commands.begin(), commands.end(),
                        [&](auto& x) { return x.name == command; });
  return i == commands.end() ? nullptr : &*i;
}

std::unique_ptr<CLI::App> parser_of(const std::vector<command>& commands) {
  auto app = std::make_unique<CLI::App>("", "observer");
  app->set_help_flag("-h,--help", "Print this help");
  app->require_subcommand(1);
  for (auto& x : commands)
    x.declare(*app->add_subcommand(x.name, x.summary));
  app->set_version_flag("-V,--version", std::string{},
                        "Print the version, and what it was built with");
  return app;
}

outline outline_of(const std::vector<command>& commands) {
  auto app = parser_of(commands);
  outline out{.commands = {}, .options = options_of(*app)};
  for (auto& x : commands) {
    auto& sub = *app->get_subcommand(x.name);
    auto description = sub.get_description();
    out.commands.push_back({x.name, x.summary, x.exit_status, x.examples,
                            description == x.summary ? "" : description,
                            sub.get_footer(), options_of(sub)});
  }
  return out;
}

} // namespace observer
