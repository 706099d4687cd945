#pragma once

// What the daemon says of itself, out of JSON. Fields that are missing, null
// or of another type are nothing; fields that are not known here are ignored:
// console and daemon need not be of one version.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "messages/result.hpp"
#include "runtime/console/terminal/quantities.hpp"

namespace observer::terminal {

struct event {
  integer at_us;
  std::string what;
  std::string cause;
  /// -1 is the connection.
  integer slot;
  std::string symbol;
  std::string detail;
  integer missing_shares;
  integer records;
  /// Of its registration; empty if it is about none.
  std::string tr_id = {};
};

struct slot {
  std::string session;
  integer index;
  std::string state;
  std::string symbol;
  std::string tr_id;
  std::string price;
  integer last_tick_us;
  real ticks_per_s;
  integer received, persisted, rejected, shed, unacked;
  integer gaps, missing_shares;
  /// Ticks of which a value is in doubt; why the last record was rejected.
  integer doubted;
  std::string rejection;
};

struct session {
  std::string name;
  std::string phase;
  integer since_us;
  std::string url;
  std::string session_id;
  integer attempts, connects, disconnects;
  std::string last_cause;
  std::string last_text;
  /// Of data; of anything that came.
  integer last_frame_us, last_heard_us;
  std::vector<slot> slots;
};

struct actor {
  std::string name;
  std::string parent;
  std::string kind;
  std::string state;
  std::string phase;
  integer starts, restarts;
  std::string last_reason;
  integer handled, dropped, mailbox;
  real handled_per_s, busy_ratio;
  integer mean_us, wait_us;
};

struct restart {
  integer at_us;
  std::string supervisor;
  std::string actor;
  std::string reason;
  integer attempt;
};

struct file {
  std::string name;
  std::string dataset;
  std::string state;
  integer lines, bytes;
  integer first_us, last_us;
  integer expected_bytes;
  std::string sealed_because;
};

struct storage {
  std::string dataset;
  std::string cause;
  std::string text;
};

/// The sum of the Korean day, as far as this run saw it.
struct day_sum {
  integer since_us;
  integer received, persisted, rejected, shed, lost;
  integer gaps, missing_shares, disconnects;
  /// As in `status`.
  std::shared_ptr<const nlohmann::json> missing;
};

struct status {
  integer now_us, started_us, pid;
  std::string version, run_id, host, data_dir, log_level;

  std::optional<bool> recording;
  /// recording, starting, market_closed, not_recording, stopping
  std::string state;
  std::string cause;
  std::string severity;
  std::string text;
  /// The facts that `text` is made of, most important first: an array; null
  /// where the daemon gives none. See told() in terms.hpp.
  std::shared_ptr<const nlohmann::json> items;
  /// Of a closed market: before_open, after_close, weekend, holiday.
  std::string closed_because;

  real received_per_s, persisted_per_s;
  integer over_s;

  integer received, persisted, rejected, shed, in_flight;
  /// Stored of what is decided; nothing before anything is.
  real persisted_ratio;
  integer unacked_bytes, unacked_age_ms, gaps, missing_shares;
  /// What is missing of each TR, facts as in `items`; null where the daemon
  /// gives sums alone.
  std::shared_ptr<const nlohmann::json> missing;
  std::vector<std::pair<std::string, int64_t>> rejected_by_reason, doubts;

  integer ack_p50_us, ack_p99_us, fsync_p50_us, fsync_p99_us, exchange_lag_ms;

  std::optional<bool> market_open;
  integer opens_us, closes_us;
  std::optional<day_sum> day;

  std::vector<session> sessions;
  std::vector<actor> actors;
  std::vector<restart> restarts;
  std::vector<file> files;
  std::vector<storage> storage_trouble;
  integer disk_free_bytes;
  std::vector<event> events;
};

struct tick {
  integer received_us;
  std::string execution_time, price, volume, accumulated;
};

/// GET /api/slots/N
struct slot_detail {
  integer index;
  std::vector<tick> ticks;
  std::vector<event> gaps;
  integer last_accumulated, missing_shares, gap_count;
};

/// GET /api/session
struct permissions {
  /// Empty: none needed.
  std::string token;
  bool chaos = false;
  std::vector<std::string> actions;
};

/// A problem when the text is no JSON object.
result<nlohmann::json> parse_object(const std::string& text);

status read_status(const nlohmann::json& from);
slot_detail read_slot_detail(const nlohmann::json& from);
permissions read_permissions(const nlohmann::json& from);
/// The lists of GET /api/events and GET /api/files.
std::vector<event> read_events(const nlohmann::json& from);
std::vector<file> read_files(const nlohmann::json& from);
/// The member `name` if it is text; else empty.
std::string text_of(const nlohmann::json& from, const char* name);

} // namespace observer::terminal
