#include "runtime/disk_thread.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>

#include <pthread.h>
#include <spdlog/spdlog.h>

#include "actors/house_handlers.hpp"

namespace observer {

struct disk_thread::queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;
  bool closing = false;

  /// The next job; nothing once the queue is closed and empty.
  std::function<void()> next() {
    std::unique_lock lock{mutex};
    changed.wait(lock, [this] { return closing || !jobs.empty(); });
    if (jobs.empty())
      return nullptr;
    auto job = std::move(jobs.front());
    jobs.pop_front();
    return job;
  }
};

namespace {

void run(const std::function<void()>& job) {
  try {
    job();
  } catch (...) {
    spdlog::error("[disk] a job died of an exception: {}",
                  in_words(std::current_exception()));
  }
}

} // namespace

disk_thread::disk_thread() : queue_(std::make_shared<queue>()) {
  thread_ = std::jthread{[q = queue_] {
    // Each job ends, with all that it holds, before the next begins.
    while (auto job = q->next())
      run(job);
  }};
  ::pthread_setname_np(thread_.native_handle(), "disk");
}

disk_thread::~disk_thread() {
  {
    std::lock_guard lock{queue_->mutex};
    queue_->closing = true;
  }
  queue_->changed.notify_one();
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach();
}

void disk_thread::submit(std::function<void()> work) {
  {
    std::lock_guard lock{queue_->mutex};
    queue_->jobs.push_back(std::move(work));
  }
  queue_->changed.notify_one();
}

} // namespace observer
