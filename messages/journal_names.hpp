#pragma once

// The names that the journal gives, in one place: what is called so is ours,
// and nothing else in a dataset's folder is. Writer, recovery, audit and
// consoles ask here.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/batches.hpp"

namespace observer {

/// True for the eight digits of a day of the calendar.
bool is_calendar_date(std::string_view text);

/// `20260914_15.2.jsonl` taken apart. Ordered as the files were written.
struct journal_name {
  /// `20260914`, a day of the calendar.
  std::string date;
  /// -1 in a data set whose files hold a whole day.
  int hour = -1;
  /// 0 for the first file of its hour or day, which has no number.
  uint32_t part = 0;

  auto operator<=>(const journal_name&) const = default;
};

/// What the files of a data set are named by.
enum class name_period : uint8_t { hour, day };
constexpr name_period name_period_of(dataset d) {
  return d == dataset::scalp ? name_period::hour : name_period::day;
}

/// Nothing when no journal of this period names a file so: only the canonical
/// spelling is ours.
std::optional<journal_name> parse_journal_name(name_period period,
                                               std::string_view name);

inline constexpr std::string_view manifest_suffix = ".manifest.json";
inline constexpr std::string_view checkpoint_suffix = ".checkpoint";
/// Of a manifest that lay beside another file of the same name, and was moved.
inline constexpr std::string_view earlier_suffix = ".earlier";
/// The form in which a closed file is compressed by us.
inline constexpr std::string_view zstd_suffix = ".zst";
/// Of a manifest, checkpoint or copy on its way to its name; `.1.tmp` to `.9.tmp`
/// where somebody else has that.
inline constexpr std::string_view temporary_suffix = ".tmp";
inline constexpr int temporaries_max = 10;

/// What stands beside a file of the journal under a name made of its name.
enum class journal_entry_kind : uint8_t {
  /// `….jsonl`
  file,
  /// `….jsonl.manifest.json`
  manifest,
  /// `….jsonl.checkpoint`: how far an open file was known to be durable.
  checkpoint,
  /// `….jsonl.gz` and other forms in which an operator keeps a sealed file.
  archive,
  /// `….jsonl.manifest.json.earlier`
  earlier_manifest,
  /// `….jsonl.manifest.json.tmp`, `….jsonl.checkpoint.1.tmp`
  temporary,
  /// `….jsonl.zst.tmp`: a compressed copy on its way, beside the file itself.
  archive_temporary,
};

/// Where `target` is made: `….tmp`, and `….N.tmp` for N > 0.
std::string temporary_name(std::string_view target, int n);

struct journal_entry {
  journal_entry_kind kind = journal_entry_kind::file;
  journal_name name;
  /// The name of the file that it belongs to, or is.
  std::string file;
};

/// Nothing for a name that is not the journal's.
std::optional<journal_entry> parse_journal_entry(name_period period,
                                                 std::string_view name);

} // namespace observer
