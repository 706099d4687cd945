#pragma once

// Is a package what its SUCCESS says? Reads all of it back; or is it still the
// one that a record speaks of? Writes nothing.

#include <functional>
#include <string>
#include <vector>

#include "actors/archive/backup_record.hpp"
#include "actors/archive/backup_target.hpp"
#include "messages/result.hpp"

namespace observer {

struct backup_check {
  std::string day, target;
  /// Files of the list that were right, and their bytes.
  uint64_t files = 0, bytes = 0;
  /// Names in the package: in the list and not there; other than the list says;
  /// there and not in the list.
  std::vector<std::string> missing = {}, changed = {}, extra = {};
  /// Why there is no proof at all: no list, no SUCCESS, one that does not fit.
  /// Empty if there is.
  std::string doubt = {};
  /// There is no package of this day.
  bool absent = false;

  /// What is there besides does no harm.
  bool is_whole() const {
    return !absent && doubt.empty() && missing.empty() && changed.empty();
  }
};

/// A problem if the target does not answer, or `go_on` says false.
result<backup_check> verify_backup(const std::string& day,
                                   backup_target& target,
                                   const std::function<bool()>& go_on);

/// Whether the backup of which this is the record is in the target as it was
/// verified, by its list and sizes; no content is read. Empty words: it is; else
/// why not; a problem only if the target does not answer.
result<std::string> missing_of(const backup_record& record,
                               backup_target& target,
                               const std::function<bool()>& go_on);

} // namespace observer
