#pragma once

// What a closed journal file says of itself, in `<file>.manifest.json`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/batches.hpp"

namespace observer {

/// The lines of one producer in one file.
struct manifest_stream {
  std::string session_id;
  int slot = 0;
  /// Empty for producers that are no slots.
  std::string tr_id, symbol;
  uint64_t first_seq = 0, last_seq = 0, records = 0;
  /// Of the last tick, by kis::volume_after; nothing if these are no ticks.
  std::optional<uint64_t> last_accumulated;
  /// Receive time of the last line.
  int64_t last_received_us = 0;
  /// The last tick's day of the exchange (see korean_day), if not that of its
  /// receipt.
  std::optional<int64_t> last_day = {};
};

struct manifest_gap_entry {
  std::string session_id;
  int slot = 0;
  uint64_t seq = 0;
  std::string symbol;
  std::string cause;
  int64_t missing_shares = 0;
};

/// Lines that are none of ours, with whole ones behind them: what a power cut or
/// somebody made of them. They stay where they are.
struct manifest_damage {
  /// Counted from 1.
  uint64_t first_line = 0;
  uint64_t lines = 0, bytes = 0;
};

struct manifest {
  /// The file's name without a directory.
  std::string file;
  std::string dataset;
  uint64_t lines = 0, bytes = 0;
  /// Of the whole file, lower-case hex.
  std::string sha256;
  /// Receive times; nothing in an empty file.
  std::optional<int64_t> first_received_us, last_received_us;
  int64_t sealed_at_us = 0;
  /// `hour`, `stop`, `failure`, `recovery`, `operator`, `streams`.
  std::string sealed_because;
  std::vector<manifest_stream> streams;
  std::vector<manifest_gap_entry> gaps;
  /// In order. Past `damages_max` the last one reaches over whole lines, too.
  std::vector<manifest_damage> damaged = {};
  static constexpr size_t damages_max = 1'024;
};

/// Indented JSON with a final newline.
std::string to_json(const manifest& m);
/// Nothing if the text is no manifest of format 1, whatever it is: numbers that
/// are not whole, or do not fit, make it none.
std::optional<manifest> parse_manifest(std::string_view text);

} // namespace observer
