#pragma once

// The form of errors, text or JSON, before the command line is understood.

namespace observer {

/// Errors of the command line too are told in the log's form, by the commands that
/// run or watch.
void choose_error_form(int argc, char** argv);

} // namespace observer
