#pragma once

// The list of checks, in the order in which support reads it.

#include <memory>
#include <vector>

#include "messages/result.hpp"
#include "runtime/doctor/check.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

struct doctor_wishes {
  /// Leave out what asks others.
  bool offline = false;
  /// Mend before looking.
  bool fix = false;
};

/// All of them; without settings (null) those of the machine alone.
std::vector<doctor_check> checks_of(std::shared_ptr<const config> c,
                                    const doctor_wishes& wishes);

} // namespace observer
