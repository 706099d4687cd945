#pragma once

// What no file can answer alone: that the sequence numbers of each slot run
// from 1 without hole or repeat over all files of a data set, and that the
// cumulative volume of each symbol goes on from file to file, from slot to
// slot, and from session to session of one Korean day.

#include <string>
#include <vector>

#include "runtime/audit/findings.hpp"
#include "runtime/audit/inventory.hpp"
#include "runtime/audit/tally.hpp"

namespace observer::audit {

struct file_part {
  /// Both outlive the judgement.
  const journal_file* file = nullptr;
  const file_sums* sums = nullptr;
};

/// Judges files given in the order of the inventory. A part of a file that
/// could not be read is then a hole here too.
///
/// A volume that is missing where sequence numbers are missing or repeated is
/// not told twice: the hole is the finding.
void judge_continuity(const std::vector<file_part>& parts, scope extent,
                      const std::string& day, finding_list& findings);

} // namespace observer::audit
