#include "runtime/commands/completion.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace observer {

namespace {

using words = std::vector<std::string>;

words names_of(const std::vector<option_outline>& options) {
  words out;
  for (auto& option : options)
    if (!option.is_argument)
      out.insert(out.end(), option.names.begin(), option.names.end());
  return out;
}

words names_of(const std::vector<command_outline>& commands) {
  words out;
  for (auto& x : commands)
    out.push_back(x.name);
  return out;
}

/// The first sentence, without what stands in brackets: for a list of choices.
std::string brief(std::string_view text) {
  auto end = std::min(text.find(". "), text.find(" ["));
  auto out = std::string{text.substr(0, end)};
  if (out.ends_with('.'))
    out.pop_back();
  return out;
}

/// In single quotes, for a shell; fish knows two escapes there, the others none.
std::string shell_word(std::string_view text, bool fish = false) {
  std::string out = "'";
  for (auto c : text)
    if (c == '\'')
      out += fish ? "\\'" : "'\\''";
    else if (c == '\\' && fish)
      out += "\\\\";
    else
      out += c;
  return out + "'";
}

// --- bash ---

/// What completes a value, as a statement.
std::string bash_value(const option_outline& option) {
  switch (option.kind) {
    case value_kind::word:
      return fmt::format("_observer_words {}",
                         shell_word(fmt::format("{}", fmt::join(option.words, " "))));
    case value_kind::file:
      return "_observer_paths -f";
    case value_kind::folder:
      return "_observer_paths -d";
    default:
      return ":";
  }
}

std::string bash_command(const command_outline& x) {
  std::string values, arguments = ":";
  for (auto& option : x.options)
    // Of several the first that has something to choose from.
    if (option.is_argument && arguments == ":")
      arguments = bash_value(option);
    else if (option.kind != value_kind::none)
      values += fmt::format("        {}) {}; return ;;\n",
                            fmt::join(option.names, "|"), bash_value(option));
  auto out = fmt::format("    {})\n", x.name);
  if (!values.empty())
    out += "      case $before in\n" + values + "      esac\n";
  return out
         + fmt::format("      if [[ $now == -* ]]; then\n"
                       "        _observer_words {}\n"
                       "      else\n"
                       "        {}\n"
                       "      fi ;;\n",
                       shell_word(fmt::format("{}", fmt::join(names_of(x.options),
                                                          " "))),
                       arguments);
}

std::string bash(const outline& all) {
  std::string out
    = R"(# Completion of observer for bash, written by `observer completion bash`.
# The variables are those of _observer.
_observer_words() {
  COMPREPLY=($(compgen -W "$1" -- "$now"))
}
_observer_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$now")
}
_observer() {
  local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  # bash makes a word of the = in --option=value.
  if [[ $now == = ]]; then
    now=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
)";
  auto first = names_of(all.commands);
  auto options = names_of(all.options);
  first.insert(first.end(), options.begin(), options.end());
  out += fmt::format("    _observer_words {}\n    return\n  fi\n"
                     "  case ${{COMP_WORDS[1]}} in\n",
                     shell_word(fmt::format("{}", fmt::join(first, " "))));
  for (auto& x : all.commands)
    out += bash_command(x);
  return out + "  esac\n}\ncomplete -F _observer observer\n";
}

// --- zsh ---

/// Within a specification of _arguments.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (auto c : text) {
    if (std::string_view{"[]:\\"}.find(c) != std::string_view::npos)
      out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(const option_outline& option) {
  switch (option.kind) {
    case value_kind::word:
      return fmt::format("({})", fmt::join(option.words, " "));
    case value_kind::file:
      return "_files";
    case value_kind::folder:
      return "_files -/";
    default:
      return " ";
  }
}

/// `'--port[…]:0..65535: '`
std::string zsh_option(const option_outline& option, const std::string& name) {
  auto repeat = option.may_be_repeated ? "*" : "";
  auto takes = option.kind != value_kind::none;
  return shell_word(fmt::format("{}{}{}[{}]{}", repeat, name,
                            takes && name.starts_with("--") ? "=" : "",
                            zsh_text(brief(option.effect)),
                            takes ? fmt::format(":{}:{}", zsh_text(option.value),
                                                zsh_action(option))
                                  : ""));
}

std::string zsh_arguments(const std::vector<option_outline>& options) {
  std::string out;
  for (auto& option : options)
    for (auto& name : option.names)
      out += " \\\n        "
             + (option.is_argument
                  ? shell_word(fmt::format(":{}:{}", zsh_text(name),
                                       zsh_action(option)))
                  : zsh_option(option, name));
  return out;
}

std::string zsh(const outline& all) {
  std::string out
    = R"(#compdef observer
# Completion of observer for zsh, written by `observer completion zsh`.
_observer() {
  local context state line
  typeset -A opt_args
  _arguments -C)";
  out += zsh_arguments(all.options);
  out += R"( \
        '1:command:->command' '*::argument:->argument' && return
  if [[ $state == command ]]; then
    local -a commands
    commands=(
)";
  for (auto& x : all.commands)
    out += fmt::format("      {}\n", shell_word(x.name + ":" + zsh_text(x.summary)));
  out += R"(    )
    _describe command commands
    return
  fi
  case $words[1] in
)";
  for (auto& x : all.commands)
    out += fmt::format("    {})\n      _arguments{} ;;\n", x.name,
                       zsh_arguments(x.options));
  return out + R"(  esac
}
# From a folder of $fpath it is the function's text; else it is read by `source`.
if [[ ${funcstack[1]} == _observer ]]; then
  _observer "$@"
else
  compdef _observer observer
fi
)";
}

// --- fish ---

std::string fish_option(const option_outline& option,
                        const std::string& condition) {
  auto out = "complete -c observer -n " + shell_word(condition, true);
  for (auto& name : option.names)
    if (!option.is_argument)
      out += (name.starts_with("--") ? " -l " + name.substr(2)
                                     : " -s " + name.substr(1));
  switch (option.kind) {
    case value_kind::none:
      break;
    case value_kind::word:
      out += fmt::format(" {} {}", option.is_argument ? "-a" : "-x -a",
                         shell_word(fmt::format("{}", fmt::join(option.words, " ")),
                                true));
      break;
    case value_kind::file:
      out += option.is_argument ? " -F" : " -r -F";
      break;
    case value_kind::folder:
      out += option.is_argument ? " -a" : " -x -a";
      out += " '(__fish_complete_directories)'";
      break;
    case value_kind::text:
      out += option.is_argument ? "" : " -x";
      break;
  }
  return out + " -d " + shell_word(brief(option.effect), true) + '\n';
}

std::string fish(const outline& all) {
  std::string out = "# Completion of observer for fish, written by `observer "
                    "completion fish`.\n"
                    "complete -c observer -f\n";
  for (auto& option : all.options)
    out += fish_option(option, "__fish_use_subcommand");
  for (auto& x : all.commands)
    out += fmt::format("complete -c observer -n __fish_use_subcommand -a {} -d "
                       "{}\n",
                       x.name, shell_word(x.summary, true));
  for (auto& x : all.commands)
    for (auto& option : x.options)
      out += fish_option(option, "__fish_seen_subcommand_from " + x.name);
  return out;
}

} // namespace

std::vector<std::string> completed_shells() {
  return {"bash", "zsh", "fish"};
}

std::string completion_for(std::string_view shell, const outline& all) {
  return shell == "bash" ? bash(all) : shell == "zsh" ? zsh(all) : fish(all);
}

} // namespace observer
