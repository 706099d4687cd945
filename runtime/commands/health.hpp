#pragma once

// `observer health`: is the daemon of these settings well? For HEALTHCHECK and
// exec probes, where no curl is and no argument is needed.
//
//   exit 0  well
//   exit 1  not: its cause is said
//   exit 2  no contact, no observer there, or wrong use

#include <iosfwd>
#include <string>

#include "runtime/settings/load.hpp"

namespace observer {

struct health_options {
  bool alive = false, ready = false;
  /// http://HOST:PORT; empty: as the settings say.
  std::string url = {};
  /// Of all of it.
  double timeout_s = 3;
  /// Only its --config.
  flag_values flags = {};
};

/// Declares the options on the subcommand; `options` must outlive the parse.
void add_health_options(CLI::App& app, health_options& options);

/// Returns the exit status. One line goes to `out`, or to `err` where the status
/// is 2; whether anybody reads it changes nothing.
int run_health(const health_options& options, const config_sources& sources,
               std::ostream& out, std::ostream& err);
/// With the sources of the process.
int run_health(const health_options& options, std::ostream& out,
               std::ostream& err);

} // namespace observer
