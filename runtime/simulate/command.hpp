#pragma once

// `observer simulate`: the simulated exchange as a command.

#include "runtime/simulate/options.hpp"

namespace CLI {
class App;
} // namespace CLI

namespace observer {

/// Describes the command and its flags on `sub`, which fill in `options` when
/// the line is parsed. `options` must live as long as `sub`. What a flag does
/// not understand ends as a CLI::ValidationError of one line.
void add_simulate_options(CLI::App& sub, simulate_options& options);

/// Runs until SIGINT or SIGTERM. One line on standard output when it serves:
///   observer simulate: rest http://127.0.0.1:9443 websocket
///   ws://127.0.0.1:21000 seed 42
/// (not wrapped); everything else goes to standard error. Returns the exit
/// code: 0, 1 (a port in use, a file that cannot be read or written), 2
/// (options that make no sense).
int run_simulate(const simulate_options& options);

} // namespace observer
