#pragma once

// The daemon in the foreground, from its start to an exit status: what `run` and
// `demo` share.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/commands/run.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

class daemon;
class process_signals;

/// At least, beside those that a start finds: for three open files with what is
/// beside each, the network, the service and its probes.
inline constexpr size_t descriptors_needed = 40;

/// Of this process: never given back, so that a signal that comes while it ends
/// does not end it with another status.
const process_signals& signals();

/// `observer: …`, a line on standard error.
void say_failure(const std::string& text);
/// `json` or `text`, of all that is said from now on, on standard error.
void say_as(std::string_view format);

/// What a command adds to the daemon's life; each may be empty.
struct companion {
  /// A line to show now, or nothing; asked some times a second.
  std::function<std::string(const daemon&)> tell;
  /// A problem of the start in the words of this command.
  std::function<std::string(const std::string&)> reword;
};

/// Starts the daemon and waits for a signal, for its failure, or until
/// options.seconds are over; stops it. Returns 0, or ends the process with 1.
int live(const config& c, const run_options& options,
         const companion& beside = {});

} // namespace observer
