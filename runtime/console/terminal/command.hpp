#pragma once

// `observer console [URL]`: what the daemon at URL does, on the terminal.
//
//   exit 0  the reader left; with --once: recording, or the market is closed
//   exit 1  with --once: not recording
//   exit 2  no contact (with --once), no terminal, or options of no use

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace observer {

struct console_options {
  std::string url = "http://127.0.0.1:8000";
  /// Its first line is the bearer token; empty: OBSERVER_SERVICE_TOKEN is.
  std::string token_file = {};
  /// ko or en; empty: as the environment says.
  std::string language = {};
  /// Print and leave.
  bool once = false;
  /// Print GET /status as it came.
  bool json = false;
};

/// Declares the options on the subcommand; `options` must outlive the parse.
void add_console_options(CLI::App& app, console_options& options);

/// Returns the exit status. Without --once it takes over the terminal of
/// standard input and output until `q`, SIGINT, SIGTERM or SIGHUP, and gives
/// it back as it was; problems go to `err`.
int run_console(const console_options& options, std::ostream& out,
                std::ostream& err);

} // namespace observer
