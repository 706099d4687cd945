#pragma once

// What a journal writer has the disk do: commit batches, seal files, recover.
//
// Threads. Jobs block: they run on their dataset's thread, one after another (see
// `disk`), each within run_disk_job. What they are given is theirs while they
// run; between two jobs the writer may look at its open_files.
//
// Failure. A descriptor whose write or sync failed is never used again: the
// same job cuts the file at the last good offset, and only when that is done
// writes the batches to a new part; the cut file is sealed.
//
// Files that are taken away. Before and after each write, and once a second,
// a file must be what its name leads to. One that is not is never written to
// again: what comes goes to a new part, and what was acknowledged is written
// again or told as lost, on disk before anything else (see taken_files.hpp). What
// somebody wrote into it behind our lines goes to the quarantine. Where files
// are taken away again and again, new parts are made at longer and longer
// intervals: a file system that plays tricks is not filled with them.
//
// Errors. What the disk refuses is the `problem` of what the job brings back;
// what it did before that stands, and is told with it. It is worth another try,
// of a commit with the parts that have no file yet, unless it is a fault of
// ours.
//
// Lives. Disk jobs run one after another, so the recovery of a writer's next
// life runs behind the last job of its former one, and sees all that it did.
// A job that a dying writer still submits behind that recovery does nothing.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/journal/journal_file.hpp"
#include "actors/journal/journal_past.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "actors/journal/taken_files.hpp"

namespace observer {

/// The end of a stream on disk.
struct durable_stream {
  uint64_t last_seq = 0;
  /// The file that holds it; null if an earlier process wrote it.
  std::shared_ptr<const std::string> file;
};

/// Holds back new files while one after the other is taken away.
class part_brake {
 public:
  /// A file was taken away, by the wall clock.
  void taken(int64_t now_us);
  /// How long no new file is to be made.
  int64_t wait_us(int64_t now_us) const;
  uint64_t taken_in_row() const {
    return in_row_;
  }

 private:
  uint64_t in_row_ = 0;
  int64_t last_us_ = 0;
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
  /// The streams of this process of which lines may still be sent again. In step
  /// with the files: what is durable in one is marked here before anything else
  /// happens.
  std::map<stream_key, durable_stream> durable;
  /// Taken away, and not yet written again.
  taken_files taken;
  part_brake brake;
  /// By slot: nothing is sent again of older sessions.
  std::map<int, uint32_t> oldest_sessions;
};

/// The sessions of a run have ids that begin alike and end in `-s` and their
/// number; nothing if this is no such id.
struct session_place {
  std::string_view run;
  uint32_t number = 0;
};
std::optional<session_place> place_of_session(std::string_view id);

/// Forgets, in a map by stream, what the producer of `batch` will not send
/// again: a session that is over must cost nothing for ever. `settled` says of
/// a value that nothing of it is under way.
template <class Value, class Settled>
void forget_former_sessions(std::map<stream_key, Value>& streams,
                            const line_batch& batch, Settled settled) {
  auto own = place_of_session(batch.session->id);
  if (!own)
    return;
  std::erase_if(streams, [&](auto& item) {
    auto& [id, slot] = item.first;
    if (slot != batch.slot)
      return false;
    auto place = place_of_session(id);
    return place && place->run == own->run
           && place->number < batch.oldest_session && settled(item.second);
  });
}

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
  enum kind_type : uint8_t { recovered, committed, sealed, past };
  kind_type kind = committed;
  recovered_journal recovery;
  /// Of a step that sealed the past.
  past_news news;
  /// After a recovery: where every stream stands.
  std::map<stream_key, durable_stream> durable;
  /// The file that each part of a commit went to; null for a part that is not
  /// on disk.
  std::vector<std::shared_ptr<const std::string>> part_files;
  /// What was said on the way: a failed file that was replaced, sealed files.
  std::vector<std::string> said;
  /// A file was taken away, and what was found in its place.
  std::optional<io_problem> taken;
  std::vector<lost_records> lost;
  /// Files that could not be sealed, and why.
  struct unsealed_file {
    std::string file, why;
  };
  std::vector<unsealed_file> unsealed;
  /// Files that were taken away wait to be written again: some time, or at
  /// once.
  bool taken_wait = false, more = false;
  std::optional<io_problem> problem;
};

/// Writes all parts, each stream's in its order. `worker` is the disk whose job
/// this is: it helps with a large commit; null if nobody does. At a stop
/// nothing waits for the brake.
std::shared_ptr<disk_job_done> commit_job(file_system& fs,
                                          const std::string& data_dir,
                                          dataset data, writer_memory& memory,
                                          open_files& files, disk* worker,
                                          const std::vector<commit_part>& parts,
                                          int64_t now_us, bool stopping);

/// Sees to it that the open files are still there, seals those of periods
/// before `before`, and those left from failures. `because` must outlive the
/// files: a literal.
std::shared_ptr<disk_job_done> seal_job(file_system& fs,
                                        const std::string& data_dir,
                                        dataset data, open_files& files,
                                        writer_memory& memory, int64_t before,
                                        int64_t now_us,
                                        std::string_view because);

/// The last job of a process: what was taken away and is not written again is
/// lost, and told.
std::vector<lost_records> give_up_job(file_system& fs,
                                      const std::string& data_dir,
                                      dataset data, writer_memory& memory,
                                      int64_t now_us);

/// Learns what earlier lives left: what is durable, from this process's memory
/// (sessions of other processes never come back), and which files are open.
/// Reads no file's lines.
std::shared_ptr<disk_job_done> recovery_job(file_system& fs,
                                            const std::string& data_dir,
                                            dataset data, int64_t now_us,
                                            writer_memory& memory);

/// Does a job of a writer's life, and always has an answer: a job that throws
/// and one of a life that is over, which is not done, bring back a problem.
/// `spare` is what such an answer is made of: without memory there may be none
/// left to make it.
std::shared_ptr<disk_job_done>
run_disk_job(disk_job_done::kind_type kind, writer_memory& memory,
             uint64_t life, const std::string& data_dir,
             const std::function<std::shared_ptr<disk_job_done>()>& job,
             std::shared_ptr<disk_job_done> spare
             = std::make_shared<disk_job_done>()) noexcept;

} // namespace observer
