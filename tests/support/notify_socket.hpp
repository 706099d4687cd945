#pragma once

// A service manager's end of NOTIFY_SOCKET.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>

namespace observer::test {

/// Bound to `name`, a path or a name after an `@`.
class notify_socket {
 public:
  explicit notify_socket(const std::string& name) {
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, name.data(), name.size());
    if (name[0] == '@')
      at.sun_path[0] = '\0';
    auto size = offsetof(sockaddr_un, sun_path) + name.size();
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&at),
               static_cast<socklen_t>(size))
        != 0)
      throw std::runtime_error{"no socket " + name};
  }
  ~notify_socket() {
    ::close(fd_);
  }
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;

  /// All that came, a message a line; `|` is a line's end within one.
  std::string heard() {
    std::string out;
    char buffer[2048];
    for (ssize_t n; (n = ::recv(fd_, buffer, sizeof buffer, 0)) >= 0;) {
      std::string text(buffer, static_cast<size_t>(n));
      for (auto& c : text)
        if (c == '\n')
          c = '|';
      out += text + "\n";
    }
    return out;
  }

 private:
  int fd_;
};

} // namespace observer::test
