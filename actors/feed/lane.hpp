#pragma once

// What lies between the connection and one slot, and outlives both: the
// records that were routed and not yet looked at, and what the slot must not
// forget when it crashes.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/feed/claims.hpp"
#include "actors/feed/quarantine_budget.hpp"
#include "actors/feed/record_hole.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "actors/journal/outbox.hpp"
#include "actors/journal/storage_health.hpp"
#include "actors/watch/live_board.hpp"
#include "messages/batches.hpp"
#include "messages/counters.hpp"

namespace observer {

/// Records on their way to one slot. The connection owns all but `done`.
struct lane {
  /// Routed and perhaps not looked at yet; trimmed by `done`, and sent again
  /// to a slot that restarted.
  std::vector<record_batch_ptr> outstanding;
  /// Number of the last batch.
  uint64_t routed = 0;
  /// Records shed since the last batch.
  uint64_t shed_pending = 0;
  /// Why they were, and what they were of.
  cause shed_why = cause::none;
  std::optional<registration> shed_what;
  /// The slot's word: all batches up to this number are in its memory.
  std::atomic<uint64_t> done{0};
  /// Copy of `routed` for the slot that drains.
  std::atomic<uint64_t> routed_total{0};
};

/// The words of an exception, without memory that could be refused.
class failure_words {
 public:
  /// To be called where an exception was caught.
  void set_from_current() noexcept;
  std::string_view text() const {
    return {bytes_.data(), size_};
  }

 private:
  std::array<char, 120> bytes_{};
  size_t size_ = 0;
};

/// What a slot keeps through its own crash. One slot actor at a time.
struct slot_memory {
  slot_memory(int slot, const std::shared_ptr<byte_budget>& budget)
    : ticks(dataset::scalp, slot, budget),
      rejects(dataset::quarantine, slot, budget),
      events(dataset::system, slot, budget) {}

  /// Living slot actors that have it: at most one, but for a moment.
  std::atomic<int> owners{0};
  std::optional<registration> wanted;
  outbox ticks, rejects, events;
  /// What the last records were of, and the last good tick of it.
  std::optional<registration> current;
  std::optional<tick_baseline> last_tick;
  /// The last one of another exchange's day: the day before, or one that a
  /// single record claims.
  std::optional<tick_baseline> other_tick;
  /// The newest day that was known and is not any more: a third one came.
  std::optional<int64_t> forgotten_day;
  /// The business date that was read last, and its day.
  std::array<char, 8> date{};
  std::optional<int64_t> date_day;
  /// What the next record may end.
  record_hole hole;
  /// Of the registration's last quote; 0 before the first.
  int64_t last_quote_us = 0;
  /// The last connection that was announced; 0 before the first.
  uint64_t connection_id = 0;
  /// What the last record said of its issue.
  bool halted = false;
  /// Rejected since the last tick; a quiet slot needs no clock to tell a bad
  /// record from a bad layout.
  uint32_t rejected_in_row = 0;
  /// The width that was seen last, and all that were seen of the current
  /// registration: each is told once.
  uint32_t width = 0;
  std::set<uint32_t> widths;
  /// The doubts of the registration that were told.
  kis::doubt_set told_doubts;
  /// Of the batch behind the last one that is done: the records that are taken,
  /// attempts at the next one, and whether its shed_before is noted.
  size_t records_taken = 0;
  int attempts = 0;
  bool shed_noted = false;
  /// Rejected without text and not yet told, of `current`; the minute (since the
  /// epoch) of the last telling.
  std::array<uint64_t, reject_reason_count> untold_rejects{};
  int64_t told_rejects_minute = -1;
  /// Attempts at that batch since a record of it was taken, and where they
  /// began.
  int batch_attempts = 0;
  uint64_t attempted_batch = 0;
  size_t attempted_record = 0;
  /// What the last attempt at a record failed of, cut.
  failure_words failure;
  /// The minute (since the epoch) of the last announced tick.
  int64_t announced_minute = -1;
};

/// The newest ticks of registrations that slots of this run have given up: the
/// past of the first tick of whichever slot takes them up again. Thread-safe;
/// used when registrations change, never for a tick.
class former_ticks {
 public:
  void put(const registration& what, const tick_baseline& last);
  std::optional<tick_baseline> find(const registration& what) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<kis::tr, std::string>, tick_baseline> ticks_;
};

/// All that one session's actors share and that outlives them.
struct session_memory {
  explicit session_memory(std::string run_id, uint64_t unacked_bytes_max);

  /// Nothing in this box is worth a stop's wait: it is empty, or holds no ticks
  /// and its writer is refused the disk. Such lines are the writer's to tell of.
  bool settled(const outbox& box) const {
    return box.empty()
           || (box.data() != dataset::scalp && storage->refuses(box.data()));
  }

  std::string run_id;
  std::shared_ptr<session_counters> counters;
  std::shared_ptr<byte_budget> budget;
  /// Of the rejects of all.
  std::shared_ptr<quarantine_budget> quarantine
    = std::make_shared<quarantine_budget>();
  std::array<std::shared_ptr<lane>, slots_per_session> lanes;
  std::array<std::shared_ptr<slot_memory>, slots_per_session> slots;
  /// Why the writers do not write, if they do not.
  std::shared_ptr<storage_health> storage
    = std::make_shared<storage_health>();
  /// What the actors show of their work.
  std::shared_ptr<live_board> board = std::make_shared<live_board>();
  /// Of the connection, and how many connection actors live.
  std::shared_ptr<outbox> rejects, events;
  std::atomic<int> connections{0};
  /// The daemon stops: the feed's actors do not start again.
  std::atomic<bool> stops_for_good{false};
  /// Lines written before any connection belong to session number 0.
  session_ptr first_session;
  /// The number of the last session; owned by the connection.
  uint32_t sessions = 0;
  uint32_t attempts = 0;
  /// The newest ticks that earlier runs left on disk. Constant once actors
  /// run.
  std::map<std::pair<std::string, std::string>, tick_baseline> baselines;
  former_ticks former;
  /// What each slot is, or shall be, registered for.
  observer::claims claims;
  /// A slot died of a record: by steady time, until when no slot dies of
  /// another. A crash is a fresh start for what one record may have broken;
  /// the same fault in every record must not use up the supervisors' patience.
  std::atomic<int64_t> careful_until_us{0};
};

} // namespace observer
