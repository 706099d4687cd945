#pragma once

// A backup of a day with all that belongs to it: the lock, the target of the
// settings, the audit of the day as its certificate, the settings as they are.

#include <functional>
#include <string>
#include <vector>

#include "actors/archive/back_up_day.hpp"
#include "messages/result.hpp"
#include "runtime/archive/make_target.hpp"

namespace observer {

struct backup_order {
  std::string day;
  target_choice choice = {};
  /// Read back also what the record says is there.
  bool anew = false;
  /// Of the recorder that does it; may be empty.
  std::string run = {};
};

/// What the recorder's archiver and `observer backup` call. Blocks; ends soon
/// after `go_on` says false. `plain_sha256`: see backup_extras.
result<backup_outcome>
back_up_with(file_system& fs, const config& c, const backup_order& order,
             const std::function<bool()>& go_on,
             decltype(backup_extras::plain_sha256) plain_sha256 = {});

/// Asks the target for the backup of which there is a record; see missing_of.
/// Writes nothing.
result<std::string> missing_backup(file_system& fs, const config& c,
                                   const std::string& day,
                                   target_choice choice,
                                   const std::function<bool()>& go_on);

/// What `observer audit --json --day` prints of a day; sound or not.
result<std::string> certificate_of_day(const std::string& data_dir,
                                       const std::string& day,
                                       const std::function<bool()>& go_on);

/// All settings as a file that can be read again, without secrets.
std::string config_without_secrets(const config& c);

/// Days of the data directory that are over, ascending.
result<std::vector<std::string>> closed_days(file_system& fs,
                                             const std::string& data_dir,
                                             int64_t now_us);
/// Whether a record covers all sealed files of the day, in the target of this id.
/// One that is not believed covers none.
result<bool> is_day_backed_up(file_system& fs, const std::string& data_dir,
                              const std::string& day,
                              const std::string& target_id);

} // namespace observer
