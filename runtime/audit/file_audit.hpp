#pragma once

// One file, read once from end to end: each line judged and added up, the
// bytes hashed on the way, the manifest held against the result.

#include <atomic>
#include <cstdint>

#include "runtime/audit/findings.hpp"
#include "runtime/audit/inventory.hpp"
#include "runtime/audit/tally.hpp"

namespace observer::audit {

enum class hash_state : uint8_t {
  /// An open file, or one whose manifest cannot be read.
  unknown,
  good,
  wrong,
};

struct file_result {
  /// Whole lines, good or not.
  uint64_t lines = 0;
  /// Of these: damaged, and the manifest tells so.
  uint64_t damaged_lines = 0;
  uint64_t bytes = 0;
  /// Bytes after the last newline of an open file: a line on its way.
  uint64_t open_tail_bytes = 0;
  hash_state hash = hash_state::unknown;
  file_sums sums;
  finding_list findings;
};

/// A line longer than this is a finding, and passed over.
inline constexpr size_t line_bytes_max = 1u << 20;
/// A manifest larger than this is a finding, and not read.
inline constexpr uint64_t manifest_bytes_max = 64u << 20;

/// What the audit of a file shows of itself and obeys, from other threads.
struct audit_progress {
  /// Grows by each block that was read.
  std::atomic<uint64_t> bytes_done{0};
  /// Set: the audit ends, and its result says nothing.
  const std::atomic<bool>* stop = nullptr;

  bool stopped() const {
    return stop && stop->load(std::memory_order_relaxed);
  }
};

/// Blocks until the file is read; of one that is not here, its manifest.
/// Touches nothing but the file, so any number
/// may run at once. With `must_be_sealed` an open file is itself a finding.
file_result audit_file(const journal_file& file, bool must_be_sealed,
                       audit_progress& progress);

} // namespace observer::audit
