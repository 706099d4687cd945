#pragma once

// A client that can misbehave: plain sockets, whole control of every byte.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace observer::http_test {

using namespace std::chrono_literals;

/// Until `condition` holds; the bound is for a broken program, not for a slow
/// machine.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = 30s) {
  auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(1ms); // between two looks
  }
  return true;
}

struct reply {
  /// 0: the connection ended before an answer was whole.
  int status = 0;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;

  std::string header(const std::string& name) const {
    auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
};

class client {
 public:
  explicit client(uint16_t port, int receive_buffer = 0)
    : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                   sizeof(receive_buffer));
    int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to))
                 == 0;
  }
  ~client() {
    close();
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  client(client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_),
      rest_(std::move(other.rest_)) {}

  bool connected() const {
    return connected_;
  }
  /// False once the peer does not take it.
  bool send(const std::string& text) {
    for (size_t done = 0; done < text.size();) {
      auto n = ::send(fd_, text.data() + done, text.size() - done,
                      MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      done += static_cast<size_t>(n);
    }
    return true;
  }
  void finish_sending() {
    ::shutdown(fd_, SHUT_WR);
  }
  void close() {
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
  }
  /// Without the handshake of a good end, which would keep the port busy.
  void reset() {
    linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }

  /// More bytes into `rest_`; false at the end, or if nothing comes.
  bool receive(std::chrono::milliseconds limit = 20s) {
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, static_cast<int>(limit.count())) <= 0)
      return false;
    char bytes[65536];
    auto n = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (n <= 0)
      return false;
    rest_.append(bytes, static_cast<size_t>(n));
    return true;
  }
  /// The next answer; of HEAD without a body.
  reply answer(bool head = false) {
    reply out;
    size_t end;
    while ((end = rest_.find("\r\n\r\n")) == std::string::npos)
      if (!receive())
        return out;
    auto text = rest_.substr(0, end + 2);
    rest_.erase(0, end + 4);
    auto status = std::atoi(text.c_str() + text.find(' '));
    for (auto at = text.find("\r\n") + 2; at < text.size();) {
      auto stop = text.find("\r\n", at);
      auto colon = text.find(':', at);
      auto name = text.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      });
      out.headers[name] = text.substr(colon + 2, stop - colon - 2);
      at = stop + 2;
    }
    if (out.headers.contains("content-length") && !head) {
      auto size = std::stoul(out.headers["content-length"]);
      while (rest_.size() < size)
        if (!receive())
          return {};
      out.body = rest_.substr(0, size);
      rest_.erase(0, size);
    }
    out.status = status;
    return out;
  }
  /// Whether the peer closes; what it still says is thrown away.
  bool is_closed(std::chrono::milliseconds limit = 20s) {
    auto end = std::chrono::steady_clock::now() + limit;
    char bytes[65536];
    for (;;) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
      pollfd p{fd_, POLLIN, 0};
      if (left <= 0ms || ::poll(&p, 1, static_cast<int>(left.count())) <= 0)
        return false;
      if (::recv(fd_, bytes, sizeof(bytes), 0) <= 0)
        return true;
    }
  }
  /// Reads until the text has come; it and all before it are taken out.
  bool sees(const std::string& text) {
    size_t at;
    while ((at = rest_.find(text)) == std::string::npos)
      if (!receive())
        return false;
    rest_.erase(0, at + text.size());
    return true;
  }
  /// Takes what came so far.
  std::string take_rest() {
    return std::exchange(rest_, {});
  }
  /// Of what came so far and was not taken.
  const std::string& rest() const {
    return rest_;
  }

 private:
  int fd_;
  bool connected_ = false;
  std::string rest_;
};

using header_list = std::map<std::string, std::string>;

inline std::string request(const std::string& method, const std::string& target,
                           header_list headers = {},
                           const std::string& body = "") {
  headers.insert({"Host", "127.0.0.1"});
  if (!body.empty())
    headers.insert({"Content-Length", std::to_string(body.size())});
  auto out = method + " " + target + " HTTP/1.1\r\n";
  for (auto& [name, value] : headers)
    out += name + ": " + value + "\r\n";
  return out + "\r\n" + body;
}

/// On a connection of its own.
inline reply ask(uint16_t port, const std::string& method,
                 const std::string& target, header_list headers = {},
                 const std::string& body = "") {
  client c{port};
  c.send(request(method, target, std::move(headers), body));
  return c.answer(method == "HEAD");
}

/// What every answer must carry; empty if it does.
inline std::string missing_headers(const reply& r) {
  std::string out;
  for (auto [name, value] :
       {std::pair{"x-content-type-options", "nosniff"},
        std::pair{"x-frame-options", "DENY"},
        std::pair{"referrer-policy", "no-referrer"},
        std::pair{"cross-origin-resource-policy", "same-origin"}})
    if (r.header(name) != value)
      out += std::string{name} + " ";
  auto policy = r.header("content-security-policy");
  if (policy.find("default-src 'none'") == std::string::npos
      || policy.find("frame-ancestors 'none'") == std::string::npos)
    out += "content-security-policy ";
  if (r.header("cache-control").empty())
    out += "cache-control ";
  if (!r.header("date").ends_with(" GMT"))
    out += "date ";
  if (!r.header("access-control-allow-origin").empty())
    out += "(another origin may read) ";
  return out;
}

} // namespace observer::http_test
