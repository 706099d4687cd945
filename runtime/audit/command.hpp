#pragma once

// `observer audit DIR`: proves a journal from its files alone. It shares no
// code with the writer of lines, so a mistake there cannot hide itself here.
//
//   exit 0  sound, or nothing recorded
//   exit 1  findings; the report names each with file and line
//   exit 2  nothing to audit: no such directory, no permission, …
//   exit 130  ended by Ctrl-C before it was done

#include <atomic>
#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace observer {

struct audit_options {
  /// A data directory, or one journal file.
  std::string path = {};
  /// YYYYMMDD or YYYY-MM-DD, or empty for all days.
  std::string day = {};
  /// Every file must be sealed, as after a stop of the recorder.
  bool closed = false;
  /// Every sealed file must be here, or compressed beside its manifest.
  bool present = false;
  bool json = false;
  bool explain = false;
  bool verbose = false;
  /// Of what is missing only this symbol, only this cause; empty for all.
  std::string symbol = {}, cause = {};
  /// Files read at the same time.
  unsigned threads = 2;
  /// Ends the audit within a block of each file once it is set. Null: Ctrl-C
  /// does, while `err` is std::cerr.
  const std::atomic<bool>* stop = nullptr;
};

/// Declares the options on the subcommand; `options` must outlive the parse.
void add_audit_options(CLI::App& app, audit_options& options);

/// Returns the exit status. The report goes to `out`, what prevents one to
/// `err`, and progress too while `err` is std::cerr and that a terminal.
/// Only reads: a journal that is being written may be audited.
int run_audit(const audit_options& options, std::ostream& out,
              std::ostream& err);

} // namespace observer
