#pragma once

// `observer backup [DAY…]`, `observer backup verify [DAY…]` and `observer restore
// DAY`. They may run while a recorder does: of its data they only read, and write
// what restore brings back and DATA/state/backups.
//
//   exit 0  all is there, proven
//   exit 1  something is not; what, is said
//   exit 2  settings or days that are not usable
//   exit 130  ended by Ctrl-C; what was done stays, the next one goes on

#include <atomic>
#include <iosfwd>
#include <string>
#include <vector>

#include "runtime/settings/load.hpp"

namespace CLI {
class App;
}

namespace observer {

struct backup_options {
  flag_values flags;
  /// Perhaps `verify`, then days.
  std::vector<std::string> words;
  std::string target;
  bool all = false, init = false, json = false;
  /// Null: Ctrl-C and SIGTERM are looked for.
  const std::atomic<bool>* stop = nullptr;
};

struct restore_options {
  flag_values flags;
  std::string day, to, from;
  bool json = false;
  const std::atomic<bool>* stop = nullptr;
};

/// Declares the options on the subcommand; `options` must outlive the parse.
void add_backup_options(CLI::App& app, backup_options& options);
void add_restore_options(CLI::App& app, restore_options& options);

/// Return the exit status. What was done goes to `out`, trouble and progress to
/// `err`.
int run_backup(const backup_options& options, const config_sources& sources,
               std::ostream& out, std::ostream& err);
int run_restore(const restore_options& options, const config_sources& sources,
                std::ostream& out, std::ostream& err);

} // namespace observer
