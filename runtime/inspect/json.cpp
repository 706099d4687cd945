#include "runtime/inspect/json.hpp"

#include <nlohmann/json.hpp>

#include "messages/kis/digits.hpp"
#include "runtime/inspect/facts.hpp"

namespace observer {

namespace {

using json = nlohmann::ordered_json;

template <class T>
json maybe(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json text_or_null(std::string_view text) {
  return text.empty() ? json(nullptr) : json(text);
}

json cause_of(cause why) {
  return why == cause::none ? json(nullptr) : json(to_string(why));
}

std::string dump(const json& j) {
  // Words of the broker and of the system need not be UTF-8.
  return j.dump(-1, ' ', false, json::error_handler_t::replace);
}

json of(const event_view& e) {
  return {{"at_us", e.at_us},
          {"event", e.event},
          {"cause", cause_of(e.why)},
          {"slot", e.slot},
          {"symbol", text_or_null(e.symbol)},
          {"tr_id", text_or_null(e.tr_id)},
          {"detail", e.detail},
          {"missing_shares", maybe(e.missing_shares)},
          {"records", maybe(e.records)}};
}

/// Quotes carry no volume of ours.
json missing_of(const slot_observation& s) {
  auto quotes = s.view.what && !kis::is_trade(s.view.what->id);
  return quotes ? json(nullptr) : json(s.missing_shares);
}

json of(const slot_observation& s, int slot) {
  auto& what = s.view.what;
  return {{"slot", slot},
          {"state", s.view.state},
          {"symbol", what ? json(what->symbol) : json(nullptr)},
          {"tr_id", what ? json(kis::to_string(what->id)) : json(nullptr)},
          {"price", text_or_null(s.view.price)},
          {"last_tick_us", maybe(s.view.last_tick_us)},
          {"ticks_per_s", s.ticks_per_s},
          {"received", s.received},
          {"persisted", s.persisted},
          {"rejected", s.rejected},
          {"shed", s.shed},
          {"unacked", s.unacked},
          {"gaps", s.gaps},
          {"missing_shares", missing_of(s)},
          {"doubted", s.doubted},
          {"rejection", text_or_null(s.view.rejection)}};
}

json of(const reject_view& r) {
  return {{"at_us", r.at_us},
          {"reason", to_string(r.reason)},
          {"cause", cause_of(observer::cause_of(r.reason))},
          {"symbol", text_or_null(r.symbol)},
          {"tr_id", text_or_null(r.tr_id)},
          {"slot", r.slot},
          {"detail", r.detail},
          {"raw", r.raw}};
}

json of(const fact& f) {
  json out{{"kind", f.kind}, {"text", f.text}};
  for (auto& [name, value] : f.figures)
    out[std::string{name}] = std::visit(
      [](auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>)
          return json(nullptr);
        else
          return json(v);
      },
      value);
  return out;
}

json of(const session_observation& s) {
  auto slots = json::array();
  for (size_t i = 0; i < s.slots.size(); ++i)
    slots.push_back(of(s.slots[i], static_cast<int>(i)));
  auto& c = s.connection;
  return {{"name", s.name},
          {"phase", c.phase},
          {"since_us", c.since_us},
          {"url", text_or_null(c.url)},
          {"session_id", text_or_null(c.session_id)},
          {"attempts", c.attempts},
          {"connects", s.connects},
          {"disconnects", s.disconnects},
          {"last_cause", cause_of(c.last_cause)},
          {"last_text", c.last_text},
          {"last_frame_us", maybe(c.last_frame_us)},
          {"last_heard_us", maybe(c.last_heard_us)},
          {"slots", std::move(slots)}};
}

json of(const actor_observation& a) {
  auto& v = a.view;
  return {{"name", v.name},
          {"parent", text_or_null(v.parent)},
          {"kind", v.supervises ? "supervisor" : "worker"},
          {"state", v.state},
          {"phase", text_or_null(v.phase)},
          {"starts", v.starts},
          {"restarts", v.starts > 0 ? v.starts - 1 : 0},
          {"last_reason", v.last_reason},
          {"handled", v.handled},
          {"dropped", v.dropped},
          {"mailbox", v.mailbox},
          {"handled_per_s", maybe(a.handled_per_s)},
          {"busy_ratio", maybe(a.busy_ratio)},
          {"mean_us", maybe(a.mean_us)},
          {"wait_us", v.wait_ns > 0 ? json(v.wait_ns / 1'000) : json(nullptr)}};
}

json of(const restart_view& r) {
  return {{"at_us", r.record.wall_us},
          {"supervisor", r.supervisor},
          {"actor", child_path(r.supervisor, r.record.child)},
          {"reason", r.record.reason},
          {"attempt", r.record.attempt}};
}

json of(const file_observation& f) {
  return {{"file", f.file},
          {"dataset", f.dataset},
          {"state", f.sealed ? "sealed" : "open"},
          {"lines", maybe(f.lines)},
          {"bytes", f.bytes},
          {"first_us", maybe(f.first_us)},
          {"last_us", maybe(f.last_us)},
          {"compressed_bytes", maybe(f.compressed_bytes)},
          {"expected_bytes", maybe(f.expected_bytes)},
          {"sealed_because", text_or_null(f.sealed_because)}};
}

template <class List>
json list_of(const List& list) {
  auto out = json::array();
  for (auto& x : list)
    out.push_back(of(x));
  return out;
}

json ledger_of(const observation& o) {
  auto reasons = json::object();
  for (auto& [reason, n] : o.rejected_by_reason)
    reasons[std::string{reason}] = n;
  auto doubts = json::object();
  for (auto& [name, n] : o.doubts)
    if (n > 0)
      doubts[std::string{name}] = n;
  return {{"received", o.totals.received},
          {"persisted", o.totals.persisted},
          {"rejected", o.totals.rejected},
          {"shed", o.totals.shed},
          {"in_flight", o.totals.in_flight},
          {"ratio", maybe(o.totals.ratio())},
          {"unacked_bytes", o.unacked_bytes},
          {"unacked_age_ms", maybe(o.unacked_age_ms)},
          {"rejected_by_reason", std::move(reasons)},
          {"unclaimed", o.totals.unclaimed},
          {"doubted", o.doubted},
          {"doubts", std::move(doubts)},
          {"gaps", o.gaps},
          {"missing", list_of(missing_facts(o.losses))}};
}

json verdict_of(const verdict& v) {
  auto ok = v.state == verdict::recording ? json(true)
            : v.state == verdict::not_recording ? json(false)
                                                : json(nullptr);
  auto severity = v.state == verdict::not_recording ? "bad"
                  : v.warns || v.state == verdict::starting
                      || v.state == verdict::stopping
                    ? "warn"
                    : "ok";
  return {{"recording", std::move(ok)},
          {"state", to_string(v.state)},
          {"cause", cause_of(v.why)},
          {"severity", severity},
          {"text", v.text},
          {"items", list_of(v.facts)}};
}

json day_of(const observation& o) {
  auto out = of(day_fact(o));
  out.erase("kind");
  out.erase("text");
  out["missing"] = list_of(missing_facts(o.day.losses));
  return out;
}

std::optional<int64_t> lag_of(const observation& o) {
  for (auto& s : o.sessions)
    if (s.connection.lag_ms)
      return s.connection.lag_ms;
  return std::nullopt;
}

json archive_of(const archive_view& a) {
  return {{"surveyed", a.surveyed},
          {"compress",
           {{"on", a.compresses},
            {"last_us", maybe(a.compressed_at_us)},
            {"files", a.compressed_files},
            {"plain_bytes", a.compressed_plain_bytes},
            {"bytes", a.compressed_bytes}}},
          {"backup",
           {{"on", a.has_target},
            {"last_us", maybe(a.backed_up_at_us)},
            {"last_day", text_or_null(a.backed_up_day)},
            {"pending_days", a.pending_days},
            {"pending_bytes", a.pending_bytes},
            {"oldest_pending_day", text_or_null(a.oldest_pending_day)}}},
          {"retention",
           {{"without_backup", a.without_backup},
            {"deleted_files", a.deleted_files},
            {"deleted_bytes", a.deleted_bytes},
            {"due_without_backup_bytes", a.due_unbacked_bytes},
            {"held_bytes", a.held_bytes},
            {"held_because", text_or_null(a.held_because)}}},
          {"disk",
           {{"level", to_string(a.level)},
            {"percent", a.disk ? json(a.disk->percent()) : json(nullptr)},
            {"total_bytes", a.disk ? json(a.disk->total_bytes) : json(nullptr)},
            {"nothing_more", a.nothing_more},
            {"full_day", text_or_null(a.full_day)}}},
          {"errors", a.errors},
          {"trouble",
           a.trouble.empty()
             ? json(nullptr)
             : json{{"step", a.trouble_of},
                    {"cause", cause_of(a.trouble_why)},
                    {"text", a.trouble},
                    {"at_us", a.trouble_at_us}}},
          {"doing", text_or_null(a.doing)},
          {"hangs", a.hangs}};
}

} // namespace

std::string status_json(const observation& o, const verdict& v) {
  auto storage = json::array();
  for (auto& s : o.storage)
    storage.push_back({{"dataset", to_string(s.data)},
                       {"cause", cause_of(s.why)},
                       {"text", s.text},
                       {"set_aside", s.set_aside}});
  json all{{"now_us", o.now_us},
           {"version", o.version},
           {"run_id", o.run_id},
           {"started_us", o.started_us},
           {"host", o.host},
           {"data_dir", o.data_dir},
           {"pid", o.pid},
           {"log_level", o.log_level},
           {"verdict", verdict_of(v)},
           {"rates",
            {{"received_per_s", o.received_per_s},
             {"persisted_per_s", o.persisted_per_s},
             {"over_s", o.rate_s}}},
           {"ledger", ledger_of(o)},
           {"day", day_of(o)},
           {"latency",
            {{"ack_p50_us", maybe(o.ack_p50_us)},
             {"ack_p99_us", maybe(o.ack_p99_us)},
             {"fsync_p50_us", maybe(o.fsync_p50_us)},
             {"fsync_p99_us", maybe(o.fsync_p99_us)},
             {"exchange_lag_ms", maybe(lag_of(o))}}},
           {"market",
            {{"open", o.market_open},
             {"opens_us", maybe(o.opens_us)},
             {"closes_us", maybe(o.closes_us)},
             {"closed_because", text_or_null(o.closed_because)}}},
           {"sessions", list_of(o.sessions)},
           {"actors", list_of(o.actors)},
           {"restarts", list_of(o.restarts)},
           {"files", list_of(o.files)},
           {"storage", std::move(storage)},
           {"disk", {{"free_bytes", maybe(o.disk.free_bytes)},
             {"free_inodes", maybe(o.disk.free_inodes)},
             {"look_age_ms", o.disk.age_us / 1'000},
             {"problem", o.disk.problem.empty()
                           ? json(nullptr)
                           : json(o.disk.problem)}}},
           {"archive", o.archive ? archive_of(*o.archive) : json(nullptr)},
           {"events", list_of(o.events)}};
  return dump(all);
}

std::string ready_json(const verdict& v) {
  return dump({{"ready", v.ready()},
               {"state", to_string(v.state)},
               {"cause", cause_of(v.why)},
               {"text", v.text}});
}

std::string history_json(const history_view& h) {
  auto counts = [](auto& list) {
    auto out = json::array();
    for (auto& n : list)
      out.push_back(maybe(n));
    return out;
  };
  return dump({{"step_s", h.step_s},
               {"end_us", h.end_us},
               {"received", counts(h.received)},
               {"persisted", counts(h.persisted)},
               {"gaps", counts(h.gaps)},
               {"disconnects", counts(h.disconnects)}});
}

std::string slot_json(int slot, const slot_observation& s,
                      const std::vector<tick_view>& ticks,
                      const std::vector<event_view>& events) {
  auto shown = json::array();
  for (auto& t : ticks)
    shown.push_back({{"received_us", t.received_us},
                     {"execution_time", t.execution_time},
                     {"price", t.price},
                     {"volume", t.volume},
                     {"accumulated", t.accumulated}});
  auto gaps = json::array();
  for (auto& e : events)
    if (e.slot == slot && e.event == "gap")
      gaps.push_back(of(e));
  json volume{{"last_accumulated", nullptr},
              {"missing_shares", missing_of(s)},
              {"gaps", s.gaps}};
  if (!ticks.empty())
    volume["last_accumulated"]
      = kis::whole_value(ticks.back().accumulated);
  return dump({{"slot", of(s, slot)},
               {"ticks", std::move(shown)},
               {"gaps", std::move(gaps)},
               {"volume", std::move(volume)}});
}

std::string events_json(const std::vector<event_view>& events) {
  return dump({{"events", list_of(events)}});
}

std::string rejects_json(const std::vector<reject_view>& rejects) {
  return dump({{"rejects", list_of(rejects)}});
}

std::string files_json(const std::vector<file_observation>& files) {
  return dump({{"files", list_of(files)}});
}

std::string error_json(std::string_view text) {
  return dump({{"error", text}});
}

} // namespace observer
