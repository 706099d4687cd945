#pragma once

// What a writer does before it writes: finds what earlier runs (or an earlier
// life of the same writer) left, cuts off torn lines, seals what is open, and
// learns which records the disk has. Blocking: runs as a disk job.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/journal/file_system.hpp"
#include "messages/batches.hpp"
#include "messages/korean_time.hpp"

namespace observer {

/// (session id, slot).
using stream_key = std::pair<std::string, int>;

/// The newest tick of a registration that is on disk: what the next is held
/// against.
struct tick_baseline {
  /// Cumulative volume, by kis::volume_after.
  uint64_t accumulated = 0;
  int64_t received_us = 0;
  /// The exchange's day, which its volume is of, as korean_day counts; nothing
  /// if the record did not tell it.
  std::optional<int64_t> told_day = {};

  /// Cumulative value, KRW; 0 if it is not known.
  uint64_t value = 0;
  /// What the last tick said, if that was in doubt; 0 if it was not. Whoever
  /// follows from it shows that it was right.
  uint64_t doubted_accumulated = 0, doubted_value = 0;
  /// The value was seen to move by price x volume.
  bool value_follows = false;

  int64_t day() const {
    return told_day ? *told_day : korean_day(received_us);
  }
};

/// Of two ticks of a registration: within a day the volume tells which came
/// last. Times of receipt do not: clocks are set.
inline bool is_newer(const tick_baseline& x, const tick_baseline& than) {
  auto day = x.day(), other_day = than.day();
  return day > other_day
         || (day == other_day && x.accumulated > than.accumulated);
}

/// Offsets up to which files of this process are known to be durable. After a
/// failed sync the page cache may show more: it is not to be believed.
using trusted_offsets = std::map<std::string, uint64_t>;

struct recovered_journal {
  /// The last record on disk of each stream of the last two days.
  std::map<stream_key, uint64_t> last_seq;
  /// By (TR id, symbol), of the last two days.
  std::map<std::pair<std::string, std::string>, tick_baseline> baselines;
  /// What was found and done, a line each, for the log.
  std::vector<std::string> said;
  /// Bytes of torn lines that were moved to the quarantine.
  uint64_t torn_bytes = 0;
  /// Why it could not be finished.
  std::optional<io_problem> problem;
};

/// Recovers one dataset. A torn tail is written to a file of the quarantine
/// and synced there before it is cut off here: a power cut between the two
/// leaves it in the quarantine twice, never nowhere. Safe to repeat after a
/// problem.
recovered_journal recover_dataset(file_system& fs, const std::string& data_dir,
                                  dataset data, int64_t now_us,
                                  const trusted_offsets& trusted);

} // namespace observer
