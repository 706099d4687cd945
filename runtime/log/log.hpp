#pragma once

// The log: one message is one line on standard error, in Korean time, with
// secrets removed before a sink sees them (messages/redact.hpp). A line is short, whatever the message,
// and whoever logs waits neither for other lines nor for standard error's reader:
// see output_queue.hpp.
//
//     2026-09-14T15:07:46.123+09:00 info  [feed] connected
//     {"time":"2026-09-14T15:07:46.123+09:00","level":"info","logger":"feed",
//      "text":"connected"}                                    (on one line)

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>

namespace observer {

/// Makes the default logger, and the form and level of all loggers, named ones
/// made earlier included. `level` is trace, debug, info, warning, error or
/// critical; `format` is text or json. Call once, before threads that log. An
/// exception that nobody catches is the log's last line from now on.
void setup_log(std::string_view level, std::string_view format);

/// The logger of a part of the program, made when first asked for; it writes
/// where the default logger writes. Safe from all threads; keep the pointer.
std::shared_ptr<spdlog::logger> named_logger(const std::string& name);

/// Bytes of a message that are shown, before what is no text is escaped.
inline constexpr size_t log_text_bytes_max = 4'000;

/// Lets debug lines through too, or no longer: back to the level that was set
/// up. Returns the level's word.
std::string_view toggle_debug_log();

/// A line of level info, whatever the log's level is: the last word of a run.
void log_always(std::string_view text);

/// Waits until the log's lines are written, no longer than `patience`.
void flush_log(std::chrono::milliseconds patience);

/// Lines that nobody could be shown, since the start.
uint64_t log_lines_dropped();

/// What setup_log gives to sinks, for tests and for sinks of one's own.
/// `format` is text or json.
std::unique_ptr<spdlog::formatter>
make_log_formatter(std::string_view format);

} // namespace observer
