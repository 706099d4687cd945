#define CAF_SUITE runtime_audit_explain
#include "test.hpp"

#include "messages/cause.hpp"
#include "runtime/audit/explain.hpp"
#include "runtime/audit/journal_fixture.hpp"
#include "runtime/audit/text_table.hpp"

namespace CAF_SUITE {

using namespace audit_test;

namespace {

const std::string system_day = "system/20260914.jsonl";

/// A registration that misses `missing` of its shares, from 15:00:01 to
/// 15:00:03.
std::string with_gap(const std::string& tr_id, int64_t slot, int64_t missing,
                     const std::string& symbol = "005930") {
  trade t{.seq = 1, .tick = 10, .accumulated = 10, .slot = slot,
          .symbol = symbol, .tr_id = tr_id};
  auto text = line(t);
  t.seq = 2;
  t.accumulated = 20 + missing;
  t.second = 3;
  t.more = gap(std::to_string(missing), "disconnected",
               R"("2026-09-14T15:00:01.000000+09:00")");
  return text + line(t);
}

std::string lines_of(const std::vector<happening>& events) {
  std::string text;
  int64_t seq = 0;
  for (auto& e : events)
    text += line(e, ++seq);
  return text;
}

happening about(const std::string& symbol, const std::string& time,
                const std::string& event, const std::string& cause = {}) {
  return {.time = time, .event = event, .cause = cause, .tr_id = "H0STCNT0",
          .symbol = symbol};
}

/// `cause TR symbol: shares, unknown or not, from–to, lasted`
std::string essence(const json& row) {
  auto time = [](const json& at) {
    return at.is_null() ? std::string{"?"}
                        : at.get<std::string>().substr(11, 8);
  };
  return fmt::format("{} {} {}: {} {}, {}–{}{}, {}",
                     row["cause"].get<std::string>(),
                     row["tr_id"].get<std::string>(),
                     row["symbol"].get<std::string>(),
                     row["missing_shares"].dump(),
                     row["missing_shares_known"].get<std::string>(),
                     time(row["from"]), time(row["to"]),
                     row["unended"] == true ? " unended" : "",
                     row["lasted_s"].dump());
}

std::vector<std::string> rows(const answer& a) {
  std::vector<std::string> out;
  for (auto& row : a.report["by_cause"])
    out.push_back(essence(row));
  return out;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in{line};
  std::vector<std::string> out;
  for (std::string word; in >> word;)
    out.push_back(word);
  return out;
}

/// The words of the first line that begins so, two spaces ahead.
std::vector<std::string> line_of(const std::string& text,
                                 const std::string& beginning) {
  std::istringstream in{text};
  for (std::string one; std::getline(in, one);)
    if (one.starts_with("  " + beginning))
      return words_of(one);
  return {};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

using words = std::vector<std::string>;

} // namespace

CAF_TEST(three TRs of one code are three rows) {
  journal j;
  j.seal(hour_15, with_gap("H0STCNT0", 1, 5) + with_gap("H0NXCNT0", 2, 7)
                    + with_gap("H0UNCNT0", 3, 12));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(
    rows(a),
    (words{
      "disconnected H0UNCNT0 005930: 12 exact, 15:00:01–15:00:03, 2.0",
      "disconnected H0NXCNT0 005930: 7 exact, 15:00:01–15:00:03, 2.0",
      "disconnected H0STCNT0 005930: 5 exact, 15:00:01–15:00:03, 2.0"}));
  CAF_CHECK_EQUAL(a.report["by_cause_and_tr"].size(), 3u);
  auto text = j.audit_text({.explain = true}).text;
  CAF_CHECK(has(text, "H0STCNT0 (KRX trades): 25 shares traded\n"));
  CAF_CHECK(has(text, "H0NXCNT0 (NXT trades): 27 shares traded\n"));
  CAF_CHECK(has(text, "H0UNCNT0 (unified trades): 32 shares traded\n"));
  CAF_CHECK(has(text, "never add them up"));
}

CAF_TEST(the shares of several TRs are no sum of the verdict) {
  journal j;
  j.seal(hour_15, with_gap("H0STCNT0", 1, 5) + with_gap("H0UNCNT0", 3, 12));
  CAF_CHECK(has(j.audit_text().text, ", 2 gaps declared\n"));
  auto report = j.audit().report;
  auto& days = report["days"];
  CAF_CHECK(report["totals"]["missing_shares"].is_null());
  CAF_CHECK(report["files"][0]["missing_shares"].is_null());
  CAF_CHECK_EQUAL(report["totals"]["gaps"], 2);
  CAF_REQUIRE_EQUAL(days.size(), 2u);
  CAF_CHECK_EQUAL(days[0]["missing_shares"], 5);
  CAF_CHECK_EQUAL(days[1]["missing_shares"], 12);
}

CAF_TEST(a share is one of the last cumulative volume of the registration) {
  journal j;
  j.seal(hour_15, with_gap("H0STCNT0", 1, 5) + with_gap("H0STCNT0", 2, 60,
                                                        "000660"));
  auto a = j.audit();
  auto& causes = a.report["by_cause"];
  CAF_REQUIRE_EQUAL(causes.size(), 2u);
  CAF_CHECK_EQUAL(causes[0]["symbol"], "000660");
  CAF_CHECK_EQUAL(causes[0]["volume"], 80);
  CAF_CHECK_EQUAL(causes[0]["missing_share"], 0.75);
  CAF_CHECK_EQUAL(causes[1]["volume"], 25);
  CAF_CHECK_EQUAL(causes[1]["missing_share"], 0.2);
  auto& total = a.report["by_cause_and_tr"][0];
  CAF_CHECK_EQUAL(total["missing_shares"], 65);
  CAF_CHECK_EQUAL(total["volume"], 105);
}

CAF_TEST(each day of the exchange has a volume of its own) {
  journal j;
  auto next = trade{.seq = 3, .tick = 10, .accumulated = 10, .slot = 1,
                    .date = "2026-09-15"};
  j.seal(hour_15, with_gap("H0STCNT0", 1, 5));
  j.seal("scalp/20260915_15.jsonl", line(next));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["by_cause"][0]["volume"], 35);
  CAF_REQUIRE_EQUAL(a.report["days"].size(), 2u);
  CAF_CHECK_EQUAL(a.report["days"][0]["missing_shares_known"], "exact");
  CAF_CHECK_EQUAL(a.report["days"][0]["volume"], 25);
  CAF_CHECK_EQUAL(a.report["days"][0]["missing_share"], 0.2);
  CAF_CHECK_EQUAL(a.report["days"][1]["volume"], 10);
  CAF_CHECK_EQUAL(a.report["days"][1]["missing_share"], 0.0);
}

CAF_TEST(a refused slot is an unknown loss until its session ends) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.write(system_day,
          lines_of({about("000660", "09:00:00", "refused", "refused_limit"),
                    {.time = "15:30:00", .event = "closed", .slot = -1}}));
  auto a = j.audit();
  CAF_CHECK_EQUAL(rows(a), words{"refused_limit H0STCNT0 000660: null unknown, "
                                 "09:00:00–15:30:00 unended, 23400.0"});
  CAF_CHECK(a.report["by_cause"][0]["missing_records"].is_null());
  CAF_CHECK(a.report["by_cause"][0]["missing_share"].is_null());
  CAF_CHECK_EQUAL(a.report["by_cause"][0]["unknown_losses"], 1);
  auto text = j.audit_text({.explain = true}).text;
  CAF_CHECK_EQUAL(line_of(text, "refused_limit"),
                  (words{"refused_limit", "000660", "–", "unknown", "unknown",
                         "unknown", "09:00:00–end", "6:30:00"}));
  CAF_CHECK(has(text, "missing: 1 loss of unknown size\n"));
  CAF_CHECK(has(text, "0             ≥ 0      ≥ 0 %\n"));
  CAF_CHECK_EQUAL(a.report["days"][0]["missing_shares_known"], "at_least");
  CAF_CHECK(has(text, "  refused_limit  the session's 41 registrations are "
                      "taken\n"));
}

CAF_TEST(a session that was killed ends with its last line) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.write(system_day,
          lines_of({about("000660", "15:00:01", "refused", "no_reply")}));
  CAF_CHECK_EQUAL(rows(j.audit()),
                  words{"no_reply H0STCNT0 000660: null unknown, "
                        "15:00:01–15:00:03 unended, 2.0"});
}

CAF_TEST(trades that come after a refusal tell what it cost) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.write(system_day,
          lines_of({about("005930", "14:00:00", "refused", "refused_symbol"),
                    about("005930", "14:59:00", "subscribed")}));
  auto a = j.audit();
  CAF_CHECK_EQUAL(rows(a), words{"refused_symbol H0STCNT0 005930: null "
                                 "told_elsewhere, 14:00:00–14:59:00, 3540.0"});
  CAF_CHECK_EQUAL(a.report["by_cause"][0]["unknown_losses"], 0);
}

CAF_TEST(trades of the next day tell nothing of a refusal) {
  journal j;
  j.seal("scalp/20260915_15.jsonl",
         line(trade{.seq = 1, .tick = 10, .accumulated = 10,
                    .session_id = later_session, .date = "2026-09-15"}));
  j.write(system_day,
          lines_of({about("005930", "09:00:00", "refused", "refused_limit"),
                    {.time = "15:30:00", .event = "closed", .slot = -1}}));
  CAF_CHECK_EQUAL(rows(j.audit()),
                  words{"refused_limit H0STCNT0 005930: null unknown, "
                        "09:00:00–15:30:00 unended, 23400.0"});
}

CAF_TEST(what quotes missed while they were refused is not known) {
  journal j;
  j.seal(hour_15, quote(1, 3, 100));
  auto refused = about("005930", "14:00:00", "refused", "refused_limit");
  auto on = about("005930", "14:59:00", "subscribed");
  refused.tr_id = on.tr_id = "H0STASP0";
  j.write(system_day, lines_of({refused, on}));
  CAF_CHECK_EQUAL(rows(j.audit()),
                  words{"refused_limit H0STASP0 005930: null unknown, "
                        "14:00:00–14:59:00, 3540.0"});
  auto day = j.audit().report["days"][0];
  CAF_CHECK(day["missing_shares"].is_null());
  CAF_CHECK_EQUAL(day["missing_shares_known"], "unknown");
}

CAF_TEST(refusals one after the other are one stretch) {
  journal j;
  j.write(system_day,
          lines_of({about("000660", "09:00:00", "refused", "no_reply"),
                    about("000660", "09:01:00", "refused", "no_reply"),
                    about("000660", "09:05:00", "refused", "refused_limit"),
                    {.time = "09:10:00", .event = "closed", .slot = -1}}));
  auto a = j.audit();
  CAF_CHECK_EQUAL(rows(a),
                  (words{"no_reply H0STCNT0 000660: null unknown, "
                         "09:00:00–09:05:00, 300.0",
                         "refused_limit H0STCNT0 000660: null unknown, "
                         "09:05:00–09:10:00 unended, 300.0"}));
  CAF_CHECK_EQUAL(a.report["by_cause"][0]["events"], 2);
}

CAF_TEST(a slot that was given to another symbol leaves the first alone) {
  journal j;
  j.write(system_day,
          lines_of({about("005930", "09:00:00", "subscribed"),
                    about("000660", "11:00:00", "subscribed"),
                    {.time = "15:30:00", .event = "closed", .slot = -1}}));
  CAF_CHECK_EQUAL(rows(j.audit()),
                  words{"not_subscribed H0STCNT0 005930: null unknown, "
                        "11:00:00–15:30:00 unended, 16200.0"});
}

CAF_TEST(a symbol that moved to another slot is no loss) {
  journal j;
  auto moved = about("005930", "10:00:00", "subscribed");
  moved.slot = 4;
  j.write(system_day,
          lines_of({about("005930", "09:00:00", "subscribed"), moved,
                    about("000660", "11:00:00", "subscribed")}));
  CAF_CHECK_EQUAL(rows(j.audit()), words{});
}

CAF_TEST(a silence that trades end costs what they tell) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.write(system_day, lines_of({about("005930", "14:59:00", "silent",
                                      "connected_but_silent")}));
  CAF_CHECK_EQUAL(rows(j.audit()),
                  words{"connected_but_silent H0STCNT0 005930: null "
                        "told_elsewhere, 14:59:00–15:00:01, 61.0"});
}

CAF_TEST(the whole feed is down from the loss to the next connection) {
  journal j;
  auto whole = [](const char* time, const char* event, const char* cause) {
    return happening{.time = time, .event = event, .cause = cause, .slot = -1};
  };
  j.write(system_day,
          lines_of({whole("09:00:00", "connected", ""),
                    whole("10:00:00", "disconnected", "disconnected"),
                    whole("10:00:05", "disconnected", "disconnected"),
                    whole("10:00:30", "connected", ""),
                    whole("15:00:00", "disconnected", "rest_down"),
                    whole("15:30:00", "operator", "")}));
  auto a = j.audit();
  CAF_CHECK_EQUAL(rows(a),
                  (words{"rest_down  : null unknown, 15:00:00–15:30:00 unended, "
                         "1800.0",
                         "disconnected  : null told_elsewhere, "
                         "10:00:00–10:00:30, 30.0"}));
}

CAF_TEST(quotes that are missing are of an unknown number) {
  journal j;
  auto hole = about("005930", "10:00:05", "gap", "disconnected");
  hole.tr_id = "H0STASP0";
  hole.more = R"(,"from":"2026-09-14T10:00:00.000000+09:00")"
              R"(,"to":"2026-09-14T10:00:05.000000+09:00")";
  j.write(system_day, lines_of({hole}));
  CAF_CHECK_EQUAL(rows(j.audit()),
                  words{"disconnected H0STASP0 005930: null unknown, "
                        "10:00:00–10:00:05, 5.0"});
}

CAF_TEST(a sum of which a part is unknown is a least one) {
  journal j;
  j.seal(hour_15, with_gap("H0STCNT0", 3, 5));
  auto hole = about("005930", "15:00:05", "gap", "disconnected");
  hole.more = R"(,"records":4)";
  j.write(system_day, lines_of({hole}));
  auto a = j.audit();
  auto& row = a.report["by_cause"][0];
  CAF_CHECK_EQUAL(row["missing_shares"], 5);
  CAF_CHECK_EQUAL(row["missing_shares_known"], "at_least");
  CAF_CHECK_EQUAL(row["missing_records"], 4);
  CAF_CHECK_EQUAL(row["missing_records_known"], "at_least");
  auto text = j.audit_text({.explain = true}).text;
  CAF_CHECK_EQUAL(line_of(text, "disconnected  005930"),
                  (words{"disconnected", "005930", "1", "≥", "5", "≥", "20.0",
                         "%", "≥", "4", "15:00:01–15:00:05", "2.0", "s"}));
}

CAF_TEST(the text says what the JSON says) {
  journal j;
  j.seal(hour_15, with_gap("H0STCNT0", 1, 5) + with_gap("H0STCNT0", 2, 60,
                                                        "000660"));
  auto text = j.audit_text({.explain = true}).text;
  auto report = j.audit({.explain = true}).report;
  for (auto& row : report["by_cause"]) {
    auto symbol = row["symbol"].get<std::string>();
    auto cells = line_of(text, "disconnected  " + symbol);
    CAF_REQUIRE_EQUAL(cells.size(), 10u);
    CAF_CHECK_EQUAL(cells[2], row["gaps"].dump());
    CAF_CHECK_EQUAL(cells[3], row["missing_shares"].dump());
    CAF_CHECK_EQUAL(cells[4],
                    fmt::format("{:.1f}", row["missing_share"].get<double>()
                                            * 100));
    CAF_CHECK(row["missing_records"].is_null());
    CAF_CHECK_EQUAL(cells[6], "unknown");
    CAF_CHECK_EQUAL(cells[7], row["from"].get<std::string>().substr(11, 8) + "–"
                                + row["to"].get<std::string>().substr(11, 8));
    CAF_CHECK_EQUAL(cells[8], row["lasted_s"].dump());
  }
  CAF_CHECK_EQUAL(report["legend"][0]["cause"], "disconnected");
  CAF_CHECK(has(text, "  disconnected  "
                        + report["legend"][0]["meaning"].get<std::string>()
                        + "\n                → "
                        + report["legend"][0]["remedy"].get<std::string>()
                        + "\n"));
  CAF_CHECK(has(text, "  disconnected  all        2      65"));
  CAF_CHECK_EQUAL(report["by_cause_and_tr"][0]["gaps"], 2);
}

CAF_TEST(no line is wider than a hundred columns) {
  journal j;
  // All at once: long causes and symbols, large numbers, several days.
  int64_t huge = 999'999'999'999'999'000;
  trade t{.seq = 1, .tick = 1, .accumulated = 1,
          .symbol = "A012345678901234567"};
  auto text = line(t);
  t.seq = 2;
  t.accumulated = huge;
  t.more = gap(std::to_string(huge - 2), "connected_but_silent",
               R"("2026-09-14T09:00:01.000000+09:00")");
  j.seal(hour_15, text + line(t));
  std::vector<happening> events;
  for (size_t i = 1; i < observer::cause_count; ++i) {
    auto cause = observer::to_string(static_cast<observer::cause>(i));
    events.push_back(about("A012345678901234567", "09:00:00", "refused",
                           std::string{cause}));
  }
  j.write(system_day, lines_of(events));
  auto next = events.front();
  next.date = "2026-09-15";
  j.write("system/20260915.jsonl", line(next, static_cast<int64_t>(events.size()) + 1));
  std::istringstream in{j.audit_text({.explain = true, .verbose = true})
                          .text};
  auto seen = 0;
  for (std::string one; std::getline(in, one); ++seen)
    if (observer::audit::width_of(one) > 100)
      CAF_ERROR(one);
  CAF_CHECK(seen > 80);
}

CAF_TEST(each cause has words of at most a line) {
  for (size_t i = 1; i < observer::cause_count; ++i) {
    auto cause = observer::to_string(static_cast<observer::cause>(i));
    auto said = observer::audit::words_of_cause(cause);
    CAF_MESSAGE(cause);
    CAF_CHECK(!said.meaning.empty() && said.meaning.size() <= 74);
    CAF_CHECK(!said.remedy.empty() && said.remedy.size() <= 72);
  }
  CAF_CHECK(observer::audit::words_of_cause("not_told").meaning.empty());
}

CAF_TEST(a filter leaves one symbol or one cause) {
  journal j;
  j.seal(hour_15, with_gap("H0STCNT0", 1, 5) + with_gap("H0STCNT0", 2, 60,
                                                        "000660"));
  j.write(system_day,
          lines_of({about("035720", "09:00:00", "refused", "refused_limit")}));
  auto a = j.audit({.symbol = "000660"});
  CAF_REQUIRE_EQUAL(a.report["by_cause"].size(), 1u);
  CAF_CHECK_EQUAL(a.report["by_cause"][0]["symbol"], "000660");
  CAF_CHECK_EQUAL(a.report["registrations"].size(), 1u);
  CAF_CHECK_EQUAL(a.report["filter"]["symbol"], "000660");
  a = j.audit({.cause = "refused_limit"});
  CAF_REQUIRE_EQUAL(a.report["by_cause"].size(), 1u);
  CAF_CHECK_EQUAL(a.report["by_cause"][0]["symbol"], "035720");
  // A filter asks for the explanation.
  CAF_CHECK(has(j.audit_text({.symbol = "000660"}).text, "000660"));
  auto text = j.audit_text({.symbol = "999999"}).text;
  CAF_CHECK(has(text, "999999 occurs nowhere in these files\nnothing of 999999 "
                      "is short: "));
}

CAF_TEST(what was traded before the first tick is told) {
  journal j;
  j.seal(hour_15, line({.seq = 1, .tick = 10, .accumulated = 100})
                    + line({.seq = 2, .tick = 100, .accumulated = 200}));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.report["registrations"][0]["before_first_tick"], 90);
  CAF_CHECK(has(j.audit_text().text,
                "H0STCNT0: 90 shares (45.0 %) were traded before the first "
                "tick of their symbol\n"));
  // Of one file alone nobody knows what was before.
  a = audit({.path = j.path(hour_15).string(), .json = true});
  CAF_CHECK(a.report["registrations"][0]["before_first_tick"].is_null());
}

CAF_TEST(a gap of an archived file has its TR and no time) {
  journal j;
  j.seal(hour_15, with_gap("H0NXCNT0", 1, 5));
  fs::remove(j.path(hour_15));
  CAF_CHECK_EQUAL(rows(j.audit()),
                  words{"disconnected H0NXCNT0 005930: 5 exact, ?–?, null"});
  auto text = j.audit_text({.explain = true}).text;
  CAF_CHECK_EQUAL(line_of(text, "disconnected  005930"),
                  (words{"disconnected", "005930", "1", "5", "unknown",
                         "unknown", "unknown", "unknown"}));
}

} // namespace CAF_SUITE
