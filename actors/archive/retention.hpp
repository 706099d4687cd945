#pragma once

// Which files go, in which order, and why: a plan from what is known, and
// nothing else. It touches no file; whoever carries it out proves each file's
// content once more (see archive_jobs.hpp).
//
// Ages. The ticks of a day go when `raw_days` have begun since, those of a day
// with anomalies after `anomaly_days`; its quarantine and system journals, which
// are small and the evidence, after `max_days`, and then its manifests: until
// then those keep the names, volumes and numbers known, and the audit sound. A
// manifest stays longer while a later day goes on with one of its sessions, or
// the run that asks does: the audit would miss its numbers.
//
// Never: what is open, odd, without a manifest, of today or of a day to come, of
// the newest day with ticks; nor, unless `without_backup`, what no verified
// backup has with the same bytes and SHA-256.
//
// A day that was restored is as old as its restoring: somebody wants to read it.
//
// The clock. A clock that is wrong by a year must not make all days old. So a
// day is old only if ticks were recorded on days after it: as many as its age,
// or, past three, two thirds of it, for an exchange rests. A wrong clock can
// claim days; it cannot make an exchange send ticks on them. And one plan takes
// no more than `days_a_plan` days by their age. Whoever plans says besides
// whether the clock can be trusted now.
//
// Pressure. From `act_percent` on, what was backed up goes before its time,
// days without anomalies first, the oldest first, until `relief_percent` are
// won.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/archive/days.hpp"

namespace observer {

/// A file in a backup that was verified by reading it back.
struct proven_copy {
  /// As the day's files are called: `scalp/20260914_15.jsonl.zst`.
  std::string name;
  uint64_t bytes = 0;
  /// Of these bytes; and of the plain lines in them, if they are compressed.
  std::string sha256, plain_sha256 = {};
};

struct proven_backup {
  std::string target;
  int64_t verified_at_us = 0;
  std::vector<proven_copy> copies;
};

/// Whether the backup has all lines of this file; its manifest.
bool has_lines(const proven_backup& b, const catalogued_file& f);
bool has_manifest(const proven_backup& b, const catalogued_file& f);

struct retention_rules {
  int64_t raw_days = 3, anomaly_days = 7, max_days = 10;
  bool without_backup = false;
  int64_t warn_percent = 80, act_percent = 90;
  static constexpr int64_t relief_percent = 5;
  static constexpr size_t days_a_plan = 2;
};

/// On how many later days ticks must have been recorded before a day is taken for
/// so many days old.
constexpr int64_t tick_days_wanted(int64_t days) {
  return days <= 3 ? days : (days * 2 + 2) / 3;
}

enum class disk_level : uint8_t { unknown, fine, warn, act };
std::string_view to_string(disk_level l);

struct disk_fill {
  uint64_t free_bytes = 0, total_bytes = 0;
  /// Rounded up: what is nearly full is not shown as less.
  int64_t percent() const;
  disk_level level(const retention_rules& r) const;
};

struct retention_situation {
  /// See korean_day.
  int64_t today = 0;
  /// Nothing where it could not be asked.
  std::optional<disk_fill> disk = {};
  std::map<int64_t, proven_backup> backups = {};
  /// Days that stay longer.
  std::set<int64_t> anomalies = {};
  /// On which day a day was restored.
  std::map<int64_t, int64_t> restored = {};
  /// Not now: only what the disk asks for.
  bool by_age = true;
  /// Why the clock is not to be trusted now; empty if it is.
  std::string clock_doubt = {};
};

enum class deletion_reason : uint8_t { age, anomaly_age, max_age, pressure };
std::string_view to_string(deletion_reason r);

struct planned_deletion {
  /// Of the file on disk, relative to the data directory.
  std::string name;
  int64_t day = 0;
  uint64_t bytes = 0;
  deletion_reason why = deletion_reason::age;
  /// Of the bytes, where they are known; and of the plain lines in them.
  std::string sha256, plain_sha256 = {};
  /// Which backup has it; empty: none.
  std::string backup = {};
};

struct retention_plan {
  /// In this order.
  std::vector<planned_deletion> deletions;
  uint64_t bytes = 0;
  /// Would go by their age, and no verified backup has them.
  std::set<int64_t> unbacked_days;
  uint64_t unbacked_bytes = 0;
  /// Would go by their age, were it not for this.
  uint64_t held_bytes = 0;
  std::string held_because;
  disk_level level = disk_level::unknown;
  /// The disk asks for more than may be deleted.
  bool nothing_more = false;
};

retention_plan plan_retention(const day_catalogue& catalogue,
                              const retention_rules& rules,
                              const retention_situation& now);

/// The Korean day on which the disk is full, if days go on as the last week's;
/// nothing while nothing is known of them, or in more than a year.
std::optional<int64_t> day_of_full_disk(const day_catalogue& catalogue,
                                        const disk_fill& disk, int64_t today);

} // namespace observer
