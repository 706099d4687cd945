#pragma once

// What lies in the data directory of a day, for a backup.

#include <cstdint>
#include <string>
#include <vector>

#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"

namespace observer {

struct day_file {
  /// `scalp/20260914_15.jsonl.zst`
  std::string name;
  uint64_t bytes = 0;
  /// Of the lines of a journal's file, as its manifest has them; else empty.
  std::string plain_sha256 = {};
  uint64_t lines = 0;
  /// It is as its manifest was made of it, so its own SHA-256 is that.
  bool is_plain_journal = false;
};

struct day_files {
  /// Sorted by name. Of a journal's file that is there plain and compressed, the
  /// plain one.
  std::vector<day_file> files;
  /// Journal's files without a manifest: open, or never sealed.
  std::vector<std::string> open;
  /// What is wrong with others, a sentence each.
  std::vector<std::string> remarks;
};

/// A problem if a folder cannot be read.
result<day_files> files_of_day(file_system& fs, const std::string& data_dir,
                               const std::string& day);

} // namespace observer
