#pragma once

// `observer days`: the days of the data directory, what is on this disk of them,
// and whether a backup has it; `mark` and `unmark` say that one is to stay longer,
// or not. It reads files alone and changes none but its mark, so it works beside
// a daemon and without one.
//
//   exit 0  told, or marked
//   exit 1  something could not be read; what could is told
//   exit 2  no such directory or day

#include <functional>
#include <iosfwd>
#include <string>

#include "actors/archive/archive_jobs.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/options.hpp"

namespace CLI {
class App;
}

namespace observer {

struct days_options {
  /// list, mark or unmark.
  std::string action = "list";
  /// YYYYMMDD or YYYY-MM-DD.
  std::string day = {};
  std::string why = {};
  bool json = false;
  flag_values flags = {};
};

/// Declares the options on the subcommand; `options` must outlive the parse.
void add_days_options(CLI::App& app, days_options& options);

/// What the archive of these settings knows of backups.
using archive_work_function = std::function<archive_work(const config&)>;

int run_days(const days_options& options, const config_sources& sources,
             file_system& files, const archive_work_function& work,
             int64_t now_us, std::ostream& out, std::ostream& err);

/// On this machine.
int run_days(const days_options& options, const archive_work_function& work,
             std::ostream& out, std::ostream& err);

} // namespace observer
