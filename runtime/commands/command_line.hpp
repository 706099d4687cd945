#pragma once

// What a user typed, understood: a command with its options, a text that was
// asked for, or what is wrong with it.

#include <optional>
#include <string>
#include <vector>

#include "runtime/commands/command.hpp"

namespace observer {

struct parsed_command {
  /// With its options; nothing where there is only something to say.
  std::optional<command> chosen = {};
  /// Help or version, to print.
  std::string answer = {};
  /// What is wrong, and what to do: the first wrong word on the line is told,
  /// however the line goes on. One sentence; the words of the user are in it.
  std::string problem = {};
};

/// `arguments` are those behind the program's name. Without any, nothing is
/// chosen, answered or wrong. --help answers wherever it stands, whatever else
/// the line says.
parsed_command parse_line(const std::vector<std::string>& arguments);

} // namespace observer
