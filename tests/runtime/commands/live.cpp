#define CAF_SUITE runtime_commands_live
#include "test.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "runtime/commands/shell_line.hpp"
#include "support/notify_socket.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  /// What a service manager hears of a run with these arguments.
  std::vector<std::string> told(const std::string& arguments,
                                const std::string& watchdog_us = "") {
    test::notify_socket manager{dir / "notify"};
    auto line = "cd " + dir.path() + " && env -i PATH=/usr/bin NOTIFY_SOCKET="
                + dir.path() + "/notify "
                + (watchdog_us.empty() ? "" : "WATCHDOG_USEC=" + watchdog_us)
                + " " + OBSERVER_EXECUTABLE + " " + arguments
                + " 2>&1 </dev/null";
    outcome = test::run_shell_line(line);
    std::istringstream in{manager.heard()};
    std::vector<std::string> out;
    for (std::string message; std::getline(in, message);)
      out.push_back(message);
    return out;
  }

  test::temporary_directory dir;
  test::shell_outcome outcome;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(live_tests, fixture)

CAF_TEST(a service manager hears of start and life and verdict and stop) {
  auto all = told("demo --seconds 2 --port 0 --data-dir data", "1000000");
  CAF_CHECK_EQUAL(outcome.status, 0);
  CAF_REQUIRE(all.size() >= 4);
  CAF_CHECK_EQUAL(all.front(), "READY=1");
  size_t signs = 0, words = 0;
  for (auto& message : all) {
    signs += message == "WATCHDOG=1";
    words += message.starts_with("STATUS=received=");
  }
  CAF_CHECK(signs >= 1);
  CAF_CHECK(words >= 1);
  // The stop's deadline of 9 s and what is beside it.
  CAF_CHECK_EQUAL(
    all.back(), "STOPPING=1|STATUS=stopping|EXTEND_TIMEOUT_USEC=15000000");
}

CAF_TEST(a start that fails is told with the reason and is not ready) {
  auto all = told("demo --seconds 1 --port 0 --data-dir /proc/none");
  CAF_CHECK_EQUAL(outcome.status, 1);
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK(all.front().starts_with("STATUS=cannot start: "));
  CAF_CHECK_NOT_EQUAL(all.front().find("/proc/none"), std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
