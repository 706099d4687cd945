#pragma once

// What is missing as rows of a table: each amount with how much of it is known,
// and what it is a share of. What costs most comes first.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/audit/report.hpp"
#include "runtime/audit/shortage.hpp"

namespace observer::audit {

struct shortage_row {
  /// Without a symbol the sum over the symbols of a TR.
  shortage_key key;
  cause_sum sum;
  amount shares, records;
  /// Of the registration, or of all of the TR, over the days in view.
  std::optional<int64_t> volume;
  /// The share of the volume; where no volume tells, that of the time recorded.
  double cost = 0;

  /// Of the volume; nothing if one of both is unknown.
  std::optional<double> share() const;
};

struct shortage_table {
  /// By cause, TR and symbol.
  std::vector<shortage_row> rows;
  /// By cause and TR.
  std::vector<shortage_row> totals;
};

shortage_table explain(const audit_report& report,
                       const report_choice& choice);

/// What a cause means and what to do about it, for a legend.
struct cause_words {
  std::string_view cause, meaning, remedy;
};
/// Of a word that is no cause: nothing in words.
cause_words words_of_cause(std::string_view cause);

void print_explanation(const audit_report& report, const report_choice& choice,
                       std::ostream& out);

} // namespace observer::audit
