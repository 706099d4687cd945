#pragma once

// A day back from its package, into an empty folder or a data directory.
//
// Only a package whose SUCCESS fits is restored. Nothing is written before all
// names were looked at: a file that is there and is another one is never
// overwritten, and then nothing is restored. Each file is written under a
// temporary name (`….restoring`), read back from the disk, and gets its name only
// if its SHA-256 is that of the list. Manifests come first, so that a recorder
// that starts meanwhile takes no half of a day for an open file. What ends in
// between is gone on with by the next restore.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/archive/backup_target.hpp"
#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"

namespace observer {

struct restore_outcome {
  std::string day, target, directory;
  /// Written and proven now.
  uint64_t files = 0, bytes = 0;
  /// Were there already, the same.
  uint64_t kept = 0;
};

result<restore_outcome> restore_day(file_system& fs,
                                    const std::string& directory,
                                    const std::string& day,
                                    backup_target& target,
                                    const std::function<bool()>& go_on);

} // namespace observer
