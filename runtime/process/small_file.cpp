#include "runtime/process/small_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

#include "messages/secret.hpp"

namespace observer {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// For who writes into a pipe.
constexpr auto patience = 2'000ms;

class descriptor {
public:
  explicit descriptor(int number) : number_(number) {
  }
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int number() const {
    return number_;
  }

private:
  int number_;
};

/// Whether something can be read, or the writer has gone, before `until`.
bool comes(int fd, steady::time_point until) {
  pollfd wait{fd, POLLIN, 0};
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - steady::now());
    auto n = ::poll(&wait, 1, left.count() > 0 ? static_cast<int>(left.count())
                                               : 0);
    if (n > 0)
      return true;
    if (n == 0 || errno != EINTR)
      return false;
  }
}

/// Of what this user may not read: who it is, whose the file is, what helps.
std::string forbidden(const std::string& path) {
  auto who = fmt::format("{}; this process is uid {} gid {}",
                         std::strerror(EACCES), ::geteuid(), ::getegid());
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    return who + ", which may not enter its folder";
  return fmt::format("{}, the file has mode {:04o} and belongs to uid {} gid {}: "
                     "be its owner, or let this user read it",
                     who, found.st_mode & 07777, found.st_uid, found.st_gid);
}

} // namespace

result<std::string> read_small_file(const std::string& path,
                                    size_t bytes_max) {
  auto refused = [&](int code) {
    return problem{code == EACCES ? forbidden(path) : std::strerror(code)};
  };
  if (path.find('\0') != path.npos)
    return problem{"its name holds a zero byte"};
  // Not to wait for the other end of a pipe.
  descriptor file{
    ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (file.number() < 0)
    return errno == ENXIO ? problem{"it is a socket or a device, and no file"}
                          : refused(errno);
  struct stat what {};
  if (::fstat(file.number(), &what) != 0)
    return refused(errno);
  auto pipe = S_ISFIFO(what.st_mode);
  if (S_ISDIR(what.st_mode))
    return problem{"it is a directory"};
  if (!S_ISREG(what.st_mode) && !pipe)
    return problem{"it is a device, and no file"};
  auto too_long = problem{fmt::format("it is longer than {} bytes", bytes_max)};
  if (what.st_size > 0 && static_cast<uint64_t>(what.st_size) > bytes_max)
    return too_long;
  auto until = steady::now() + patience;
  std::string content(bytes_max + 1, '\0');
  for (size_t bytes = 0;;) {
    if (pipe && !comes(file.number(), until)) {
      wipe(content);
      return problem{fmt::format("it is a pipe, and nobody has written and "
                                 "closed it within {} s",
                                 patience / 1s)};
    }
    auto n = ::read(file.number(), content.data() + bytes,
                    content.size() - bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (n < 0) {
      auto code = errno;
      wipe(content);
      return refused(code);
    }
    bytes += static_cast<size_t>(n);
    if (bytes > bytes_max) {
      wipe(content);
      return too_long;
    }
    if (n == 0) {
      content.resize(bytes);
      return content;
    }
  }
}

} // namespace observer
