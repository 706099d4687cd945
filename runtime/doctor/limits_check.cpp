#include "runtime/doctor/limits_check.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>

#include "messages/numbers.hpp"
#include "runtime/storage/mount_table.hpp"

namespace observer {

namespace {

/// For three open files with what is beside each, the network, 64 connections of
/// the service and their streams.
constexpr uint64_t descriptors_good = 128, threads_good = 40;
/// An ordinary hour, without what a disk that stands still makes it hold.
constexpr uint64_t memory_base = uint64_t{64} << 20;
constexpr double cpus_good = 0.2;

std::optional<uint64_t> limit_of(decltype(RLIMIT_NOFILE) which) {
  rlimit limit{};
  if (::getrlimit(which, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::nullopt;
  return limit.rlim_cur;
}

/// `MemTotal:  16 kB`, in bytes.
uint64_t kib_line(const std::string& text, std::string_view name) {
  auto at = text.find(name);
  if (at == text.npos)
    return 0;
  return std::strtoull(text.c_str() + at + name.size(), nullptr, 10) << 10;
}

int number_at(const std::string& path) {
  auto text = kernel_text(path);
  return static_cast<int>(std::strtol(text.c_str(), nullptr, 10));
}

std::string mib(uint64_t bytes) {
  return fmt::format("{} MiB", with_commas(static_cast<int64_t>(bytes >> 20)));
}

void judge_memory(const limits_facts& seen, const config& c,
                  check_report& out) {
  auto held = static_cast<uint64_t>(c.feed.unacked_bytes_max);
  auto need = memory_base + held;
  auto limited = seen.group.memory_bytes
                 && (seen.memory_bytes == 0
                     || *seen.group.memory_bytes < seen.memory_bytes);
  auto room = limited ? *seen.group.memory_bytes : seen.memory_bytes;
  auto words
    = fmt::format("{} {}{}; an ordinary hour needs {}, and {} may be held while "
                  "the disk stands still (feed.unacked_bytes_max)",
                  mib(room), limited ? "for this container or service" : "in all",
                  seen.available_bytes > 0
                    ? fmt::format(", {} available on the machine",
                                  mib(seen.available_bytes))
                    : "",
                  mib(memory_base), mib(held));
  if (room == 0)
    out.skip("memory", "its size is not known here");
  else if (room < memory_base)
    out.fail("memory", words + "; raise the limit");
  else if (room < need)
    out.warn("memory", words + "; raise the limit, or lower "
                               "feed.unacked_bytes_max");
  else
    out.ok("memory", words);
  if (seen.group.oom_kills.value_or(0) > 0)
    out.warn("memory", fmt::format("the kernel has killed {} processes of this "
                                   "container or service for want of memory; "
                                   "raise its limit",
                                   *seen.group.oom_kills));
  out.ok("swap", seen.swap_bytes == 0 ? std::string{"none"}
                                      : mib(seen.swap_bytes));
  if (seen.overcommit == 2)
    out.warn("overcommit", "vm.overcommit_memory is 2: memory that is only "
                           "reserved (stacks of threads) counts as used, and a "
                           "start may be refused; 0 is usual");
  if (seen.oom_score_adj > 0)
    out.warn("oom score", fmt::format("oom_score_adj is {}: this is killed before "
                                      "others when memory runs out; 0 or less is "
                                      "better (OOMScoreAdjust=, --oom-score-adj; "
                                      "in Kubernetes requests equal to limits)",
                                      seen.oom_score_adj));
}

void judge_threads(const limits_facts& seen, check_report& out) {
  std::optional<uint64_t> left = seen.threads;
  std::string by = "ulimit -u";
  if (seen.group.pids) {
    auto used = std::min(seen.group.pids_used.value_or(0), *seen.group.pids);
    auto of_group = *seen.group.pids - used;
    if (!left || of_group < *left) {
      left = of_group;
      by = "pids limit of the container, TasksMax= of the service";
    }
  }
  if (!left)
    return out.ok("threads", "without a limit");
  auto words = fmt::format("{} can be had ({})", *left, by);
  if (*left < threads_good)
    out.fail("threads", fmt::format("{}; {} are needed: raise that limit", words,
                                    threads_good));
  else
    out.ok("threads", words);
}

} // namespace

limits_facts look_at_limits() {
  limits_facts out;
  out.descriptors = limit_of(RLIMIT_NOFILE);
  out.threads = limit_of(RLIMIT_NPROC);
  out.group = read_cgroup(read_mounts(), kernel_text("/proc/self/cgroup"),
                          [](const std::string& path) {
                            return kernel_text(path);
                          });
  auto memory = kernel_text("/proc/meminfo");
  out.memory_bytes = kib_line(memory, "MemTotal:");
  out.available_bytes = kib_line(memory, "MemAvailable:");
  out.swap_bytes = kib_line(memory, "SwapTotal:");
  out.cores = std::thread::hardware_concurrency();
  out.overcommit = number_at("/proc/sys/vm/overcommit_memory");
  out.oom_score_adj = number_at("/proc/self/oom_score_adj");
  return out;
}

void judge_limits(const limits_facts& seen, const config& c,
                  check_report& out) {
  auto few = seen.descriptors && *seen.descriptors < descriptors_good;
  auto words = seen.descriptors
                 ? fmt::format("{} at once (ulimit -n)", *seen.descriptors)
                 : std::string{"without a limit"};
  if (few)
    out.fail("descriptors", fmt::format("{}; {} are needed: raise that limit "
                                        "(LimitNOFILE=, --ulimit nofile=)",
                                        words, descriptors_good));
  else
    out.ok("descriptors", words);
  judge_threads(seen, out);
  judge_memory(seen, c, out);
  auto cpu = seen.group.cpus
               ? fmt::format("{:.2f} of {} cores", *seen.group.cpus, seen.cores)
               : fmt::format("{} cores", seen.cores);
  if (seen.group.cpus && *seen.group.cpus < cpus_good)
    out.warn("cpu", fmt::format("{}: an opening needs more; {:.1f} or more is "
                                "good (--cpus, resources.limits.cpu, CPUQuota=)",
                                cpu, cpus_good));
  else
    out.ok("cpu", cpu);
}

} // namespace observer
