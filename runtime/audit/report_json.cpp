// The report as programs read it: one JSON object on one line.

#include <ostream>

#include <nlohmann/json.hpp>

#include "runtime/audit/report.hpp"

namespace observer::audit {

namespace {

using json = nlohmann::ordered_json;

json gaps_of(const gap_sum& sum) {
  return {{"gaps", sum.gaps},
          {"missing_shares", sum.missing_shares},
          {"reset_shares", sum.reset_shares},
          {"missing_records", sum.records},
          {"gaps_without_records", sum.records_unknown}};
}

json file_of(const file_row& row) {
  json file{{"file", row.file},
            {"state", audit_report::state_of(row)},
            {"lines", row.lines},
            {"bytes", row.bytes},
            {"open_tail_bytes", row.open_tail_bytes},
            {"damaged_lines", row.damaged_lines},
            {"sha256_ok", nullptr},
            {"slots", row.slots}};
  if (row.hash != hash_state::unknown)
    file["sha256_ok"] = row.hash == hash_state::good;
  file.update(gaps_of(row.gaps));
  file["findings"] = row.findings;
  return file;
}

json stream_of(const stream_row& row) {
  auto& sum = row.sum;
  json stream{{"dataset", to_string(row.which)},
              {"session_id", sum.session_id},
              {"slot", sum.slot},
              {"symbol", sum.symbol},
              {"tr_id", sum.tr_id},
              {"records", sum.records},
              {"first_seq", sum.first_seq},
              {"last_seq", sum.last_seq},
              {"last_accumulated", nullptr}};
  if (sum.last_accumulated)
    stream["last_accumulated"] = *sum.last_accumulated;
  stream.update(gaps_of(sum.gaps));
  return stream;
}

json findings_of(const finding_list& findings) {
  auto result = json::array();
  for (size_t i = 0; i < finding_kinds; ++i) {
    auto kind = static_cast<finding_kind>(i);
    if (findings.count(kind) == 0)
      continue;
    auto shown = json::array();
    for (auto& one : findings.shown(kind)) {
      json entry{{"file", one.file}, {"line", nullptr}, {"what", one.what}};
      if (one.line != 0)
        entry["line"] = one.line;
      shown.push_back(std::move(entry));
    }
    result.push_back({{"kind", to_string(kind)},
                      {"count", findings.count(kind)},
                      {"shown", std::move(shown)}});
  }
  return result;
}

} // namespace

void print_json(const audit_report& report, std::ostream& out) {
  constexpr const char* extents[] = {"everything", "one_day", "one_file"};
  auto files = json::array();
  for (auto& row : report.files)
    files.push_back(file_of(row));
  auto streams = json::array();
  for (auto& row : report.streams)
    streams.push_back(stream_of(row));
  auto causes = json::array();
  for (auto& [key, sum] : report.by_cause) {
    json entry{{"cause", key.first}, {"symbol", key.second}};
    entry.update(gaps_of(sum.gaps));
    entry["rejected_records"] = sum.rejected_records;
    entry["unmarked_records"] = sum.unmarked_records;
    entry["events"] = sum.events;
    causes.push_back(std::move(entry));
  }
  json totals{{"files", report.files.size()},
              {"lines", report.lines},
              {"bytes", report.bytes},
              {"streams", report.streams.size()},
              {"findings", report.findings.total()}};
  totals.update(gaps_of(report.gaps));
  json all{{"path", report.path},
           {"scope", extents[static_cast<size_t>(report.extent)]},
           {"day", nullptr},
           {"sound", report.sound()},
           {"verdict", verdict(report)},
           {"totals", std::move(totals)},
           {"files", std::move(files)},
           {"streams", std::move(streams)},
           {"by_cause", std::move(causes)},
           {"findings", findings_of(report.findings)},
           {"leftovers", report.leftovers},
           {"unknown_files", report.unknown}};
  if (!report.day.empty())
    all["day"] = report.day;
  // A file name need not be UTF-8; the report is.
  out << all.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
}

} // namespace observer::audit
