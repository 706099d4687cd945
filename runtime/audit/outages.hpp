#pragma once

// When a registration brought nothing, by the journal's events: refused, never
// answered, released, silent, or the whole feed down.
//
// Where trades of it came afterwards, their volumes tell what was missed: gap
// marks have it. What nothing came after, or has no volume of ours, is a loss
// that nobody knows.

#include <vector>

#include "runtime/audit/continuity.hpp"
#include "runtime/audit/shortage.hpp"

namespace observer::audit {

/// Adds them to `sums`; files in the order of the inventory.
void add_outages(const std::vector<file_part>& parts, cause_sums& sums);

} // namespace observer::audit
