#pragma once

// What the lines of one file add up to. A tally is small: a line leaves only
// its traces in the runs and sums below, so a file of any size fits.
//
// Judged here is what one file can answer: that a tick's cumulative volume
// follows from the tick before. Whatever touches the neighbouring files is
// left to continuity.hpp, as runs with open ends.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/audit/findings.hpp"
#include "runtime/audit/journal_names.hpp"
#include "runtime/audit/records.hpp"
#include "runtime/audit/shortage.hpp"

namespace observer::audit {

/// Sequence numbers that stand in the file one after the other.
struct sequence_run {
  int64_t first = 0;
  int64_t last = 0;
  uint64_t first_line = 0;
};

/// Everything one slot of one session numbered, in the order of the file.
struct sequence_track {
  std::string session_id;
  int64_t slot = 0;
  std::vector<sequence_run> runs;
};

/// Ticks of one slot that follow each other in number; within the run the
/// cumulative volume has been judged, at its start it has not. A tick whose
/// volume is in doubt is judged by nobody, and moves the volume by its own (see
/// kis::volume_after): `lead` is what those before the first other one did.
struct volume_run {
  int64_t slot = 0;
  /// The exchange's, `20260914`: each day counts its volume from nothing.
  std::array<char, 8> day{};
  int64_t first_seq = 0;
  int64_t last_seq = 0;
  uint64_t first_line = 0;
  stamp first_received{};
  stamp last_received{};
  /// Only a manifest tells of it, and not what its first tick was.
  bool begin_unknown = false;
  /// Of the ticks before the first whose volume counts; false while there is
  /// none.
  int64_t lead = 0;
  bool counts = false;
  /// Of the first tick that counts; its step, too, says something.
  bool step_counts = false;
  int64_t tick = 0;
  int64_t accumulated = 0;
  bool has_gap = false;
  std::optional<int64_t> missing_shares;
  /// After the last tick.
  int64_t last_accumulated = 0;
};

/// The trades of one symbol under one TR id within one session.
struct volume_chain {
  std::string session_id;
  std::string tr_id;
  std::string symbol;
  std::vector<volume_run> runs;
};

/// One registration, as a manifest lists it.
struct stream_sum {
  std::string session_id;
  int64_t slot = 0;
  std::string tr_id;
  std::string symbol;
  uint64_t records = 0;
  int64_t first_seq = 0;
  int64_t last_seq = 0;
  /// Of the first line in the file; a manifest does not tell.
  std::optional<stamp> first_received;
  std::optional<int64_t> last_accumulated;
  /// Some volume was in doubt, so that the file alone may not tell the last.
  bool volume_doubted = false;
  /// Its records are trades.
  bool counts_volume = false;
  gap_sum gaps;
};

/// A declared gap and where it stands.
struct noted_gap {
  /// Index of its stream.
  size_t stream = 0;
  int64_t seq = 0;
  uint64_t line = 0;
  std::string cause;
  std::optional<int64_t> missing_shares;
};

/// What the tick (seq, tick, accumulated) lacks after `before` shares.
inline int64_t missing_before(int64_t before, int64_t tick,
                              int64_t accumulated) {
  return accumulated - tick - before;
}

/// Judges one step of the cumulative volume and words what is wrong with it.
struct volume_step {
  int64_t before = 0;
  int64_t tick = 0;
  int64_t accumulated = 0;
  bool has_gap = false;
  std::optional<int64_t> missing_shares;
};
void judge_step(const volume_step& step, const std::string& file,
                uint64_t line, const std::string& who, finding_list& findings);

/// Lines that an event says are gone with their file.
struct lost_range {
  std::string dataset, session_id;
  int64_t slot = 0;
  int64_t first = 0, last = 0;
};

/// An event of which a registration, or the whole feed, begins or ends to bring
/// nothing.
struct noted_event {
  enum what_type : uint8_t {
    connected,
    /// Without a cause: closed by order.
    disconnected,
    subscribed,
    released,
    refused,
    silent,
    /// The last of several that say nothing but that the session lives.
    other,
  };

  what_type what = connected;
  stamp at{};
  std::string session_id;
  int64_t slot = 0;
  std::string cause;
  /// Empty if it is about the whole feed.
  std::string tr_id, symbol;
};

/// What is left of a file once its lines have passed.
struct file_sums {
  std::vector<stream_sum> streams;
  std::vector<sequence_track> tracks;
  std::vector<volume_chain> chains;
  /// In the order of the file, for its manifest.
  std::vector<noted_gap> gaps;
  cause_sums by_cause;
  std::vector<noted_event> events;
  std::vector<lost_range> losses;
  /// The times of the first and last line, and the earliest and latest.
  std::optional<stamp> first_line_at;
  std::optional<stamp> last_line_at;
  std::optional<stamp> earliest;
  std::optional<stamp> latest;
};

class file_tally {
public:
  /// Bounds that no sound file reaches: beyond them a finding says so.
  static constexpr size_t streams_max = 20'000;
  static constexpr size_t runs_max = 200'000;
  static constexpr size_t gaps_max = 200'000;
  static constexpr size_t causes_max = 50'000;
  static constexpr size_t events_max = 200'000;

  /// `shown` names the file in findings, which go to `findings`; that list
  /// must outlive this.
  file_tally(std::string shown, dataset which, finding_list& findings);

  /// Adds one good line; `line` counts from 1.
  void add(const line_record& record, uint64_t line);

  file_sums sums;

private:
  struct place {
    size_t track = 0;
    size_t chain = 0;
  };

  size_t stream_of(const line_record& record, uint64_t line);
  bool room(size_t used, size_t max, const char* what, uint64_t line);
  void note_gap(const line_record& record, size_t stream, uint64_t line);
  void note_shortage(const line_record& record, uint64_t line);
  void note_event(const line_record& record, uint64_t line);
  void add_volume(const line_record& record, volume_chain& chain,
                  uint64_t line);

  std::string shown_;
  dataset dataset_;
  finding_list& findings_;
  /// Parallel to `sums.streams`.
  std::vector<place> places_;
  std::unordered_map<std::string, size_t> stream_index_;
  std::unordered_map<std::string, size_t> track_index_;
  std::unordered_map<std::string, size_t> chain_index_;
  /// The stream last seen of each slot, so that most lines need no look-up.
  std::array<size_t, 64> recent_;
  size_t runs_ = 0;
  bool limit_told_ = false;
};

} // namespace observer::audit
