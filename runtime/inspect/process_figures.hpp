#pragma once

// What this process takes of the machine, as the system says it (/proc/self):
// the figures that every Prometheus client calls `process_…`.

#include <cstdint>
#include <optional>

namespace observer {

struct process_figures {
  /// User and system time of all threads.
  double cpu_s = 0;
  uint64_t resident_bytes = 0, virtual_bytes = 0;
  uint64_t threads = 0;
  /// Seconds since the epoch.
  double started_s = 0;
  std::optional<uint64_t> open_fds, max_fds;
};

/// Nothing where the system does not say.
std::optional<process_figures> own_process();

} // namespace observer
