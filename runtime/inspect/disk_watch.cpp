#include "runtime/inspect/disk_watch.hpp"

#include <chrono>
#include <condition_variable>
#include <utility>

#include <pthread.h>
#include <spdlog/spdlog.h>

#include "messages/korean_time.hpp"
#include "runtime/inspect/files_survey.hpp"

namespace observer {

struct disk_watch::state {
  static constexpr auto look_every = std::chrono::seconds{1};
  static constexpr int64_t survey_every_us = 5 * us_per_second;
  static constexpr size_t files_max = 200;

  std::shared_ptr<file_system> files;
  std::shared_ptr<wall_clock> clock;
  std::shared_ptr<live_board> board;
  std::string data_dir;

  mutable std::mutex mutex;
  std::condition_variable changed;
  bool ended = false, finished = false, wanted = false;
  disk_observation disk;
  /// Steady time of the last look that returned, and of the start.
  int64_t looked_us = 0;
  std::vector<file_observation> found;
  /// Steady time of the last survey; 0 before the first, and when somebody
  /// begins to look.
  int64_t surveyed_us = 0;

  void look() {
    auto room = files->free_room(data_dir);
    auto now = clock->steady_us();
    std::lock_guard guard{mutex};
    looked_us = now;
    disk.problem = room.problem ? room.problem->text() : std::string{};
    if (room.problem)
      return; // what was known last stays
    disk.free_bytes = room.bytes;
    disk.free_inodes = room.inodes;
  }

  void survey() {
    std::vector<open_file_view> open;
    for (auto& writer : board->writers)
      for (auto& f : writer.open())
        open.push_back(f);
    auto now = survey_files(data_dir, clock->now_us(), open, files_max);
    std::lock_guard guard{mutex};
    found = std::move(now);
    surveyed_us = clock->steady_us();
  }

  bool survey_due() {
    std::lock_guard guard{mutex};
    return wanted
           && (surveyed_us == 0
               || clock->steady_us() - surveyed_us >= survey_every_us);
  }
};

disk_watch::disk_watch(std::shared_ptr<file_system> files,
                       std::shared_ptr<wall_clock> clock,
                       std::shared_ptr<live_board> board, std::string data_dir,
                       bool own_thread)
  : state_(std::make_shared<state>()) {
  state_->files = std::move(files);
  state_->clock = std::move(clock);
  state_->board = std::move(board);
  state_->data_dir = std::move(data_dir);
  state_->looked_us = state_->clock->steady_us();
  if (!own_thread)
    return;
  thread_ = std::thread{[s = state_] { run(s); }};
  ::pthread_setname_np(thread_.native_handle(), "disk_watch");
}

disk_watch::~disk_watch() {
  if (!thread_.joinable())
    return;
  constexpr auto patience = std::chrono::milliseconds{300};
  std::unique_lock lock{state_->mutex};
  state_->ended = true;
  state_->changed.notify_all();
  auto finished = state_->changed.wait_for(lock, patience,
                                           [&] { return state_->finished; });
  lock.unlock();
  if (finished)
    thread_.join();
  else
    thread_.detach();
}

void disk_watch::run(const std::shared_ptr<state>& s) {
  auto next = std::chrono::steady_clock::now();
  for (;;) {
    try {
      s->look();
      if (s->survey_due())
        s->survey();
    } catch (const std::exception& e) {
      // Whatever it is, it must not keep the recorder from recording.
      spdlog::error("[inspector] {}", e.what());
    }
    next = std::max(next + state::look_every, std::chrono::steady_clock::now());
    std::unique_lock lock{s->mutex};
    s->changed.wait_until(lock, next, [&] {
      return s->ended || (s->wanted && s->surveyed_us == 0);
    });
    if (s->ended) {
      s->finished = true;
      s->changed.notify_all();
      return;
    }
  }
}

void disk_watch::want_files(bool wanted) {
  std::lock_guard guard{state_->mutex};
  if (std::exchange(state_->wanted, wanted) || !wanted)
    return;
  state_->surveyed_us = 0;
  state_->changed.notify_all();
}

disk_observation disk_watch::disk() const {
  if (!thread_.joinable())
    return {};
  std::lock_guard guard{state_->mutex};
  auto out = state_->disk;
  out.age_us = std::max<int64_t>(0, state_->clock->steady_us()
                                      - state_->looked_us);
  return out;
}

std::vector<file_observation> disk_watch::files() const {
  std::lock_guard guard{state_->mutex};
  return state_->found;
}

} // namespace observer
