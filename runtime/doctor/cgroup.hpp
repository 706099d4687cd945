#pragma once

// What the control group of this process allows it: of version 1 and 2, and of
// both at once.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/storage/mount_table.hpp"

namespace observer {

/// Nothing where there is no limit, or none is known.
struct cgroup_limits {
  std::optional<uint64_t> memory_bytes = {}, memory_used = {};
  std::optional<double> cpus = {};
  std::optional<uint64_t> pids = {}, pids_used = {};
  /// Processes of the group that the kernel has killed for want of memory.
  std::optional<uint64_t> oom_kills = {};
};

/// Text of a file; empty if it is not there.
using read_text = std::function<std::string(const std::string& path)>;

/// `own` is /proc/self/cgroup. The narrowest limit on the way up counts, as it
/// does for the kernel.
cgroup_limits read_cgroup(const std::vector<mount_entry>& mounts,
                          std::string_view own, const read_text& read);

} // namespace observer
