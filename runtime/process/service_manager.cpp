#include "runtime/process/service_manager.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "messages/outside_text.hpp"

namespace observer {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr const char* socket_name = "NOTIFY_SOCKET";
constexpr const char* interval_name = "WATCHDOG_USEC";
constexpr const char* pid_name = "WATCHDOG_PID";

/// Between two status texts, and between two that differ in figures alone:
/// each makes the manager tell all who watch it.
constexpr seconds status_interval{1}, figures_interval{10};
/// A reader shows one line.
constexpr size_t status_bytes = 500;
/// For what is said once.
constexpr milliseconds send_patience{200};

std::string from_environment(const char* name) {
  auto* value = std::getenv(name);
  return value ? value : "";
}

/// A whole number above 0, or nothing.
std::optional<int64_t> number_of(const std::string& text) {
  int64_t n = 0;
  auto end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, n);
  if (read.ec != std::errc{} || read.ptr != end || n <= 0)
    return std::nullopt;
  return n;
}

std::string without_figures(std::string text) {
  std::erase_if(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'
                                          || c == ','; });
  return text;
}

} // namespace

service_manager::service_manager()
  : service_manager(from_environment(socket_name),
                    from_environment(interval_name),
                    from_environment(pid_name)) {
  for (auto* name : {socket_name, interval_name, pid_name})
    ::unsetenv(name);
}

service_manager::service_manager(std::string socket,
                                 const std::string& watchdog_us,
                                 const std::string& watchdog_pid) {
  if (socket.empty())
    return;
  open(socket);
  if (fd_ < 0)
    return;
  // One that watches another process of this service is not ours to feed.
  if (!watchdog_pid.empty() && number_of(watchdog_pid) != ::getpid())
    return;
  if (auto us = number_of(watchdog_us))
    sign_interval_ = std::max(microseconds{*us / 2}, microseconds{1});
  else if (!watchdog_us.empty() && watchdog_us != "0")
    problem_ = fmt::format("{} is \"{}\", no number of microseconds: no sign "
                           "of life is given",
                           interval_name, outside_value(watchdog_us));
}

service_manager::~service_manager() {
  if (fd_ >= 0)
    ::close(fd_);
}

void service_manager::open(const std::string& socket) {
  auto trouble = [&](const std::string& why) {
    problem_ = fmt::format("{} is \"{}\": {}; the service manager is told "
                           "nothing",
                           socket_name, outside_value(socket), why);
  };
  if (socket.size() < 2 || (socket[0] != '/' && socket[0] != '@'))
    return trouble("neither a path nor a name after an @");
  if (socket.size() > sizeof address_.sun_path)
    return trouble(fmt::format("longer than the {} bytes of an address",
                               sizeof address_.sun_path));
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, socket.data(), socket.size());
  if (socket[0] == '@')
    address_.sun_path[0] = '\0';
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path)
                                         + socket.size());
  fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0)
    trouble(std::strerror(errno));
}

bool service_manager::send(const std::string& text) {
  // Not connected: a manager that made its socket anew is found again.
  for (;;) {
    auto sent = ::sendto(fd_, text.data(), text.size(), MSG_NOSIGNAL,
                         reinterpret_cast<const sockaddr*>(&address_),
                         address_size_);
    if (sent >= 0)
      return true;
    if (errno != EINTR)
      return false;
  }
}

void service_manager::say_ready() {
  if (!is_there())
    return;
  ready_ = true;
  ready_told_ = send("READY=1");
  if (!ready_told_ && errno != EAGAIN)
    problem_ = fmt::format("cannot tell the service manager that it is ready: "
                           "{}; tried again",
                           std::strerror(errno));
}

void service_manager::say_stopping(milliseconds longest) {
  if (!is_there())
    return;
  auto text = fmt::format("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC={}",
                          microseconds{longest}.count());
  auto limit = std::chrono::steady_clock::now() + send_patience;
  while (!send(text) && errno == EAGAIN
         && std::chrono::steady_clock::now() < limit)
    ::poll(nullptr, 0, 5);
}

void service_manager::say_status(const std::string& words) {
  if (is_there())
    send("STATUS=" + outside_text(words, status_bytes));
}

void service_manager::look(time_point now,
                           const std::function<std::string()>& words,
                           const std::function<bool()>& all_is_well) {
  if (!is_there())
    return;
  if (ready_ && !ready_told_)
    ready_told_ = send("READY=1");
  // Asked once a second even where nobody wants signs: it keeps itself up.
  if (asked_ && now - *asked_ < std::min<microseconds>(
                  status_interval, sign_interval_.value_or(status_interval)))
    return;
  asked_ = now;
  auto well = all_is_well();
  if (well && sign_interval_ && (!sign_ || now - *sign_ >= *sign_interval_)
      && send("WATCHDOG=1"))
    sign_ = now;
  if (told_at_ && now - *told_at_ < status_interval)
    return;
  auto text = outside_text(words(), status_bytes);
  if (text == told_
      || (told_at_ && now - *told_at_ < figures_interval
          && without_figures(text) == without_figures(told_)))
    return;
  if (send("STATUS=" + text)) {
    told_ = std::move(text);
    told_at_ = now;
  }
}

} // namespace observer
