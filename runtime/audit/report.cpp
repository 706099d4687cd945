#include "runtime/audit/report.hpp"

#include <algorithm>
#include <tuple>

#include "runtime/audit/continuity.hpp"
#include "runtime/audit/outages.hpp"

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
  row.zstd = file.zstd;
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

/// What was recorded of each TR, by day and by symbol.
class day_sums {
public:
  explicit day_sums(const std::vector<file_part>& parts)
    : volumes_(volumes_of(parts)) {
    for (auto& part : parts)
      if (part.file->which == dataset::scalp)
        for (auto& stream : part.sums->streams)
          add(part.file->name.date, stream);
  }

  void fill(audit_report& report) {
    for (auto& [key, volume] : volumes_) {
      auto& [tr_id, symbol, day] = key;
      auto at = days_.find({std::string(day.begin(), day.end()), tr_id});
      if (at != days_.end())
        add(at->second.volume, volume.last);
      auto& row = registrations_[{tr_id, symbol}];
      add(row.volume, volume.last);
      if (volume.before_first && report.extent != scope::one_file)
        add(row.before_first, *volume.before_first);
    }
    for (auto& [key, row] : days_) {
      std::tie(row.day, row.tr_id) = key;
      report.days.push_back(std::move(row));
    }
    for (auto& [key, row] : registrations_) {
      std::tie(row.tr_id, row.symbol) = key;
      report.registrations.push_back(std::move(row));
    }
  }

private:
  static void add(std::optional<int64_t>& sum, int64_t more) {
    sum = add_bounded(sum.value_or(0), more);
  }

  void add(const std::string& day, const stream_sum& stream) {
    auto& of_day = days_[{day, stream.tr_id}];
    of_day.records += stream.records;
    of_day.symbols.insert(stream.symbol);
    of_day.gaps.add(stream.gaps);
    auto& row = registrations_[{stream.tr_id, stream.symbol}];
    row.records += stream.records;
    row.gaps.add(stream.gaps);
  }

  day_volumes volumes_;
  std::map<std::pair<std::string, std::string>, day_row> days_;
  std::map<std::pair<std::string, std::string>, registration_row>
    registrations_;
};

/// A loss of unknown size makes the sums of its days least ones.
void mark_unknown(audit_report& report) {
  for (auto& [key, sum] : report.by_cause) {
    auto how = missing_shares(sum).how;
    auto& time = sum.time;
    if ((how != knowledge::unknown && how != knowledge::at_least)
        || !time.from || !time.to)
      continue;
    auto from = date_of(*time.from), to = date_of(*time.to);
    for (auto& row : report.days)
      row.unknown |= (key.tr_id.empty() || key.tr_id == row.tr_id)
                     && row.day >= std::string_view{from.data(), from.size()}
                     && row.day <= std::string_view{to.data(), to.size()};
  }
}

void add_extent(audit_report& report, const file_sums& sums) {
  if (!sums.earliest || !sums.latest)
    return;
  auto& first = report.first_tick;
  auto& last = report.last_tick;
  first = first ? std::min(*first, *sums.earliest) : *sums.earliest;
  last = last ? std::max(*last, *sums.latest) : *sums.latest;
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
    if (file.which == dataset::scalp)
      add_extent(report, result.sums);
    parts.push_back({&file, &result.sums});
  }
  add_outages(parts, report.by_cause);
  day_sums{parts}.fill(report);
  mark_unknown(report);
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
      if (row.zstd)
        return "compressed";
      return row.sealed ? "sealed" : "open";
    case keeping::compressed:
      return "compressed";
    case keeping::away:
      return "away";
  }
  return "";
}

std::string counted(uint64_t count, std::string_view noun) {
  auto ending = count == 1 ? "" : noun.ends_with('s') ? "es" : "s";
  return fmt::format("{} {}{}", count, noun, ending);
}

std::string grouped(int64_t value) {
  auto text = fmt::format("{}", value);
  auto digits = text.size() - (value < 0 ? 1 : 0);
  for (size_t i = 3; i < digits; i += 3)
    text.insert(text.size() - i - (i / 3 - 1), ",");
  return text;
}

std::string percent(int64_t part, int64_t whole) {
  if (whole <= 0)
    return "";
  auto value = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  // What is missing never reads as nothing.
  if (value > 0 && value < 0.001)
    return "<0.001 %";
  return fmt::format("{:.{}f} %", value, value == 0 ? 0 : value < 10 ? 3 : 1);
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
  // The shares of two TRs are no sum: one may hold those of the other.
  std::set<std::string_view> short_trs;
  for (auto& row : report.days)
    if (row.gaps.gaps > 0)
      short_trs.insert(row.tr_id);
  auto shares = short_trs.size() > 1
                  ? std::string{}
                  : " with " + counted(static_cast<uint64_t>(
                                         report.gaps.missing_shares),
                                       "missing share");
  return fmt::format("verdict: sound — {} in {}, {} declared{}{}",
                     counted(report.lines, "line"),
                     counted(report.files.size() - archived, "file"),
                     counted(report.gaps.gaps, "gap"), shares,
                     archived == 0
                       ? std::string{}
                       : fmt::format("; {} archived, by the word of {}",
                                     counted(archived, "file"),
                                     archived == 1 ? "its manifest"
                                                   : "their manifests"));
}

} // namespace observer::audit
