#pragma once

// An address of loopback at which connections are neither taken nor refused: a
// listener whose queue is full, and the kernel drops what comes besides.

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace observer {

class black_hole {
 public:
  explicit black_hole(uint16_t port) : door_(make_socket()) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    ::inet_pton(AF_INET, address().c_str(), &at.sin_addr);
    int yes = 1;
    ::setsockopt(door_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    auto name = reinterpret_cast<sockaddr*>(&at);
    if (::bind(door_, name, sizeof at) != 0 || ::listen(door_, 0) != 0)
      throw std::runtime_error{"no listener for a black hole"};
    for (auto& c : callers_) {
      c = make_socket();
      ::fcntl(c, F_SETFL, O_NONBLOCK);
      ::connect(c, name, sizeof at);
    }
    // The first is in the queue; what comes behind it is dropped.
    pollfd first{callers_.front(), POLLOUT, 0};
    ::poll(&first, 1, 10'000);
  }
  ~black_hole() {
    for (auto c : callers_)
      ::close(c);
    ::close(door_);
  }
  black_hole(const black_hole&) = delete;
  black_hole& operator=(const black_hole&) = delete;

  static std::string address() {
    return "127.0.0.9";
  }

 private:
  static int make_socket() {
    return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  }

  int door_;
  std::array<int, 4> callers_;
};

} // namespace observer
