#pragma once

// The table of commands.

#include <vector>

#include "runtime/commands/command.hpp"

namespace observer {

/// All of them, in the order of the help, each with options of its own as they
/// are when nothing was given.
std::vector<command> all_commands();

} // namespace observer
