#pragma once

// What is backed up of a day, for whoever deletes: DATA/state/backups/
// YYYYMMDD.json. Written after a backup was read back from its target; nothing
// else says that a file may go.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/archive/backup_package.hpp"
#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"

namespace observer {

struct backup_record {
  std::string day;
  /// As people know it, and what it is known by.
  std::string target, target_id;
  /// When all was read back, and found right.
  int64_t verified_at_us = 0;
  /// Of the package's SHA256SUMS.
  std::string sha256_of_list;
  /// Sorted by name, and none twice. What was found to differ from its manifest is
  /// not among them, though the package may hold it.
  std::vector<backup_file> files;

  /// The file of this name.
  const backup_file* find(const std::string& name) const;
  /// A journal's file with these plain lines, in whichever form the target has it:
  /// `name` is that of its plain or its compressed one, `plain_sha256` what its
  /// manifest says.
  bool covers_lines(const std::string& name,
                    const std::string& plain_sha256) const;
  /// Any other file, byte by byte.
  bool covers_file(const std::string& name, uint64_t bytes,
                   const std::string& sha256) const;
};

/// Whether what lies in the data directory under this name now is in the record,
/// the same: a journal's file by the SHA-256 of its manifest, any other one (a
/// manifest, too) by its own, for which it is read. A problem if it cannot be.
result<bool> is_backed_up(file_system& fs, const std::string& data_dir,
                          const backup_record& record, const std::string& name);

/// `DATA/state/backups`.
std::string backup_state_directory(const std::string& data_dir);

/// A problem if there is none, or what is there is somebody
/// else's, damaged, or of another day: then nothing is backed up.
result<backup_record> read_backup_record(file_system& fs,
                                         const std::string& data_dir,
                                         const std::string& day);
/// Is there a file under the record's name, whatever it is?
bool has_backup_record(file_system& fs, const std::string& data_dir,
                       const std::string& day);
result<> write_backup_record(file_system& fs, const std::string& data_dir,
                             const backup_record& record);

/// With a check over all of it, so that no flipped bit is believed.
std::string to_json(const backup_record& record);
result<backup_record> parse_backup_record(std::string_view text);

} // namespace observer
