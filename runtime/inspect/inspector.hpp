#pragma once

// Looks at the running daemon for whoever asks: reads the boards and counters
// that the actors write, and sends them nothing. A thread of its own takes the
// counts once a second; another looks at the disk (see disk_watch.hpp), which
// no look waits for.
//
// Thread-safe.

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "actors/archive/archive_board.hpp"
#include "actors/feed/lane.hpp"
#include "actors/ports/clock.hpp"
#include "messages/market_hours.hpp"
#include "messages/slot_index.hpp"
#include "runtime/inspect/day_sum.hpp"
#include "runtime/inspect/disk_watch.hpp"
#include "runtime/inspect/history.hpp"
#include "runtime/inspect/observation.hpp"
#include "runtime/inspect/told_time.hpp"

namespace observer {

/// What there is to look at.
struct inspected {
  std::shared_ptr<session_memory> memory;
  std::shared_ptr<actor_board> actors;
  std::shared_ptr<wall_clock> clock;
  std::shared_ptr<file_system> files;
  /// Durations of syncs of journal files.
  std::shared_ptr<latency_histogram> syncs;
  market_hours hours;
  std::string data_dir;
  /// Null where there is no archive.
  std::shared_ptr<archive_board> archive = {};
};

class inspector {
 public:
  /// Who calls take_second: a thread of the inspector's own, or whoever made it,
  /// as where time is simulated.
  enum class pace : uint8_t { own_thread, caller };

  /// Rates are of so many seconds.
  static constexpr size_t rate_seconds = 5;

  explicit inspector(inspected what, pace seconds = pace::own_thread);
  ~inspector();
  inspector(const inspector&) = delete;
  inspector& operator=(const inspector&) = delete;

  /// The daemon now. Rates and times of actors begin with the first look and
  /// are kept while looks are less than `watch_for` apart.
  observation look();
  /// The same without being a look: times of actors are not taken for it, and
  /// files as they were surveyed last.
  observation observe() const;
  /// Once a second.
  void take_second();
  history_view history_of(history_range range) const {
    return history_.view(range);
  }
  history_view history_of_minutes() const {
    return history_of(history_range::ten_minutes);
  }
  std::vector<tick_view> ticks_of(slot_index slot) const;
  /// Newest first, as are the records that were rejected.
  std::vector<event_view> events(size_t count) const;
  std::vector<reject_view> rejects(size_t count) const;
  /// Of the last days, as of a few seconds ago; `look` has today's and the open
  /// ones.
  std::vector<file_observation> files() const {
    return disk_.files();
  }
  const inspected& target() const {
    return what_;
  }
  /// What earlier runs left is looked through; nothing is recorded yet.
  void note_recovering(bool recovering) {
    recovering_ = recovering;
  }
  void note_stopping() {
    stopping_ = true;
  }

 private:
  /// An actor at the last step of the rates.
  struct mark {
    uint64_t handled = 0, busy_ns = 0, timed = 0;
    std::optional<double> per_s, busy_ratio, mean_us;
  };

  void run();
  void tell_hanging_disk();
  double slot_rate(size_t slot) const;
  void take_actor_rates(double elapsed_s);
  void look_at_times(int64_t steady_us);
  void add_ledger(observation& o) const;
  void add_market(observation& o) const;
  void add_session(observation& o) const;
  void add_actors(observation& o) const;
  void add_storage(observation& o) const;

  inspected what_;
  /// By the steady clock.
  int64_t started_us_;
  std::string host_;
  history history_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> recovering_{false};
  /// Steady time of the last look; 0 before the first.
  std::atomic<int64_t> looked_us_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  bool watching_ = false;
  /// Told; of the thread.
  bool disk_hangs_ = false;
  /// What each slot received up to the last seconds; `taken_` of them so far.
  std::array<std::array<uint64_t, slots_per_session>, rate_seconds + 1>
    slot_received_{};
  size_t taken_ = 0;
  day_sum day_;
  std::array<outcome_window, slots_per_session> slot_outcomes_;
  session_outcomes outcomes_;
  /// Since the start, by the steady clock.
  int64_t second_ = 0;
  told_time connected_;
  struct slot_times {
    told_time last_tick;
    told_time oldest_unacked{told_time::kind::oldest};
  };
  std::array<slot_times, slots_per_session> slot_times_;
  std::map<std::string, mark> marks_;
  int64_t marked_us_ = 0;
  disk_watch disk_;
  std::thread thread_;
};

} // namespace observer
