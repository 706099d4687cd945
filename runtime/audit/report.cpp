#include "runtime/audit/report.hpp"

#include <algorithm>
#include <tuple>

#include "runtime/audit/continuity.hpp"

namespace observer::audit {

namespace {

using named_stream = std::tuple<dataset, std::string, int64_t, std::string,
                                std::string>;

void add_stream(std::map<named_stream, stream_sum>& streams, dataset which,
                const stream_sum& more) {
  auto [at, fresh] = streams.try_emplace({which, more.session_id, more.slot,
                                          more.symbol, more.tr_id},
                                         more);
  if (fresh)
    return;
  auto& sum = at->second;
  if (more.last_seq >= sum.last_seq && more.last_accumulated)
    sum.last_accumulated = more.last_accumulated;
  sum.records += more.records;
  sum.first_seq = std::min(sum.first_seq, more.first_seq);
  sum.last_seq = std::max(sum.last_seq, more.last_seq);
  sum.gaps.add(more.gaps);
}

file_row row_of(const journal_file& file, const file_result& result) {
  file_row row;
  row.file = file.shown;
  row.sealed = file.sealed;
  row.kept = file.kept;
  row.hash = result.hash;
  row.lines = result.lines;
  row.bytes = result.bytes;
  row.open_tail_bytes = result.open_tail_bytes;
  row.damaged_lines = result.damaged_lines;
  row.slots = result.sums.tracks.size();
  for (auto& stream : result.sums.streams)
    row.gaps.add(stream.gaps);
  return row;
}

} // namespace

audit_report make_report(const inventory& found, const std::string& path,
                         const std::string& day,
                         std::vector<file_result> results, bool all_here) {
  audit_report report;
  report.path = path;
  report.day = day;
  report.extent = found.extent;
  report.leftovers = found.leftovers;
  report.unknown = found.unknown;
  std::map<named_stream, stream_sum> streams;
  std::vector<file_part> parts;
  for (size_t i = 0; i < results.size(); ++i) {
    auto& file = found.files[i];
    auto& result = results[i];
    report.files.push_back(row_of(file, result));
    if (file.kept == keeping::here) {
      report.lines += result.lines;
      report.bytes += result.bytes;
    }
    if (all_here && file.kept == keeping::away)
      report.findings.add(finding_kind::lost_file, file.shown, 0,
                          "only its manifest is left; restore the file from a "
                          "copy");
    report.gaps.add(report.files.back().gaps);
    report.findings.merge(result.findings);
    for (auto& [key, sum] : result.sums.by_cause)
      report.by_cause[key].add(sum);
    for (auto& stream : result.sums.streams)
      add_stream(streams, file.which, stream);
    parts.push_back({&file, &result.sums});
  }
  judge_continuity(parts, found.extent, day, report.findings);
  for (auto& row : report.files)
    row.findings = report.findings.count_of_file(row.file);
  for (auto& [key, sum] : streams)
    report.streams.push_back({std::get<0>(key), std::move(sum)});
  return report;
}

std::string_view audit_report::state_of(const file_row& row) {
  switch (row.kept) {
    case keeping::here:
      return row.sealed ? "sealed" : "open";
    case keeping::compressed:
      return "compressed";
    case keeping::away:
      return "away";
  }
  return "";
}

std::string counted(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string verdict(const audit_report& report) {
  auto total = report.findings.total();
  if (total != 0)
    return "verdict: NOT sound — " + counted(total, "finding");
  if (report.files.empty())
    return fmt::format("verdict: sound — nothing recorded{}{}",
                       report.day.empty() ? "" : " on ", report.day);
  auto archived = static_cast<uint64_t>(
    std::count_if(report.files.begin(), report.files.end(),
                  [](auto& row) { return row.kept != keeping::here; }));
  return fmt::format("verdict: sound — {} in {}, {} declared with {}{}",
                     counted(report.lines, "line"),
                     counted(report.files.size() - archived, "file"),
                     counted(report.gaps.gaps, "gap"),
                     counted(static_cast<uint64_t>(report.gaps.missing_shares), "missing share"),
                     archived == 0
                       ? std::string{}
                       : fmt::format("; {} archived, by the word of {}",
                                     counted(archived, "file"),
                                     archived == 1 ? "its manifest"
                                                   : "their manifests"));
}

} // namespace observer::audit
