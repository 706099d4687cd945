#pragma once

// What a person sees while the daemon runs: the counts, once a second.

#include <chrono>
#include <cstdint>
#include <string>

#include "messages/counters.hpp"

namespace observer {

class progress {
 public:
  /// `enabled` false shows nothing.
  progress(const session_counters& counters, bool enabled);
  ~progress();

  /// Called a few times a second; shows when it is time.
  void update();
  /// A line above the one that is rewritten.
  void say(const std::string& line);
  /// Ends the line that is rewritten.
  void finish();

 private:
  const session_counters& counters_;
  bool enabled_;
  bool terminal_;
  std::chrono::steady_clock::time_point shown_;
  uint64_t received_shown_ = 0;
};

/// Of a line's figures, two spaces apart, those that there is room for.
std::string first_figures(std::string line, size_t cells);

/// What a data directory holds: `3 files, 1,234,567 bytes`, and the names of
/// up to `names_max` journal files, relative to the directory.
struct directory_summary {
  uint64_t files = 0;
  uint64_t bytes = 0;
  std::string names;
};
directory_summary summarize(const std::string& data_dir, size_t names_max);

} // namespace observer
