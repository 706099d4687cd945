#pragma once

// Writes one dataset of the journal and says what is durable.
//
// Operation. Batches wait until `commit_interval` has passed since the oldest
// record was received, or `commit_bytes` have gathered; then one disk job writes
// them, calls fdatasync, and comes back as a message: each producer gets one
// acknowledgement per session for its range. One job at a time; what arrives
// meanwhile is the next commit. A file is sealed with its manifest when its hour
// (day) is over.
//
// Failure. A commit that fails goes to a new part of the file, within the same
// job (see journal_disk_jobs.hpp). Whatever the disk says that a new part does
// not mend, the writer holds what it has and tries again every
// `retry_interval`, saying so: the disk may be well again, and a restart mends
// no disk. For a fault of our own (see is_fault_of_ours) it quits with an error,
// and its supervisor starts another one, which finds its place from the files
// and from its memory. Producers keep what is unacknowledged and send it again.
//
// The past. What earlier lives left open is no reason to wait: lines go to a new
// part, and the old files are sealed in the background, a step at a time. A
// file that cannot be opened or sealed is set aside and tried again.
//
// A stop is over when all lines are durable. Ticks are waited for up to the
// supervisor's deadline; lines of other datasets are given up, with words, when
// the disk refuses them once more, and manifests are left to the next run.
//
// Order. Batches of one producer and session must come in sequence; what the
// disk has is acknowledged again and dropped. A hole is answered with one
// resend_request; a producer that then still begins behind the hole does not
// have those records any more: the hole is said and the rest is written.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/journal/journal_disk_jobs.hpp"
#include "actors/journal/storage_health.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/disk.hpp"
#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/measured_actor.hpp"
#include "actors/watch/live_board.hpp"
#include "messages/counters.hpp"
#include "messages/interfaces.hpp"

namespace observer {

struct journal_writer_config {
  dataset data = dataset::scalp;
  std::string data_dir;
  /// How long the first record of a commit waits for company, from its receipt.
  std::chrono::milliseconds commit_interval{5};
  /// A commit of so many bytes does not wait.
  uint64_t commit_bytes = 1 << 20;
  /// How long after its hour a file stays open for late lines.
  std::chrono::milliseconds seal_linger{5'000};
  /// Between two attempts while the disk refuses.
  std::chrono::milliseconds retry_interval{1'000};
  std::shared_ptr<wall_clock> clock;
  std::shared_ptr<file_system> files;
  std::shared_ptr<disk> worker;
  /// Where files of the past are sealed and checkpoints written, so that no
  /// commit waits for it. Null: with the rest, and no checkpoints.
  std::shared_ptr<disk> background;
  /// How long a stop waits for the past to be sealed, and for what is open:
  /// the next run seals the rest.
  std::chrono::milliseconds past_patience{1'500};
  std::chrono::milliseconds seal_patience{4'500};
  /// Between two attempts at a file of the past that cannot be sealed.
  std::chrono::milliseconds past_retry{60'000};
  /// A checkpoint is written when a file has grown so much since the last, or
  /// a little in `checkpoint_interval`.
  uint64_t checkpoint_bytes = 8 << 20;
  std::chrono::milliseconds checkpoint_interval{5'000};
  std::shared_ptr<writer_memory> memory;
  /// For the commit latency; may be null.
  std::shared_ptr<session_counters> counters;
  /// Told what keeps this writer from writing; may be null.
  std::shared_ptr<storage_health> health;
  /// Shown its files; may be null.
  std::shared_ptr<live_board> board;

  std::optional<std::string> validate() const;
};

struct journal_writer_state {
  static inline const char* name = "journal_writer";

  using self_pointer
    = journal_writer_actor::stateful_pointer<journal_writer_state>;

  explicit journal_writer_state(self_pointer self) : self(self) {}
  /// Says that the next life is awaited, unless this one ended in order.
  ~journal_writer_state();

  void start();
  void on_batch(const line_batch_ptr& batch, const producer_actor& producer);
  void on_done(const disk_job_done& done);
  void on_commit_due();
  void report(cause why, std::string text);
  void on_seal_due();
  /// Tells of a file that somebody took away, and of what is gone with it.
  void tell_taken(const disk_job_done& done);
  void tell_lost(const std::vector<lost_records>& lost);
  /// Names a disk that does not finish.
  void check_stall();
  void on_exit(const caf::error& reason);

  // -- how it is done ---------------------------------------------------------

  using time_point = caf::actor_clock::time_point;

  /// Where a producer's stream stands.
  struct stream {
    /// The last record that is waiting or on its way.
    uint64_t accepted = 0;
    uint64_t durable = 0;
    std::shared_ptr<const std::string> file;
    /// Who hears of it: whoever sent last, for a producer may restart while
    /// its lines are on their way. Null when all is acknowledged.
    producer_actor producer;
    /// The first record of the batch that showed a hole, until it is closed.
    std::optional<uint64_t> hole_before;
  };

  stream& stream_of(const line_batch& batch);
  void recover();
  void commit_when_due();
  /// Moves what is to be written next: all, but a backlog in pieces.
  void take_waiting();
  void begin_commit();
  void begin_seal(bool all);
  /// `because` must be a literal.
  void submit_seal(int64_t before, std::string_view because);
  void begin_rotation();
  /// Begins with what earlier lives left open, behind what is recorded.
  void begin_past(const recovered_journal& found);
  void step_past();
  void on_past(const past_news& news);
  /// Says how far the open files are durable, for whoever starts after a kill.
  void write_checkpoints();
  /// Shows the open files; between two jobs only.
  void show_files();
  void acknowledge(const std::vector<std::shared_ptr<const std::string>>& files);
  void give_up_or_hold(const io_problem& bad,
                       const std::vector<std::string>& said);
  void submit(disk_job_done::kind_type kind,
              std::function<std::shared_ptr<disk_job_done>()> job);
  /// Since its first record was received; at most the commit interval.
  caf::timespan age_of(const line_batch& batch) const;
  void wake_in(caf::timespan delay);
  void finish_if_stopped();
  /// A stop began so long ago.
  bool stopped_for(std::chrono::milliseconds time) const;
  void end();
  /// What is open or closed without a manifest; between two jobs only.
  std::vector<std::string> to_seal() const;
  uint64_t lines_held() const;

  self_pointer self;
  journal_writer_config config;
  house_counters house;
  std::string log_name;
  uint64_t life = 0;
  std::shared_ptr<open_files> files = std::make_shared<open_files>();
  std::map<stream_key, stream> streams;
  /// Came before it was known what the disk has.
  std::vector<std::pair<line_batch_ptr, producer_actor>> early;
  /// For the next commit.
  std::vector<commit_part> waiting;
  uint64_t waiting_bytes = 0;
  time_point waiting_since;
  /// The commit under way, or held after a failure.
  std::vector<commit_part> committing;
  /// The recovery is done.
  bool ready = false;
  /// A job is under way.
  bool busy = false;
  int64_t busy_since_us = 0;
  bool stall_told = false;
  /// In order: nobody is to start again.
  bool ended = false;
  /// A commit_due is under way.
  bool timer_set = false;
  /// The environment refuses; the next attempt is at `retry_at`.
  bool held = false;
  time_point retry_at;
  uint64_t held_count = 0;
  /// Files that were taken away wait to be written again.
  bool taken_wait = false;
  /// The files were written to, and so seen, since the last seal_due.
  bool files_seen = false;
  /// A file's period is over and the disk was busy.
  bool seal_pending = false;
  /// An operator wants new files.
  bool rotate_wanted = false;
  /// Not again before the next seal_due.
  bool seal_failed = false;
  uint64_t seal_failures = 0;
  int64_t commit_begin_us = 0;
  bool stopping = false;
  /// Steady, µs: when the stop began.
  int64_t stop_us = 0;
  /// What it is sealing.
  std::vector<std::string> unsealed;
  /// Used by its jobs; between two of them by us. Null if nothing is left.
  std::shared_ptr<past_work> past;
  bool past_busy = false;
  bool past_tried_at_end = false;
  time_point past_retry_at = time_point::max();

  struct checkpoint_mark {
    uint64_t bytes = 0;
    time_point at;
  };
  /// Of the open files, by path.
  std::map<std::string, checkpoint_mark> checkpoints;
  /// One at a time; shared with the job.
  std::shared_ptr<std::atomic<bool>> checkpoint_busy
    = std::make_shared<std::atomic<bool>>(false);
  /// Somebody else's file has a checkpoint's name, and it was said.
  std::shared_ptr<std::atomic<bool>> checkpoint_foreign_told
    = std::make_shared<std::atomic<bool>>(false);
};

/// Ends on an exit message: with user_shutdown after everything is durable and
/// sealed; with any other reason at once.
journal_writer_actor::behavior_type
journal_writer(measured_pointer<journal_writer_actor, journal_writer_state> self,
               journal_writer_config config);

} // namespace observer
