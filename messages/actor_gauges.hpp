#pragma once

// What one actor shows of itself while it works: counts that cost a few
// nanoseconds a message, and times that are taken only while somebody looks.
// One life of an actor has one object of this; it outlives the actor.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "messages/counters.hpp"

namespace observer {

class actor_gauges {
 public:
  // -- the actor's side -------------------------------------------------------

  /// Somebody looks.
  bool watched() const {
    return watched_.load(std::memory_order_relaxed);
  }
  /// A message was put into the mailbox. Any thread.
  void note_enqueued() {
    auto n = enqueued_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (watched())
      start_probe(n);
  }
  /// A message was handled; `begin_ns` is what begin() said before.
  void note_handled(int64_t begin_ns) {
    handled_.add();
    if (begin_ns != 0)
      note_time(begin_ns);
  }
  /// Now, if somebody looks; else 0.
  int64_t begin() const {
    return watched() ? now_ns() : 0;
  }
  void note_dropped() {
    dropped_.add();
  }
  /// The actor's own word for what it does; a literal.
  void set_phase(std::string_view literal) {
    phase_.store(literal.data(), std::memory_order_relaxed);
  }
  void set_error(std::string text);

  // -- who looks --------------------------------------------------------------

  /// Begins anew when it is turned on: nobody followed a message meanwhile.
  void watch(bool on);
  uint64_t handled() const {
    return handled_.value();
  }
  uint64_t dropped() const {
    return dropped_.value();
  }
  /// Messages that wait or are being handled.
  uint64_t mailbox() const;
  /// Time in handlers while watched, and the messages that it went to.
  uint64_t busy_ns() const {
    return busy_ns_.value();
  }
  uint64_t timed() const {
    return timed_.value();
  }
  /// How long a message waits: of the one that is followed now if it has
  /// waited longer, else of the last one that was. 0 if none was.
  int64_t wait_ns() const;
  /// Empty if the actor has said none.
  std::string_view phase() const;
  std::string error() const;

 private:
  static int64_t now_ns();
  void start_probe(uint64_t number);
  void note_time(int64_t begin_ns);

  std::atomic<uint64_t> enqueued_{0};
  counter handled_, dropped_, busy_ns_, timed_;
  std::atomic<bool> watched_{false};
  std::atomic<const char*> phase_{nullptr};
  /// One message at a time is followed from the mailbox to its handler: its
  /// number among those enqueued (0 for none), and since when.
  std::atomic<uint64_t> probe_{0};
  std::atomic<int64_t> probe_ns_{0};
  std::atomic<int64_t> last_wait_ns_{0};
  mutable std::mutex mutex_;
  std::string error_;
};

} // namespace observer
