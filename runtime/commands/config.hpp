#pragma once

// `observer config`: what is in effect, and where each value comes from.

#include <iosfwd>

#include "runtime/settings/load.hpp"

namespace observer {

struct config_command_options {
  flag_values flags;
  bool json = false;
  /// Print the example file instead.
  bool example = false;
};

/// Adds --json, --example, --config and the flags of all settings to the
/// subcommand. `options` must outlive `app`.
void add_config_command_options(CLI::App& app,
                                config_command_options& options);

/// Prints to `out`; warnings and the problem, a line each, to `err`. Returns
/// the exit code: 0, or 2 when the settings are not good.
int run_config_command(const config_command_options& options,
                       const config_sources& sources, std::ostream& out,
                       std::ostream& err);
/// With the sources of the process.
int run_config_command(const config_command_options& options,
                       std::ostream& out, std::ostream& err);

} // namespace observer
