#pragma once

// From the settings to the target of backups.

#include <memory>
#include <string>

#include "actors/archive/backup_target.hpp"
#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

struct target_choice {
  /// In the place of backup.target; empty: that.
  std::string target = {};
  /// See folder_target_options.
  bool may_begin = false, reads_only = false;
};

/// A folder, `s3://bucket/prefix` or `command:/path`. A problem says what is wrong
/// with the name: that there is none, that the folder lies in the data directory.
/// Whether the target is there its `prepare` says. `fs` outlives it. Looks at the
/// disk, and changes nothing.
result<std::unique_ptr<backup_target>> make_target(file_system& fs,
                                                   const config& c,
                                                   const target_choice& choice);

} // namespace observer
