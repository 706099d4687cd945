#define CAF_SUITE runtime_inspect_process_figures
#include "runtime/inspect/process_figures.hpp"

#include <ctime>
#include <fstream>
#include <thread>
#include <vector>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(this process has figures that can be) {
  auto p = own_process();
  CAF_REQUIRE(p.has_value());
  CAF_CHECK(p->resident_bytes > 100'000);
  CAF_CHECK(p->virtual_bytes >= p->resident_bytes);
  CAF_CHECK(p->threads >= 1);
  auto now_s = static_cast<double>(std::time(nullptr));
  CAF_CHECK(p->started_s > now_s - 86'400 && p->started_s < now_s + 5);
}

CAF_TEST(the start is the same at each look) {
  auto first = own_process().value().started_s;
  for (int i = 0; i < 100; ++i) {
    auto again = own_process().value().started_s;
    CAF_CHECK_EQUAL(again, first);
  }
}

CAF_TEST(a system that shows processes alone hides nothing of this one) {
  constexpr int not_possible = 77;
  auto before = own_process().value();
  auto child = ::fork();
  if (child == 0) {
    // As ProcSubset=pid of systemd has it.
    if (::unshare(CLONE_NEWNS) != 0
        || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
        || ::mount("proc", "/proc", "proc", 0, "subset=pid") != 0)
      ::_exit(not_possible);
    auto p = own_process();
    // The child is younger.
    auto good = p && p->open_fds && p->started_s >= before.started_s
                && p->started_s < before.started_s + 86'400;
    ::_exit(std::ifstream{"/proc/stat"} || !good ? 1 : 0);
  }
  int status = 0;
  CAF_REQUIRE_EQUAL(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_possible)
    CAF_MESSAGE("skipped: only root mounts another /proc");
  else
    CAF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

CAF_TEST(an open file is one descriptor more) {
  auto before = own_process().value();
  std::ifstream one{"/dev/null"}, two{"/dev/null"};
  auto now = own_process().value();
  CAF_CHECK_EQUAL(*now.open_fds, *before.open_fds + 2);
  CAF_CHECK(*now.max_fds > *before.open_fds);
}

CAF_TEST(time of the processor only grows with work) {
  auto before = own_process().value().cpu_s;
  timespec used{};
  // By the processor's clock: a tenth of a second of work, however long.
  auto work_s = [&] {
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec)
           + static_cast<double>(used.tv_nsec) / 1e9;
  };
  for (auto begin = work_s(); work_s() - begin < 0.1;) {
  }
  CAF_CHECK(own_process().value().cpu_s >= before + 0.05);
}

} // namespace CAF_SUITE
