#define CAF_SUITE runtime_commands_demo
#include "test.hpp"
#include "runtime/commands/shell_line.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  test::temporary_directory dir;
  /// Somebody else's.
  int port = 0;
  int listener = -1;

  fixture() {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    CAF_REQUIRE(::bind(listener, plain, length) == 0);
    CAF_REQUIRE(::listen(listener, 1) == 0);
    ::getsockname(listener, plain, &length);
    port = ntohs(address.sin_port);
  }
  ~fixture() {
    ::close(listener);
  }

  /// Standard error of a demo, and then its standard output.
  std::string demo(const std::string& arguments, int& status) const {
    return run("env -i PATH=/usr/bin OBSERVER_DATA_DIR=/proc/none "
                 + std::string{OBSERVER_EXECUTABLE} + " demo --symbols 3 "
                 + arguments + " 2>&1 </dev/null",
               status);
  }

  /// What a command of the shell says, in the folder.
  std::string run(const std::string& words, int& status) const {
    auto out = test::run_shell_line("cd " + std::string{dir.path()} + " && "
                                    + words);
    status = out.status;
    return out.text;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(demos, fixture)

CAF_TEST(a port that somebody has is told and never given out as our own) {
  int status = -1;
  auto text = demo("--seconds 3 --port " + std::to_string(port), status);
  CAF_MESSAGE(text);
  CAF_CHECK_EQUAL(status, 0);
  CAF_CHECK(text.find("Port " + std::to_string(port)) != text.npos);
  auto look = text.find("Look at it: http://127.0.0.1:");
  CAF_CHECK(look != text.npos);
  CAF_CHECK(text.find("127.0.0.1:" + std::to_string(port) + "/") == text.npos);
  // It records then, and says so after it has begun to listen or to record.
  CAF_CHECK(text.find("Recording 3 symbols into data/demo-") != text.npos);
  CAF_CHECK(text.find("Prove it:") != text.npos);
}

CAF_TEST(the proof names the program also where it was built anew meanwhile) {
  std::filesystem::copy(OBSERVER_EXECUTABLE,
                        std::filesystem::path{dir.path()} / "observer");
  int status = -1;
  auto text = run("./observer demo --symbols 3 --port 0 --seconds 2 2>&1"
                  " </dev/null | while read -r line; do rm -f observer;"
                  " echo \"$line\"; done",
                  status);
  CAF_MESSAGE(text);
  CAF_CHECK(text.find("Prove it:  ./observer audit data/demo-") != text.npos);
}

CAF_TEST(a demo that cannot record claims nothing and names its own option) {
  std::ofstream{std::filesystem::path{dir.path()} / "blocked"} << "a file";
  int status = -1;
  auto text = demo("--seconds 3 --port 0 --data-dir blocked/data", status);
  CAF_MESSAGE(text);
  CAF_CHECK_EQUAL(status, 1);
  CAF_CHECK(text.find("--data-dir") != text.npos);
  CAF_CHECK(text.find("OBSERVER_DATA_DIR") == text.npos);
  CAF_CHECK(text.find("Recording") == text.npos);
  CAF_CHECK(text.find("Look at it") == text.npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
