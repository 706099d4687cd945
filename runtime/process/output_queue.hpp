#pragma once

// Text on its way to a descriptor whose reader may sleep, be gone, or have no
// room: standard error above all. Whoever says something must neither wait for
// that reader nor end with it.
//
// Operation. `put` queues and returns. A thread of the queue writes, in order.
// What finds no room in the queue, and what the descriptor refuses (EPIPE,
// ENOSPC, EBADF), is dropped and counted, and one line says so as soon as lines
// flow again.
//
// Lifetime. The thread may hang in a write for ever. So nobody waits for it
// longer than `flush` is told to, nobody joins it, and what it uses is its own.
// It takes no signals. Safe from all threads.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace observer {

class output_queue {
 public:
  static constexpr size_t usual_bytes_max = 1 << 20;

  /// What was dropped since it was last said.
  struct loss {
    uint64_t lines = 0;
    uint64_t bytes = 0;
    /// In words.
    std::string why;
  };
  /// The line, newline included, that says it.
  using telling = std::function<std::string(const loss&)>;

  /// Writes to `descriptor`, which stays the caller's and must stay open.
  explicit output_queue(int descriptor, size_t bytes_max = usual_bytes_max);
  output_queue(const output_queue&) = delete;
  output_queue& operator=(const output_queue&) = delete;
  /// The thread ends when its write returns.
  ~output_queue();

  void tell_losses_by(telling form);

  /// Lines that belong together, each with its newline. False if they were
  /// dropped.
  bool put(std::string text);
  /// Text that is worth nothing later: put only if nothing waits, and never
  /// counted as dropped.
  bool put_if_idle(std::string text);

  /// Waits until all that was put is written or dropped, no longer than
  /// `patience`. False if that is not yet so.
  bool flush(std::chrono::milliseconds patience);

  /// Since the beginning.
  uint64_t lines_dropped() const;
  /// Why the descriptor last refused something; 0: it never did.
  int refused_with() const;
  /// That wait, at most `bytes_max`.
  size_t bytes_waiting() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Of this process' standard error: all that it says goes this way. Made when
/// first asked for, and never destroyed.
output_queue& standard_error();
/// The same of standard output, for commands that run until a signal stops them.
output_queue& standard_output();

/// A line of ours outside the log, `observer: …`, on standard error, in the form of
/// error_line.hpp: returns once it is written, or after a second. For what ends a
/// command.
void say_error(const std::string& text);

} // namespace observer
