#pragma once

// What an error of the disk means, by its number.

#include "messages/cause.hpp"

namespace observer {

/// `disk_full` for ENOSPC and EDQUOT, `permission` for EACCES, EPERM and EROFS,
/// `out_of_resources` for what the system has run out of (descriptors, memory,
/// locks), `file_taken` for ESTALE, `io_error` for everything else.
cause cause_of_errno(int code);

/// Would another file change nothing? No space, no permission, read-only, no
/// descriptors or memory left, a place that is taken or gone.
bool is_environment(int code);
/// Would a restart of the writer change something? Whatever a disk says is
/// waited for, also what nobody has thought of: it may be well again.
bool is_fault_of_ours(int code);

} // namespace observer
