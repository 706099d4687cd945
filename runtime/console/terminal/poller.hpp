#pragma once

// Keeps a picture of the daemon up to date on a thread of its own, and sends
// actions. What fails is said in the picture and tried again: a daemon that is
// away, or restarts, needs nothing done here.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/network/daemon_client.hpp"
#include "runtime/console/terminal/picture.hpp"

namespace observer::terminal {

/// GET /status is asked at most so often.
inline constexpr std::chrono::milliseconds poll_period{500};

/// What a reply means that is no success.
trouble refusal(const daemon_reply& r);

class poller {
public:
  /// Starts the thread. `url` is how the daemon is named to the reader, `who`
  /// is given with each action. The thread takes no signals.
  poller(url base, secret bearer_token, std::string url, std::string who);
  /// Ends a running request; joins the thread.
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// Never blocks on the network.
  picture latest() const;
  void want(const wants& w);
  /// The outcome comes as the picture's notice. One waits at a time: a second
  /// one before the first was sent is refused with a notice.
  void send(action a);

private:
  using steady = std::chrono::steady_clock;

  void work();
  /// Sleeps until there is something to do; false when it is time to end.
  bool wait_until(steady::time_point next_poll);
  void ask_status();
  void ask_permissions();
  void ask_more(const wants& w);
  void perform(const action& a);
  void tell(notice n);
  template <class T, class Read>
  void ask(const std::string& target, Read read,
           std::shared_ptr<const T> picture::*into);

  daemon_client client_;
  std::string who_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All below is guarded by mutex_.
  picture picture_;
  steady::time_point last_answer_ = steady::now();
  wants wants_;
  bool wants_changed_ = false;
  std::optional<action> action_;
  bool stop_ = false;
  // The last: its thread uses all above.
  std::thread thread_;
};

} // namespace observer::terminal
