#pragma once

// What the journal has to say of its own files: bytes that are cut off go to
// the quarantine, records that are gone are told in the system journal. Each
// note is a file of its own, durable when it is written: it may be wanted when
// the writers of those datasets are not there (yet, any more), and what it
// tells of is only given up when the note is on disk.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/journal/file_system.hpp"
#include "messages/batches.hpp"
#include "messages/cause.hpp"

namespace observer {

/// Records of one stream that were acknowledged and are on no disk any more.
struct lost_records {
  /// That held them, and what was found in its place.
  std::string file, found;
  std::string session_id;
  int slot = 0;
  /// Empty if the lines are no ticks.
  std::string tr_id, symbol;
  uint64_t first_seq = 0, last_seq = 0, records = 0;
  /// Within these times of the file.
  int64_t from_us = 0, to_us = 0;
  cause why = cause::file_taken;
  /// The file of the system journal that tells of it; empty: none so far.
  std::string told_in = {};

  std::string text() const;
};

struct journal_note {
  /// Relative to the data directory.
  std::string file;
  std::optional<io_problem> problem;
};

/// Tells in the system journal that these records are gone.
journal_note note_lost(file_system& fs, const std::string& data_dir,
                       const std::string& dataset_name,
                       const std::vector<lost_records>& lost, int64_t now_us);

/// Bytes of a file that are about to be cut off.
struct cut_bytes {
  std::string path;
  /// The file, relative to the data directory.
  std::string shown;
  uint64_t begin = 0, end = 0;
  /// They are no beginning of a line of ours: somebody wrote them there.
  bool foreign = false;
};

/// Keeps them in the quarantine, in pieces whose lines no reader finds too
/// long.
journal_note note_cut(file_system& fs, const std::string& data_dir,
                      const cut_bytes& what, int64_t now_us);

/// What stands behind the whole lines of a file.
struct file_end {
  std::optional<io_problem> problem;
  /// Some of it is a whole line of ours.
  bool any_ours = false;
  /// Some of it is none, nor can it be a torn line of ours.
  bool foreign = false;
};
file_end look_at_end(file_system& fs, const std::string& path, dataset data,
                     uint64_t begin, uint64_t end);

/// More than a commit that was torn can have left.
inline constexpr uint64_t torn_tail_bytes_max = 64 << 20;

} // namespace observer
