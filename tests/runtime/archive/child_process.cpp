#define CAF_SUITE runtime_archive_child_process
#include "test.hpp"

#include "runtime/archive/child_process.hpp"

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

child_job shell(const std::string& line) {
  return {.arguments = {"/bin/sh", "-c", line},
          .environment = {"PATH=/usr/bin:/bin", "ONLY=this"},
          .patience = 30s,
          .go_on = [] { return true; }};
}

struct ended {
  std::string text, said, trouble;
  int status = -1;
};

ended run(child_job job) {
  ended out;
  if (!job.output)
    job.output = [&](std::string_view bytes) -> result<> {
      out.text += bytes;
      return {};
    };
  auto end = run_child(job);
  if (!end) {
    out.trouble = end.error().text;
    return out;
  }
  out.status = end->status;
  out.said = end->said;
  return out;
}

/// Whether a process of this number, which a child printed, is gone.
bool is_gone(const std::string& number) {
  auto pid = std::atoi(number.c_str());
  CAF_REQUIRE(pid > 1);
  for (int i = 0; i < 500; ++i) {
    if (::kill(pid, 0) != 0)
      return true;
    ::usleep(10'000);
  }
  return false;
}

} // namespace

CAF_TEST(what it reads and prints and how it ends is passed on) {
  auto job = shell("cat; echo trouble >&2; exit 7");
  int left = 3;
  job.input = [&]() -> result<std::string> {
    return left-- > 0 ? std::string(100'000, 'x') : std::string{};
  };
  auto x = run(job);
  CAF_CHECK_EQUAL(x.trouble, "");
  CAF_CHECK_EQUAL(x.status, 7);
  CAF_CHECK_EQUAL(x.text.size(), 300'000u);
  CAF_CHECK(x.said.find("trouble") != x.said.npos);
}

CAF_TEST(it gets no variable and no descriptor but what it is given) {
  ::setenv("OBSERVER_TEST_CANARY", "shown", 1);
  auto secret = ::open("/dev/null", O_RDONLY); // without O_CLOEXEC
  auto x = run(shell("env; ls /proc/self/fd | wc -w"));
  ::close(secret);
  ::unsetenv("OBSERVER_TEST_CANARY");
  CAF_CHECK(x.text.find("CANARY") == x.text.npos);
  CAF_CHECK(x.text.find("ONLY=this") != x.text.npos);
  // Standard streams, and the folder that ls reads.
  CAF_CHECK(x.text.ends_with("4\n"));
}

CAF_TEST(signals that we ignore or block are as usual for it) {
  auto before = ::signal(SIGTERM, SIG_IGN);
  auto x = run(shell("kill -TERM $$; echo still here"));
  ::signal(SIGTERM, before);
  CAF_CHECK_EQUAL(x.text, "");
  CAF_CHECK_EQUAL(x.status, 128 + SIGTERM);
}

CAF_TEST(its end is known where children are ignored) {
  // As the recorder does, and its own children are waited for again.
  auto before = ::signal(SIGCHLD, SIG_IGN);
  auto x = run(shell("exit 5"));
  CAF_CHECK_EQUAL(x.status, 5);
  CAF_CHECK(::signal(SIGCHLD, before) == SIG_IGN);
}

CAF_TEST(what makes no progress is ended with all that it started) {
  auto job = shell("sleep 1000 & echo $!; exec sleep 1000");
  job.patience = 300ms;
  std::string pid;
  job.output = [&](std::string_view bytes) -> result<> {
    pid += bytes;
    return {};
  };
  auto x = run(job);
  CAF_CHECK(x.trouble.find("took and gave nothing") != x.trouble.npos);
  CAF_CHECK(is_gone(pid));
}

CAF_TEST(a stop ends it) {
  auto job = shell("echo $$; exec sleep 1000");
  std::string pid;
  job.output = [&](std::string_view bytes) -> result<> {
    pid += bytes;
    return {};
  };
  job.go_on = [&] { return pid.empty(); };
  CAF_CHECK_EQUAL(run(job).trouble, "stopped");
  CAF_CHECK(is_gone(pid));
}

CAF_TEST(what it leaves in the background goes with it) {
  auto x = run(shell("sleep 1000 >/dev/null 2>&1 & echo $!"));
  CAF_CHECK_EQUAL(x.status, 0);
  CAF_CHECK(is_gone(x.text));
}

CAF_TEST(a problem of its input ends it before its input ends) {
  auto job = shell("cat >/dev/null; echo complete");
  job.input = []() -> result<std::string> { return problem{"no more"}; };
  auto x = run(job);
  CAF_CHECK_EQUAL(x.trouble, "no more");
  CAF_CHECK_EQUAL(x.text, "");
}

CAF_TEST(one that reads nothing of its input is no end of ours) {
  auto job = shell("exec <&-; exit 4");
  job.input = []() -> result<std::string> { return std::string(1 << 20, 'x'); };
  CAF_CHECK_EQUAL(run(job).status, 4);
}

CAF_TEST(what it says is bounded and one line) {
  auto x = run(shell("yes complaint | head -c 1000000 >&2"));
  CAF_CHECK_EQUAL(x.status, 0);
  CAF_CHECK(x.said.size() < 3'000);
  CAF_CHECK(x.said.find('\n') == x.said.npos);
}

CAF_TEST(a program that is not there is a problem) {
  auto x = run({.arguments = {"/no/such/program"}});
  CAF_CHECK(x.trouble.find("cannot start /no/such/program") != x.trouble.npos);
}

} // namespace CAF_SUITE
