#pragma once

// The whole daemon at one moment, as plain values: what the verdict is judged
// from, and what /status, /metrics and the consoles show.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/archive/archive_board.hpp"
#include "actors/journal/storage_health.hpp"
#include "actors/supervision/actor_board.hpp"
#include "actors/watch/live_board.hpp"
#include "actors/watch/outcomes.hpp"
#include "messages/counters.hpp"
#include "runtime/inspect/day_sum.hpp"

namespace observer {

struct slot_observation {
  slot_view view;
  uint64_t received = 0, persisted = 0, rejected = 0, shed = 0, unacked = 0;
  uint64_t gaps = 0, missing_shares = 0;
  uint64_t doubted = 0;
  /// Over the last seconds.
  double ticks_per_s = 0;
  /// What became of its records lately; see outcome_window.
  outcomes recent, lately;
};

struct session_observation {
  std::string name;
  connection_view connection;
  /// For how long nothing comes although much came before; see
  /// connection_view::silence.
  std::optional<int64_t> silent_for_us = {};
  uint64_t connects = 0, disconnects = 0;
  std::vector<slot_observation> slots;
};

struct actor_observation {
  actor_view view;
  /// Over the last seconds; nothing before the second look.
  std::optional<double> handled_per_s;
  /// Of the time between two looks, while somebody looked.
  std::optional<double> busy_ratio;
  /// In a handler, per message.
  std::optional<double> mean_us;
};

struct file_observation {
  std::string file, dataset;
  bool sealed = false;
  std::optional<uint64_t> lines;
  /// Of its lines.
  uint64_t bytes = 0;
  /// What they take on the disk, where they are compressed (`….jsonl.zst`).
  std::optional<uint64_t> compressed_bytes;
  std::optional<int64_t> first_us, last_us;
  /// What earlier days' files of this hour had by now.
  std::optional<uint64_t> expected_bytes;
  std::string sealed_because;
};

struct storage_observation {
  dataset data = dataset::scalp;
  cause why = cause::none;
  std::string text;
  /// Files of the past that could not be sealed, in words; empty if none.
  std::string set_aside = {};
};

/// What a look at the journal's file system found, some time ago.
struct disk_observation {
  /// Nothing before the first look.
  std::optional<uint64_t> free_bytes;
  /// How many more files can be made; nothing where there is no such bound.
  std::optional<uint64_t> free_inodes;
  /// Of the last look that returned.
  int64_t age_us = 0;
  /// Why it found nothing.
  std::string problem;
};

/// Times of what is told here are by the clock as it stands at `now_us`: what
/// happened before it was set is shifted along. Records and events keep theirs.
struct observation {
  int64_t now_us = 0, started_us = 0;
  bool stopping = false;
  /// The past is looked through; no actor runs yet.
  bool recovering = false;
  std::string version, run_id, host, data_dir, log_level;
  int64_t pid = 0;

  ledger_totals totals;
  /// What became of the slots' records lately, of all slots together.
  outcomes recent, lately;
  /// Why those are lost that are, of the last ones.
  cause lost_why = cause::none;
  reject_reason rejected_most = reject_reason::none;
  /// What no slot claims, of the last ten seconds.
  session_outcomes::unclaimed_records unclaimed;
  std::vector<std::pair<std::string_view, uint64_t>> rejected_by_reason;
  /// Ticks by what is in doubt of them, and how many there are.
  std::vector<std::pair<std::string_view, uint64_t>> doubts;
  uint64_t doubted = 0;
  std::vector<std::pair<cause, uint64_t>> gaps_by_cause, shed_by_cause;
  uint64_t frames = 0, quarantine_shed = 0, log_lines_dropped = 0;
  uint64_t gaps = 0, missing_shares = 0;
  losses_by_tr losses = {};
  uint64_t unacked_bytes = 0;
  std::optional<int64_t> unacked_age_ms;
  /// Newest record of any slot.
  std::optional<int64_t> last_record_us;
  /// Over `rate_s` seconds.
  double received_per_s = 0, persisted_per_s = 0;
  /// Of received: what came for the slots.
  double claimed_per_s = 0;
  int rate_s = 5;
  /// Over the last minute.
  uint64_t received_in_minute = 0, persisted_in_minute = 0;
  /// Nothing before anything was measured.
  std::optional<int64_t> ack_p50_us, ack_p99_us, fsync_p50_us, fsync_p99_us;
  /// Of this Korean day, as far as this run saw it.
  day_counts day;
  int64_t day_since_us = 0;

  bool market_open = false;
  /// See why_closed; empty while it is open.
  std::string_view closed_because;
  /// For how long it is open or closed, up to an hour back.
  int64_t market_since_us = 0;
  std::optional<int64_t> opens_us, closes_us;

  std::vector<session_observation> sessions;
  std::vector<actor_observation> actors;
  /// Newest first.
  std::vector<restart_view> restarts;
  std::vector<event_view> events;
  std::vector<file_observation> files;
  std::vector<storage_observation> storage;
  disk_observation disk;
  /// Nothing where there is no archive.
  std::optional<archive_view> archive;
  std::vector<std::pair<dataset, uint64_t>> journal_bytes;
  /// Records that were acknowledged, and are gone with the file that held them.
  std::vector<std::pair<dataset, uint64_t>> journal_lost;
};

} // namespace observer
