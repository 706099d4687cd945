#pragma once

// The handlers every actor of the house installs first, and the words in which
// it speaks of errors. CAF's own defaults print to stdout and end actors over
// what should be a log line.

#include <cstdint>
#include <exception>
#include <string>

#include <caf/error.hpp>
#include <caf/scheduled_actor.hpp>

namespace observer {

/// What the house handlers saw. Lives in the actor's state.
struct house_counters {
  /// Messages outside the actor's interface, dropped.
  uint64_t unexpected = 0;
  /// Error messages that no request waited for, dropped.
  uint64_t errors = 0;
  /// down_msg that nobody handled.
  uint64_t downs = 0;
};

/// Replaces CAF's default handlers, with log lines that carry `name`:
/// - an error message is counted and logged; the actor lives on;
/// - an unexpected message is counted, logged by its types (its values may be
///   secrets) and dropped. A request is answered `sec::unexpected_message`; a
///   plain message is not answered at all: CAF's `print_and_drop` and `drop`
///   both answer with an error, which by default ends the *sender*;
/// - an exception in a handler is logged, and ends the actor with
///   `sec::runtime_error` carrying the exception's text (CAF ends it anyway);
/// - an exit message with a reason is logged and obeyed; one without a reason
///   (a linked actor ended normally) is ignored. `exit_reason::kill` never
///   arrives here: CAF ends the actor unasked;
/// - a down message is counted and logged. Whoever monitors installs its own
///   handler afterwards.
/// Repeated drops are logged at each power of two, so that a flood of them
/// does not become a flood of lines.
///
/// `counters`, if given, must live in the actor's own state: no handler runs
/// once that is destroyed.
///
/// Call it first thing in the actor's function. An exception that leaves this
/// function itself reaches these handlers too, once they are installed.
void install_house_handlers(caf::scheduled_actor* self, std::string name,
                            house_counters* counters = nullptr);

/// The text of the exception: what(), "out of memory", or "unknown exception".
std::string in_words(const std::exception_ptr& exception);

/// Why an actor ended, in words a log reader understands: the text that the
/// error carries if it carries one (see install_house_handlers), "ended
/// normally", "killed", "asked to shut down", and so on.
std::string in_words(caf::actor_system& system, const caf::error& reason);

/// Whether `reason` is an end that was meant: no reason, or user_shutdown.
bool is_normal_end(const caf::error& reason);

} // namespace observer
