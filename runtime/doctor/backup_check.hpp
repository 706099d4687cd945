#pragma once

// Whether tonight's backup can begin: the folder that must be there, the program
// that must be installed. It asks no store and writes nothing; that a backup is
// whole is for `observer backup verify` to say.

#include "runtime/doctor/check.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

void check_backup(const config& c, check_report& out);

} // namespace observer
