#pragma once

// What the archiver has its disk do, a step at a time. All block; each looks
// now and then whether it is to go on.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/archive/day_notes.hpp"
#include "actors/archive/days.hpp"
#include "actors/archive/retention.hpp"
#include "messages/result.hpp"

namespace observer {

using go_on_function = std::function<bool()>;

/// Bytes before and after.
struct compression {
  uint64_t plain_bytes = 0, bytes = 0;
};

/// What others do for the archiver. Each may be empty: then nothing is
/// compressed, there is no backup to make, none that was made, and compressed
/// files are not looked into.
struct archive_work {
  /// Compresses `name`, proves the copy and removes the plain file, or leaves
  /// that as it is.
  std::function<result<compression>(file_system&, const std::string& data_dir,
                                    const std::string& name,
                                    const go_on_function&)>
    compress;
  /// Backs a day (`20260914`) up, and verifies that; what it did, in words.
  std::function<result<std::string>(file_system&, const std::string& data_dir,
                                    const std::string& day,
                                    const go_on_function&)>
    back_up;
  /// The last verified backup of a day.
  std::function<result<std::optional<proven_backup>>(
    file_system&, const std::string& data_dir, const std::string& day)>
    read_backup;
  /// Asks the target whether that backup is still there, as it was verified, by
  /// its list and sizes. Empty words: it is; else why not; a problem: nobody can
  /// say. Without it no backup speaks for anything that is deleted.
  std::function<result<std::string>(file_system&, const std::string& data_dir,
                                    const std::string& day,
                                    const go_on_function&)>
    confirm_backup;
  /// SHA-256 of the lines in a compressed file, by its name in the data
  /// directory.
  std::function<result<std::string>(file_system&, const std::string& data_dir,
                                    const std::string& name,
                                    const go_on_function&)>
    plain_sha256;
  read_lines_function read_lines = read_plain_lines;
};

/// All that is known of the days, as of one look.
struct archive_survey {
  day_catalogue catalogue;
  std::map<int64_t, day_notes> notes;
  std::map<int64_t, proven_backup> backups;
  std::optional<disk_fill> disk;
  /// Days of which the notes could not be read: nobody knows whether they are
  /// to stay longer.
  std::set<int64_t> unknown;

  std::set<int64_t> anomalies() const;
  /// On which day a day was restored.
  std::map<int64_t, int64_t> restored() const;
};

archive_survey survey_archive(file_system& fs, const std::string& data_dir,
                              const std::string& run_id,
                              const archive_work& work,
                              const go_on_function& go_on);

/// Closed days up to `last`, of which the backup lacks something that could be
/// backed up; and how many bytes of them are on this disk.
struct backup_backlog {
  std::vector<int64_t> days;
  uint64_t bytes = 0;
};
backup_backlog backlog_of(const archive_survey& s, int64_t last);

/// Reads the file and proves that it is what the plan takes it for.
result<> prove_deletion(file_system& fs, const std::string& data_dir,
                        const planned_deletion& what, const archive_work& work,
                        const go_on_function& go_on);
/// Removes it, if it still has its size; its name is gone for good when this
/// returns. A file that is not there any more is no problem.
result<> carry_out(file_system& fs, const std::string& data_dir,
                   const planned_deletion& what);

} // namespace observer
