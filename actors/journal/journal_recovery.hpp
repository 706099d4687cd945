#pragma once

// What a run finds in a dataset's folder before it writes, and what it does
// about it.
//
// Two steps, because the past must not keep the present waiting. A look, at
// once: which files were left open, and where the symbols' volumes stand; it
// reads manifests, and of open files what stands behind their checkpoints. Then
// each open file, however large, is read whole, rid of its torn end, and sealed
// (file_sealer), in pieces and behind what is recorded meanwhile: new lines go
// to a new part in any case.
//
// What is ours. Only names of the journal's own form, and of those only what
// holds lines of ours: nothing else is touched, and what is left alone is said.
// A manifest is believed if it is as long as its file says; a manifest whose
// file was compressed or taken away is believed alone.
//
// What is gone. A checkpoint says what was durable in its file. What is not in
// it any more, or in no file at all, and what a damage in its middle took, is
// told as lost, in the system journal, before the checkpoint goes.
//
// Trouble. What cannot be opened, read or mended is set aside: said, left as it
// is, and tried again later or by the next run.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/journal/file_sealer.hpp"
#include "actors/journal/file_system.hpp"
#include "actors/journal/journal_notes.hpp"
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
  /// What the last tick said, if that was in doubt; 0 if it was not. Those that
  /// follow from it show that it was right.
  uint64_t doubted_accumulated = 0, doubted_value = 0;
  /// Ticks whose volume is in doubt, each following from the one before.
  uint32_t doubted_in_row = 0;
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
  /// Left open, in the order of writing; to be sealed.
  std::vector<open_past> open;
  /// Temporary files and checkpoints that nobody needs; to be removed.
  std::vector<std::string> remains;
  /// Names that are not the journal's; left alone.
  std::vector<std::string> strangers;
  /// What was found and done, a line each, for the log.
  std::vector<std::string> said;
  /// What could not be opened, read or sealed: files, with the reason.
  std::vector<std::string> set_aside;
  /// Bytes of torn lines that were moved to the quarantine.
  uint64_t torn_bytes = 0;
  std::vector<lost_records> lost;
  /// Why nothing can be said of the folder.
  std::optional<io_problem> problem;
};

/// How much a look learns.
struct past_wanted {
  /// Which volumes are to be known: (TR id, symbol). An open file without a
  /// checkpoint is read from its end until it told all of them.
  std::set<std::pair<std::string, std::string>> baselines;
  /// Asked between two reads: no more reading, what is known is enough.
  std::function<bool()> enough;
};

/// Looks at a dataset's folder and changes nothing but this: files of this
/// process are cut at their trusted offsets, for what stands behind them is
/// going to be written again. Without `wanted` no file is read.
recovered_journal look_at_past(file_system& fs, const std::string& data_dir,
                               dataset data, int64_t now_us,
                               const trusted_offsets& trusted,
                               const past_wanted* wanted);

/// Removes what a look called remains, if it is ours. What is not is said.
std::vector<std::string> remove_remains(file_system& fs,
                                        const std::string& data_dir,
                                        dataset data,
                                        const std::vector<std::string>& remains);

/// A look and all that follows from it, at once: everything is learnt from
/// whole files.
recovered_journal recover_dataset(file_system& fs, const std::string& data_dir,
                                  dataset data, int64_t now_us,
                                  const trusted_offsets& trusted);

} // namespace observer
