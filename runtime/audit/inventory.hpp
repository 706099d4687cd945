#pragma once

// Which files there are to audit, and which names do not belong.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/audit/journal_names.hpp"

namespace observer::audit {

/// Where the lines are that a manifest tells of.
enum class keeping : uint8_t {
  /// In the file itself.
  here,
  /// Compressed in another form than zstd, beside the manifest.
  compressed,
  /// Somewhere else: taken to an archive, or lost.
  away,
};

struct journal_file {
  dataset which = dataset::scalp;
  journal_name name;
  /// For the operating system, and as reports show it (`scalp/….jsonl`).
  std::string path;
  std::string shown;
  /// At the time of the inventory. An open file is judged up to here.
  uint64_t bytes = 0;
  /// It has a manifest.
  bool sealed = false;
  /// What is not here is judged by the word of its manifest.
  keeping kept = keeping::here;
  /// Its lines are in `….jsonl.zst`, which is proven as the file would be.
  /// `bytes` are those of that file.
  bool zstd = false;
};

/// How much of the journal is in view, which decides what can be judged.
enum class scope : uint8_t {
  /// All of it: every sequence must start at 1.
  everything,
  /// One day: a session of an earlier day may have started before.
  one_day,
  one_file,
};

struct inventory {
  /// Why nothing can be audited, and what to do; empty when all is well.
  std::string problem;
  scope extent = scope::everything;
  /// By data set, then in the order in which they were written.
  std::vector<journal_file> files;
  /// What an interrupted write left behind.
  std::vector<std::string> leftovers;
  /// Names that no journal of ours gives.
  std::vector<std::string> unknown;
};

/// Looks through a data directory, or at one journal file. `day` (eight
/// digits) keeps the files of that day only; empty keeps all. A running daemon
/// may write meanwhile: sizes are taken newest file first, so that no file
/// shows records whose predecessors another file had not shown yet.
inventory take_inventory(const std::string& path, const std::string& day);

} // namespace observer::audit
