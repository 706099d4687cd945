#pragma once

// What makes a shell complete the command line, written from the table of
// commands: commands, options, and values where they are closed or name files.

#include <string>
#include <string_view>
#include <vector>

#include "runtime/commands/outline.hpp"

namespace observer {

/// bash, zsh, fish.
std::vector<std::string> completed_shells();

/// The script for one of them.
std::string completion_for(std::string_view shell, const outline& all);

} // namespace observer
