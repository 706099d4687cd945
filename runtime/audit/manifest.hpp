#pragma once

// A manifest: what the writer said of a file when it closed it. Read here and
// held against the file itself.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/audit/findings.hpp"
#include "runtime/audit/inventory.hpp"
#include "runtime/audit/tally.hpp"

namespace observer::audit {

struct manifest_stream {
  std::string_view session_id;
  int64_t slot = 0;
  std::string_view tr_id;
  std::string_view symbol;
  int64_t first_seq = 0;
  int64_t last_seq = 0;
  int64_t records = 0;
  std::optional<int64_t> last_accumulated;
  /// Empty if it is not said.
  std::string_view last_received;
  /// The exchange's day of the last tick; empty if that is the day of its
  /// receipt.
  std::string_view last_business_date;
};

struct manifest_gap {
  std::string_view session_id;
  int64_t slot = 0;
  int64_t seq = 0;
  std::string_view symbol;
  std::string_view cause;
  std::optional<int64_t> missing_shares;
};

/// Lines that are none of ours, and that the writer knew of.
struct manifest_damage {
  int64_t first_line = 0;
  int64_t lines = 0;
};

/// Views into the text it was read from.
struct manifest {
  int64_t format = 0;
  std::string_view file;
  std::string_view dataset;
  int64_t lines = 0;
  int64_t bytes = 0;
  std::string_view sha256;
  /// Empty for null.
  std::string_view first_received;
  std::string_view last_received;
  std::string_view sealed_at;
  std::string_view sealed_because;
  std::vector<manifest_stream> streams;
  std::vector<manifest_gap> gaps;
  std::vector<manifest_damage> damaged;
};

/// Nothing, and `problem` in words, when `text` is not a manifest.
std::optional<manifest> parse_manifest(std::string_view text,
                                       std::string& problem);

/// The file as it was found.
struct file_facts {
  uint64_t lines = 0;
  uint64_t bytes = 0;
  /// 64 hex digits.
  std::string sha256;
};

/// What the lines of a file add up to by the word of its manifest alone. The
/// first volume of a stream is not known then.
file_sums sums_of(const manifest& said, dataset which);

/// Holds a manifest against its file; each difference is one finding.
void compare_manifest(const manifest& said, const file_facts& is,
                      const file_sums& sums, const journal_file& file,
                      finding_list& findings);

} // namespace observer::audit
