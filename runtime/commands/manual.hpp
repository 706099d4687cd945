#pragma once

// `observer man`: the manual page in roff, written from the tables of commands
// and settings.

#include <string>

#include "runtime/commands/outline.hpp"

namespace observer {

std::string manual(const outline& all);

} // namespace observer
