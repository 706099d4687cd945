#include "runtime/storage/disk_thread.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <stop_token>
#include <utility>

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <spdlog/spdlog.h>

#include "messages/exceptions.hpp"

namespace observer {

struct disk_thread::queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;
  bool closing = false, working = false;

  /// The next job, when the last one is gone; nothing once the queue is closed
  /// and empty.
  std::function<void()> next() {
    std::unique_lock lock{mutex};
    working = false;
    changed.notify_all();
    changed.wait(lock, [this] { return closing || !jobs.empty(); });
    if (jobs.empty())
      return nullptr;
    auto job = std::move(jobs.front());
    jobs.pop_front();
    working = true;
    return job;
  }
};

/// One piece of work at a time, beside the disk's thread.
class disk_thread::helper {
 public:
  helper() : thread_([this](std::stop_token stop) { serve(stop); }) {
    ::pthread_setname_np(thread_.native_handle(), "disk_helper");
  }

  void begin(const std::function<void()>& work) {
    std::lock_guard lock{mutex_};
    work_ = &work;
    changed_.notify_all();
  }
  /// Until it is done; what it threw, if it did.
  std::exception_ptr await() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return work_ == nullptr; });
    return std::exchange(thrown_, nullptr);
  }

 private:
  void serve(std::stop_token stop) {
    std::unique_lock lock{mutex_};
    while (changed_.wait(lock, stop, [this] { return work_ != nullptr; })) {
      lock.unlock();
      std::exception_ptr thrown;
      try {
        (*work_)();
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      thrown_ = thrown;
      work_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  const std::function<void()>* work_ = nullptr;
  std::exception_ptr thrown_;
  /// Ends first: it uses all of the above.
  std::jthread thread_;
};

namespace {

void run(const std::function<void()>& job) noexcept {
  try {
    job();
  } catch (...) {
    auto thrown = std::current_exception();
    tries([&] {
      spdlog::error("[disk] a job died of an exception: {}",
                    words_of_exception(thrown));
    });
  }
}

} // namespace

namespace {

/// Of the calling thread. What the system refuses is no matter.
void give_way() {
  // ioprio_set has no wrapper: of this thread, the idle class.
  constexpr int of_process = 1, idle_class = 3, class_shift = 13;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
  ::syscall(SYS_ioprio_set, of_process, 0, idle_class << class_shift);
}

} // namespace

disk_thread::disk_thread(manner m) : queue_(std::make_shared<queue>()) {
  thread_ = std::jthread{[q = queue_, m] {
    if (m == manner::idle)
      give_way();
    // Each job ends, with all that it holds, before the next begins.
    while (auto job = q->next())
      run(job);
  }};
  ::pthread_setname_np(thread_.native_handle(),
                       m == manner::idle ? "archive" : "disk");
}

disk_thread::~disk_thread() {
  {
    std::lock_guard lock{queue_->mutex};
    queue_->closing = true;
  }
  queue_->changed.notify_all();
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach();
}

void disk_thread::both(const std::function<void()>& one,
                       const std::function<void()>& other) {
  try {
    if (!helper_)
      helper_ = std::make_shared<helper>();
  } catch (...) {
    // No thread is to be had, or no memory for it: one after the other does as
    // well.
    one();
    other();
    return;
  }
  // The helper works with what is here: nobody leaves before it is done.
  helper_->begin(one);
  std::exception_ptr thrown;
  try {
    other();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (auto helpers = helper_->await())
    thrown = helpers;
  if (thrown)
    std::rethrow_exception(thrown);
}

void disk_thread::submit(std::function<void()> work) {
  {
    std::lock_guard lock{queue_->mutex};
    queue_->jobs.push_back(std::move(work));
  }
  queue_->changed.notify_all();
}

bool disk_thread::wait_until_idle(
  std::chrono::steady_clock::time_point limit) {
  std::unique_lock lock{queue_->mutex};
  return queue_->changed.wait_until(lock, limit, [this] {
    return queue_->jobs.empty() && !queue_->working;
  });
}

} // namespace observer
