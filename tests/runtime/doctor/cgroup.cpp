#define CAF_SUITE runtime_doctor_cgroup
#include "test.hpp"

#include "runtime/doctor/cgroup.hpp"
#include "runtime/doctor/limits_check.hpp"

#include <map>
#include <string>

#include <fmt/format.h>

namespace CAF_SUITE {

using namespace observer;

namespace {

using tree = std::map<std::string, std::string>;

cgroup_limits limits_of(const std::string& mounts, const std::string& own,
                        const tree& files) {
  return read_cgroup(parse_mounts(mounts), own, [&](const std::string& path) {
    auto i = files.find(path);
    return i == files.end() ? std::string{} : i->second;
  });
}

const std::string second
  = "31 23 0:28 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
const std::string first
  = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup "
    "rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

std::string told(const limits_facts& seen) {
  config c;
  c.feed.unacked_bytes_max = 64 << 20;
  check_report r;
  judge_limits(seen, c, r);
  std::string out;
  for (auto& line : r.lines())
    out += fmt::format("{} {} [{}]\n", to_string(line.state), line.name,
                       line.text);
  return out;
}

limits_facts machine() {
  limits_facts out;
  out.descriptors = 1024;
  out.memory_bytes = uint64_t{4} << 30;
  out.cores = 2;
  return out;
}

bool says(const std::string& text, const std::string& part) {
  if (text.find(part) != text.npos)
    return true;
  CAF_MESSAGE(text << " does not say " << part);
  return false;
}

} // namespace

CAF_TEST(version 2 of a container that sees its own root) {
  auto l = limits_of(second, "0::/\n",
                     {{"/sys/fs/cgroup/memory.max", "268435456\n"},
                      {"/sys/fs/cgroup/memory.current", "1048576\n"},
                      {"/sys/fs/cgroup/memory.events",
                       "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\n"},
                      {"/sys/fs/cgroup/cpu.max", "50000 100000\n"},
                      {"/sys/fs/cgroup/pids.max", "100\n"},
                      {"/sys/fs/cgroup/pids.current", "20\n"}});
  CAF_CHECK_EQUAL(l.memory_bytes.value(), 268'435'456u);
  CAF_CHECK_EQUAL(l.memory_used.value(), 1'048'576u);
  CAF_CHECK_EQUAL(l.oom_kills.value(), 1u);
  CAF_CHECK_EQUAL(l.cpus.value(), 0.5);
  CAF_CHECK_EQUAL(l.pids.value(), 100u);
  CAF_CHECK_EQUAL(l.pids_used.value(), 20u);
}

CAF_TEST(the narrowest limit on the way up counts) {
  auto l = limits_of(second, "0::/a.slice/b.service\n",
                     {{"/sys/fs/cgroup/a.slice/b.service/memory.max", "max\n"},
                      {"/sys/fs/cgroup/a.slice/memory.max", "2000\n"},
                      {"/sys/fs/cgroup/memory.max", "3000\n"},
                      {"/sys/fs/cgroup/a.slice/b.service/cpu.max",
                       "max 100000\n"}});
  CAF_CHECK_EQUAL(l.memory_bytes.value(), 2'000u);
  CAF_CHECK(!l.cpus);
  CAF_CHECK(!l.pids);
}

CAF_TEST(version 1 has a hierarchy for each controller) {
  auto l = limits_of(
    first, "4:memory:/docker/1\n3:pids:/docker/1\n1:cpu,cpuacct:/docker/1\n"
           "0::/\n",
    {{"/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "1000\n"},
     {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"},
     {"/sys/fs/cgroup/memory/docker/1/memory.oom_control",
      "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"},
     {"/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "150000\n"},
     {"/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n"},
     {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"},
     {"/sys/fs/cgroup/pids/docker/1/pids.max", "max\n"}});
  CAF_CHECK_EQUAL(l.memory_bytes.value(), 1'000u);
  CAF_CHECK_EQUAL(l.oom_kills.value(), 4u);
  CAF_CHECK_EQUAL(l.cpus.value(), 1.5);
  CAF_CHECK(!l.pids);
  l = limits_of(first, "4:memory:/\n",
                {{"/sys/fs/cgroup/memory/memory.limit_in_bytes",
                  "9223372036854771712\n"}});
  CAF_CHECK(!l.memory_bytes);
}

CAF_TEST(a mount of a folder of the host begins at that folder) {
  auto mount = "35 31 0:32 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup "
               "rw,memory\n";
  tree files{{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "500\n"}};
  auto inside = limits_of(mount, "4:memory:/docker/1\n", files);
  CAF_CHECK_EQUAL(inside.memory_bytes.value(), 500u);
  // A path that leads out of what is mounted.
  auto outside = limits_of(mount, "4:memory:/../2\n", files);
  CAF_CHECK_EQUAL(outside.memory_bytes.value(), 500u);
}

CAF_TEST(without groups there is no limit) {
  auto l = limits_of("", "", {});
  CAF_CHECK(!l.memory_bytes && !l.cpus && !l.pids && !l.oom_kills);
  l = limits_of(second, "garbage\n:\n0:\n", {});
  CAF_CHECK(!l.memory_bytes);
}

CAF_TEST(an ordinary machine is in order) {
  auto words = told(machine());
  CAF_CHECK(words.find("warning") == words.npos);
  CAF_CHECK(words.find("failed") == words.npos);
}

CAF_TEST(each limit that is too low says which to raise) {
  auto seen = machine();
  seen.descriptors = 64;
  CAF_CHECK(says(told(seen), "failed descriptors [64 at once (ulimit -n)"));
  seen = machine();
  seen.group.pids = 50;
  seen.group.pids_used = 45;
  CAF_CHECK(says(told(seen), "failed threads [5 can be had (pids limit"));
  seen = machine();
  seen.group.memory_bytes = 100 << 20;
  CAF_CHECK(says(told(seen), "warning memory [100 MiB for this container"));
  seen.group.memory_bytes = 32 << 20;
  CAF_CHECK(says(told(seen), "failed memory [32 MiB"));
  seen = machine();
  seen.group.oom_kills = 2;
  CAF_CHECK(says(told(seen), "has killed 2 processes"));
  seen = machine();
  seen.group.cpus = 0.05;
  CAF_CHECK(says(told(seen), "warning cpu [0.05 of 2 cores"));
  seen = machine();
  seen.overcommit = 2;
  CAF_CHECK(says(told(seen), "warning overcommit"));
  seen = machine();
  seen.oom_score_adj = 500;
  CAF_CHECK(says(told(seen), "oom_score_adj is 500"));
}

} // namespace CAF_SUITE
