#pragma once

// What a command says on standard error outside the log, in the log's form: where
// that is JSON, every line is an object.

#include <string>
#include <string_view>

namespace observer {

enum class line_form { text, json };

/// Of this process, text at first. Safe from all threads.
void set_error_form(line_form form);
line_form error_form();

/// One line with its newline, without secrets and what steers a terminal:
/// `observer simulate: stopped`, or
/// `{"time":…,"level":"info","logger":"observer simulate","text":"stopped"}`.
/// `level` is a word of log.level.
std::string error_line(std::string_view level, std::string_view text);

} // namespace observer
