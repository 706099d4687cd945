#include "runtime/commands/command_line.hpp"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "messages/outside_text.hpp"
#include "runtime/commands/all.hpp"
#include "runtime/commands/help.hpp"
#include "runtime/commands/outline.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/nearest.hpp"
#include "runtime/settings/table.hpp"

namespace observer {

namespace {

using words = std::vector<std::string>;

/// The settings among the options of a line, as they were typed.
void note_order(const CLI::App& sub, flag_values& flags) {
  for (auto option : sub.parse_order())
    for (auto& s : settings())
      if (!s.flag.empty() && s.flag.substr(2) == option->get_single_name())
        flags.order.emplace_back(s.key);
}

/// One parse, with options of its own.
struct attempt {
  std::string problem;
  /// Something is missing, which more words may bring.
  bool by_absence = false;
  /// The last word has no meaning there.
  bool is_extra = false;
  std::optional<command> chosen;
};

/// In our words where the library's are none for users.
std::string words_of(const CLI::ParseError& e) {
  std::string said{e.what()};
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&e))
    return said.substr(0, said.find(':')) + " wants a value";
  return said;
}

attempt try_line(words arguments) {
  attempt out;
  auto commands = all_commands();
  auto app = parser_of(commands);
  std::reverse(arguments.begin(), arguments.end());
  try {
    app->parse(std::move(arguments));
  } catch (const CLI::ParseError& e) {
    out.by_absence = dynamic_cast<const CLI::ArgumentMismatch*>(&e)
                     || dynamic_cast<const CLI::RequiredError*>(&e)
                     || dynamic_cast<const CLI::RequiresError*>(&e);
    // The library looks for what is missing first.
    out.is_extra = dynamic_cast<const CLI::ExtrasError*>(&e)
                   || (out.by_absence && !app->remaining(true).empty());
    out.problem = words_of(e);
    return out;
  }
  auto sub = app->get_subcommands().front();
  for (auto& x : commands)
    if (x.name == sub->get_name())
      out.chosen = std::move(x);
  if (auto& flags = out.chosen->flags)
    note_order(*sub, *flags);
  return out;
}

/// `--service-port` and `--feed.symbols` for a setting whose flag is another one.
const setting* setting_called(std::string_view option) {
  auto plain = [](std::string_view text) {
    std::string out{text};
    for (auto& c : out)
      if (c == '-' || c == '_')
        c = '.';
    return out;
  };
  for (auto& s : settings())
    if (auto name = plain(option.substr(2));
        name == plain(s.key) || (s.is_secret() && name == plain(s.name())))
      return &s;
  return nullptr;
}

std::string unknown_option(const command_outline& in, std::string_view word) {
  auto name = word.substr(0, word.find('='));
  words known;
  for (auto& option : in.options)
    if (!option.is_argument)
      known.insert(known.end(), option.names.begin(), option.names.end());
  auto near = suggestion(name, known);
  if (auto s = name.starts_with("--") ? setting_called(name) : nullptr;
      s && in.find("--config")) {
    if (s->is_secret())
      near = fmt::format("; a command line is visible to all users: set {} or {}",
                         s->environment, file_environment(*s));
    else if (!s->flag.empty())
      near = fmt::format("; did you mean {}?", s->flag);
  }
  return fmt::format("observer {}: unknown option {}{}", in.name,
                     outside_value(name), near);
}

/// A first word that is no command.
std::string no_command(const outline& all, std::string_view word) {
  words known;
  if (!word.starts_with('-'))
    for (auto& x : all.commands)
      known.push_back(x.name);
  for (auto& option : all.options)
    known.push_back(option.names.back());
  auto name = word.substr(0, word.find('='));
  if (!word.starts_with('-'))
    return fmt::format("observer: unknown command \"{}\"{}", outside_value(word),
                       suggestion(word, known));
  for (auto& x : all.commands)
    if (x.find(name))
      return fmt::format("observer: {} stands before the command: write "
                         "observer {} {} …",
                         name, x.name, name);
  return fmt::format("observer: unknown option {}{}", outside_value(name),
                     suggestion(name, known));
}

/// What is wrong with the last of these words.
std::string extra(const outline& all, const words& typed) {
  auto in = all.find(typed.front());
  if (!in)
    return no_command(all, typed.front());
  auto& word = typed.back();
  if (word.size() > 1 && word.starts_with('-'))
    return unknown_option(*in, word);
  return fmt::format("observer {}: \"{}\" is one word too many", in->name,
                     outside_value(word));
}

std::string with_place_of_help(const outline& all, const words& typed,
                               std::string problem) {
  auto in = all.find(typed.front());
  auto where = in && in->name != "help" ? in->name + " " : "";
  return fmt::format("{}{} observer {}--help says more", problem,
                     problem.ends_with('?') ? "" : ";", where);
}

/// The problem of the shortest beginning of the line that is wrong however it
/// goes on.
std::string first_problem(const words& arguments) {
  auto all = outline_of(all_commands());
  words typed;
  for (auto& word : arguments) {
    typed.push_back(word);
    auto is_last = typed.size() == arguments.size();
    auto tried = try_line(typed);
    if (tried.chosen && tried.chosen->flags)
      // Told as the command tells it that reads all settings.
      if (auto ok = check_flags(*tried.chosen->flags); !ok && !is_last)
        return "observer: " + ok.error().text;
    if (tried.problem.empty())
      continue;
    if (tried.by_absence && !tried.is_extra && !is_last)
      continue;
    return with_place_of_help(
      all, typed,
      tried.is_extra ? extra(all, typed)
                     : fmt::format("observer {}: {}", typed.front(),
                                   tried.problem));
  }
  return "observer: no command; observer --help names them";
}

bool is_help(const std::string& word) {
  return word == "-h" || word == "--help";
}

} // namespace

parsed_command parse_line(const words& arguments) {
  if (arguments.empty())
    return {};
  auto& first = arguments.front();
  auto end = std::find(arguments.begin(), arguments.end(), "--");
  if (first == "-V" || first == "--version")
    return {.answer = version_text()};
  if (std::any_of(arguments.begin(), end, is_help)) {
    auto all = outline_of(all_commands());
    // `observer --help audit` is meant as well.
    auto topic = is_help(first) && arguments.size() > 1 ? arguments[1] : first;
    if (auto found = all.find(topic))
      return {.answer = help_of(*found)};
    if (is_help(topic))
      return {.answer = overview(all)};
    return {.problem = with_place_of_help(all, {topic}, no_command(all, topic))};
  }
  auto tried = try_line(arguments);
  if (tried.chosen)
    return {.chosen = std::move(tried.chosen)};
  return {.problem = first_problem(arguments)};
}

} // namespace observer
