#include "runtime/console/terminal/model.hpp"

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "messages/outside_json.hpp"

namespace observer::terminal {

namespace {

using nlohmann::json;

/// Facts of a verdict that are taken.
constexpr size_t facts_max = 20;

const json& member(const json& from, const char* name) {
  static const json nothing;
  if (!from.is_object())
    return nothing;
  auto at = from.find(name);
  return at == from.end() ? nothing : *at;
}

real real_of(const json& from, const char* name) {
  auto& value = member(from, name);
  return value.is_number() ? real{value.get<double>()} : real{};
}

integer to_integer(const json& value) {
  if (value.is_number_unsigned()
      && value.get<uint64_t>()
           > uint64_t{std::numeric_limits<int64_t>::max()})
    return std::numeric_limits<int64_t>::max();
  if (value.is_number_integer())
    return value.get<int64_t>();
  if (!value.is_number_float())
    return {};
  auto n = value.get<double>();
  if (!std::isfinite(n) || std::abs(n) > 9e18)
    return {};
  return std::llround(n);
}

integer integer_of(const json& from, const char* name) {
  return to_integer(member(from, name));
}

std::optional<bool> bool_of(const json& from, const char* name) {
  auto& value = member(from, name);
  return value.is_boolean() ? std::optional{value.get<bool>()} : std::nullopt;
}

/// A number is given as its text: "price" may be either.
std::string digits_of(const json& from, const char* name) {
  auto& value = member(from, name);
  return value.is_number() ? value.dump() : text_of(from, name);
}

/// A cause: "none" is none.
std::string cause_of(const json& from, const char* name) {
  auto cause = text_of(from, name);
  return cause == "none" ? std::string{} : cause;
}

template <class T, class Read>
std::vector<T> list_of(const json& from, const char* name, Read read) {
  std::vector<T> out;
  auto& value = member(from, name);
  if (value.is_array())
    for (auto& element : value)
      if (element.is_object())
        out.push_back(read(element));
  return out;
}

event read_event(const json& j) {
  return {integer_of(j, "at_us"),   text_of(j, "event"),
          cause_of(j, "cause"),     integer_of(j, "slot"),
          text_of(j, "symbol"),     text_of(j, "detail"),
          integer_of(j, "missing_shares"), integer_of(j, "records"),
          text_of(j, "tr_id")};
}

slot read_slot(const json& j) {
  slot s;
  s.index = integer_of(j, "slot");
  s.state = text_of(j, "state");
  s.symbol = text_of(j, "symbol");
  s.tr_id = text_of(j, "tr_id");
  s.price = digits_of(j, "price");
  s.last_tick_us = integer_of(j, "last_tick_us");
  s.ticks_per_s = real_of(j, "ticks_per_s");
  s.received = integer_of(j, "received");
  s.persisted = integer_of(j, "persisted");
  s.rejected = integer_of(j, "rejected");
  s.shed = integer_of(j, "shed");
  s.unacked = integer_of(j, "unacked");
  s.gaps = integer_of(j, "gaps");
  s.missing_shares = integer_of(j, "missing_shares");
  s.doubted = integer_of(j, "doubted");
  s.rejection = text_of(j, "rejection");
  return s;
}

session read_session(const json& j) {
  session s;
  s.name = text_of(j, "name");
  s.phase = text_of(j, "phase");
  s.since_us = integer_of(j, "since_us");
  s.url = text_of(j, "url");
  s.session_id = text_of(j, "session_id");
  s.attempts = integer_of(j, "attempts");
  s.connects = integer_of(j, "connects");
  s.disconnects = integer_of(j, "disconnects");
  s.last_cause = cause_of(j, "last_cause");
  s.last_text = text_of(j, "last_text");
  s.last_frame_us = integer_of(j, "last_frame_us");
  s.last_heard_us = integer_of(j, "last_heard_us");
  s.slots = list_of<slot>(j, "slots", read_slot);
  for (auto& each : s.slots)
    each.session = s.name;
  return s;
}

actor read_actor(const json& j) {
  actor a;
  a.name = text_of(j, "name");
  a.parent = text_of(j, "parent");
  a.kind = text_of(j, "kind");
  a.state = text_of(j, "state");
  a.phase = text_of(j, "phase");
  a.starts = integer_of(j, "starts");
  a.restarts = integer_of(j, "restarts");
  a.last_reason = text_of(j, "last_reason");
  a.handled = integer_of(j, "handled");
  a.dropped = integer_of(j, "dropped");
  a.mailbox = integer_of(j, "mailbox");
  a.handled_per_s = real_of(j, "handled_per_s");
  a.busy_ratio = real_of(j, "busy_ratio");
  a.mean_us = integer_of(j, "mean_us");
  a.wait_us = integer_of(j, "wait_us");
  return a;
}

restart read_restart(const json& j) {
  return {integer_of(j, "at_us"), text_of(j, "supervisor"),
          text_of(j, "actor"), text_of(j, "reason"),
          integer_of(j, "attempt")};
}

file read_file(const json& j) {
  file f;
  f.name = text_of(j, "file");
  f.dataset = text_of(j, "dataset");
  f.state = text_of(j, "state");
  f.lines = integer_of(j, "lines");
  f.bytes = integer_of(j, "bytes");
  f.first_us = integer_of(j, "first_us");
  f.last_us = integer_of(j, "last_us");
  f.expected_bytes = integer_of(j, "expected_bytes");
  f.sealed_because = text_of(j, "sealed_because");
  return f;
}

storage read_storage(const json& j) {
  return {text_of(j, "dataset"), cause_of(j, "cause"), text_of(j, "text")};
}

/// The facts of a list; null if there is none.
std::shared_ptr<const json> facts_of(const json& list) {
  if (!list.is_array())
    return nullptr;
  auto facts = json::array();
  for (auto& fact : list)
    if (fact.is_object() && facts.size() < facts_max)
      facts.push_back(fact);
  return std::make_shared<const json>(std::move(facts));
}

/// Nothing where the daemon gives no sum.
std::optional<day_sum> read_day(const json& j) {
  if (!j.is_object())
    return std::nullopt;
  return day_sum{integer_of(j, "since_us"),  integer_of(j, "received"),
                 integer_of(j, "persisted"), integer_of(j, "rejected"),
                 integer_of(j, "shed"),      integer_of(j, "lost"),
                 integer_of(j, "gaps"),      integer_of(j, "missing_shares"),
                 integer_of(j, "disconnects"), facts_of(member(j, "missing"))};
}

void read_verdict(const json& j, status& s) {
  s.recording = bool_of(j, "recording");
  s.state = text_of(j, "state");
  s.cause = cause_of(j, "cause");
  s.severity = text_of(j, "severity");
  s.text = text_of(j, "text");
  auto& items = member(j, "items");
  if (!items.is_array() || items.empty())
    return;
  auto facts = json::array();
  for (auto& fact : items)
    if (fact.is_object() && facts.size() < facts_max) {
      facts.push_back(fact);
      if (text_of(fact, "kind") == "closed")
        s.closed_because = text_of(fact, "why");
    }
  s.items = std::make_shared<const json>(std::move(facts));
}

void read_ledger(const json& j, status& s) {
  s.received = integer_of(j, "received");
  s.persisted = integer_of(j, "persisted");
  s.rejected = integer_of(j, "rejected");
  s.shed = integer_of(j, "shed");
  s.in_flight = integer_of(j, "in_flight");
  s.persisted_ratio = real_of(j, "ratio");
  s.unacked_bytes = integer_of(j, "unacked_bytes");
  s.unacked_age_ms = integer_of(j, "unacked_age_ms");
  s.gaps = integer_of(j, "gaps");
  s.missing_shares = integer_of(j, "missing_shares");
  s.missing = facts_of(member(j, "missing"));
  auto read = [&](const char* key, auto& out) {
    auto& reasons = member(j, key);
    if (reasons.is_object())
      for (auto& [reason, n] : reasons.items())
        if (auto value = to_integer(n); value && *value != 0)
          out.emplace_back(reason, *value);
  };
  read("rejected_by_reason", s.rejected_by_reason);
  read("doubts", s.doubts);
}

} // namespace

std::string text_of(const json& from, const char* name) {
  auto& value = member(from, name);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

result<json> parse_object(const std::string& text) {
  auto parsed = parse_outside_json(text);
  if (!parsed || !parsed->is_object())
    return problem{"the answer is no JSON object"};
  return parsed;
}

status read_status(const json& from) {
  status s;
  s.now_us = integer_of(from, "now_us");
  s.started_us = integer_of(from, "started_us");
  s.pid = integer_of(from, "pid");
  s.version = text_of(from, "version");
  s.run_id = text_of(from, "run_id");
  s.host = text_of(from, "host");
  s.data_dir = text_of(from, "data_dir");
  s.log_level = text_of(from, "log_level");
  // One word for it everywhere, that of the setting.
  if (s.log_level == "warn")
    s.log_level = "warning";
  read_verdict(member(from, "verdict"), s);
  auto& rates = member(from, "rates");
  s.received_per_s = real_of(rates, "received_per_s");
  s.persisted_per_s = real_of(rates, "persisted_per_s");
  s.over_s = integer_of(rates, "over_s");
  read_ledger(member(from, "ledger"), s);
  auto& latency = member(from, "latency");
  s.ack_p50_us = integer_of(latency, "ack_p50_us");
  s.ack_p99_us = integer_of(latency, "ack_p99_us");
  s.fsync_p50_us = integer_of(latency, "fsync_p50_us");
  s.fsync_p99_us = integer_of(latency, "fsync_p99_us");
  s.exchange_lag_ms = integer_of(latency, "exchange_lag_ms");
  // A daemon of an earlier version says 0 of what it never measured.
  if (s.persisted == 0)
    s.ack_p50_us = s.ack_p99_us = s.fsync_p50_us = s.fsync_p99_us = {};
  auto& market = member(from, "market");
  s.market_open = bool_of(market, "open");
  s.opens_us = integer_of(market, "opens_us");
  s.closes_us = integer_of(market, "closes_us");
  if (auto why = text_of(market, "closed_because"); !why.empty())
    s.closed_because = why;
  s.day = read_day(member(from, "day"));
  s.sessions = list_of<session>(from, "sessions", read_session);
  s.actors = list_of<actor>(from, "actors", read_actor);
  s.restarts = list_of<restart>(from, "restarts", read_restart);
  s.files = read_files(from);
  s.storage_trouble = list_of<storage>(from, "storage", read_storage);
  s.disk_free_bytes = integer_of(member(from, "disk"), "free_bytes");
  s.events = read_events(from);
  return s;
}

slot_detail read_slot_detail(const json& from) {
  slot_detail d;
  d.index = integer_of(member(from, "slot"), "slot");
  d.ticks = list_of<tick>(from, "ticks", [](const json& j) {
    return tick{integer_of(j, "received_us"), digits_of(j, "execution_time"),
                digits_of(j, "price"), digits_of(j, "volume"),
                digits_of(j, "accumulated")};
  });
  d.gaps = list_of<event>(from, "gaps", read_event);
  auto& volume = member(from, "volume");
  d.last_accumulated = integer_of(volume, "last_accumulated");
  d.missing_shares = integer_of(volume, "missing_shares");
  d.gap_count = integer_of(volume, "gaps");
  return d;
}

permissions read_permissions(const json& from) {
  permissions p;
  p.token = text_of(from, "token");
  p.chaos = bool_of(from, "chaos").value_or(false);
  auto& actions = member(from, "actions");
  if (actions.is_array())
    for (auto& action : actions)
      if (action.is_string())
        p.actions.push_back(action.get<std::string>());
  return p;
}

std::vector<event> read_events(const json& from) {
  return list_of<event>(from, "events", read_event);
}

std::vector<file> read_files(const json& from) {
  return list_of<file>(from, "files", read_file);
}

} // namespace observer::terminal
