#pragma once

// What a service manager that started this process wants to hear: systemd with
// Type=notify, and whoever speaks its protocol (s6, runit and container engines
// do). One datagram a message to the socket that NOTIFY_SOCKET names; without
// it nothing here does anything.
//
//   READY=1      once it serves
//   STATUS=…     what it does, in words; at most once a second
//   WATCHDOG=1   at half the time of WATCHDOG_USEC, while all is well
//   STOPPING=1   at the begin of the stop, with the time that it may take
//
// Nothing waits for the other side: what its queue has no place for is said
// again at the next look.
//
// Concurrency. For one thread.

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace observer {

class service_manager {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Of the environment, and takes its variables away: children that we start
  /// must not speak for us. Before any thread starts.
  service_manager();
  /// `socket` is a path or, after an `@`, a name without a file; `watchdog_us`
  /// and `watchdog_pid` are texts as the environment has them.
  service_manager(std::string socket, const std::string& watchdog_us,
                  const std::string& watchdog_pid);
  ~service_manager();
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  /// Somebody wants to hear.
  bool is_there() const {
    return fd_ >= 0;
  }
  /// Why it cannot be told, although it wants to hear; empty if it can.
  const std::string& problem_text() const {
    return problem_;
  }
  /// Between two signs of life; nothing where none is wanted.
  std::optional<std::chrono::microseconds> sign_interval() const {
    return sign_interval_;
  }

  void say_ready();
  /// A stop began, which may take so long. Tries for a moment.
  void say_stopping(std::chrono::milliseconds longest);
  /// The last words: why it ends.
  void say_status(const std::string& words);

  /// Several times a second. `words` and `all_is_well` are asked when they are
  /// to be told. Of words that differ in figures alone most are left out.
  void look(time_point now, const std::function<std::string()>& words,
            const std::function<bool()>& all_is_well);

 private:
  void open(const std::string& socket);
  bool send(const std::string& text);

  int fd_ = -1;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::string problem_;
  std::optional<std::chrono::microseconds> sign_interval_;
  bool ready_ = false, ready_told_ = false;
  std::string told_;
  std::optional<time_point> asked_, told_at_, sign_;
};

} // namespace observer
