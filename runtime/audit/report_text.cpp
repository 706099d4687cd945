// The report as people read it.

#include <algorithm>
#include <ostream>

#include "runtime/audit/report.hpp"

namespace observer::audit {

namespace {

/// Code points, near enough to columns for what stands in our tables.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(
    text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Columns as wide as their widest cell; the first ones flush left.
class table {
public:
  table(std::vector<std::string> heading, size_t left_columns)
    : left_columns_(left_columns) {
    rows_.push_back(std::move(heading));
  }

  void add(std::vector<std::string> row) {
    rows_.push_back(std::move(row));
  }

  void print(std::ostream& out) const {
    std::vector<size_t> widths(rows_.front().size(), 0);
    for (auto& row : rows_)
      for (size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], width_of(row[i]));
    for (auto& row : rows_) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i) {
        std::string space(widths[i] - width_of(row[i]), ' ');
        line += i == 0 ? "" : "  ";
        line += i < left_columns_ ? row[i] + space : space + row[i];
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out << line << '\n';
    }
  }

private:
  size_t left_columns_;
  std::vector<std::vector<std::string>> rows_;
};

template <class T>
std::string text(const T& value) {
  return fmt::format("{}", value);
}

std::string_view hash_text(const file_row& row) {
  switch (row.hash) {
    case hash_state::good:
      return "ok";
    case hash_state::wrong:
      return "WRONG";
    case hash_state::unknown:
      break;
  }
  return row.sealed ? "?" : "-";
}

void print_files(const audit_report& report, std::ostream& out) {
  if (report.files.empty())
    return;
  table files{{"file", "state", "sha256", "lines", "bytes", "slots", "gaps",
               "missing", "findings"},
              3};
  for (auto& row : report.files)
    files.add({row.file, std::string{audit_report::state_of(row)},
               std::string{hash_text(row)}, text(row.lines), text(row.bytes),
               text(row.slots), text(row.gaps.gaps),
               text(row.gaps.missing_shares), text(row.findings)});
  files.print(out);
  out << '\n';
}

void print_streams(const audit_report& report, std::ostream& out) {
  if (report.streams.empty())
    return;
  table streams{{"data", "session", "symbol", "tr", "slot", "records",
                 "first seq", "last seq", "gaps", "missing",
                 "last accumulated"},
                4};
  for (auto& [which, sum] : report.streams)
    streams.add({std::string{to_string(which)}, sum.session_id, sum.symbol,
                 sum.tr_id, text(sum.slot), text(sum.records),
                 text(sum.first_seq), text(sum.last_seq),
                 text(sum.gaps.gaps), text(sum.gaps.missing_shares),
                 sum.last_accumulated ? text(*sum.last_accumulated) : "-"});
  streams.print(out);
  out << '\n';
}

void print_causes(const audit_report& report, std::ostream& out) {
  if (report.by_cause.empty()) {
    out << "nothing is short: no gap is declared, no record was rejected, and "
           "no event names a cause\n\n";
    return;
  }
  table causes{{"cause", "symbol", "gaps", "missing shares", "reset shares",
                "records in gaps", "gaps of unknown records", "rejected",
                "given up unmarked", "events"},
               2};
  auto row = [&](std::string cause, std::string symbol, const cause_sum& sum) {
    auto& gaps = sum.gaps;
    causes.add({std::move(cause), symbol.empty() ? "-" : std::move(symbol),
                text(gaps.gaps), text(gaps.missing_shares),
                text(gaps.reset_shares), text(gaps.records),
                text(gaps.records_unknown), text(sum.rejected_records),
                text(sum.unmarked_records), text(sum.events)});
  };
  cause_sum all;
  std::map<std::string, cause_sum> by_cause;
  for (auto& [key, sum] : report.by_cause) {
    row(key.first, key.second, sum);
    by_cause[key.first].add(sum);
    all.add(sum);
  }
  for (auto& [cause, sum] : by_cause)
    row(cause, "all", sum);
  row("all", "all", all);
  causes.print(out);
  out << '\n';
}

void print_findings(const finding_list& findings, std::ostream& out) {
  for (size_t i = 0; i < finding_kinds; ++i) {
    auto kind = static_cast<finding_kind>(i);
    auto count = findings.count(kind);
    if (count == 0)
      continue;
    out << fmt::format("{} ({}): {}\n", to_string(kind), count,
                       explanation(kind));
    auto& shown = findings.shown(kind);
    for (auto& one : shown) {
      auto line = one.line ? fmt::format(":{}", one.line) : std::string{};
      out << fmt::format("  {}{}: {}\n", one.file, line, one.what);
    }
    if (count > shown.size())
      out << fmt::format("  … and {} more\n", count - shown.size());
    out << '\n';
  }
}

void print_notes(const audit_report& report, bool verbose,
                 std::ostream& out) {
  bool any = false;
  auto note = [&](std::string_view line) {
    out << line << '\n';
    any = true;
  };
  if (report.extent == scope::one_file)
    note("one file alone: where its sequences begin is not judged");
  else if (report.extent == scope::one_day)
    note("one day alone: where sessions of earlier days begin is not judged");
  for (auto& row : report.files)
    if (row.open_tail_bytes != 0)
      note(fmt::format("{}: open tail: {} bytes not yet whole", row.file,
                       row.open_tail_bytes));
  for (auto& row : report.files)
    if (row.damaged_lines != 0)
      note(fmt::format("{}: {} damaged, as its manifest says; what they held is "
                       "told by events",
                       row.file, counted(row.damaged_lines, "line")));
  for (auto& name : report.leftovers)
    note(fmt::format("left over from an interrupted write: {}", name));
  if (verbose)
    for (auto& name : report.unknown)
      note(fmt::format("not of the journal, ignored: {}", name));
  if (any)
    out << '\n';
}

} // namespace

void print_text(const audit_report& report, const report_choice& choice,
                std::ostream& out) {
  print_files(report, out);
  print_streams(report, out);
  if (choice.explain)
    print_causes(report, out);
  print_findings(report.findings, out);
  print_notes(report, choice.verbose, out);
  auto sealed = std::count_if(report.files.begin(), report.files.end(),
                              [](auto& row) {
                                return row.sealed && row.kept == keeping::here;
                              });
  auto archived = std::count_if(
    report.files.begin(), report.files.end(),
    [](auto& row) { return row.kept != keeping::here; });
  auto open = static_cast<ptrdiff_t>(report.files.size()) - sealed - archived;
  auto more = archived == 0 ? std::string{}
                            : fmt::format(", {} archived", archived);
  out << fmt::format("totals: {} ({} sealed, {} open{}), {}, {}, {}, {}, {} "
                     "missing\n",
                     counted(report.files.size(), "file"), sealed, open, more,
                     counted(report.lines, "line"),
                     counted(report.bytes, "byte"),
                     counted(report.streams.size(), "stream"),
                     counted(report.gaps.gaps, "gap"),
                     counted(static_cast<uint64_t>(report.gaps.missing_shares),
                             "share"));
  out << verdict(report) << '\n';
}

} // namespace observer::audit
