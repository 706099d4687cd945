#pragma once

// The settings of the daemon: typed, checked, and each with its source.
// A flag beats the environment, which beats the file, which beats the default.
// runtime/settings/table.cpp holds one row for each setting; flags, environment
// names, help, checks, `observer config`, config/observer.example.toml and the
// README's table all come from there.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"
#include "messages/secret.hpp"

namespace CLI {
class App;
}

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
};

struct service_settings {
  std::string address;
  /// 0: no HTTP service.
  int64_t port = 0;
  secret token;
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

/// What the command line said: the text given for each key, and --config.
struct flag_values {
  std::map<std::string, std::string> values;
  std::optional<std::string> config_file;
};

/// Everything that settings come from, so that tests bring their own. The
/// default one is empty: no flag, no environment, no file.
struct config_sources {
  /// From key (`service.port`) to text.
  std::map<std::string, std::string> flags;
  /// A variable that is set but empty counts as not set.
  std::map<std::string, std::string> environment;
  /// A file named on the command line; it must exist. Else OBSERVER_CONFIG
  /// names one that must exist; else the first of default_files that does.
  std::optional<std::filesystem::path> file;
  std::vector<std::filesystem::path> default_files;
};

/// The sources of a real run: these flags, the environment of the process, and
/// ./observer.toml or /etc/observer/observer.toml.
config_sources process_sources(const flag_values& flags);

/// Reads and checks all settings. A problem names key, value (never a secret
/// one), source and what was expected. Reads files; touches nothing else.
result<config> load_config(const config_sources& sources);

/// A problem that says how to give them, when app key or secret are missing.
result<> check_credentials(const config& c);

/// Adds --config and a flag for each setting that may have one, in groups.
/// Secrets have none: a command line is visible to every user. The texts are
/// checked by load_config. `flags` must outlive `app`.
void add_config_options(CLI::App& app, flag_values& flags);

/// For `observer config`: key, effective value and source of each setting, a
/// line each; a secret is `****` or `(not set)`.
std::string describe_config(const config& c);
/// The same as JSON: {"service.port": {"value": 8000, "source": "default"}, …}.
std::string describe_config_json(const config& c);
/// config/observer.example.toml: every key with default, unit and effect.
std::string example_toml();
/// The settings table of README.md.
std::string settings_markdown();

} // namespace observer
