#pragma once

// What the system allows this process, against what a recording needs.

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/doctor/cgroup.hpp"
#include "runtime/doctor/check.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

/// Nothing where there is no limit, or it is not known.
struct limits_facts {
  std::optional<uint64_t> descriptors = {}, threads = {};
  cgroup_limits group = {};
  uint64_t memory_bytes = 0, available_bytes = 0, swap_bytes = 0;
  unsigned cores = 0;
  /// vm.overcommit_memory; 2 refuses what may never be used.
  int overcommit = 0;
  int oom_score_adj = 0;
};

limits_facts look_at_limits();

/// In the terms of this config.
void judge_limits(const limits_facts& seen, const config& c, check_report& out);

} // namespace observer
