#define CAF_SUITE runtime_process_small_file
#include "test.hpp"

#include "runtime/process/small_file.hpp"

#include <fstream>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  std::string path(const std::string& name) const {
    return (std::filesystem::path{dir.path()} / name).string();
  }
  std::string trouble(const std::string& name, size_t bytes_max = 100) const {
    auto got = read_small_file(name, bytes_max);
    return got ? "no problem" : got.error().text;
  }

  test::temporary_directory dir;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(small_file_tests, fixture)

CAF_TEST(a file is read whole and no further than its bound) {
  std::ofstream{path("a")} << std::string(100, 'x');
  CAF_CHECK_EQUAL(read_small_file(path("a"), 100).value(),
                  std::string(100, 'x'));
  CAF_CHECK_EQUAL(trouble(path("a"), 99), "it is longer than 99 bytes");
  std::ofstream{path("empty")};
  CAF_CHECK_EQUAL(read_small_file(path("empty")).value(), "");
  CAF_CHECK_EQUAL(trouble(path("none")), "No such file or directory");
}

CAF_TEST(what is no file is said and hangs nothing) {
  CAF_CHECK_EQUAL(trouble(path("")), "it is a directory");
  CAF_CHECK_EQUAL(trouble("/dev/zero"), "it is a device, and no file");
  ::mkfifo(path("pipe").c_str(), 0600);
  CAF_CHECK_NOT_EQUAL(trouble(path("pipe")).find("it is a pipe, and nobody"),
                      std::string::npos);
}

CAF_TEST(a file that this user may not read is told with whose it is) {
  std::ofstream{path("a")} << "x";
  CAF_REQUIRE_EQUAL(::chmod(path("a").c_str(), 0), 0);
  // Others may pass through the folder, so that the file itself forbids it.
  CAF_REQUIRE_EQUAL(::chmod(dir.path().c_str(), 0711), 0);
  auto was = ::geteuid();
  CAF_REQUIRE(was != 0 || ::seteuid(65534) == 0);
  auto words = trouble(path("a"));
  auto me = fmt::format("Permission denied; this process is uid {}", ::geteuid());
  CAF_REQUIRE_EQUAL(::seteuid(was), 0);
  CAF_CHECK(words.starts_with(me));
  CAF_CHECK_NOT_EQUAL(words.find(fmt::format("the file has mode 0000 and belongs "
                                             "to uid {}",
                                             was)),
                      std::string::npos);
}

CAF_TEST(a pipe that somebody writes and closes is read) {
  ::mkfifo(path("pipe").c_str(), 0600);
  std::thread writer{[this] {
    std::ofstream{path("pipe")} << "from a password manager";
  }};
  auto got = read_small_file(path("pipe"));
  writer.join();
  CAF_CHECK_EQUAL(got.value(), "from a password manager");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
