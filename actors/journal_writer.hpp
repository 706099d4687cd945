#pragma once

// Writes one dataset of the journal and says what is durable.
//
// Operation. Batches wait until the oldest has waited `commit_interval`, or
// `commit_bytes` have gathered; then one disk job writes them, calls fdatasync,
// and comes back as a message: each producer gets one acknowledgement per
// session for its range. One job at a time; what arrives meanwhile is the next
// commit. A file is sealed with its manifest when its hour (day) is over.
//
// Failure. A descriptor whose write or sync failed is never used again: the
// same job cuts the file at the last good offset, seals it, and writes the
// batches to a new part. If that fails for a reason that a restart cannot mend
// (no space, no permission, read-only), the writer holds what it has and tries
// again every `retry_interval`, saying so; for any other reason it quits with
// an error, and its supervisor starts another one, which finds its place from
// the files. Producers keep what is unacknowledged and send it again.
//
// Order. Batches of one producer and session must come in sequence; what the
// disk has is acknowledged again and dropped, a hole is refused with a
// resend_request.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/house_handlers.hpp"
#include "actors/journal_file.hpp"
#include "actors/journal_recovery.hpp"
#include "actors/ports.hpp"
#include "messages/counters.hpp"
#include "messages/interfaces.hpp"

namespace observer {

/// What a writer's next life must know; outlives it. Used by disk jobs only.
struct writer_memory {
  /// Committed bytes of the files that this process has opened.
  trusted_offsets trusted;
};

struct journal_writer_config {
  dataset data = dataset::scalp;
  std::string data_dir;
  /// How long the first line of a commit waits for company.
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

  std::optional<std::string> validate() const;
};

/// The files that are open, by period; handed to one disk job at a time.
struct open_files {
  std::map<int64_t, std::unique_ptr<journal_file>> by_period;
  /// Reused by every commit.
  std::string buffer;
};

/// What a disk job brought back.
struct disk_job_done {
  enum kind_type : uint8_t { recovered, committed, sealed };
  kind_type kind = committed;
  recovered_journal recovery;
  /// The file that each part of a commit went to.
  std::vector<std::shared_ptr<const std::string>> part_files;
  /// What was said on the way: a failed file that was replaced.
  std::vector<std::string> said;
  std::optional<io_problem> problem;
};

struct journal_writer_state {
  static inline const char* name = "journal_writer";

  using self_pointer
    = journal_writer_actor::stateful_pointer<journal_writer_state>;

  explicit journal_writer_state(self_pointer self) : self(self) {}

  void start();
  void on_batch(const line_batch_ptr& batch, const producer_actor& producer);
  void on_done(const disk_job_done& done);
  void on_commit_due();
  void on_seal_due();
  void on_exit(const caf::error& reason);

  // -- how it is done ---------------------------------------------------------

  struct part {
    commit_part what;
    producer_actor producer;
  };
  /// Where a producer's stream stands.
  struct stream {
    /// The last record that is waiting or on its way.
    uint64_t accepted = 0;
    uint64_t durable = 0;
    std::shared_ptr<const std::string> file;
  };

  stream& stream_of(const line_batch& batch);
  void commit_when_due();
  void begin_commit();
  void begin_seal(bool all);
  void acknowledge(const std::vector<std::shared_ptr<const std::string>>& files);
  void give_up_or_hold(const io_problem& bad);
  void submit(std::function<std::shared_ptr<disk_job_done>()> job);
  void finish_if_stopped();

  self_pointer self;
  journal_writer_config config;
  house_counters house;
  std::string log_name;
  std::shared_ptr<open_files> files = std::make_shared<open_files>();
  std::map<stream_key, uint64_t> recovered;
  std::map<std::pair<uint32_t, int>, stream> streams;
  /// For the next commit.
  std::vector<part> waiting;
  uint64_t waiting_bytes = 0;
  /// The commit under way, or held after a failure.
  std::vector<part> committing;
  bool ready = false;
  bool busy = false;
  bool timer_set = false;
  bool held = false;
  uint64_t held_count = 0;
  int64_t commit_begin_us = 0;
  bool stopping = false;
};

/// Ends on an exit message: with user_shutdown after everything is durable and
/// sealed; with any other reason at once.
journal_writer_actor::behavior_type
journal_writer(journal_writer_actor::stateful_pointer<journal_writer_state> self,
               journal_writer_config config);

/// What a commit job does: runs on the disk's thread.
std::shared_ptr<disk_job_done> commit_job(file_system& fs,
                                          const std::string& data_dir,
                                          dataset data, int64_t now_us,
                                          writer_memory& memory,
                                          open_files& files,
                                          const std::vector<commit_part>& parts);

} // namespace observer
