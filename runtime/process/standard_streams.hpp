#pragma once

// Descriptors 0 to 2, whatever state the process was started in.

#include <string_view>

namespace observer {

/// Call first of all. Where one of them is closed, a file or a socket that is
/// opened later would get its number, and log lines would end in a journal: it
/// is taken by /dev/null, opened the wrong way round, so that reading or writing
/// it fails as on a closed one.
void secure_standard_streams();

/// Whether a line there can be written over: a terminal that knows how. One that
/// says it is "dumb" (an editor's shell window) shows the order as signs.
bool rewrites_lines(int descriptor);

/// Call with a command's exit status when it has printed all. If standard output
/// did not take it (a full disk, closed), says so on standard error and returns
/// 2; else `status`.
int status_of_output(std::string_view command, int status);
/// The same for a command that runs until a signal stops it, and prints by
/// `standard_output()`. Waits a second for the reader; what nobody has read by
/// then is said, and is no fault.
int status_of_output_queue(std::string_view command, int status);

} // namespace observer
