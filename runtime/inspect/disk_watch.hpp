#pragma once

// Looks at the disk for those who must not wait for it: what is free there
// once a second, and the journal's files while somebody looks. What it found
// last is there at once, with its age: a disk that hangs makes it old, and
// nobody waits.
//
// Lifetime. The destructor does not wait for a look that does not return: its
// thread is left behind, with all that it uses.
//
// Thread-safe.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/journal/file_system.hpp"
#include "actors/ports/clock.hpp"
#include "actors/watch/live_board.hpp"
#include "runtime/inspect/observation.hpp"

namespace observer {

class disk_watch {
 public:
  disk_watch(std::shared_ptr<file_system> files,
             std::shared_ptr<wall_clock> clock,
             std::shared_ptr<live_board> board, std::string data_dir,
             bool own_thread = true);
  ~disk_watch();
  disk_watch(const disk_watch&) = delete;
  disk_watch& operator=(const disk_watch&) = delete;

  /// Without a thread of its own it finds nothing.
  /// Somebody looks at the files, or nobody does any more.
  void want_files(bool wanted);
  disk_observation disk() const;
  /// Of the last days, as of a few seconds ago.
  std::vector<file_observation> files() const;

 private:
  struct state;
  static void run(const std::shared_ptr<state>& s);

  std::shared_ptr<state> state_;
  std::thread thread_;
};

} // namespace observer
