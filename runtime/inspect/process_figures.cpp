#include "runtime/inspect/process_figures.hpp"

#include <atomic>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace observer {

namespace {

std::string text_of(const char* path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// When the machine started, in seconds since the epoch: by two clocks, as
/// /proc/stat may be hidden (ProcSubset=pid of systemd). It stays the same until
/// the clock is set.
double boot_s() {
  auto seconds = [](clockid_t clock) {
    timespec at{};
    ::clock_gettime(clock, &at);
    return static_cast<double>(at.tv_sec)
           + static_cast<double>(at.tv_nsec) / 1e9;
  };
  static std::atomic<double> kept{0};
  auto now = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME);
  if (std::abs(now - kept) > 0.5)
    kept = now;
  return kept;
}

std::optional<uint64_t> open_descriptors() {
  std::error_code ec;
  std::filesystem::directory_iterator at{"/proc/self/fd", ec};
  uint64_t n = 0;
  for (; !ec && at != std::filesystem::directory_iterator{}; at.increment(ec))
    ++n;
  // One of them is the look itself.
  return ec || n == 0 ? std::nullopt : std::optional{n - 1};
}

} // namespace

std::optional<process_figures> own_process() try {
  // Behind the name, which may hold anything, in parentheses: 50 numbers.
  auto text = text_of("/proc/self/stat");
  auto name_end = text.rfind(')');
  if (name_end == text.npos)
    return std::nullopt;
  std::istringstream in{text.substr(name_end + 1)};
  std::string state;
  in >> state;
  // By their numbers in proc(5); the state is the third.
  int64_t fields[25] = {};
  for (size_t i = 4; i < std::size(fields); ++i)
    in >> fields[i];
  if (!in)
    return std::nullopt;
  auto ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  process_figures out;
  out.cpu_s = static_cast<double>(fields[14] + fields[15]) / ticks_per_s;
  out.threads = static_cast<uint64_t>(fields[20]);
  out.started_s = boot_s() + static_cast<double>(fields[22]) / ticks_per_s;
  out.virtual_bytes = static_cast<uint64_t>(fields[23]);
  out.resident_bytes = static_cast<uint64_t>(fields[24])
                       * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  out.open_fds = open_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0
      && limit.rlim_cur != RLIM_INFINITY)
    out.max_fds = limit.rlim_cur;
  return out;
} catch (const std::exception&) {
  return std::nullopt;
}

} // namespace observer
