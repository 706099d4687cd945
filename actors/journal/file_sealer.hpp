#pragma once

// A file that an earlier life left open is read whole, rid of its torn end, and
// sealed; what it should hold and does not is told.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/journal/file_system.hpp"
#include "actors/journal/journal_notes.hpp"
#include "actors/journal/journal_scan.hpp"
#include "messages/cause.hpp"
#include "messages/manifest.hpp"

namespace observer {

/// A file of an earlier life, in a dataset's folder.
struct open_past {
  /// Without a directory.
  std::string name;
  /// Its manifest is of another file that had this name, and moves aside.
  bool foreign_manifest = false;
  /// A power cut left its manifest empty: another one takes its place.
  bool void_manifest = false;
  /// Only its checkpoint is left.
  bool gone = false;
  /// What is lost of it was told by an attempt that failed afterwards.
  bool lost_told = false;
};

struct past_remark {
  cause why = cause::none;
  std::string text;
};

/// Seals one file that was left open. A torn tail is written to a file of the
/// quarantine and synced there before it is cut off here: a power cut between
/// the two leaves it in the quarantine twice, never nowhere. Records that are
/// gone are told in the same way before the manifest is written. A file without
/// a line of ours is left as it is. Safe to repeat after a problem.
class file_sealer {
 public:
  file_sealer(file_system& fs, const std::string& data_dir, dataset data,
              open_past what);

  /// Reads about so many bytes on. True when all is done, or cannot be.
  bool step(uint64_t bytes, int64_t now_us);

  /// The file, relative to the data directory.
  const std::string& shown() const {
    return shown_;
  }
  const std::optional<io_problem>& problem() const {
    return problem_;
  }
  /// Nothing if it was not sealed, or somebody else did.
  const std::optional<manifest>& sealed() const {
    return sealed_;
  }
  /// What was done or left undone, a line each.
  const std::vector<std::string>& said() const {
    return said_;
  }
  /// Somebody else's, or torn more than we can have torn it: left as it is.
  bool left_alone() const {
    return left_alone_;
  }
  uint64_t torn_bytes() const {
    return torn_bytes_;
  }
  /// Told in the system journal.
  const std::vector<lost_records>& lost() const {
    return lost_;
  }
  /// For another attempt.
  const open_past& what() const {
    return what_;
  }
  /// What the system journal should say besides.
  const std::vector<past_remark>& remarks() const {
    return remarks_;
  }

 private:
  bool begin();
  void finish(int64_t now_us);
  void finish_gone(int64_t now_us);
  /// Adds what the checkpoint knows and these streams do not hold.
  void miss(const manifest& witness,
            const std::vector<manifest_stream>& streams,
            const std::string& found);
  void miss_holes();
  /// False if it cannot be told.
  bool tell_lost(int64_t now_us);
  bool cut_tail(uint64_t good, uint64_t size, int64_t now_us);

  file_system& fs_;
  std::string data_dir_, directory_, path_, shown_;
  dataset data_;
  open_past what_;
  std::optional<journal_scan> scan_;
  std::optional<io_problem> problem_;
  std::optional<manifest> sealed_;
  std::vector<std::string> said_;
  bool left_alone_ = false;
  uint64_t torn_bytes_ = 0;
  std::vector<lost_records> lost_;
  std::vector<past_remark> remarks_;
};

} // namespace observer
