#pragma once

// What an audit finds wrong: each kind counted in full and its first few kept
// with place and words, so that a file of nothing but defects costs no memory.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace observer::audit {

enum class finding_kind : uint8_t {
  /// The last line of a file has no end.
  torn_line,
  /// A line is not one strict JSON object.
  not_json,
  /// A line lacks a field, or a field has a value of another kind.
  wrong_fields,
  /// A line was received in another hour or day than its file's.
  wrong_time,
  /// Sequence numbers of a slot that no file holds.
  sequence_hole,
  /// Sequence numbers of a slot that were written more than once.
  sequence_repeat,
  /// Sequence numbers that go back within one file.
  sequence_order,
  /// The cumulative volume jumps and the line declares no gap.
  undeclared_gap,
  /// The declared gap is not the jump of the cumulative volume.
  wrong_gap,
  /// The file is not the one that was sealed.
  checksum,
  /// A manifest is unreadable or says other than its file.
  manifest,
  /// A manifest without its file, where every file must be here.
  lost_file,
  /// A file without a manifest, where every file must have one.
  unsealed,
  /// The operating system refused to read a file.
  unreadable,
  /// More streams, runs or gaps in one file than the audit can follow.
  beyond_limit,
};

inline constexpr size_t finding_kinds = 15;

/// The name that reports use, e.g. `sequence_hole`.
std::string_view to_string(finding_kind kind);
/// One sentence for a heading.
std::string_view explanation(finding_kind kind);

struct finding {
  /// As reports show it, e.g. `scalp/20260914_15.jsonl`.
  std::string file;
  /// 0 when the file as a whole is meant.
  uint64_t line = 0;
  std::string what;
};

class finding_list {
public:
  static constexpr size_t shown_max = 20;

  /// Counts, and words the finding only while there is room for it.
  template <class... Args>
  void add(finding_kind kind, const std::string& file, uint64_t line,
           fmt::format_string<Args...> form, Args&&... args) {
    auto& of_kind = kinds_[static_cast<size_t>(kind)];
    ++of_kind.count;
    ++by_file_[file];
    if (of_kind.shown.size() < shown_max)
      of_kind.shown.push_back(
        {file, line, fmt::format(form, std::forward<Args>(args)...)});
  }

  /// Adds what another list found, after what this one has.
  void merge(const finding_list& other);

  /// At most `shown_max`, in the order in which they were found.
  const std::vector<finding>& shown(finding_kind kind) const {
    return kinds_[static_cast<size_t>(kind)].shown;
  }
  uint64_t count(finding_kind kind) const {
    return kinds_[static_cast<size_t>(kind)].count;
  }
  uint64_t total() const;
  uint64_t count_of_file(const std::string& file) const;

private:
  struct of_kind {
    uint64_t count = 0;
    std::vector<finding> shown;
  };
  std::array<of_kind, finding_kinds> kinds_;
  std::map<std::string, uint64_t> by_file_;
};

} // namespace observer::audit
