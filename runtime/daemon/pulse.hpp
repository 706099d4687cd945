#pragma once

// Whether what must move moves: what the daemon's sign of life to a service
// manager rests on. A part is alive while it does something, or nothing waits
// for it. One that has work waiting and has done nothing of it for `patience`
// hangs: an actor that does not return from a handler, a scheduler without
// workers, a network thread that does not turn. Nobody within the process can
// end such a thread (see supervisor.hpp); a restart of the process does.
//
// Time is counted from look to look, and of a look that came late a second: who
// was stopped himself calls nobody hanging.
//
// Concurrency. For one thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/supervision/actor_board.hpp"

namespace observer {

/// A part at one moment.
struct part_progress {
  std::string name;
  /// What it has done so far; any change is progress.
  uint64_t done = 0;
  /// What waits for it.
  uint64_t waiting = 0;
};

class pulse {
 public:
  static constexpr int64_t patience_us = 10'000'000;

  /// Once a second or so. What hangs, in words; empty if nothing does.
  std::string look(const std::vector<part_progress>& parts, int64_t steady_us);

 private:
  struct known {
    uint64_t done = 0;
    /// Without progress, while work waits.
    int64_t still_us = 0;
    bool seen = false;
  };
  std::map<std::string, known> parts_;
  int64_t looked_us_ = 0;
};

/// Every actor that is up. The one that is called `clocked` gives itself work by
/// a timer: for it something always waits, so that timers that do not come are
/// noticed.
std::vector<part_progress> progress_of(const actor_board& board,
                                       const std::string& clocked);

} // namespace observer
