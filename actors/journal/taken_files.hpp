#pragma once

// Files that somebody took away while they were written: deleted, moved with or
// without their folder, replaced, emptied, or hidden by another mount.
//
// What was acknowledged must be under its name. The descriptor of such a file
// still reads what is in it: that is written again into a new part, some of it
// in each job so that the present is recorded meanwhile, and proven by the hash
// of what was committed. What cannot be read or written again (the file was
// emptied; there is no room, and perhaps it was deleted to make some) is lost:
// it is counted and named, record by record. Whatever has the file's name now
// is not touched.
//
// Outlives a writer's life; used by disk jobs only.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/journal/journal_file.hpp"
#include "actors/journal/journal_notes.hpp"
#include "actors/journal/journal_recovery.hpp"

namespace observer {

/// Of each stream the last line that is still in a file whose end is gone.
using last_lines = std::map<stream_key, uint64_t>;

/// All that a file held, but for what `remains`.
std::vector<lost_records> records_lost(const journal_file& file,
                                       const std::string& found,
                                       const last_lines& remains = {});

class taken_files {
 public:
  void add(std::unique_ptr<journal_file> file, io_problem found);
  bool empty() const {
    return entries_.empty();
  }
  /// By its path.
  bool holds(const std::string& path) const;

  struct outcome {
    std::vector<std::string> said;
    std::vector<lost_records> lost;
    /// Whole again, durable, and to be sealed.
    std::vector<std::unique_ptr<journal_file>> saved;
    /// `bytes_max` was reached: there is more to do at once.
    bool more = false;
  };
  /// Writes at most about `bytes_max` of what they hold again.
  void save(file_system& fs, const std::string& data_dir, dataset data,
            uint64_t bytes_max, trusted_offsets& trusted, outcome& out);
  /// The process ends: what is not written again so far is lost.
  void give_up(trusted_offsets& trusted, outcome& out);
  /// Drops what is half written: a recovery would take it for what it is not.
  void start_over(trusted_offsets& trusted);

 private:
  struct entry {
    std::unique_ptr<journal_file> file;
    io_problem found;
    std::unique_ptr<journal_file> copy = {};
    uint64_t copied = 0;
    sha256 hash = {};
    int attempts = 0;
  };
  enum class step : uint8_t { done, more, later };

  step save_one(entry& e, file_system& fs, const std::string& data_dir,
                dataset data, uint64_t& bytes_left, trusted_offsets& trusted,
                outcome& out);
  /// No space is for good, and so is what fails again and again.
  step try_later(entry& e, const io_problem& bad, trusted_offsets& trusted,
                 outcome& out);
  step lose(entry& e, const std::string& why, trusted_offsets& trusted,
            outcome& out);
  void drop_copy(entry& e, trusted_offsets& trusted);

  std::vector<entry> entries_;
};

} // namespace observer
