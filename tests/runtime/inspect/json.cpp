#define CAF_SUITE runtime_inspect_json
#include "runtime/inspect/json.hpp"

#include <tuple>

#include <nlohmann/json.hpp>

#include "observed.hpp"
#include "runtime/inspect/history.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::inspect_test;
using nlohmann::json;

namespace {

/// Field by field what the contract promises: "text", "whole", "number",
/// "bool", "list", "object"; with "?" null is allowed too.
using shape = std::vector<std::pair<std::string, std::string>>;

bool is_of(const json& value, std::string type) {
  if (type.ends_with('?')) {
    if (value.is_null())
      return true;
    type.pop_back();
  }
  return (type == "text" && value.is_string())
         || (type == "whole" && value.is_number_integer())
         || (type == "number" && value.is_number())
         || (type == "bool" && value.is_boolean())
         || (type == "list" && value.is_array())
         || (type == "object" && value.is_object());
}

/// Empty if `object` has just these fields.
std::string differs(const json& object, const shape& wanted) {
  std::string out;
  for (auto& [field, type] : wanted)
    if (!object.contains(field))
      out += field + " is missing; ";
    else if (!is_of(object[field], type))
      out += field + " is no " + type + ": " + object[field].dump() + "; ";
  for (auto& [field, value] : object.items())
    if (std::none_of(wanted.begin(), wanted.end(),
                     [&](auto& w) { return w.first == field; }))
      out += field + " is not in the contract; ";
  return out;
}

const shape status_shape{
  {"now_us", "whole"},     {"version", "text"},   {"run_id", "text"},
  {"started_us", "whole"}, {"host", "text"},      {"data_dir", "text"},
  {"pid", "whole"},        {"log_level", "text"}, {"verdict", "object"},
  {"rates", "object"},     {"ledger", "object"},  {"latency", "object"},
  {"market", "object"},    {"sessions", "list"},  {"actors", "list"},
  {"restarts", "list"},    {"files", "list"},     {"storage", "list"},
  {"disk", "object"},      {"events", "list"},    {"day", "object"},
  {"archive", "object?"}};
const shape slot_shape{
  {"slot", "whole"},       {"state", "text"},        {"symbol", "text?"},
  {"tr_id", "text?"},      {"price", "text?"},       {"last_tick_us", "whole?"},
  {"ticks_per_s", "number"}, {"received", "whole"},  {"persisted", "whole"},
  {"rejected", "whole"},   {"shed", "whole"},        {"unacked", "whole"},
  {"gaps", "whole"},       {"missing_shares", "whole?"},
  {"doubted", "whole"},    {"rejection", "text?"}};
const shape session_shape{
  {"name", "text"},        {"phase", "text"},        {"since_us", "whole"},
  {"url", "text?"},        {"session_id", "text?"},  {"attempts", "whole"},
  {"connects", "whole"},   {"disconnects", "whole"}, {"last_cause", "text?"},
  {"last_text", "text"},   {"last_frame_us", "whole?"},
  {"last_heard_us", "whole?"}, {"slots", "list"}};
const shape actor_shape{
  {"name", "text"},        {"parent", "text?"},      {"kind", "text"},
  {"state", "text"},       {"phase", "text?"},       {"starts", "whole"},
  {"restarts", "whole"},   {"last_reason", "text"},  {"handled", "whole"},
  {"dropped", "whole"},    {"mailbox", "whole"},     {"handled_per_s", "number?"},
  {"busy_ratio", "number?"}, {"mean_us", "number?"}, {"wait_us", "whole?"}};
const shape event_shape{
  {"at_us", "whole"},      {"event", "text"},        {"cause", "text?"},
  {"slot", "whole?"},      {"symbol", "text?"},      {"detail", "text"},
  {"missing_shares", "whole?"}, {"records", "whole?"}, {"tr_id", "text?"}};
const shape file_shape{
  {"file", "text"},        {"dataset", "text"},      {"state", "text"},
  {"lines", "whole?"},     {"bytes", "whole"},       {"first_us", "whole?"},
  {"last_us", "whole?"},   {"expected_bytes", "whole?"},
  {"compressed_bytes", "whole?"},
  {"sealed_because", "text?"}};

const shape day_shape{
  {"since_us", "whole"},   {"received", "whole"},    {"persisted", "whole"},
  {"rejected", "whole"},   {"shed", "whole"},        {"lost", "whole"},
  {"gaps", "whole"},       {"missing", "list"},
  {"disconnects", "whole"}};

struct fixture {
  json status() {
    return json::parse(status_json(o, v));
  }

  observation o = whole_observation();
  verdict v{verdict::recording, cause::none, "Recording: well", false};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(json_tests, fixture)

CAF_TEST(the status has the fields of the contract and their types) {
  auto s = status();
  CAF_CHECK_EQUAL(differs(s, status_shape), "");
  CAF_CHECK_EQUAL(differs(s["verdict"], {{"recording", "bool?"},
                                         {"state", "text"},
                                         {"cause", "text?"},
                                         {"severity", "text"},
                                         {"text", "text"},
                                         {"items", "list"}}),
                  "");
  CAF_CHECK_EQUAL(differs(s["rates"], {{"received_per_s", "number"},
                                       {"persisted_per_s", "number"},
                                       {"over_s", "whole"}}),
                  "");
  CAF_CHECK_EQUAL(differs(s["ledger"], {{"received", "whole"},
                                        {"persisted", "whole"},
                                        {"rejected", "whole"},
                                        {"shed", "whole"},
                                        {"in_flight", "whole"},
                                        {"ratio", "number?"},
                                        {"unacked_bytes", "whole"},
                                        {"unacked_age_ms", "whole?"},
                                        {"rejected_by_reason", "object"},
                                        {"unclaimed", "whole"},
                                        {"doubted", "whole"},
                                        {"doubts", "object"},
                                        {"gaps", "whole"},
                                        {"missing", "list"}}),
                  "");
  CAF_CHECK_EQUAL(differs(s["latency"], {{"ack_p50_us", "whole?"},
                                         {"ack_p99_us", "whole?"},
                                         {"fsync_p50_us", "whole?"},
                                         {"fsync_p99_us", "whole?"},
                                         {"exchange_lag_ms", "whole?"}}),
                  "");
  CAF_CHECK_EQUAL(differs(s["market"], {{"open", "bool"},
                                        {"opens_us", "whole?"},
                                        {"closes_us", "whole?"},
                                        {"closed_because", "text?"}}),
                  "");
  CAF_CHECK_EQUAL(differs(s["day"], day_shape), "");
  CAF_CHECK_EQUAL(differs(s["disk"], {{"free_bytes", "whole?"},
                                       {"free_inodes", "whole?"},
                                       {"look_age_ms", "whole"},
                                       {"problem", "text?"}}), "");
}

CAF_TEST(the archive has the fields of the contract) {
  auto a = status()["archive"];
  CAF_CHECK_EQUAL(differs(a, {{"surveyed", "bool"}, {"compress", "object"},
                              {"backup", "object"}, {"retention", "object"},
                              {"disk", "object"}, {"errors", "whole"},
                              {"trouble", "object?"}, {"doing", "text?"},
                              {"hangs", "bool"}}),
                  "");
  CAF_CHECK_EQUAL(differs(a["compress"], {{"on", "bool"}, {"last_us", "whole?"},
                                          {"files", "whole"},
                                          {"plain_bytes", "whole"},
                                          {"bytes", "whole"}}),
                  "");
  CAF_CHECK_EQUAL(differs(a["backup"], {{"on", "bool"}, {"last_us", "whole?"},
                                        {"last_day", "text?"},
                                        {"pending_days", "whole"},
                                        {"pending_bytes", "whole"},
                                        {"oldest_pending_day", "text?"}}),
                  "");
  CAF_CHECK_EQUAL(differs(a["retention"],
                          {{"without_backup", "bool"},
                           {"deleted_files", "whole"},
                           {"deleted_bytes", "whole"},
                           {"due_without_backup_bytes", "whole"},
                           {"held_bytes", "whole"},
                           {"held_because", "text?"}}),
                  "");
  CAF_CHECK_EQUAL(differs(a["disk"], {{"level", "text"}, {"percent", "whole?"},
                                      {"total_bytes", "whole?"},
                                      {"nothing_more", "bool"},
                                      {"full_day", "text?"}}),
                  "");
  CAF_CHECK_EQUAL(a["disk"]["percent"], 50);
  o.archive->trouble = "20260914: no route";
  o.archive->trouble_of = "back_up";
  o.archive->trouble_why = cause::io_error;
  CAF_CHECK_EQUAL(differs(status()["archive"]["trouble"],
                          {{"step", "text"}, {"cause", "text?"},
                           {"text", "text"}, {"at_us", "whole"}}),
                  "");
}

CAF_TEST(what the status lists has the fields of the contract too) {
  auto s = status();
  for (auto& session : s["sessions"]) {
    CAF_CHECK_EQUAL(differs(session, session_shape), "");
    for (auto& slot : session["slots"])
      CAF_CHECK_EQUAL(differs(slot, slot_shape), "");
  }
  for (auto& actor : s["actors"])
    CAF_CHECK_EQUAL(differs(actor, actor_shape), "");
  for (auto& restart : s["restarts"])
    CAF_CHECK_EQUAL(differs(restart, {{"at_us", "whole"},
                                      {"supervisor", "text"},
                                      {"actor", "text"},
                                      {"reason", "text"},
                                      {"attempt", "whole"}}),
                    "");
  for (auto& file : s["files"])
    CAF_CHECK_EQUAL(differs(file, file_shape), "");
  for (auto& trouble : s["storage"])
    CAF_CHECK_EQUAL(differs(trouble, {{"dataset", "text"},
                                      {"cause", "text?"},
                                      {"text", "text"},
                                      {"set_aside", "text"}}),
                    "");
  for (auto& event : s["events"])
    CAF_CHECK_EQUAL(differs(event, event_shape), "");
  CAF_CHECK_EQUAL(s["actors"].size(), 2u);
  CAF_CHECK_EQUAL(s["files"].size(), 2u);
  CAF_CHECK_EQUAL(s["storage"].size(), 3u);
}

CAF_TEST(an observation of nothing has the same fields) {
  o = {};
  auto s = status();
  CAF_CHECK_EQUAL(differs(s, status_shape), "");
  CAF_CHECK(s["ledger"]["unacked_age_ms"].is_null());
  CAF_CHECK(s["ledger"]["ratio"].is_null());
  for (auto name : {"ack_p50_us", "ack_p99_us", "fsync_p50_us", "fsync_p99_us"})
    CAF_CHECK(s["latency"][name].is_null());
  CAF_CHECK(s["latency"]["exchange_lag_ms"].is_null());
  CAF_CHECK(s["disk"]["free_bytes"].is_null());
  CAF_CHECK(s["market"]["opens_us"].is_null());
}

CAF_TEST(the figures are those of the observation) {
  auto s = status();
  CAF_CHECK_EQUAL(s["ledger"]["received"], 100);
  CAF_CHECK_EQUAL(s["ledger"]["rejected_by_reason"]["bad_time"], 3);
  // 90 on disk of 100 received, of which 3 are in flight.
  CAF_CHECK_EQUAL(s["ledger"]["ratio"], 90.0 / 97);
  CAF_CHECK_EQUAL(s["latency"]["ack_p50_us"], 1'000);
  CAF_CHECK_EQUAL(s["day"]["gaps"], 2);
  CAF_CHECK_EQUAL(s["day"]["since_us"].get<int64_t>(), o.day_since_us);
  auto session = s["sessions"][0];
  CAF_CHECK(session["last_frame_us"] < session["last_heard_us"]);
  CAF_CHECK_EQUAL(s["latency"]["exchange_lag_ms"], 120);
  CAF_CHECK_EQUAL(s["now_us"].get<int64_t>(), o.now_us);
  auto slot = s["sessions"][0]["slots"][0];
  CAF_CHECK_EQUAL(slot["symbol"], "005930");
  CAF_CHECK_EQUAL(slot["tr_id"], "H0STCNT0");
  CAF_CHECK_EQUAL(slot["price"], "70000");
  CAF_CHECK(s["sessions"][0]["slots"][1]["symbol"].is_null());
  CAF_CHECK_EQUAL(s["sessions"][0]["slots"][1]["slot"], 1);
  auto feed = s["actors"][1];
  CAF_CHECK_EQUAL(feed["restarts"], 2);
  CAF_CHECK_EQUAL(feed["kind"], "worker");
  CAF_CHECK_EQUAL(feed["wait_us"], 3);
  CAF_CHECK(s["actors"][0]["wait_us"].is_null());
  CAF_CHECK_EQUAL(s["actors"][0]["kind"], "supervisor");
  CAF_CHECK(s["actors"][0]["parent"].is_null());
  CAF_CHECK_EQUAL(s["restarts"][0]["actor"], "feed");
  CAF_CHECK_EQUAL(s["files"][0]["state"], "open");
  CAF_CHECK_EQUAL(s["files"][1]["state"], "sealed");
  CAF_CHECK_EQUAL(s["events"][1]["slot"], -1);
  CAF_CHECK(s["events"][1]["cause"].is_null());
}

CAF_TEST(a restart below a supervisor bears its path) {
  o.restarts = {{"feed", {1, "slot_3", "why", 1}}};
  auto s = status();
  CAF_CHECK_EQUAL(s["restarts"][0]["actor"], "feed/slot_3");
}

CAF_TEST(whole numbers are exact) {
  constexpr auto big = uint64_t{18'446'744'073'709'551'615u};
  o.totals.received = big;
  o.now_us = 9'007'199'254'740'993; // no double holds it
  auto text = status_json(o, v);
  CAF_CHECK(text.find("18446744073709551615") != std::string::npos);
  CAF_CHECK(text.find("9007199254740993") != std::string::npos);
}

CAF_TEST(each state has its recording and its severity) {
  auto said = [&](verdict::state_type state, bool warns = false) {
    v.state = state;
    v.warns = warns;
    auto s = status()["verdict"];
    return s["recording"].dump() + " " + s["severity"].get<std::string>();
  };
  CAF_CHECK_EQUAL(said(verdict::recording), "true ok");
  CAF_CHECK_EQUAL(said(verdict::recording, true), "true warn");
  CAF_CHECK_EQUAL(said(verdict::not_recording), "false bad");
  CAF_CHECK_EQUAL(said(verdict::starting), "null warn");
  CAF_CHECK_EQUAL(said(verdict::stopping), "null warn");
  CAF_CHECK_EQUAL(said(verdict::market_closed), "null ok");
}

CAF_TEST(words that are no UTF-8 do not break the answers) {
  std::string bad = "\xFF\xC3(\xED\xA0\x80\0\x1B[2J\"\\";
  v.text = bad;
  o.host = o.data_dir = bad;
  o.sessions[0].connection.last_text = bad;
  o.sessions[0].connection.url = bad;
  o.sessions[0].slots[0].view.price = bad;
  o.sessions[0].slots[0].view.what->symbol = bad;
  o.actors[1].view.last_reason = bad;
  o.restarts[0].record.reason = bad;
  o.events[0].detail = o.events[0].symbol = bad;
  o.files[0].file = bad;
  o.storage[0].text = bad;
  tick_view tick{1, bad, bad, bad, bad};
  for (auto& text :
       {status_json(o, v), ready_json(v), events_json(o.events),
        files_json(o.files), error_json(bad),
        slot_json(0, o.sessions[0].slots[0], {tick}, o.events)}) {
    auto parsed = json::parse(text, nullptr, false);
    CAF_CHECK(!parsed.is_discarded());
    CAF_CHECK(text.find('\x1B') == std::string::npos);
    CAF_CHECK(text.find('\n') == std::string::npos);
  }
}

CAF_TEST(readiness says why not) {
  v = {verdict::not_recording, cause::disk_full, "no room", false};
  auto r = json::parse(ready_json(v));
  CAF_CHECK_EQUAL(differs(r, {{"ready", "bool"},
                              {"state", "text"},
                              {"cause", "text?"},
                              {"text", "text"}}),
                  "");
  CAF_CHECK_EQUAL(r["ready"], false);
  CAF_CHECK_EQUAL(r["cause"], "disk_full");
  v = {verdict::recording, cause::none, "yes", false};
  r = json::parse(ready_json(v));
  CAF_CHECK_EQUAL(r["ready"], true);
  CAF_CHECK(r["cause"].is_null());
}

CAF_TEST(a verdict lists its facts with their figures) {
  v.facts = {{"refused", "1 of 2 refused",
              {{"count", uint64_t{1}},
               {"names", std::vector<std::string>{"035720 H0STCNT0", "…"}},
               {"cause", figure_of(cause::refused_symbol)}}},
             {"silence", "no record",
              {{"per_s_before", 498.0}, {"reason", figure{}}}},
             {"opens", "opens", {{"at_us", int64_t{9'007'199'254'740'993}}}}};
  auto items = status()["verdict"]["items"];
  CAF_REQUIRE_EQUAL(items.size(), 3u);
  CAF_CHECK_EQUAL(items[0]["kind"], "refused");
  CAF_CHECK_EQUAL(items[0]["text"], "1 of 2 refused");
  CAF_CHECK_EQUAL(items[0]["count"], 1);
  CAF_CHECK_EQUAL(items[0]["names"][1], "…");
  CAF_CHECK_EQUAL(items[0]["cause"], "refused_symbol");
  CAF_CHECK_EQUAL(items[1]["per_s_before"], 498.0);
  CAF_CHECK(items[1]["reason"].is_null());
  CAF_CHECK_EQUAL(items[2]["at_us"].get<int64_t>(), 9'007'199'254'740'993);
}

CAF_TEST(a closed market says why) {
  auto open = status();
  CAF_CHECK(open["market"]["closed_because"].is_null());
  o.market_open = false;
  o.closed_because = "holiday";
  auto closed = status();
  CAF_CHECK_EQUAL(closed["market"]["closed_because"], "holiday");
}

CAF_TEST(a history is numbers or nothing for each step) {
  history h;
  h.add(1, {});
  for (int i = 1; i <= 60; ++i)
    h.add(1 + i, {5u * i, 4u * i, 0, 0, 0}, 2u * i, i == 60);
  for (auto [range, steps, step_s] :
       {std::tuple{history_range::ten_minutes, 600u, 1u},
        {history_range::hour, 360u, 10u},
        {history_range::day, 1'440u, 60u}}) {
    auto j = json::parse(history_json(h.view(range)));
    CAF_CHECK_EQUAL(differs(j, {{"step_s", "whole"},
                                {"end_us", "whole"},
                                {"received", "list"},
                                {"persisted", "list"},
                                {"gaps", "list"},
                                {"disconnects", "list"}}),
                    "");
    CAF_CHECK_EQUAL(j["step_s"], step_s);
    CAF_CHECK_EQUAL(j["end_us"], 61);
    for (auto list : {"received", "persisted", "gaps", "disconnects"}) {
      CAF_CHECK_EQUAL(j[list].size(), steps);
      CAF_CHECK(j[list][0].is_null());
    }
    CAF_CHECK_EQUAL(j["received"][steps - 1], 5 * step_s);
    CAF_CHECK_EQUAL(j["persisted"][steps - 1], 4 * step_s);
    CAF_CHECK_EQUAL(j["gaps"][steps - 1], 2 * step_s);
    CAF_CHECK_EQUAL(j["disconnects"][steps - 1], 1);
  }
}

CAF_TEST(rejected records are shown as they came) {
  recent_rejects all;
  all.add(7, reject_reason::bad_time, "005930", "H0STCNT0", 3,
          "column 1 is no time", "005930^9x^\xFF");
  all.add(8, reject_reason::garbage, "", "", -1, "?", "");
  auto j = json::parse(rejects_json(all.newest(9)))["rejects"];
  CAF_REQUIRE_EQUAL(j.size(), 2u);
  for (auto& r : j)
    CAF_CHECK_EQUAL(differs(r, {{"at_us", "whole"},
                                {"reason", "text"},
                                {"cause", "text?"},
                                {"symbol", "text?"},
                                {"tr_id", "text?"},
                                {"slot", "whole"},
                                {"detail", "text"},
                                {"raw", "text"}}),
                    "");
  CAF_CHECK(j[0]["symbol"].is_null());
  CAF_CHECK_EQUAL(j[1]["at_us"], 7);
  CAF_CHECK_EQUAL(j[1]["reason"], "bad_time");
  CAF_CHECK_EQUAL(j[1]["cause"], "parse_rejected");
  CAF_CHECK_EQUAL(j[1]["slot"], 3);
  CAF_CHECK_EQUAL(j[1]["raw"], "005930^9x^\\xff");
}

CAF_TEST(a slot shows its ticks and its own gaps) {
  auto& slot = o.sessions[0].slots[0];
  auto other = o.events[0];
  other.slot = 7;
  o.events.push_back(other);
  auto j = json::parse(slot_json(
    0, slot, {{1, "100000", "69900", "3", "10"}, {2, "100001", "70000", "5", "15"}},
    o.events));
  CAF_CHECK_EQUAL(differs(j, {{"slot", "object"},
                              {"ticks", "list"},
                              {"gaps", "list"},
                              {"volume", "object"}}),
                  "");
  CAF_CHECK_EQUAL(differs(j["slot"], slot_shape), "");
  CAF_REQUIRE_EQUAL(j["ticks"].size(), 2u);
  CAF_CHECK_EQUAL(differs(j["ticks"][1], {{"received_us", "whole"},
                                          {"execution_time", "text"},
                                          {"price", "text"},
                                          {"volume", "text"},
                                          {"accumulated", "text"}}),
                  "");
  CAF_CHECK_EQUAL(j["ticks"][1]["price"], "70000");
  CAF_REQUIRE_EQUAL(j["gaps"].size(), 1u);
  CAF_CHECK_EQUAL(differs(j["gaps"][0], event_shape), "");
  CAF_CHECK_EQUAL(j["volume"]["last_accumulated"], 15);
  CAF_CHECK_EQUAL(j["volume"]["missing_shares"], 77);
  CAF_CHECK_EQUAL(j["volume"]["gaps"], 2);
}

CAF_TEST(a slot without a tick has no last volume) {
  auto j = json::parse(slot_json(1, o.sessions[0].slots[1], {}, {}));
  CAF_CHECK(j["volume"]["last_accumulated"].is_null());
  CAF_CHECK(j["ticks"].is_array() && j["ticks"].empty());
  CAF_CHECK_EQUAL(j["slot"]["slot"], 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
