#pragma once

// Reads a file of the journal to the end of its last whole line, in steps, and
// gathers what its manifest says. What is damaged before that line was written
// and synced as a line, and what stands behind it still is. A file of any size
// takes the memory of one line and its manifest.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/journal/journal_file.hpp"

namespace observer {

/// Numbers of a stream that are missing where a file is damaged.
struct scan_hole {
  /// Of the line behind the damage.
  manifest_stream after;
  uint64_t first_seq = 0, last_seq = 0;
  /// Receive time of the stream's last line before it.
  int64_t from_us = 0;
};

class journal_scan {
 public:
  journal_scan(file_system& fs, std::string path, dataset data)
    : fs_(fs), path_(std::move(path)), data_(data) {}

  /// Reads about so many bytes on. True once the end is reached, or a problem.
  bool step(uint64_t bytes);

  const std::optional<io_problem>& problem() const {
    return problem_;
  }
  const manifest_builder& builder() const {
    return builder_;
  }
  /// The last whole line ends here.
  uint64_t good_bytes() const {
    return builder_.bytes();
  }
  /// Bytes that were read: the file's size, at its end.
  uint64_t bytes() const {
    return offset_;
  }
  /// Lines before `good_bytes` which somebody damaged.
  uint64_t foreign_lines() const {
    return foreign_lines_;
  }
  /// What is missing of streams that go on behind the damage.
  const std::vector<scan_hole>& holes() const {
    return holes_;
  }
  /// Lines of ours.
  uint64_t lines() const {
    return lines_;
  }
  /// Not a line of ours is in it, nor can what is in it be the torn beginning
  /// of one: somebody else's file.
  bool is_foreign() const {
    return lines_ == 0 && bytes() > 0 && !torn_beginning_;
  }

  /// A line that is longer is none of ours.
  static constexpr uint64_t line_bytes_max = 32 << 20;

 private:
  void take_line(std::string_view line);
  void take_damage();
  void look_for_hole(const manifest_stream& line);
  void look_at_beginning();

  file_system& fs_;
  std::string path_;
  dataset data_;
  manifest_builder builder_;
  std::optional<io_problem> problem_;
  uint64_t offset_ = 0;
  /// Of a line whose end has not been read.
  std::string pending_;
  /// That line is too long, and what was read of it is dropped.
  bool too_long_ = false;
  /// Damaged lines behind `good_bytes`, nothing whole behind them so far.
  uint64_t torn_bytes_ = 0, torn_lines_ = 0;
  uint64_t foreign_lines_ = 0, lines_ = 0, damaged_bytes_ = 0;
  struct place {
    uint64_t last_seq = 0;
    int64_t received_us = 0;
  };
  /// Where streams stood at the damage, until they go on.
  std::map<std::pair<std::string, int>, place> interrupted_;
  std::vector<scan_hole> holes_;
  bool begins_like_ours_ = false, all_zeros_ = true, any_zero_ = false;
  bool torn_beginning_ = false;
};

} // namespace observer
