#include "runtime/doctor/cgroup.hpp"

#include <algorithm>

#include "messages/numbers.hpp"

namespace observer {

namespace {

/// Version 1 says "no limit" by a number of this size.
constexpr uint64_t no_limit = uint64_t{1} << 60;
/// Nobody nests deeper.
constexpr int levels_max = 64;

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \n"));
}

std::optional<uint64_t> number_in(std::string_view text) {
  return parse_number<uint64_t>(first_word(text));
}

/// Of a file of lines `name number`.
std::optional<uint64_t> number_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(name) && line.size() > name.size()
        && line[name.size()] == ' ')
      return number_in(line.substr(name.size() + 1));
  }
  return std::nullopt;
}

template <class T>
void narrow(std::optional<T>& limit, std::optional<T> other) {
  if (other && (!limit || *other < *limit))
    limit = other;
}

bool lists(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    auto one = words.substr(0, words.find(','));
    if (one == word)
      return true;
    words.remove_prefix(std::min(one.size() + 1, words.size()));
  }
  return false;
}

/// The path of this process in the hierarchy with this controller; of version 2
/// where it is empty. Nothing if it is in none.
std::optional<std::string> path_in(std::string_view own,
                                   std::string_view controller) {
  while (!own.empty()) {
    auto line = own.substr(0, own.find('\n'));
    own.remove_prefix(std::min(line.size() + 1, own.size()));
    auto first = line.find(':');
    auto second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos)
      continue;
    auto controllers = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? controllers.empty() : lists(controllers, controller))
      return std::string{line.substr(second + 1)};
  }
  return std::nullopt;
}

/// Its folder, and those above it, the innermost first.
std::vector<std::string> folders_of(const std::vector<mount_entry>& mounts,
                                    std::string_view own,
                                    std::string_view controller) {
  auto path = path_in(own, controller);
  auto mount = std::find_if(mounts.begin(), mounts.end(), [&](auto& m) {
    return controller.empty() ? m.type == "cgroup2"
                              : m.type == "cgroup"
                                  && lists(m.super_options, controller);
  });
  if (!path || mount == mounts.end())
    return {};
  // Without a namespace of its own a container sees its path of the host, and
  // the mount begins there.
  std::string below = *path == "/" ? "" : *path;
  if (mount->root != "/" && below.starts_with(mount->root))
    below = below.substr(mount->root.size());
  if (below.find("..") != below.npos)
    below.clear(); // outside of what is mounted here
  std::vector<std::string> out;
  for (int i = 0; i < levels_max; ++i) {
    out.push_back(mount->point + below);
    if (below.empty())
      break;
    below = below.substr(0, below.rfind('/'));
  }
  return out;
}

void read_second(const std::vector<std::string>& folders, const read_text& read,
                 cgroup_limits& out) {
  for (auto& folder : folders) {
    narrow(out.memory_bytes, number_in(read(folder + "/memory.max")));
    narrow(out.pids, number_in(read(folder + "/pids.max")));
    // `max 100000`, `50000 100000`.
    auto cpu = read(folder + "/cpu.max");
    auto quota = number_in(cpu);
    auto blank = cpu.find(' ');
    auto period = blank == cpu.npos
                    ? std::nullopt
                    : number_in(std::string_view{cpu}.substr(blank + 1));
    if (quota && period && *period > 0)
      narrow(out.cpus, std::optional{static_cast<double>(*quota)
                                     / static_cast<double>(*period)});
  }
  if (folders.empty())
    return;
  auto& own = folders.front();
  if (auto n = number_in(read(own + "/memory.current")))
    out.memory_used = n;
  if (auto n = number_in(read(own + "/pids.current")))
    out.pids_used = n;
  if (auto n = number_of(read(own + "/memory.events"), "oom_kill"))
    out.oom_kills = n;
}

std::optional<uint64_t> bounded(std::optional<uint64_t> n) {
  return n && *n < no_limit ? n : std::nullopt;
}

void read_first(const std::vector<mount_entry>& mounts, std::string_view own,
                const read_text& read, cgroup_limits& out) {
  auto memory = folders_of(mounts, own, "memory");
  for (auto& folder : memory)
    narrow(out.memory_bytes,
           bounded(number_in(read(folder + "/memory.limit_in_bytes"))));
  if (!memory.empty()) {
    auto& folder = memory.front();
    if (auto n = number_in(read(folder + "/memory.usage_in_bytes")))
      out.memory_used = n;
    if (auto n = number_of(read(folder + "/memory.oom_control"), "oom_kill"))
      out.oom_kills = n;
  }
  for (auto& folder : folders_of(mounts, own, "cpu")) {
    // -1 is no number of this kind: no limit.
    auto quota = number_in(read(folder + "/cpu.cfs_quota_us"));
    auto period = number_in(read(folder + "/cpu.cfs_period_us"));
    if (quota && period && *period > 0)
      narrow(out.cpus, std::optional{static_cast<double>(*quota)
                                     / static_cast<double>(*period)});
  }
  auto pids = folders_of(mounts, own, "pids");
  for (auto& folder : pids)
    narrow(out.pids, number_in(read(folder + "/pids.max")));
  if (!pids.empty())
    if (auto n = number_in(read(pids.front() + "/pids.current")))
      out.pids_used = n;
}

} // namespace

cgroup_limits read_cgroup(const std::vector<mount_entry>& mounts,
                          std::string_view own, const read_text& read) {
  cgroup_limits out;
  read_second(folders_of(mounts, own, ""), read, out);
  read_first(mounts, own, read, out);
  return out;
}

} // namespace observer
