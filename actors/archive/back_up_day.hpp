#pragma once

// A day's files into the package of a target (backup_package.hpp), and the record
// that they are there.
//
// Operation. What the package has not yet is sent. Then, if its list changes,
// SUCCESS goes, and its list and what stands beside it are written anew. Then
// everything that the list names is read back from the target, and only when
// all of it is right SUCCESS is written, read back, and the record written. So
// what ends in between leaves a package without SUCCESS, or with one that is
// still true; the next try goes on from there. A file that the package proves
// and that is no longer here stays in it.
//
// Never overwritten: a file of a proven package by one with other lines. Then two
// observers back up to one target, or one of the two is damaged: that is for a
// person to judge, and said.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/archive/backup_record.hpp"
#include "actors/archive/backup_target.hpp"
#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"

namespace observer {

/// What a backup is told by who asks for it.
struct backup_extras {
  /// The proof of the day, and the settings without secrets; an empty one is left
  /// out.
  std::string certificate, config;
  /// Wall time: a day that is not over is not packed.
  int64_t now_us = 0;
  /// For manifest.json.
  std::string run, observer_version;
  /// SHA-256 of the plain lines of a compressed file of the data directory, which
  /// it reads. Without it the word of its manifest is taken.
  std::function<result<std::string>(const std::string& name)> plain_sha256 = {};
  /// Makes the certificate once it is needed: it takes a while. Null: what is in
  /// `certificate`.
  std::function<result<std::string>()> certify = {};
  /// Read all back, also where the record says that it was.
  bool anew = false;
};

struct backup_outcome {
  std::string day, target;
  /// Of the day's files in the package, all proven.
  uint64_t files = 0, bytes = 0;
  /// Of those, what was sent now.
  uint64_t sent_files = 0, sent_bytes = 0;
  /// Nothing was to do: the record said so.
  bool was_there = false;
  int64_t verified_at_us = 0;
  /// What the operator should know, a sentence each.
  std::vector<std::string> remarks;
};

/// Blocks, for as long as it takes; memory for a megabyte or two. Ends with a
/// problem soon after `go_on` says false. Two at once of one data directory are
/// the caller's to prevent.
result<backup_outcome> back_up_day(file_system& fs, const std::string& data_dir,
                                   const std::string& day,
                                   backup_target& target,
                                   const backup_extras& extras,
                                   const std::function<bool()>& go_on);

/// How long after a day's end its files may be unsealed because they are open.
inline constexpr int64_t open_after_midnight_us = 3'600'000'000;

} // namespace observer
