#pragma once

// The program and its settings, and the service that they name.

#include <chrono>

#include "runtime/doctor/check.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

/// Machine, kernel, and who runs it.
void describe_machine(check_report& out);

/// What a run would say of settings that can be read.
void judge_settings(const config& c, check_report& out);

/// Is the port free, ours, or a stranger's? A daemon of ours says how it is.
void check_service(const config& c, std::chrono::milliseconds deadline,
                   check_report& out);

} // namespace observer
