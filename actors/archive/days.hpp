#pragma once

// What the data directory holds, day by day: read from the names in its folders
// and from the manifests beside the files, never from memory, so that it is
// right after a restart, a restore and whatever an operator did meanwhile.
//
// Ours is what has a name of the journal and what that name promises: a manifest
// that can be read and speaks of this file, and a file of the size that the
// manifest knows, or a compressed one that begins as such. Everything else is
// counted, named, and never to be deleted.
//
// Limits. At most `files_max` files are kept, the oldest; a manifest of more
// than `manifest_bytes_max` is not read. Blocking; for the archive's thread.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/journal/file_system.hpp"
#include "messages/batches.hpp"
#include "messages/journal_names.hpp"

namespace observer {

/// How the lines of a file are there.
enum class day_form : uint8_t {
  plain,
  compressed,
  /// Both: a compression was cut short.
  both,
  /// The manifest alone.
  away,
};
std::string_view to_string(day_form f);

struct catalogued_file {
  /// Of the plain lines, whatever form they have: `scalp/20260914_15.jsonl`.
  std::string name;
  dataset data = dataset::scalp;
  /// See korean_day; of its name.
  int64_t day = 0;
  /// When its hour or day ends.
  int64_t period_end_us = 0;
  day_form form = day_form::away;
  /// It has a manifest, and all is as that says.
  bool sealed = false;
  /// Why it is not to be touched; empty if nothing is odd.
  std::string odd = {};
  /// On disk.
  uint64_t plain_bytes = 0, compressed_bytes = 0, manifest_bytes = 0;
  std::string manifest_sha256 = {};
  // By its manifest; of the plain lines.
  uint64_t lines = 0, bytes = 0, gaps = 0;
  std::string sha256 = {};
  int64_t sealed_at_us = 0;
  /// Hashes of the ids of its sessions, ascending.
  std::vector<uint64_t> sessions = {};
  /// One of them is of the run that asks.
  bool of_this_run = false;

  uint64_t on_disk() const {
    return plain_bytes + compressed_bytes;
  }
  /// What lies there under the name of the journal, with its lines.
  std::string plain_name() const {
    return name;
  }
  std::string compressed_name() const {
    return name + std::string{zstd_suffix};
  }
};

struct archive_day {
  int64_t day = 0;
  /// In the order of their names.
  std::vector<catalogued_file> files;

  /// `20260914`
  std::string date() const;
  uint64_t on_disk() const;
  uint64_t lines(dataset d) const;
  uint64_t gaps() const;
  /// Files that are being written, or were left open.
  size_t open() const;
  /// How many files have this form.
  size_t count(day_form f) const;
  bool has_ticks() const;
};

struct day_catalogue {
  /// Oldest first.
  std::vector<archive_day> days;
  /// What is in the folders and no file of the journal.
  uint64_t foreign = 0;
  /// There is more than was kept: the newest are missing.
  bool partial = false;
  /// Folders and files that could not be read, the first few.
  std::vector<std::string> problems;

  const archive_day* find(int64_t day) const;
  const catalogued_file* find(std::string_view name) const;
  uint64_t on_disk() const;
  /// The newest day with ticks; nothing known of one: -1.
  int64_t newest_tick_day() const;

  static constexpr size_t files_max = 20'000;
  static constexpr uint64_t manifest_bytes_max = 16 << 20;
  static constexpr size_t problems_max = 16;
};

/// Looks at the folders of all datasets. `run_id` is that of the run that asks:
/// what its sessions wrote goes on. Ends early, with a partial catalogue and a
/// problem, when `go_on` says false.
day_catalogue survey_days(file_system& fs, const std::string& data_dir,
                          std::string_view run_id,
                          const std::function<bool()>& go_on = {});

} // namespace observer
