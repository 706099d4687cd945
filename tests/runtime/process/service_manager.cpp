#define CAF_SUITE runtime_process_service_manager
#include "test.hpp"

#include "runtime/process/service_manager.hpp"

#include <unistd.h>

#include <cstdlib>

#include "runtime/commands/shell_line.hpp"
#include "support/notify_socket.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

struct fixture {
  std::string path() const {
    return dir / "notify";
  }
  /// Looks `count` times, `step` apart.
  void look(service_manager& m, std::chrono::milliseconds step, int count = 1) {
    for (int i = 0; i < count; ++i) {
      now += step;
      m.look(now, [this] { return words; }, [this] { return well; });
    }
  }

  test::temporary_directory dir;
  service_manager::time_point now{1h};
  std::string words = "recording: all is on disk";
  bool well = true;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(service_manager_tests, fixture)

CAF_TEST(without a service manager nothing is asked) {
  service_manager m{"", "1000000", ""};
  CAF_CHECK(!m.is_there());
  CAF_CHECK_EQUAL(m.problem_text(), "");
  m.say_ready();
  m.say_stopping(1s);
  m.look(now, []() -> std::string { CAF_FAIL("asked"); return {}; },
         []() -> bool { CAF_FAIL("asked"); return true; });
}

CAF_TEST(the environment names it and is taken from children) {
  test::notify_socket manager{path()};
  ::setenv("NOTIFY_SOCKET", path().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "60000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  service_manager m;
  CAF_CHECK(m.is_there());
  CAF_CHECK(m.sign_interval() == 30s);
  CAF_CHECK_EQUAL(
    test::run_shell_line("env | grep -cE '^(NOTIFY|WATCHDOG)_'").text, "0\n");
  m.say_ready();
  CAF_CHECK_EQUAL(manager.heard(), "READY=1\n");
}

CAF_TEST(a socket without a file hears the same) {
  auto name = "@observer-test-" + std::to_string(::getpid());
  test::notify_socket manager{name};
  service_manager m{name, "", ""};
  CAF_CHECK_EQUAL(m.problem_text(), "");
  m.say_ready();
  CAF_CHECK_EQUAL(manager.heard(), "READY=1\n");
}

CAF_TEST(a stop says how long it may take) {
  test::notify_socket manager{path()};
  service_manager m{path(), "", ""};
  m.say_stopping(15s);
  CAF_CHECK_EQUAL(
    manager.heard(),
    "STOPPING=1|STATUS=stopping|EXTEND_TIMEOUT_USEC=15000000\n");
}

CAF_TEST(words are told when they change and once a second at most) {
  test::notify_socket manager{path()};
  service_manager m{path(), "", ""};
  look(m, 200ms);
  CAF_CHECK_EQUAL(manager.heard(), "STATUS=recording: all is on disk\n");
  words = "not recording: disk full";
  look(m, 200ms, 4);
  CAF_CHECK_EQUAL(manager.heard(), "");
  look(m, 200ms);
  CAF_CHECK_EQUAL(manager.heard(), "STATUS=not recording: disk full\n");
  look(m, 1s, 100);
  CAF_CHECK_EQUAL(manager.heard(), "");
}

CAF_TEST(figures alone are told every ten seconds) {
  test::notify_socket manager{path()};
  service_manager m{path(), "", ""};
  words = "recording 12.5 a second";
  look(m, 1s);
  manager.heard();
  for (int i = 0; i < 9; ++i) {
    words = "recording " + std::to_string(100 + i) + " a second";
    look(m, 1s);
  }
  CAF_CHECK_EQUAL(manager.heard(), "");
  look(m, 1s);
  CAF_CHECK_EQUAL(manager.heard(), "STATUS=recording 108 a second\n");
}

CAF_TEST(what a peer wrote stays one line and gives no orders) {
  test::notify_socket manager{path()};
  service_manager m{path(), "", ""};
  words = "refused: \x1b[2J\nREADY=1";
  look(m, 1s);
  CAF_CHECK_EQUAL(manager.heard(), "STATUS=refused: \\x1b[2J\\x0aREADY=1\n");
}

CAF_TEST(signs of life come at half the time) {
  test::notify_socket manager{path()};
  service_manager m{path(), "60000000", ""};
  words = "";
  look(m, 200ms, 5 * 29);
  CAF_CHECK_EQUAL(manager.heard(), "WATCHDOG=1\n");
  look(m, 200ms, 5 * 3);
  CAF_CHECK_EQUAL(manager.heard(), "WATCHDOG=1\n");
}

CAF_TEST(a short time has its signs too) {
  test::notify_socket manager{path()};
  service_manager m{path(), "1000000", ""};
  words = "";
  // Four in three seconds at least: one each 600 ms.
  look(m, 200ms, 13);
  CAF_CHECK_EQUAL(manager.heard(), "WATCHDOG=1\nWATCHDOG=1\nWATCHDOG=1\n"
                                   "WATCHDOG=1\nWATCHDOG=1\n");
}

CAF_TEST(no sign is given while something hangs) {
  test::notify_socket manager{path()};
  service_manager m{path(), "60000000", ""};
  words = "";
  well = false;
  look(m, 1s, 100);
  CAF_CHECK_EQUAL(manager.heard(), "");
  well = true;
  look(m, 1s);
  CAF_CHECK_EQUAL(manager.heard(), "WATCHDOG=1\n");
}

CAF_TEST(the watchdog of another process is not fed) {
  test::notify_socket manager{path()};
  service_manager m{path(), "1000000", std::to_string(::getppid())};
  words = "";
  look(m, 1s, 10);
  CAF_CHECK_EQUAL(manager.heard(), "");
  CAF_CHECK(!m.sign_interval());
}

CAF_TEST(a queue without place is told later) {
  test::notify_socket manager{path()};
  service_manager m{path(), "", ""};
  // Longer than any queue is (net.unix.max_dgram_qlen).
  for (int i = 0; i < 2'000; ++i)
    m.say_status("noise");
  m.say_ready();
  manager.heard();
  look(m, 1s);
  CAF_CHECK_EQUAL(manager.heard(),
                  "READY=1\nSTATUS=recording: all is on disk\n");
  look(m, 1s);
  CAF_CHECK_EQUAL(manager.heard(), "");
}

CAF_TEST(a manager that makes its socket anew is found again) {
  service_manager m{path(), "", ""};
  m.say_ready();
  CAF_CHECK_NOT_EQUAL(m.problem_text().find("No such file"), std::string::npos);
  test::notify_socket manager{path()};
  look(m, 1s);
  CAF_CHECK_EQUAL(manager.heard(),
                  "READY=1\nSTATUS=recording: all is on disk\n");
}

CAF_TEST(what is no socket is said with the reason) {
  auto trouble = [](const std::string& socket, const std::string& usec = "") {
    service_manager m{socket, usec, ""};
    m.say_ready();
    return m.problem_text();
  };
  auto says = [](const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
  };
  CAF_CHECK(says(trouble("vsock:2:1234"), "\"vsock:2:1234\""));
  CAF_CHECK(says(trouble("run/notify"), "neither a path nor a name"));
  CAF_CHECK(says(trouble("@"), "neither a path nor a name"));
  CAF_CHECK(says(trouble("/" + std::string(200, 'x')), "108 bytes"));
  test::notify_socket manager{path()};
  CAF_CHECK(says(trouble(path(), "soon"), "WATCHDOG_USEC is \"soon\""));
  CAF_CHECK(says(trouble(path(), "-5"), "WATCHDOG_USEC is \"-5\""));
  CAF_CHECK_EQUAL(trouble(path(), "0"), "");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
