#pragma once

// `observer decode [FILE]`: frames of a capture, one a line, to JSON lines in
// the journal's form, without what only the recorder knows (timestamp,
// session_id, slot, seq).
//
// What is rejected goes to `err`, a line each with its place and its cause:
//   line 12, record 3 of 5: bad_number: column 2 (price): "abc" is not …
//   line 3: width_not_whole: 4 records: 70 values are no multiple of 4
// Lines of a journal are decoded from the raw record that they keep (ticks in
// doubt, the quarantine), with their timestamp, session_id, slot and seq; those
// that keep none are passed over. What is in doubt is marked as in the journal,
// as far as one record can tell.
// Other lines that begin with { are control messages: those that are understood
// (PINGPONG, replies) give no output. Empty lines are skipped, white space at
// a line's end and a byte order mark at the start are dropped.
//
//   exit 0  all was understood
//   exit 1  something was rejected; the rest was written all the same
//   exit 2  input that cannot be opened or read, options that make no sense,
//           or output that cannot be written; one line on `err` says so. When
//           the reader of a pipe has gone away, as head(1) does, nothing is
//           said.

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace observer {

struct decode_options {
  /// Empty or `-` is standard input.
  std::string file = {};
  /// For files that hold payloads without the header `0|TR|count|`: their TR,
  /// and how many records each has.
  std::string tr = {};
  uint32_t count = 1;
  /// Control messages that are understood are shown on `err`.
  bool control = false;
  /// Totals, and each change of width, on `err`.
  bool summary = false;
  /// Nothing: while standard error is a terminal and standard output is not.
  std::optional<bool> progress = {};
};

/// A longer line is rejected, and its end searched without keeping it: memory
/// stays bounded whatever the input.
inline constexpr size_t decode_line_bytes_max = 16 << 20;
/// Input between two signs of progress.
inline constexpr size_t decode_progress_bytes = 64 << 20;

/// Declares the options on the subcommand; `options` must outlive the parse.
void add_decode_options(CLI::App& app, decode_options& options);

/// Returns the exit status. Reads `in` where the options name no file;
/// std::cin is read through its descriptor, so that the lines of a pipe that
/// lives are decoded as they come. SIGPIPE is ignored meanwhile.
int run_decode(const decode_options& options, std::istream& in,
               std::ostream& out, std::ostream& err);

} // namespace observer
