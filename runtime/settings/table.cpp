#include "runtime/settings/table.hpp"

#include <algorithm>
#include <array>

namespace observer {

namespace {

using namespace std::string_view_literals;

constexpr std::array level_words{"trace"sv, "debug"sv, "info"sv,
                                 "warning"sv, "error"sv, "critical"sv};
constexpr std::array level_aliases{std::pair{"warn"sv, "warning"sv},
                                   std::pair{"err"sv, "error"sv},
                                   std::pair{"fatal"sv, "critical"sv}};
constexpr std::array format_words{"text"sv, "json"sv};
constexpr std::array customer_words{"P"sv, "B"sv};

// One generic lambda gives both the writable and the read-only view.
template <class Member>
constexpr setting row(std::string_view key, std::string_view environment,
                      std::string_view flag, std::string_view default_text,
                      std::string_view unit, rule check,
                      std::string_view effect, Member,
                      std::string_view paper_default = {}) {
  return {key,
          environment,
          flag,
          default_text,
          unit,
          check,
          effect,
          [](config& c) -> field { return Member{}(c); },
          [](const config& c) -> field_view { return Member{}(c); },
          paper_default};
}

#define OBSERVER_AT(member) [](auto& c) { return &c.member; }

// key, environment, flag, default, unit, rule, effect, member
constexpr setting table[] = {
  row("kis.app_key", "KIS_APP_KEY", "", "", "", one_word{},
      "The app key that KIS issued for this account.",
      OBSERVER_AT(kis.app_key)),
  row("kis.app_secret", "KIS_APP_SECRET", "", "", "", one_word{},
      "The app secret that belongs to the app key.",
      OBSERVER_AT(kis.app_secret)),
  row("kis.virtual", "KIS_IS_VIRTUAL", "--virtual", "false", "", anything{},
      "The keys are those of a paper account: selects the default hosts.",
      OBSERVER_AT(kis.is_virtual)),
  row("kis.base_url", "KIS_BASE_URL", "--base-url",
      "https://openapi.koreainvestment.com:9443", "",
      web_address{"http", "https"}, "Where REST calls go.",
      OBSERVER_AT(kis.base_url),
      "https://openapivts.koreainvestment.com:29443"),
  row("kis.websocket_url", "KIS_WEBSOCKET_URL", "--websocket-url",
      "ws://ops.koreainvestment.com:21000", "", web_address{"ws", "wss"},
      "Where the real-time session is opened.",
      OBSERVER_AT(kis.websocket_url), "ws://ops.koreainvestment.com:31000"),
  row("kis.ca_file", "OBSERVER_CA_FILE", "--ca-file", "", "", file_path{true},
      "PEM file of the trusted root certificates; empty: the system's.",
      OBSERVER_AT(kis.ca_file)),
  row("kis.customer_type", "OBSERVER_CUSTOMER_TYPE", "--customer-type", "P",
      "", one_of{customer_words}, "P is a person, B a business.",
      OBSERVER_AT(kis.customer_type)),

  row("data.dir", "OBSERVER_DATA_DIR", "--data-dir", "./data", "",
      file_path{false}, "The folder that holds the journals.",
      OBSERVER_AT(data.dir)),
  row("data.must_be_mounted", "OBSERVER_DATA_MUST_BE_MOUNTED",
      "--data-must-be-mounted", "false", "", anything{},
      "Refuse to start where nothing is mounted for that folder: on the file "
      "system of / or of the container, in memory, or on a volume without a "
      "name.",
      OBSERVER_AT(data.must_be_mounted)),

  row("service.address", "OBSERVER_SERVICE_ADDRESS", "--address", "127.0.0.1",
      "", not_empty{},
      "Where the console, the status and the metrics are served. An address "
      "that other machines reach needs service.token, of 16 characters or more.",
      OBSERVER_AT(service.address)),
  row("service.port", "SERVICE_PORT", "--port", "8000", "",
      integer_range{0, 65535},
      "TCP port of the HTTP service; 0: there is none.",
      OBSERVER_AT(service.port)),
  row("service.token", "OBSERVER_SERVICE_TOKEN", "", "", "", one_word{},
      "The bearer token that the HTTP service wants, but for /health and "
      "/ready.",
      OBSERVER_AT(service.token)),
  row("service.allowed_hosts", "OBSERVER_ALLOWED_HOSTS", "--allowed-hosts", "",
      "", anything{},
      "Names under which a proxy passes the HTTP service on, HOST or HOST:PORT "
      "as the browser's address has it.",
      OBSERVER_AT(service.allowed_hosts)),

  row("track_a.enabled", "TRACK_A_ENABLED", "--track-a", "false", "",
      anything{}, "Reserved for the collection of swing data over REST.",
      OBSERVER_AT(track_a.enabled)),

  row("track_b.enabled", "TRACK_B_ENABLED", "--track-b", "true", "",
      anything{}, "Record the real-time feed (WebSocket).",
      OBSERVER_AT(track_b.enabled)),
  row("track_b.debug", "TRACK_B_DEBUG", "--ignore-hours", "false", "",
      anything{},
      "Ignore trading hours: missing data is a fault at any time.",
      OBSERVER_AT(track_b.debug)),

  row("log.level", "LOG_LEVEL", "--log-level", "info", "",
      one_of{level_words, level_aliases}, "The least severe line to log.",
      OBSERVER_AT(log.level)),
  row("log.format", "LOG_FORMAT", "--log-format", "text", "",
      one_of{format_words}, "Lines for people, or one JSON object a line.",
      OBSERVER_AT(log.format)),

  row("db.host", "DB_HOST", "", "", "", anything{},
      "Reserved for the database writer: its server.", OBSERVER_AT(db.host)),
  row("db.port", "DB_PORT", "", "5432", "", integer_range{1, 65535},
      "Reserved for the database writer: its port.", OBSERVER_AT(db.port)),
  row("db.name", "DB_NAME", "", "", "", anything{},
      "Reserved for the database writer: its database.",
      OBSERVER_AT(db.name)),
  row("db.user", "DB_USER", "", "", "", anything{},
      "Reserved for the database writer: its user.", OBSERVER_AT(db.user)),
  row("db.password", "DB_PASSWORD", "", "", "", anything{},
      "Reserved for the database writer: its password.",
      OBSERVER_AT(db.password)),

  row("feed.symbols", "OBSERVER_SYMBOLS", "--symbols", "", "", anything{},
      "What to register, each SYMBOL or TR:SYMBOL; without TR it is H0STCNT0. "
      "TR is H0STCNT0, H0UNCNT0, H0NXCNT0 (trades), H0STASP0, H0UNASP0 or "
      "H0NXASP0 (quotes) of KRX, both venues, NXT. For example 005930 and "
      "H0STASP0:000660; flag and environment take commas between them.",
      OBSERVER_AT(feed.symbols)),
  row("feed.subscribe_spacing_ms", "OBSERVER_SUBSCRIBE_SPACING_MS",
      "--subscribe-spacing-ms", "150", "ms", integer_range{10, 5000},
      "Pause between two registrations.",
      OBSERVER_AT(feed.subscribe_spacing_ms)),
  row("feed.ack_deadline_ms", "OBSERVER_ACK_DEADLINE_MS", "--ack-deadline-ms",
      "7000", "ms", integer_range{100, 600'000},
      "A registration without an answer for so long has failed.",
      OBSERVER_AT(feed.ack_deadline_ms)),
  row("feed.connect_timeout_ms", "OBSERVER_FEED_CONNECT_TIMEOUT_MS",
      "--connect-timeout-ms", "10000", "ms", integer_range{100, 600'000},
      "Longest wait for a connection, handshakes included.",
      OBSERVER_AT(feed.connect_timeout_ms)),
  row("feed.reconnect_first_ms", "OBSERVER_FEED_RECONNECT_FIRST_MS",
      "--reconnect-first-ms", "1000", "ms", integer_range{100, 600'000},
      "Wait before the first reconnection; it doubles with each failure.",
      OBSERVER_AT(feed.reconnect_first_ms)),
  row("feed.reconnect_max_ms", "OBSERVER_FEED_RECONNECT_MAX_MS",
      "--reconnect-max-ms", "60000", "ms", integer_range{100, 3'600'000},
      "Longest wait between two reconnections.",
      OBSERVER_AT(feed.reconnect_max_ms)),
  row("feed.appkey_in_use_wait_ms", "OBSERVER_FEED_APPKEY_IN_USE_WAIT_MS",
      "--appkey-in-use-wait-ms", "60000", "ms",
      integer_range{60'000, 3'600'000},
      "Wait after KIS says that another session holds the app key.",
      OBSERVER_AT(feed.appkey_in_use_wait_ms)),
  row("feed.transport_silence_ms", "OBSERVER_FEED_TRANSPORT_SILENCE_MS",
      "--transport-silence-ms", "45000", "ms", integer_range{100, 3'600'000},
      "A connection that brings no byte for so long is dead.",
      OBSERVER_AT(feed.transport_silence_ms)),
  row("feed.data_silence_ms", "OBSERVER_FEED_DATA_SILENCE_MS",
      "--data-silence-ms", "60000", "ms", integer_range{100, 3'600'000},
      "In trading hours, a session without a data frame for so long is dead.",
      OBSERVER_AT(feed.data_silence_ms)),
  row("feed.silent_slot_ms", "OBSERVER_FEED_SILENT_SLOT_MS",
      "--silent-slot-ms", "60000", "ms", integer_range{100, 3'600'000},
      "In trading hours, a slot without data for so long is reported.",
      OBSERVER_AT(feed.silent_slot_ms)),
  row("feed.collect_us", "OBSERVER_FEED_COLLECT_US", "--collect-us", "5000",
      "us", integer_range{0, 1'000'000},
      "Frames that follow a batch sooner than this are handed on together.",
      OBSERVER_AT(feed.collect_us)),
  row("feed.message_bytes_max", "OBSERVER_FEED_MESSAGE_BYTES_MAX",
      "--message-bytes-max", "16777216", "bytes", integer_range{1024, 1 << 30},
      "A longer WebSocket message ends the connection.",
      OBSERVER_AT(feed.message_bytes_max)),
  row("feed.unacked_bytes_max", "OBSERVER_FEED_UNACKED_BYTES_MAX",
      "--unacked-bytes-max", "67108864", "bytes",
      integer_range{1024, 1LL << 36},
      "What a session may hold that is not yet on disk; past it data is shed "
      "and counted.",
      OBSERVER_AT(feed.unacked_bytes_max)),

  row("market.hours", "OBSERVER_MARKET_HOURS", "--market-hours",
      "09:00-15:20", "", anything{},
      "When trades are expected: ranges HH:MM-HH:MM in Korean time.",
      OBSERVER_AT(market.hours)),
  row("market.holidays", "OBSERVER_MARKET_HOLIDAYS", "--market-holidays", "",
      "", anything{}, "Days without trading, YYYY-MM-DD or YYYYMMDD.",
      OBSERVER_AT(market.holidays)),

  row("journal.commit_interval_ms", "OBSERVER_COMMIT_INTERVAL_MS",
      "--commit-interval-ms", "25", "ms", integer_range{0, 1000},
      "Longest time a record waits for others to share a sync with it.",
      OBSERVER_AT(journal.commit_interval_ms)),
  row("journal.commit_bytes", "OBSERVER_JOURNAL_COMMIT_BYTES",
      "--commit-bytes", "1048576", "bytes", integer_range{1, 1 << 30},
      "So much waiting data is synced at once.",
      OBSERVER_AT(journal.commit_bytes)),
  row("journal.seal_linger_ms", "OBSERVER_JOURNAL_SEAL_LINGER_MS",
      "--seal-linger-ms", "5000", "ms", integer_range{0, 3'600'000},
      "How long a file of a past hour stays open for late records.",
      OBSERVER_AT(journal.seal_linger_ms)),
  row("journal.quarantine_minute_bytes", "OBSERVER_QUARANTINE_MINUTE_BYTES",
      "--quarantine-minute-bytes", "67108864", "bytes",
      integer_range{1 << 20, 1LL << 40},
      "What the quarantine takes in a minute; past it rejected records are "
      "counted and their text is given up.",
      OBSERVER_AT(journal.quarantine_minute_bytes)),
  row("journal.quarantine_day_bytes", "OBSERVER_QUARANTINE_DAY_BYTES",
      "--quarantine-day-bytes", "4294967296", "bytes",
      integer_range{1 << 20, 1LL << 50},
      "The same for a Korean day.",
      OBSERVER_AT(journal.quarantine_day_bytes)),

  row("archive.compress", "OBSERVER_ARCHIVE_COMPRESS", "--archive-compress",
      "true", "", anything{},
      "Compress closed files (.zst); each is proven before the plain one goes.",
      OBSERVER_AT(archive.compress)),
  row("archive.compress_after_h", "OBSERVER_ARCHIVE_COMPRESS_AFTER_H",
      "--archive-compress-after-h", "24", "h", integer_range{0, 8760},
      "How long after the end of its hour or day a file stays plain.",
      OBSERVER_AT(archive.compress_after_h)),

  row("retention.raw_days", "OBSERVER_RETENTION_RAW_DAYS",
      "--retention-raw-days", "3", "days", integer_range{1, 3650},
      "Ticks stay on this disk for so many days; then they go, if a verified "
      "backup has them.",
      OBSERVER_AT(retention.raw_days)),
  row("retention.anomaly_days", "OBSERVER_RETENTION_ANOMALY_DAYS",
      "--retention-anomaly-days", "7", "days", integer_range{1, 3650},
      "The same for days with anomalies, or marked by hand.",
      OBSERVER_AT(retention.anomaly_days)),
  row("retention.max_days", "OBSERVER_RETENTION_MAX_DAYS",
      "--retention-max-days", "10", "days", integer_range{1, 3650},
      "The same for the rest of a day: its system and quarantine journals and "
      "its manifests.",
      OBSERVER_AT(retention.max_days)),
  row("retention.universe_days", "OBSERVER_RETENTION_UNIVERSE_DAYS", "", "14",
      "days", integer_range{1, 3650}, "Reserved for the universe's files.",
      OBSERVER_AT(retention.universe_days)),
  row("retention.database_days", "OBSERVER_RETENTION_DATABASE_DAYS", "", "30",
      "days", integer_range{1, 3650}, "Reserved for the database writer.",
      OBSERVER_AT(retention.database_days)),
  row("retention.without_backup", "OBSERVER_RETENTION_WITHOUT_BACKUP",
      "--retention-without-backup", "false", "", anything{},
      "Delete also what no verified backup has: then it is gone for good.",
      OBSERVER_AT(retention.without_backup)),
  row("retention.disk_warn_percent", "OBSERVER_RETENTION_DISK_WARN_PERCENT",
      "--retention-disk-warn-percent", "80", "percent", integer_range{10, 98},
      "A file system of the data so full is told.",
      OBSERVER_AT(retention.disk_warn_percent)),
  row("retention.disk_act_percent", "OBSERVER_RETENTION_DISK_ACT_PERCENT",
      "--retention-disk-act-percent", "90", "percent", integer_range{11, 99},
      "From here on backed-up data goes before its time, oldest first, until "
      "5 percent are won.",
      OBSERVER_AT(retention.disk_act_percent)),

  row("backup.target", "OBSERVER_BACKUP_TARGET", "--backup-target", "", "",
      anything{},
      "Where closed days are backed up: a folder or mount, s3://BUCKET/PREFIX, or "
      "command:/PROGRAM; empty: nowhere. OBSERVER_BACKUP_DIR, of the earlier "
      "system, means the same.",
      OBSERVER_AT(backup.target)),
  row("backup.at", "OBSERVER_BACKUP_AT", "--backup-at", "21:00", "",
      anything{}, "When that is done each day, HH:MM in Korean time.",
      OBSERVER_AT(backup.at)),
  row("backup.s3_endpoint", "OBSERVER_BACKUP_S3_ENDPOINT",
      "--backup-s3-endpoint", "", "", anything{},
      "The URL of an S3 service; empty: Amazon's.",
      OBSERVER_AT(backup.s3_endpoint)),
  row("backup.s3_region", "OBSERVER_BACKUP_S3_REGION", "--backup-s3-region", "",
      "", anything{}, "The region of the bucket, where the service has any.",
      OBSERVER_AT(backup.s3_region)),
  row("backup.s3_key_id", "OBSERVER_BACKUP_S3_KEY_ID", "", "", "", one_word{},
      "The access key id for the bucket.", OBSERVER_AT(backup.s3_key_id)),
  row("backup.s3_secret", "OBSERVER_BACKUP_S3_SECRET", "", "", "", one_word{},
      "The secret access key that belongs to it.",
      OBSERVER_AT(backup.s3_secret)),
  row("backup.timeout_s", "OBSERVER_BACKUP_TIMEOUT_S", "--backup-timeout-s",
      "300", "s", integer_range{5, 86'400},
      "A program that moves a backup (rclone, a command) and moves nothing for so "
      "long is ended.",
      OBSERVER_AT(backup.timeout_s)),

  row("ledger.interval_s", "OBSERVER_LEDGER_INTERVAL_S",
      "--ledger-interval-s", "60", "s", integer_range{1, 3600},
      "How often the conservation identity is checked and logged.",
      OBSERVER_AT(ledger.interval_s)),

  row("run.stop_deadline_ms", "OBSERVER_RUN_STOP_DEADLINE_MS",
      "--stop-deadline-ms", "9000", "ms", integer_range{100, 600'000},
      "Longest orderly stop; keep it below the container's grace period.",
      OBSERVER_AT(run.stop_deadline_ms)),
  row("run.worker_threads", "OBSERVER_WORKER_THREADS", "--worker-threads",
      "1", "threads", integer_range{1, 64}, "Threads that run the actors.",
      OBSERVER_AT(run.worker_threads)),
};

#undef OBSERVER_AT

constexpr std::pair<std::string_view, std::string_view> sections[] = {
  {"kis", "The account and the hosts"},
  {"data", "Files"},
  {"service", "The HTTP service"},
  {"track_a", "Swing data"},
  {"track_b", "The real-time feed"},
  {"log", "Logging, on standard error"},
  {"db", "The database (reserved)"},
  {"feed", "Registrations, and the limits of a session"},
  {"market", "When data is expected"},
  {"journal", "Writing"},
  {"archive", "Closed files"},
  {"retention", "How long data stays on this disk"},
  {"backup", "Backups of closed days"},
  {"ledger", "Accounting"},
  {"run", "The process"},
};

} // namespace

bool setting::is_secret() const {
  static const config none;
  return std::holds_alternative<const secret*>(view(none));
}

std::span<const setting> settings() {
  return table;
}

const setting* find_setting(std::string_view key) {
  auto i = std::ranges::find(table, key, &setting::key);
  return i == std::end(table) ? nullptr : i;
}

bool is_section(std::string_view name) {
  return !section_title(name).empty();
}

std::string_view section_title(std::string_view section) {
  for (auto& [name, title] : sections)
    if (name == section)
      return title;
  return {};
}

std::string file_environment(const setting& s) {
  return std::string{s.environment} + "_FILE";
}

} // namespace observer
