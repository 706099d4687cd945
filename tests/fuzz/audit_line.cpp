#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "fuzz/texts.hpp"
#include "runtime/audit/records.hpp"
#include "runtime/audit/tally.hpp"

namespace observer::fuzz {

namespace {

using nlohmann::json;

/// Another reader's view of a line that the audit takes for JSON; nothing if
/// that reader cannot hold one of its numbers (1e999).
std::optional<json> read_again(std::string_view line) {
  try {
    return json::parse(line);
  } catch (const json::out_of_range&) {
    return std::nullopt;
  } catch (const json::parse_error&) {
    throw broken{"what the audit reads is JSON: " + std::string{line}};
  }
}

/// A view of a line is the characters of the string there, escapes and all.
void check_text(std::string_view raw, const json& there,
                const char* property) {
  require(there.is_string()
            && (raw.find('\\') != raw.npos
                || raw == there.get_ref<const std::string&>()),
          property, raw);
}

/// What the audit takes for good, another reader reads the same.
void check_good(audit::dataset which, const audit::line_record& r,
                std::string_view line, const json& document) {
  require(r.seq >= 1 && !r.session_id.empty(), "a good line has its place");
  require(document["slot"] == r.slot && document["seq"] == r.seq,
          "slot and seq are the line's");
  require(document["timestamp"] == audit::view(r.received),
          "the time is the line's");
  check_text(r.session_id, document["session_id"],
             "the session is the line's");
  require(lies_within(r.session_id, line) && lies_within(r.symbol, line)
            && lies_within(r.tr_id, line),
          "views lie in the line");
  if (which != audit::dataset::scalp)
    return;
  check_text(r.symbol, document["symbol"], "the symbol is the line's");
  check_text(r.tr_id, document["tr_id"], "the TR id is the line's");
  auto& volume = document["volume"];
  require(!r.is_trade || (r.accumulated && volume["tick"] == r.tick),
          "a trade has its volume");
  require(r.accumulated ? volume["accumulated"] == *r.accumulated
                        : volume["accumulated"].is_null(),
          "the cumulative volume is the line's");
  require(r.gap.has_value() == document.contains("gap"),
          "a gap is where one is declared");
  if (r.gap && r.gap->missing_shares)
    require(document["gap"]["missing_shares"] == *r.gap->missing_shares,
            "the missing shares are the line's");
}

} // namespace

void audit_line(std::string_view input) {
  for (auto which : audit::all_datasets) {
    audit::line_reader reader{which};
    audit::finding_list findings;
    audit::file_tally tally{"a.jsonl", which, findings};
    uint64_t good = 0, number = 0;
    for (auto rest = input;;) {
      auto line = rest.substr(0, rest.find('\n'));
      ++number;
      audit::line_record record;
      auto state = reader.read(line, record);
      require((state == audit::line_state::good) == reader.problem().empty(),
              "a problem is named if and only if there is one");
      require(is_one_line(reader.problem()), "a problem is one line",
              reader.problem());
      audit::line_reader fresh{which};
      audit::line_record again;
      require(fresh.read(line, again) == state
                && fresh.problem() == reader.problem(),
              "a line is judged alike whatever came before it");
      if (state != audit::line_state::not_json) {
        auto document = read_again(line);
        require(!document || document->is_object(),
                "what the audit reads is an object", line);
        if (state == audit::line_state::good) {
          if (document)
            check_good(which, record, line, *document);
          tally.add(record, number);
          ++good;
        }
      }
      if (line.size() == rest.size())
        break;
      rest.remove_prefix(line.size() + 1);
    }
    uint64_t records = 0;
    for (auto& stream : tally.sums.streams) {
      records += stream.records;
      require(stream.first_seq <= stream.last_seq, "a stream's ends in order");
    }
    require(records == good, "every good line belongs to a stream");
    for (auto kind : {audit::finding_kind::undeclared_gap,
                      audit::finding_kind::wrong_gap})
      for (auto& finding : findings.shown(kind))
        require(is_one_line(finding.what), "a finding is one line",
                finding.what);
  }
}

} // namespace observer::fuzz
