#include "runtime/process/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <system_error>

#include <fmt/format.h>

#include "runtime/process/output_queue.hpp"

namespace observer {

void secure_standard_streams() {
  for (auto fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF)
      continue;
    auto wrong_way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // The lowest number that is free: this one. A root without /dev has itself.
    if (::open("/dev/null", wrong_way) < 0)
      static_cast<void>(::open("/", O_RDONLY | O_DIRECTORY));
  }
}

bool rewrites_lines(int descriptor) {
  if (::isatty(descriptor) == 0)
    return false;
  auto name = std::getenv("TERM");
  return name != nullptr && *name != '\0' && std::string_view{name} != "dumb";
}

namespace {

constexpr std::chrono::milliseconds reader_patience{1'000};

void say_refused(std::string_view command, int error) {
  say_error(fmt::format(
    "observer{}{}: standard output could not be written: {}",
    command.empty() ? "" : " ", command,
    error != 0 ? std::generic_category().message(error) : "it was refused"));
}

} // namespace

int status_of_output(std::string_view command, int status) {
  errno = 0;
  std::cout.flush();
  auto failed = !std::cout;
  failed = std::fflush(stdout) != 0 || failed;
  auto error = errno;
  failed = std::ferror(stdout) != 0 || failed;
  if (!failed)
    return status;
  say_refused(command, error);
  return 2;
}

int status_of_output_queue(std::string_view command, int status) {
  auto& queue = standard_output();
  if (!queue.flush(reader_patience))
    say_error(fmt::format("observer {}: nobody reads standard output", command));
  if (queue.lines_dropped() == 0)
    return status;
  say_refused(command, queue.refused_with());
  return 2;
}

} // namespace observer
