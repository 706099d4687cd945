#pragma once

// Looks at each line of a journal in memory as it appears, by the audit's own
// reader, and adds up whose it is.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "messages/batches.hpp"
#include "support/memory_file_system.hpp"

namespace observer::fuzz {

/// Lines of one process, in its files so far.
struct journal_lines {
  std::array<uint64_t, slots_per_session> ticks{};
  /// Records that the quarantine's lines tell of.
  uint64_t rejected = 0;

  void add(const journal_lines& other);
};

class journal_watch {
 public:
  /// Lines of sessions that begin with `of` count; all are judged. Throws
  /// `broken` at one that is not what its dataset's must be. What was looked
  /// at stays so unless its file became shorter; see `forget`.
  journal_lines look(const test::memory_file_system& files,
                     std::string_view of);
  /// Files may have been cut and written again: all is looked at anew.
  void forget() {
    files_.clear();
  }

 private:
  struct known_file {
    size_t bytes = 0;
    std::string of;
    journal_lines lines;
  };
  std::map<std::string, known_file> files_;
};

} // namespace observer::fuzz
