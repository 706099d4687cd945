#pragma once

// What is said of the archive: closed files, backups, room on the disk. None of
// it keeps anybody from recording; all of it is a warning.

#include <vector>

#include "runtime/inspect/fact.hpp"
#include "runtime/inspect/observation.hpp"

namespace observer {

/// Days that may wait for their backup before it is said.
inline constexpr uint64_t backup_days_warn = 2;

/// What an operator should know of it; empty if all is well.
std::vector<std::pair<cause, fact>> archive_facts(const archive_view& a);

} // namespace observer
