#pragma once

// What the program says of itself.

#include <string>

#include "runtime/commands/outline.hpp"

namespace observer {

/// All commands, a line each: fits a screen of 80 columns and 24 lines.
std::string usage(const outline& all);
/// The same and what else stands beside it: the answer to --help.
std::string overview(const outline& all);
/// One command: how it is called, its options, its exit status, examples.
std::string help_of(const command_outline& command);

/// Name, version and build-id in the first line; then what it was built with.
std::string version_text();

/// `text` in lines of at most 80 columns, all but the first behind `indent`
/// blanks; the first begins at column `at`.
std::string wrapped(std::string_view text, size_t indent, size_t at);

/// How a command is called: `observer audit [OPTIONS] DIR`.
std::string synopsis(const command_outline& command);
/// Its names and what stands for the value: `-h, --help`, `--port 0..65535`.
std::string heading(const option_outline& option);

} // namespace observer
