#pragma once

// The real disk: one thread that does blocking file work in the order of its
// submission.
//
// Limits. The queue has no bound of its own because its users have one: a
// journal writer has at most one job under way and submits the next when that
// one has come back; a writer that was restarted adds its recovery behind the
// last job of its former life. So there are never more jobs than writers and
// restarts of writers, and supervision bounds those.
//
// Lifetime. The destructor lets the thread finish every job, then joins it:
// whoever holds the disk last waits. It must not be the last job itself, which
// cannot wait for its own end: the thread is then left to end by itself.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "actors/ports/disk.hpp"

namespace observer {

class disk_thread : public disk {
 public:
  /// An idle one gives way to all others, at the processor and at the disk.
  enum class manner : uint8_t { usual, idle };

  explicit disk_thread(manner m = manner::usual);
  ~disk_thread() override;
  disk_thread(const disk_thread&) = delete;
  disk_thread& operator=(const disk_thread&) = delete;

  /// From any thread; never blocks for work. An exception that leaves `work`
  /// is logged, and the next job runs.
  void submit(std::function<void()> work) override;

  /// Until every job so far is done, at most so long; whether they are. Not from
  /// a job.
  bool wait_until_idle(std::chrono::steady_clock::time_point limit);

  /// On the disk's thread; `one` runs on a thread of its own, which is made
  /// when it is first needed.
  void both(const std::function<void()>& one,
            const std::function<void()>& other) override;

 private:
  struct queue;
  class helper;

  /// Shared with the thread, which may outlive this object (see above).
  std::shared_ptr<queue> queue_;
  /// Used by jobs only; joined with the last of them.
  std::shared_ptr<helper> helper_;
  std::jthread thread_;
};

} // namespace observer
