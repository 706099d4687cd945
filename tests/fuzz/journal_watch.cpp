#include "fuzz/journal_watch.hpp"

#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "runtime/audit/records.hpp"

namespace observer::fuzz {

void journal_lines::add(const journal_lines& other) {
  for (size_t i = 0; i < ticks.size(); ++i)
    ticks[i] += other.ticks[i];
  rejected += other.rejected;
}

namespace {

/// `/data/scalp/20260914_10.jsonl`: the folder's data set.
std::optional<audit::dataset> dataset_of_path(std::string_view path) {
  if (!path.ends_with(".jsonl"))
    return std::nullopt;
  auto end = path.rfind('/');
  auto begin = path.rfind('/', end - 1) + 1;
  return audit::dataset_of(path.substr(begin, end - begin));
}

void judge(audit::dataset which, std::string_view text, std::string_view of,
           journal_lines& sum) {
  audit::line_reader reader{which};
  for (size_t from = 0, end; from < text.size(); from = end + 1) {
    end = text.find('\n', from);
    auto line = text.substr(from, end - from);
    audit::line_record r;
    require(reader.read(line, r) == audit::line_state::good,
            "a line of the journal is what its dataset's must be",
            reader.problem() + ": " + std::string{line});
    // Texts from outside stand in these: another reader must agree.
    if (which != audit::dataset::scalp)
      require(nlohmann::json::accept(line), "a line is JSON", line);
    if (!r.session_id.starts_with(of))
      continue;
    if (which == audit::dataset::scalp) {
      require(r.slot >= 0 && r.slot < slots_per_session, "a tick's slot is one",
              line);
      ++sum.ticks[static_cast<size_t>(r.slot)];
    } else if (which == audit::dataset::quarantine && r.shortage) {
      sum.rejected += static_cast<uint64_t>(r.shortage->records);
    }
  }
}

} // namespace

journal_lines journal_watch::look(const test::memory_file_system& files,
                                  std::string_view of) {
  journal_lines sum;
  for (auto& path : files.files()) {
    auto which = dataset_of_path(path);
    if (!which)
      continue;
    auto text = files.view(path);
    // A line on its way ends later.
    text = text.substr(0, text.rfind('\n') + 1);
    auto& known = files_[path];
    if (text.size() < known.bytes || known.of != of)
      known = {0, std::string{of}, {}};
    judge(*which, text.substr(known.bytes), of, known.lines);
    known.bytes = text.size();
    sum.add(known.lines);
  }
  return sum;
}

} // namespace observer::fuzz
