#pragma once

// The settings of the daemon: typed, checked, and each with its source.
// table.cpp holds one row for each; flags, environment names, help, checks,
// `observer config`, config/observer.example.toml and the README's table all
// come from there.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "messages/secret.hpp"

namespace observer {

struct kis_settings {
  secret app_key;
  secret app_secret;
  /// A paper account (kis.virtual): selects the default hosts.
  bool is_virtual = false;
  /// Never empty after load_config, and without a trailing slash.
  std::string base_url;
  std::string websocket_url;
  /// PEM file of trusted roots; empty: the system's.
  std::string ca_file;
  /// "P" person or "B" business.
  std::string customer_type;
};

struct data_settings {
  std::string dir;
  /// Refuse a folder that would go with the container, or with nothing mounted.
  bool must_be_mounted = false;
};

/// HOST or HOST:PORT of an address, in lower case.
struct web_host {
  std::string authority;
  bool operator==(const web_host&) const = default;
};

struct service_settings {
  std::string address;
  /// 0: no HTTP service.
  int64_t port = 0;
  secret token;
  /// In the order given, no two equal.
  std::vector<web_host> allowed_hosts;
};

struct track_a_settings {
  bool enabled = false;
};

struct track_b_settings {
  bool enabled = false;
  /// Ignore trading hours: the data watchdog always watches.
  bool debug = false;
};

struct log_settings {
  /// trace, debug, info, warning, error or critical.
  std::string level;
  /// text or json.
  std::string format;
};

/// Accepted and masked; reserved for the database writer.
struct db_settings {
  std::string host;
  int64_t port = 0;
  std::string name;
  std::string user;
  secret password;
};

/// One registration that the daemon always keeps.
struct pinned_symbol {
  std::string tr_id;
  std::string symbol;
  bool operator==(const pinned_symbol&) const = default;
};

struct feed_settings {
  /// At most 41, in the order given, no two equal.
  std::vector<pinned_symbol> symbols;
  int64_t subscribe_spacing_ms = 0;
  int64_t ack_deadline_ms = 0;
  int64_t connect_timeout_ms = 0;
  int64_t reconnect_first_ms = 0;
  /// Not below reconnect_first_ms.
  int64_t reconnect_max_ms = 0;
  int64_t appkey_in_use_wait_ms = 0;
  int64_t transport_silence_ms = 0;
  int64_t data_silence_ms = 0;
  int64_t silent_slot_ms = 0;
  int64_t collect_us = 0;
  int64_t message_bytes_max = 0;
  int64_t unacked_bytes_max = 0;
};

/// [begin, end) in minutes after Korean midnight, 0 <= begin < end <= 1440.
struct hours_range {
  int begin_minute = 0;
  int end_minute = 0;
  bool operator==(const hours_range&) const = default;
};

/// A day of the Korean calendar.
struct calendar_date {
  int year = 0;
  int month = 0;
  int day = 0;
  auto operator<=>(const calendar_date&) const = default;
};

struct market_settings {
  /// Ascending and disjoint, at least one.
  std::vector<hours_range> hours;
  /// Ascending, no two equal.
  std::vector<calendar_date> holidays;
};

struct journal_settings {
  int64_t commit_interval_ms = 0;
  int64_t commit_bytes = 0;
  int64_t seal_linger_ms = 0;
  int64_t quarantine_minute_bytes = 0;
  int64_t quarantine_day_bytes = 0;
};

struct archive_settings {
  /// Closed files are compressed.
  bool compress = false;
  int64_t compress_after_h = 0;
};

/// 1 <= raw_days <= anomaly_days <= max_days.
struct retention_settings {
  int64_t raw_days = 0;
  int64_t anomaly_days = 0;
  int64_t max_days = 0;
  /// Accepted; reserved for the universe's files and the database.
  int64_t universe_days = 0;
  int64_t database_days = 0;
  /// What nobody has a copy of may be deleted.
  bool without_backup = false;
  /// Of the file system; disk_warn_percent < disk_act_percent.
  int64_t disk_warn_percent = 0;
  int64_t disk_act_percent = 0;
};

struct backup_settings {
  /// A folder, `s3://bucket/prefix` or `command:/program`; empty: no backups.
  std::string target;
  /// When backups are made, HH:MM in Korean time.
  std::string at;
  /// Empty: that of Amazon.
  std::string s3_endpoint;
  std::string s3_region;
  secret s3_key_id;
  secret s3_secret;
  int64_t timeout_s = 0;
};

struct ledger_settings {
  int64_t interval_s = 0;
};

struct run_settings {
  int64_t stop_deadline_ms = 0;
  int64_t worker_threads = 0;
};

/// A default-constructed config is empty: the defaults are in the table, and
/// load_config({}) returns them.
struct config {
  kis_settings kis;
  data_settings data;
  service_settings service;
  track_a_settings track_a;
  track_b_settings track_b;
  log_settings log;
  db_settings db;
  feed_settings feed;
  market_settings market;
  journal_settings journal;
  archive_settings archive;
  retention_settings retention;
  backup_settings backup;
  ledger_settings ledger;
  run_settings run;

  /// By key: `default`, `environment LOG_LEVEL`, `file observer.toml:12` or
  /// `flag --port`.
  std::map<std::string, std::string, std::less<>> sources;
  /// The file that was read; empty if none.
  std::string file;
  /// What the operator should know and the daemon can live with, a line each.
  std::vector<std::string> warnings;
};

} // namespace observer
