#pragma once

// What the archive of a daemon does by its settings: compression, and the backup
// to its target if it has one.

#include "actors/archive/archive_jobs.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

archive_work make_archive_work(const config& settings);

} // namespace observer
