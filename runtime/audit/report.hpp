#pragma once

// What an audit says in the end, as tables for people and as one JSON object
// for programs. Both print the same facts.

#include <iosfwd>
#include <map>
#include <string>
#include <set>
#include <utility>
#include <vector>

#include "runtime/audit/day_volumes.hpp"
#include "runtime/audit/file_audit.hpp"
#include "runtime/audit/findings.hpp"
#include "runtime/audit/inventory.hpp"
#include "runtime/audit/tally.hpp"

namespace observer::audit {

/// One file in the report.
struct file_row {
  std::string file;
  bool sealed = false;
  keeping kept = keeping::here;
  /// Its lines were read from its .zst.
  bool zstd = false;
  hash_state hash = hash_state::unknown;
  uint64_t lines = 0;
  uint64_t bytes = 0;
  uint64_t open_tail_bytes = 0;
  uint64_t damaged_lines = 0;
  size_t slots = 0;
  gap_sum gaps;
  uint64_t findings = 0;
};

/// One registration over all files.
struct stream_row {
  dataset which = dataset::scalp;
  stream_sum sum;
};

/// One TR on one Korean day of receipt.
struct day_row {
  std::string day, tr_id;
  uint64_t records = 0;
  std::set<std::string> symbols;
  gap_sum gaps;
  /// Nothing for quotes, and where no volume is known.
  std::optional<int64_t> volume;
  /// Of the missing shares, or of all of a quote, a part is unknown.
  bool unknown = false;
};

/// One registration over all days.
struct registration_row {
  std::string tr_id, symbol;
  uint64_t records = 0;
  gap_sum gaps;
  std::optional<int64_t> volume;
  std::optional<int64_t> before_first;
};

struct audit_report {
  std::string path;
  /// Empty for all days.
  std::string day;
  scope extent = scope::everything;
  std::vector<file_row> files;
  std::vector<stream_row> streams;
  cause_sums by_cause;
  std::vector<day_row> days;
  std::vector<registration_row> registrations;
  uint64_t lines = 0;
  uint64_t bytes = 0;
  gap_sum gaps;
  /// Of the ticks that are on disk.
  std::optional<stamp> first_tick, last_tick;
  finding_list findings;
  std::vector<std::string> leftovers;
  std::vector<std::string> unknown;

  /// `sealed`, `open`, `compressed`, `away`.
  static std::string_view state_of(const file_row& row);

  bool sound() const {
    return findings.total() == 0;
  }
};

/// Joins the results, one a file of the inventory and in its order, and judges
/// what lies between files. The results are used up.
/// With `all_here` a file that is neither here nor compressed beside its
/// manifest is a finding.
audit_report make_report(const inventory& found, const std::string& path,
                         const std::string& day,
                         std::vector<file_result> results,
                         bool all_here = false);

struct report_choice {
  /// Add what is missing by cause and registration.
  bool explain = false;
  /// Add files and streams, and name the files that are not of the journal.
  bool verbose = false;
  /// Only this symbol and this cause; empty for all.
  std::string symbol = {}, cause = {};
};

void print_text(const audit_report& report, const report_choice& choice,
                std::ostream& out);
/// Holds everything; of what is missing what the choice leaves.
void print_json(const audit_report& report, const report_choice& choice,
                std::ostream& out);

/// `1 line`, `2 lines`.
std::string counted(uint64_t count, std::string_view noun);

/// `0.012 %` of a part; empty if the whole is nothing.
std::string percent(int64_t part, int64_t whole);

/// `12,345`
std::string grouped(int64_t value);

/// `verdict: sound — …` or `verdict: NOT sound — N findings`.
std::string verdict(const audit_report& report);

} // namespace observer::audit
