#pragma once

// The command line as a table to read: what its parser knows of commands and
// options, for help, completion, manual and suggestions.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/commands/command.hpp"

namespace observer {

enum class value_kind {
  none, // it stands alone
  text,
  word, // one of `words`
  file,
  folder
};

struct option_outline {
  /// `--port`, or `-h` and `--help`; of an argument without a flag its name,
  /// `DIR`.
  std::vector<std::string> names;
  bool is_argument = false;
  bool is_required = false;
  bool may_be_repeated = false;
  value_kind kind = value_kind::none;
  /// What stands for the value: `FILE`, `0..65535`, `text|json`. Of a flag that
  /// may be told no: `[=false]`.
  std::string value;
  std::vector<std::string> words;
  std::string effect;
  std::string group;
};

struct command_outline {
  /// As in the table.
  std::string name, summary, exit_status;
  std::vector<example> examples;
  /// Of what the command itself says before and after its options; may be empty.
  std::string description, notes;
  std::vector<option_outline> options;

  const option_outline* find(std::string_view option) const;
};

struct outline {
  std::vector<command_outline> commands;
  /// Of the program: --help, --version.
  std::vector<option_outline> options;

  const command_outline* find(std::string_view command) const;
};

outline outline_of(const std::vector<command>& commands);

/// A parser of these commands.
std::unique_ptr<CLI::App> parser_of(const std::vector<command>& commands);

} // namespace observer
