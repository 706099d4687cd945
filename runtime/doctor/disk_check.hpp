#pragma once

// The data directory: its volume, who may write, what is free, and whether its
// file system keeps what a journal needs of it.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/doctor/check.hpp"
#include "runtime/settings/config.hpp"
#include "runtime/storage/volume.hpp"

namespace observer {

/// The volume's facts, as judged at each start, and what they are where nothing
/// is wrong.
void judge_place(const volume_facts& seen, bool must_be_mounted,
                 check_report& out);
/// Against a wild day of 41 issues.
void judge_space(const volume_facts& seen, check_report& out);

/// Times of a small append and its sync, in µs.
void judge_syncs(std::vector<int64_t> took_us, check_report& out);

/// Says what in the data directory the recorder's user may not write, as what a
/// command left that root called; nothing where all is right.
void check_owners(const std::string& dir, check_report& out);

void check_volume(const config& c, check_report& out);
/// Writes, syncs, renames and locks files of its own there, and removes them.
void check_disk(const config& c, check_report& out);

/// Makes the data directory where it is missing, and gives this user back the
/// rights on folders and files of the journal that belong to it. Touches nothing
/// of others, follows no link, removes nothing. Says each thing that it did.
void mend_directory(const config& c, check_report& out);

} // namespace observer
