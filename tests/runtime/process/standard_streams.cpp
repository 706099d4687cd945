#define CAF_SUITE runtime_process_standard_streams
#include "runtime/process/standard_streams.hpp"

#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

/// A terminal, and what TERM says of it while this lives.
struct terminal {
  explicit terminal(const char* name) {
    if (auto before = std::getenv("TERM"))
      before_ = before;
    if (name)
      ::setenv("TERM", name, 1);
    else
      ::unsetenv("TERM");
    near_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    ::grantpt(near_);
    ::unlockpt(near_);
    far = ::open(::ptsname(near_), O_RDWR | O_NOCTTY);
    CAF_REQUIRE(far >= 0);
  }
  ~terminal() {
    ::close(far);
    ::close(near_);
    if (before_.empty())
      ::unsetenv("TERM");
    else
      ::setenv("TERM", before_.c_str(), 1);
  }

  int far = -1;

private:
  int near_ = -1;
  std::string before_;
};

} // namespace

CAF_TEST(a line is written over only where the terminal knows how) {
  CAF_CHECK(rewrites_lines(terminal{"xterm-256color"}.far));
  CAF_CHECK(!rewrites_lines(terminal{"dumb"}.far));
  CAF_CHECK(!rewrites_lines(terminal{""}.far));
  CAF_CHECK(!rewrites_lines(terminal{nullptr}.far));
}

CAF_TEST(a file is no terminal) {
  terminal there{"xterm"};
  auto file = ::open("/dev/null", O_WRONLY);
  CAF_CHECK(!rewrites_lines(file));
  ::close(file);
}

} // namespace CAF_SUITE
