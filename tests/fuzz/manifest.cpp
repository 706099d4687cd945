#include "messages/manifest.hpp"

#include <string>

#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "fuzz/texts.hpp"
#include "runtime/audit/manifest.hpp"

namespace observer::fuzz {

namespace {

using nlohmann::json;

/// The audit's numbers have 18 digits at most.
constexpr uint64_t audit_max = 999'999'999'999'999'999;

bool is_audits(const observer::manifest& m) {
  auto fits = m.lines <= audit_max && m.bytes <= audit_max;
  for (auto& s : m.streams)
    fits = fits && s.first_seq <= audit_max && s.last_seq <= audit_max
           && s.records <= audit_max
           && s.last_accumulated.value_or(0) <= audit_max;
  for (auto& g : m.gaps)
    fits = fits && g.seq <= audit_max
           && g.missing_shares <= static_cast<int64_t>(audit_max)
           && g.missing_shares >= -static_cast<int64_t>(audit_max);
  return fits;
}

/// Does the text hold this very number, digit by digit?
template <class Integer>
bool is(const json& there, Integer number) {
  return there.is_number_integer() && there.dump() == std::to_string(number);
}

/// What the recorder understands stands in the text.
void check_against(const observer::manifest& m, const json& document) {
  require(is(document["format"], 1), "format 1 only");
  require(document["file"] == m.file && document["dataset"] == m.dataset
            && is(document["lines"], m.lines) && is(document["bytes"], m.bytes)
            && document["sha256"] == m.sha256
            && document["sealed_because"] == m.sealed_because,
          "a manifest says what its text says");
  require(document["streams"].size() == m.streams.size()
            && document["gaps"].size() == m.gaps.size(),
          "a manifest lists what its text lists");
  for (size_t i = 0; i < m.streams.size(); ++i) {
    auto& there = document["streams"][i];
    auto& s = m.streams[i];
    require(there["session_id"] == s.session_id && is(there["slot"], s.slot)
              && is(there["first_seq"], s.first_seq)
              && is(there["last_seq"], s.last_seq)
              && is(there["records"], s.records)
              && there.contains("last_accumulated")
                   == s.last_accumulated.has_value()
              && (!s.last_accumulated
                  || is(there["last_accumulated"], *s.last_accumulated)),
            "a stream says what its text says", there.dump());
  }
  for (size_t i = 0; i < m.gaps.size(); ++i) {
    auto& there = document["gaps"][i];
    auto& g = m.gaps[i];
    require(there["session_id"] == g.session_id && is(there["slot"], g.slot)
              && is(there["seq"], g.seq) && there["symbol"] == g.symbol
              && there["cause"] == g.cause
              && is(there["missing_shares"], g.missing_shares),
            "a gap says what its text says", there.dump());
  }
}

/// What the recorder writes, it reads again, and the audit with it.
void check_written(const observer::manifest& m) {
  auto text = to_json(m);
  auto again = parse_manifest(text);
  require(again.has_value(), "a manifest of ours is one", text);
  require(to_json(*again) == text, "a manifest comes back as it was", text);
  if (!is_audits(m))
    return;
  std::string problem;
  auto seen = audit::parse_manifest(text, problem);
  require(seen.has_value(), "the audit takes a manifest of ours",
          problem + ": " + text);
  require(seen->lines == static_cast<int64_t>(m.lines)
            && seen->bytes == static_cast<int64_t>(m.bytes)
            && seen->streams.size() == m.streams.size()
            && seen->gaps.size() == m.gaps.size(),
          "the audit reads the same manifest", text);
}

/// The audit against an empty file: it may find anything and must not fall.
void check_audit(std::string_view input) {
  std::string problem;
  auto seen = audit::parse_manifest(input, problem);
  require(seen.has_value() == problem.empty(),
          "a problem is named if and only if there is one");
  require(is_one_line(problem), "a problem is one line", problem);
  if (!seen)
    return;
  audit::journal_file file;
  file.shown = "scalp/20260914_15.jsonl";
  file.path = "data/" + file.shown;
  audit::finding_list findings;
  audit::compare_manifest(*seen, {0, 0, std::string(64, '0')}, {}, file,
                          findings);
  require(seen->streams.size() + seen->gaps.size()
            <= findings.count(audit::finding_kind::manifest),
          "what a manifest invents is found");
}

} // namespace

void manifest(std::string_view input) {
  check_audit(input);
  auto m = parse_manifest(input);
  if (!m)
    return;
  auto document = json::parse(input, nullptr, false);
  require(document.is_object(), "a manifest is an object");
  check_against(*m, document);
  check_written(*m);
}

} // namespace observer::fuzz
