#pragma once

// `observer run`: the daemon in the foreground.

#include <cstdint>
#include <string>

#include "runtime/settings/options.hpp"

namespace CLI {
class App;
}

namespace observer {

struct run_options {
  flag_values flags;
  /// Show counts on standard error: one line that is rewritten on a terminal,
  /// a line every five seconds elsewhere.
  bool progress = false;
  /// Stop after so many seconds; 0 runs until a signal.
  int64_t seconds = 0;
  /// Operators may crash writers on purpose.
  bool allow_chaos = false;
};

void add_run_options(CLI::App& app, run_options& options);

/// Runs until a signal stops it (runtime/process/signals.hpp). Exit status: 0
/// after an orderly stop; 1 when it could not start, gave up, or could not stop
/// in time; 2 for settings that are not usable.
int run_daemon(const run_options& options);

} // namespace observer
