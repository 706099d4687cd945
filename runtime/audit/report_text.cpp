// The report as people read it.

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include "runtime/audit/explain.hpp"
#include "runtime/audit/report.hpp"
#include "runtime/audit/text_table.hpp"

namespace observer::audit {

namespace {

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
  text_table files{{"file", "state", "sha256", "lines", "bytes", "slots", "gaps",
               "missing", "findings"},
              3, 5};
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
  text_table streams{{"data", "session", "symbol", "tr", "slot", "records",
                 "first seq", "last seq", "gaps", "missing",
                 "last accumulated"},
                4, 5};
  for (auto& [which, sum] : report.streams)
    streams.add({std::string{to_string(which)}, sum.session_id, sum.symbol,
                 sum.tr_id, text(sum.slot), text(sum.records),
                 text(sum.first_seq), text(sum.last_seq),
                 text(sum.gaps.gaps), text(sum.gaps.missing_shares),
                 sum.last_accumulated ? text(*sum.last_accumulated) : "-"});
  streams.print(out);
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

void print_days(const audit_report& report, std::ostream& out) {
  if (report.days.empty())
    return;
  text_table days{{"day", "tr", "of", "records", "symbols", "gaps",
                   "missing shares", "of volume"},
                  3};
  for (auto& row : report.days) {
    auto shares = row.gaps.missing_shares;
    auto trades = !is_quote(row.tr_id);
    auto nothing = row.unknown ? "unknown" : "-";
    auto least = row.unknown ? "≥ " : "";
    days.add({row.day, cut_to_width(row.tr_id, 10),
              std::string{market_of(row.tr_id)},
              grouped(static_cast<int64_t>(row.records)),
              text(row.symbols.size()), text(row.gaps.gaps),
              trades ? least + grouped(shares) : nothing,
              trades && row.volume ? least + percent(shares, *row.volume)
                                   : nothing});
  }
  days.print(out);
  std::map<std::string_view, std::pair<int64_t, int64_t>> by_tr;
  for (auto& row : report.registrations) {
    auto& [before, volume] = by_tr[row.tr_id];
    before = add_bounded(before, row.before_first.value_or(0));
    volume = add_bounded(volume, row.volume.value_or(0));
  }
  for (auto& [tr_id, sums] : by_tr)
    if (sums.first > 0)
      out << fmt::format("{}: {} shares ({}) were traded before the first tick "
                         "of their symbol\n",
                         tr_id, grouped(sums.first),
                         percent(sums.first, sums.second));
  out << '\n';
}

void print_totals(const audit_report& report, std::ostream& out) {
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
  out << fmt::format("totals: {} ({} sealed, {} open{}), {}, {}, {}\n",
                     counted(report.files.size(), "file"), sealed, open, more,
                     counted(report.lines, "line"),
                     counted(report.bytes, "byte"),
                     counted(report.streams.size(), "stream"));
  auto at = [](const stamp& moment) {
    return fmt::format("{} {}", view(moment).substr(0, 10),
                       view(moment).substr(11, 8));
  };
  if (report.first_tick && report.last_tick)
    out << fmt::format("recorded: from {} to {}, Korean time\n",
                       at(*report.first_tick), at(*report.last_tick));
}

/// What is short at a glance.
void print_shortage(const audit_report& report, const report_choice& choice,
                    std::ostream& out) {
  if (report.files.empty())
    return;
  uint64_t unknown = 0, rejected = 0, unmarked = 0;
  for (auto& [key, sum] : report.by_cause) {
    unknown += sum.unknown_losses + sum.gaps.shares_unknown;
    rejected += sum.rejected_records;
    unmarked += sum.unmarked_records;
  }
  std::string parts;
  auto add = [&](uint64_t count, std::string_view noun,
                 std::string_view what) {
    if (count > 0)
      parts += fmt::format("{}{}{}", parts.empty() ? "" : ", ",
                           counted(count, noun), what);
  };
  add(report.gaps.gaps, "gap", "");
  add(unknown, "loss", " of unknown size");
  add(rejected, "record", " rejected");
  add(unmarked, "record", " given up unmarked");
  if (parts.empty())
    parts = "nothing that the journal knows of";
  else if (!choice.explain)
    parts += "; of what, when and why: --explain";
  out << "missing: " << parts << '\n';
}

} // namespace

void print_text(const audit_report& report, const report_choice& choice,
                std::ostream& out) {
  out << verdict(report) << '\n';
  print_shortage(report, choice, out);
  print_totals(report, out);
  out << '\n';
  print_days(report, out);
  if (choice.explain)
    print_explanation(report, choice, out);
  print_findings(report.findings, out);
  print_notes(report, choice.verbose, out);
  if (choice.verbose) {
    print_files(report, out);
    print_streams(report, out);
  }
}

} // namespace observer::audit
