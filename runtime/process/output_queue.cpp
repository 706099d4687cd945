#include "runtime/process/output_queue.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "runtime/process/error_line.hpp"

namespace observer {

namespace {

constexpr std::chrono::milliseconds say_patience{1'000};

uint64_t lines_in(std::string_view text) {
  return std::max<uint64_t>(
    static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')), 1);
}

struct written {
  /// 0, or why not all was written.
  int error = 0;
  size_t bytes = 0;
};

written write_whole(int descriptor, std::string_view text) {
  constexpr int look_ms = 1'000;
  written out;
  while (out.bytes < text.size()) {
    auto n = ::write(descriptor, text.data() + out.bytes,
                     text.size() - out.bytes);
    if (n > 0) {
      out.bytes += static_cast<size_t>(n);
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      // Somebody who shares the descriptor made it non-blocking.
      pollfd wait{descriptor, POLLOUT, 0};
      ::poll(&wait, 1, look_ms);
    } else {
      out.error = n < 0 ? errno : EIO;
      return out;
    }
  }
  return out;
}

std::string plain_telling(const output_queue::loss& lost) {
  return error_line("error", fmt::format("observer: {} lines of {} bytes were "
                                         "dropped here: {}",
                                         lost.lines, lost.bytes, lost.why));
}

} // namespace

struct output_queue::state {
  explicit state(int fd, size_t max) : descriptor(fd), bytes_max(max) {}

  const int descriptor;
  const size_t bytes_max;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> waiting;
  size_t bytes = 0;
  /// The thread has taken a text and not yet written it.
  bool busy = false;
  bool ended = false;
  /// Dropped at the queue's bound behind what waits now, and not yet said.
  loss unqueued;
  telling tell = plain_telling;
  std::atomic<uint64_t> dropped{0};
  std::atomic<int> last_error{0};

  /// The thread's own: refused by the descriptor and not yet said; whether the
  /// last text was left half written.
  loss refused;
  bool torn = false;

  /// Of a text in the queue, with what the queue itself takes.
  static size_t cost(const std::string& text) {
    return text.size() + sizeof text;
  }
  void queue(std::string text) {
    auto more = cost(text);
    waiting.push_back(std::move(text));
    bytes += more;
  }
  /// With the mutex held.
  void queue_unqueued() {
    if (unqueued.lines == 0)
      return;
    queue(tell(unqueued));
    unqueued = {};
  }

  void run();
  void write(const std::string& text);
};

void output_queue::state::write(const std::string& text) {
  std::string out;
  if (torn)
    out += '\n';
  if (refused.lines > 0) {
    std::unique_lock lock{mutex};
    auto form = tell;
    lock.unlock();
    out += form(refused);
  }
  auto before = out.size();
  out += text;
  auto [error, bytes_done] = write_whole(descriptor, out);
  if (bytes_done > 0)
    torn = bytes_done < out.size() && out[bytes_done - 1] != '\n';
  // Said, once more than the line that says it is out.
  if (bytes_done >= before)
    refused = {};
  if (error == 0)
    return;
  auto lost = std::string_view{text};
  if (bytes_done > before)
    lost.remove_prefix(bytes_done - before);
  auto lines = lines_in(lost);
  refused.lines += lines;
  refused.bytes += lost.size();
  refused.why = std::generic_category().message(error);
  last_error.store(error, std::memory_order_relaxed);
  dropped.fetch_add(lines, std::memory_order_relaxed);
}

void output_queue::state::run() {
  std::unique_lock lock{mutex};
  for (;;) {
    changed.wait(lock, [&] { return ended || !waiting.empty(); });
    if (waiting.empty())
      return;
    auto text = std::move(waiting.front());
    waiting.pop_front();
    busy = true;
    lock.unlock();
    try {
      write(text);
    } catch (...) { // no memory for a notice: a line less
      dropped.fetch_add(lines_in(text), std::memory_order_relaxed);
    }
    lock.lock();
    // It took its room until it was written.
    bytes -= cost(text);
    busy = false;
    if (waiting.empty())
      changed.notify_all();
  }
}

output_queue::output_queue(int descriptor, size_t bytes_max)
  : state_(std::make_shared<state>(descriptor, bytes_max)) {
  // Signals are for the threads that wait for them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread{[s = state_] { s->run(); }}.detach();
  } catch (const std::system_error&) {
    // No thread to be had: nothing is written, which is counted.
    state_->ended = true;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

output_queue::~output_queue() {
  std::lock_guard guard{state_->mutex};
  state_->ended = true;
  state_->changed.notify_all();
}

void output_queue::tell_losses_by(telling form) {
  std::lock_guard guard{state_->mutex};
  state_->tell = std::move(form);
}

bool output_queue::put(std::string text) {
  auto& s = *state_;
  std::lock_guard guard{s.mutex};
  if (s.ended || s.bytes + state::cost(text) > s.bytes_max) {
    auto lines = lines_in(text);
    s.unqueued.lines += lines;
    s.unqueued.bytes += text.size();
    s.unqueued.why = "nobody reads fast enough, and what waits is bounded";
    s.dropped.fetch_add(lines, std::memory_order_relaxed);
    return false;
  }
  s.queue_unqueued();
  s.queue(std::move(text));
  s.changed.notify_all();
  return true;
}

bool output_queue::put_if_idle(std::string text) {
  auto& s = *state_;
  std::lock_guard guard{s.mutex};
  if (s.ended || s.busy || !s.waiting.empty())
    return false;
  s.queue(std::move(text));
  s.changed.notify_all();
  return true;
}

bool output_queue::flush(std::chrono::milliseconds patience) {
  auto& s = *state_;
  std::unique_lock lock{s.mutex};
  auto done = [&] { return !s.busy && s.waiting.empty(); };
  auto until = std::chrono::steady_clock::now() + patience;
  if (!s.changed.wait_until(lock, until, done))
    return false;
  if (s.unqueued.lines == 0 || s.ended)
    return true;
  s.queue_unqueued();
  s.changed.notify_all();
  return s.changed.wait_until(lock, until, done);
}

uint64_t output_queue::lines_dropped() const {
  return state_->dropped.load(std::memory_order_relaxed);
}

int output_queue::refused_with() const {
  return state_->last_error.load(std::memory_order_relaxed);
}

size_t output_queue::bytes_waiting() const {
  std::lock_guard guard{state_->mutex};
  return state_->bytes;
}

output_queue& standard_error() {
  static auto* queue = new output_queue{STDERR_FILENO};
  return *queue;
}

output_queue& standard_output() {
  static auto* queue = new output_queue{STDOUT_FILENO};
  return *queue;
}

void say_error(const std::string& text) {
  auto& queue = standard_error();
  auto line = error_line("error", text);
  if (queue.put(line)) {
    queue.flush(say_patience);
    return;
  }
  // There is no thread to write it, for one. What the descriptor takes at once
  // waits for nobody.
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  auto bytes = std::min<size_t>(line.size(), PIPE_BUF);
  if (::poll(&ready, 1, 0) == 1
      && ::write(STDERR_FILENO, line.data(), bytes) < 0)
    return; // nobody else is left to tell
}

} // namespace observer
