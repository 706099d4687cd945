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
// Failure. A descriptor whose write or sync failed is never used again: the
// same job cuts the file at the last good offset, and only when that is done
// writes the batches to a new part; the cut file is sealed. For a reason that
// a restart cannot mend (no space, no permission, read-only), the writer holds
// what it has and tries again every `retry_interval`, saying so; for any other
// reason that the new part does not mend it quits with an error, and its
// supervisor starts another one, which finds its place from the files and from
// its memory. Producers keep what is unacknowledged and send it again.
//
// Order. Batches of one producer and session must come in sequence; what the
// disk has is acknowledged again and dropped. A hole is answered with one
// resend_request; a producer that then still begins behind the hole does not
// have those records any more: the hole is said and the rest is written.
//
// Lives. Disk jobs run one after another, so the recovery of a writer's next
// life runs behind the last job of its former one, and sees all that it did.
// A job that a dying writer still submits behind that recovery does nothing.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/journal/journal_file.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "actors/journal/storage_health.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/disk.hpp"
#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/measured_actor.hpp"
#include "actors/watch/live_board.hpp"
#include "messages/counters.hpp"
#include "messages/interfaces.hpp"

namespace observer {

/// The end of a stream on disk.
struct durable_stream {
  uint64_t last_seq = 0;
  /// The file that holds it; null if an earlier process wrote it.
  std::shared_ptr<const std::string> file;
};

/// What a writer's next life must know; outlives it.
struct writer_memory {
  /// Numbers the lives, from 1.
  std::atomic<uint64_t> lives{0};

  // -- used by disk jobs only -------------------------------------------------

  /// The newest life that has given work to the disk.
  uint64_t life = 0;
  /// Committed bytes of the files that this process has made and not sealed.
  trusted_offsets trusted;
  /// All streams of this process. Files tell of the last days only, and a
  /// stream may be silent for longer.
  std::map<stream_key, durable_stream> durable;
};

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
  std::shared_ptr<writer_memory> memory;
  /// For the commit latency; may be null.
  std::shared_ptr<session_counters> counters;
  /// Told what keeps this writer from writing; may be null.
  std::shared_ptr<storage_health> health;
  /// Shown its files; may be null.
  std::shared_ptr<live_board> board;

  std::optional<std::string> validate() const;
};

/// The files of one life; handed to one disk job at a time.
struct open_files {
  struct closed_file {
    std::unique_ptr<journal_file> file;
    /// For its manifest.
    std::string_view because;
  };
  std::map<int64_t, std::unique_ptr<journal_file>> by_period;
  /// Failed, and not yet cut at the last good offset: nothing else is written
  /// before that is done.
  std::vector<std::unique_ptr<journal_file>> damaged;
  /// Whole, and without a manifest so far.
  std::vector<closed_file> unsealed;
  /// Reused by every commit.
  std::string buffer;
};

/// What a disk job brought back.
struct disk_job_done {
  enum kind_type : uint8_t { recovered, committed, sealed };
  kind_type kind = committed;
  recovered_journal recovery;
  /// After a recovery: where every stream stands.
  std::map<stream_key, durable_stream> durable;
  /// The file that each part of a commit went to; null for a part that is not
  /// on disk.
  std::vector<std::shared_ptr<const std::string>> part_files;
  /// What was said on the way: a failed file that was replaced, sealed files.
  std::vector<std::string> said;
  std::optional<io_problem> problem;
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
  void begin_rotation();
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
  /// A file's period is over and the disk was busy.
  bool seal_pending = false;
  /// An operator wants new files.
  bool rotate_wanted = false;
  /// Not again before the next seal_due.
  bool seal_failed = false;
  uint64_t seal_failures = 0;
  int64_t commit_begin_us = 0;
  bool stopping = false;
};

/// Ends on an exit message: with user_shutdown after everything is durable and
/// sealed; with any other reason at once.
journal_writer_actor::behavior_type
journal_writer(measured_pointer<journal_writer_actor, journal_writer_state> self,
               journal_writer_config config);

/// What a commit job does: runs on the thread of `worker`, which may be null.
std::shared_ptr<disk_job_done> commit_job(file_system& fs,
                                          const std::string& data_dir,
                                          dataset data, writer_memory& memory,
                                          open_files& files, disk* worker,
                                          const std::vector<commit_part>& parts);

} // namespace observer
