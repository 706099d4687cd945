#include "runtime/audit/findings.hpp"

namespace observer::audit {

namespace {

struct words {
  std::string_view name;
  std::string_view explanation;
};

constexpr std::array<words, finding_kinds> kind_words{{
  {"torn_line", "the last line of a file has no end"},
  {"not_json", "a line that is not one strict JSON object"},
  {"wrong_fields", "a line without the fields of its data set"},
  {"wrong_time", "a line of another hour or day than its file's"},
  {"sequence_hole", "sequence numbers that no file holds"},
  {"sequence_repeat", "sequence numbers written more than once"},
  {"sequence_order", "sequence numbers that go back within a file"},
  {"undeclared_gap", "volume is missing and no gap says so"},
  {"wrong_gap", "a declared gap that is not what is missing"},
  {"checksum", "the file is not the one that was sealed"},
  {"manifest", "a manifest that does not describe its file"},
  {"lost_file", "a manifest whose file is not here"},
  {"unsealed", "a file without a manifest"},
  {"unreadable", "a file that cannot be read"},
  {"beyond_limit", "more than the audit can follow in one file"},
}};

} // namespace

std::string_view to_string(finding_kind kind) {
  return kind_words[static_cast<size_t>(kind)].name;
}

std::string_view explanation(finding_kind kind) {
  return kind_words[static_cast<size_t>(kind)].explanation;
}

void finding_list::merge(const finding_list& other) {
  for (size_t i = 0; i < finding_kinds; ++i) {
    kinds_[i].count += other.kinds_[i].count;
    for (auto& one : other.kinds_[i].shown)
      if (kinds_[i].shown.size() < shown_max)
        kinds_[i].shown.push_back(one);
  }
  for (auto& [file, count] : other.by_file_)
    by_file_[file] += count;
}

uint64_t finding_list::total() const {
  uint64_t sum = 0;
  for (auto& of_kind : kinds_)
    sum += of_kind.count;
  return sum;
}

uint64_t finding_list::count_of_file(const std::string& file) const {
  auto found = by_file_.find(file);
  return found == by_file_.end() ? 0 : found->second;
}

} // namespace observer::audit
