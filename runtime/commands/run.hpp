#pragma once

// `observer run` and `observer demo`: the daemon in the foreground.

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

/// Runs until a signal stops it (runtime/process/signals.hpp). Exit status: 0 after an orderly stop; 1 when
/// it could not start, gave up, or could not stop in time; 2 for settings that
/// are not usable.
int run_daemon(const run_options& options);

struct demo_options {
  /// Empty: a new folder under ./data for each run, because each run's market
  /// begins anew.
  std::string data_dir;
  int symbols = 41;
  double rate = 500;
  uint64_t seed = 1;
  int64_t seconds = 0;
  /// Of the console and the status; 0: none.
  int port = 8000;
};

void add_demo_options(CLI::App& app, demo_options& options);

/// The daemon against a simulated exchange in the same process, with progress;
/// says at the end what it recorded and where.
int run_demo(const demo_options& options);

} // namespace observer
