#pragma once

// `observer doctor`: one line for all that must be in order before and while it
// records, and what to do where it is not. What support asks for.
//
//   exit 0  all in order, warnings too
//   exit 1  a check failed
//   exit 2  its output could not be written, or wrong use

#include <iosfwd>

#include "runtime/settings/load.hpp"

namespace observer {

struct doctor_options {
  flag_values flags = {};
  bool fix = false, json = false, offline = false;
};

/// Declares the options on the subcommand; `options` must outlive the parse.
void add_doctor_options(CLI::App& app, doctor_options& options);

struct doctor_outcome {
  int status = 0;
  /// A check was left behind: the process must end without its destructors.
  bool left_behind = false;
};

doctor_outcome run_doctor(const doctor_options& options,
                          const config_sources& sources, std::ostream& out);
/// With the sources and the output of the process.
int run_doctor(const doctor_options& options);

} // namespace observer
