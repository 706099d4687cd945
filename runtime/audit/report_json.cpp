// The report as programs read it: one JSON object on one line. What nobody knows
// is null; where a number is a least one, another member says so.

#include <ostream>

#include <nlohmann/json.hpp>

#include <set>

#include "runtime/audit/explain.hpp"
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

/// Of TRs together nothing is said: unified trades are those of KRX and NXT
/// again.
json gaps_of(const gap_sum& sum, bool one_tr) {
  auto out = gaps_of(sum);
  if (!one_tr)
    out["missing_shares"] = out["reset_shares"] = nullptr;
  return out;
}

json file_of(const file_row& row, bool one_tr) {
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
  file.update(gaps_of(row.gaps, one_tr));
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

json text_or_null(std::string_view text) {
  return text.empty() ? json(nullptr) : json(text);
}

template <class T>
json value_or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json stamp_or_null(const std::optional<stamp>& at) {
  return at ? json(view(*at)) : json(nullptr);
}

std::string_view word_of(knowledge how) {
  switch (how) {
    case knowledge::elsewhere:
      return "told_elsewhere";
    case knowledge::exact:
      return "exact";
    case knowledge::at_least:
      return "at_least";
    case knowledge::unknown:
      break;
  }
  return "unknown";
}

json number_of(const amount& a) {
  return a.is_number() ? json(a.value) : json(nullptr);
}

/// Added to what gaps_of says, some of which it makes null.
json shortage_of(const shortage_row& row) {
  auto& sum = row.sum;
  auto& time = sum.time;
  json entry{{"cause", row.key.cause},
             {"tr_id", row.key.tr_id},
             {"symbol", row.key.symbol}};
  entry.update(gaps_of(sum.gaps));
  entry["missing_shares"] = number_of(row.shares);
  entry["missing_shares_known"] = word_of(row.shares.how);
  entry["missing_records"] = number_of(row.records);
  entry["missing_records_known"] = word_of(row.records.how);
  entry["volume"] = value_or_null(row.volume);
  entry["missing_share"] = value_or_null(row.share());
  entry["rejected_records"] = sum.rejected_records;
  entry["unmarked_records"] = sum.unmarked_records;
  entry["events"] = sum.events;
  entry["unknown_losses"] = sum.unknown_losses;
  entry["from"] = stamp_or_null(time.from);
  entry["to"] = stamp_or_null(time.to);
  entry["unended"] = sum.unended;
  entry["lasted_s"] = time.count > time.unknown
                        ? json(static_cast<double>(time.lasted_us) / 1e6)
                        : json(nullptr);
  entry["stretches"] = time.count;
  entry["stretches_without_end"] = time.unknown;
  return entry;
}

/// The time of several symbols at once is no sum.
json total_of(const shortage_row& row) {
  auto entry = shortage_of(row);
  for (auto key : {"symbol", "lasted_s", "stretches", "stretches_without_end"})
    entry.erase(key);
  return entry;
}

json days_of(const audit_report& report) {
  auto days = json::array();
  for (auto& row : report.days) {
    json day{{"day", row.day},
             {"tr_id", row.tr_id},
             {"market", text_or_null(market_of(row.tr_id))},
             {"records", row.records},
             {"symbols", row.symbols.size()},
             {"volume", value_or_null(row.volume)},
             {"missing_share", nullptr}};
    day.update(gaps_of(row.gaps));
    // Quotes have no volume of ours.
    auto quotes = is_quote(row.tr_id);
    if (quotes)
      day["missing_shares"] = nullptr;
    day["missing_shares_known"]
      = word_of(quotes && row.unknown ? knowledge::unknown
                : quotes              ? knowledge::elsewhere
                : row.unknown         ? knowledge::at_least
                                      : knowledge::exact);
    if (row.volume && *row.volume > 0)
      day["missing_share"] = static_cast<double>(row.gaps.missing_shares)
                             / static_cast<double>(*row.volume);
    days.push_back(std::move(day));
  }
  return days;
}

json registrations_of(const audit_report& report, const report_choice& choice) {
  auto all = json::array();
  for (auto& row : report.registrations) {
    if (!choice.symbol.empty() && row.symbol != choice.symbol)
      continue;
    json one{{"tr_id", row.tr_id},
             {"market", text_or_null(market_of(row.tr_id))},
             {"symbol", row.symbol},
             {"records", row.records},
             {"volume", value_or_null(row.volume)},
             {"before_first_tick", value_or_null(row.before_first)}};
    one.update(gaps_of(row.gaps));
    all.push_back(std::move(one));
  }
  return all;
}

json legend_of(const shortage_table& table) {
  std::set<std::string_view> causes;
  for (auto& row : table.rows)
    causes.insert(row.key.cause);
  auto legend = json::array();
  for (auto cause : causes) {
    auto words = words_of_cause(cause);
    legend.push_back({{"cause", cause},
                      {"meaning", text_or_null(words.meaning)},
                      {"remedy", text_or_null(words.remedy)}});
  }
  return legend;
}

} // namespace

void print_json(const audit_report& report, const report_choice& choice,
                std::ostream& out) {
  constexpr const char* extents[] = {"everything", "one_day", "one_file"};
  std::set<std::string_view> trs;
  for (auto& row : report.days)
    trs.insert(row.tr_id);
  auto one_tr = trs.size() < 2;
  auto files = json::array();
  for (auto& row : report.files)
    files.push_back(file_of(row, one_tr));
  auto streams = json::array();
  for (auto& row : report.streams)
    streams.push_back(stream_of(row));
  auto causes = json::array();
  auto table = explain(report, choice);
  for (auto& row : table.rows)
    causes.push_back(shortage_of(row));
  auto cause_totals = json::array();
  for (auto& row : table.totals)
    cause_totals.push_back(total_of(row));
  json totals{{"files", report.files.size()},
              {"lines", report.lines},
              {"bytes", report.bytes},
              {"streams", report.streams.size()},
              {"findings", report.findings.total()}};
  totals.update(gaps_of(report.gaps, one_tr));
  json all{{"path", report.path},
           {"scope", extents[static_cast<size_t>(report.extent)]},
           {"day", nullptr},
           {"sound", report.sound()},
           {"verdict", verdict(report)},
           {"totals", std::move(totals)},
           {"first_tick", stamp_or_null(report.first_tick)},
           {"last_tick", stamp_or_null(report.last_tick)},
           {"days", days_of(report)},
           {"files", std::move(files)},
           {"streams", std::move(streams)},
           {"registrations", registrations_of(report, choice)},
           {"filter", {{"symbol", text_or_null(choice.symbol)},
                       {"cause", text_or_null(choice.cause)}}},
           {"by_cause", std::move(causes)},
           {"by_cause_and_tr", std::move(cause_totals)},
           {"legend", legend_of(table)},
           {"findings", findings_of(report.findings)},
           {"leftovers", report.leftovers},
           {"unknown_files", report.unknown}};
  if (!report.day.empty())
    all["day"] = report.day;
  // A file name need not be UTF-8; the report is.
  out << all.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
}

} // namespace observer::audit
