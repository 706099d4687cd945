#define CAF_SUITE runtime_inspect_verdict
#include "runtime/inspect/verdict.hpp"

#include "messages/korean_time.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

constexpr int64_t s = us_per_second;

/// A session that records 2 of 2 symbols well, on a Monday at 10:00.
struct fixture {
  fixture() {
    o.now_us = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
    o.started_us = o.now_us - 1'000 * s;
    o.market_open = true;
    o.market_since_us = o.now_us - 3'600 * s;
    o.received_per_s = o.claimed_per_s = 1'234.4;
    come(12'340, 12'340);
    o.persisted_per_s = 1'233.6;
    o.received_in_minute = o.persisted_in_minute = 60'000;
    o.last_record_us = o.now_us - s / 2;
    session_observation feed;
    feed.name = "session 1";
    feed.connection.phase = "open";
    feed.connection.since_us = o.now_us - 900 * s;
    feed.slots.resize(3);
    for (auto& slot : feed.slots)
      slot.view.state = "idle";
    o.sessions.push_back(feed);
    set(0, "live");
    set(1, "live");
    for (auto data : all_datasets)
      o.storage.push_back({data, cause::none, ""});
  }
  void set(size_t at, std::string_view state) {
    auto& view = o.sessions[0].slots[at].view;
    view.state = state;
    view.what = registration{kis::tr::h0stcnt0, "005930"};
  }
  connection_view& connection() {
    return o.sessions[0].connection;
  }
  /// So many records of the slots in the last ten seconds, and so many ticks.
  void come(uint64_t records, uint64_t ticks, uint64_t shed = 0) {
    o.recent = {};
    o.recent.came = records;
    o.recent.ticks = ticks;
    o.recent.shed = shed;
    o.recent.rejected = records - ticks - shed;
    o.lately = o.recent;
  }
  void stop_data(int64_t for_us) {
    come(0, 0);
    o.received_per_s = o.persisted_per_s = o.claimed_per_s = 0;
    o.last_record_us = o.now_us - for_us;
  }
  bool is(verdict::state_type state, cause why) {
    auto v = judge(o);
    if (v.state == state && v.why == why)
      return true;
    CAF_MESSAGE(to_string(v.state) << ", " << to_string(v.why) << ": "
                                   << v.text);
    return false;
  }
  /// Whether a fact of this kind has this figure.
  bool has(std::string_view kind, std::string_view name, const figure& value) {
    auto v = judge(o);
    for (auto& f : v.facts)
      if (f.kind == kind)
        for (auto& [known, figure] : f.figures)
          if (known == name && figure == value)
            return true;
    return false;
  }
  /// The kinds, most important first.
  std::string kinds() {
    auto v = judge(o);
    std::string out;
    for (auto& f : v.facts)
      out += (out.empty() ? "" : " ") + std::string{f.kind};
    return out;
  }
  bool says(const std::string& part) {
    auto v = judge(o);
    if (v.text.find(part) != std::string::npos)
      return true;
    CAF_MESSAGE("no \"" << part << "\" in \"" << v.text << "\"");
    return false;
  }

  observation o;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(verdict_tests, fixture)

CAF_TEST(it records and says how much) {
  CAF_CHECK(is(verdict::recording, cause::none));
  auto v = judge(o);
  CAF_CHECK_EQUAL(v.text, "Recording: 1,234/s received, 1,234/s on disk, 2 of "
                          "2 registrations live");
  CAF_CHECK(!v.warns);
  CAF_CHECK(v.ready());
}

CAF_TEST(a stop comes before everything) {
  o.stopping = true;
  o.storage[0].why = cause::disk_full;
  CAF_CHECK(is(verdict::stopping, cause::none));
  CAF_CHECK(!judge(o).ready());
}

// -- storage ------------------------------------------------------------------

CAF_TEST(a writer of ticks that cannot write is the cause) {
  o.storage[0] = {dataset::scalp, cause::disk_full, "0 bytes free in /data"};
  CAF_CHECK(is(verdict::not_recording, cause::disk_full));
  CAF_CHECK(says("0 bytes free in /data"));
  CAF_CHECK(!judge(o).ready());
}

CAF_TEST(a trouble of storage is named before the closed market) {
  o.storage[0] = {dataset::scalp, cause::permission, "no"};
  o.market_open = false;
  stop_data(100 * s);
  CAF_CHECK(is(verdict::not_recording, cause::permission));
}

CAF_TEST(another writer that cannot write is a warning) {
  for (auto& bad : o.storage)
    if (bad.data == dataset::system)
      bad = {dataset::system, cause::permission, "no"};
  CAF_CHECK(is(verdict::recording, cause::none));
  CAF_CHECK(judge(o).warns);
}

CAF_TEST(records may wait ten seconds for the disk and no longer) {
  o.unacked_age_ms = 2'000;
  CAF_CHECK(is(verdict::recording, cause::none));
  // A warning meanwhile.
  o.unacked_age_ms = 10'000;
  CAF_CHECK(is(verdict::recording, cause::io_error));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(says("records wait 10 s for the disk"));
  o.unacked_age_ms = 10'001;
  CAF_CHECK(is(verdict::not_recording, cause::io_error));
  CAF_CHECK(says("records wait 10 s for the disk"));
}

CAF_TEST(a minute in which nothing reached the disk is named) {
  o.persisted_in_minute = 0;
  o.totals.in_flight = 5;
  o.unacked_age_ms = 2'001;
  CAF_CHECK(is(verdict::not_recording, cause::io_error));
  CAF_CHECK(says("60,000 records received in the last minute"));
}

CAF_TEST(that minute is none without records on their way for two seconds) {
  o.persisted_in_minute = 0;
  o.totals.in_flight = 5;
  o.unacked_age_ms = 2'000;
  CAF_CHECK(is(verdict::recording, cause::none));
  o.unacked_age_ms = 2'001;
  o.totals.in_flight = 0;
  CAF_CHECK(is(verdict::recording, cause::io_error));
  o.totals.in_flight = 5;
  o.received_in_minute = 0;
  CAF_CHECK(is(verdict::recording, cause::io_error));
}

// -- market -------------------------------------------------------------------

CAF_TEST(a closed market is ready and says when it opens) {
  o.market_open = false;
  stop_data(3'600 * s);
  o.opens_us = parse_timestamp("2026-09-15T09:00:00.000000+09:00").value();
  CAF_CHECK(is(verdict::market_closed, cause::market_closed));
  CAF_CHECK(judge(o).ready());
  CAF_CHECK(says("Market closed: opens 2026-09-15T09:00"));
  o.opens_us.reset();
  CAF_CHECK_EQUAL(judge(o).text, "Market closed");
}

CAF_TEST(a closed market says why it is closed and what the day was) {
  o.market_open = false;
  stop_data(3'600 * s);
  o.opens_us = parse_timestamp("2026-09-15T09:00:00.000000+09:00").value();
  o.closed_because = "after_close";
  // Nothing came today: there is no sum.
  CAF_CHECK_EQUAL(kinds(), "closed opens");
  o.day = {1'234, 1'230, 3, 1, 0, 2, 77, 1};
  o.day_since_us = 5;
  CAF_CHECK_EQUAL(judge(o).text,
                  "Market closed (closed for the day): opens 2026-09-15T09:00; "
                  "today: 1,234 records, 1,230 on disk, 3 rejected, 1 given up, "
                  "1 disconnect; no gap");
  CAF_CHECK_EQUAL(kinds(), "closed opens day none_missing");
  CAF_CHECK(has("closed", "why", std::string{"after_close"}));
  CAF_CHECK(has("opens", "at_us", *o.opens_us));
  CAF_CHECK(has("day", "since_us", int64_t{5}));
  for (auto [why, words] : {std::pair{"before_open", "(before the open)"},
                            {"weekend", "(weekend)"},
                            {"holiday", "(holiday)"}}) {
    o.closed_because = why;
    CAF_CHECK(says(words));
  }
}

CAF_TEST(what a day lacks is told of each TR and unknown where it is) {
  o.market_open = false;
  stop_data(3'600 * s);
  o.opens_us.reset();
  o.day = {1'234, 1'230, 0, 0, 0, 2, 1'465, 1};
  o.day.losses[static_cast<size_t>(kis::tr::h0stcnt0)] = {1, 1'234, 0};
  o.day.losses[static_cast<size_t>(kis::tr::h0uncnt0)] = {2, 2'000, 0};
  o.day.losses[static_cast<size_t>(kis::tr::h0stasp0)] = {0, 0, 3};
  CAF_CHECK_EQUAL(kinds(), "closed day missing missing_unknown missing");
  CAF_CHECK(says("H0STCNT0: 1,234 shares missing in 1 gap; "
                 "H0STASP0: 3 gaps of unknown size; "
                 "H0UNCNT0: 2,000 shares missing in 2 gaps"));
}

CAF_TEST(a slot that is refused to the end leaves no day without a gap) {
  o.market_open = false;
  stop_data(3'600 * s);
  o.opens_us.reset();
  o.day = {10, 10, 0, 0, 0, 0, 0, 0};
  o.sessions[0].slots[0].view.state = "refused";
  CAF_CHECK_EQUAL(kinds(), "closed day refused");
}

CAF_TEST(a clock that is wrong is a warning while it records) {
  o.sessions[0].connection.lag_ms = -230'788'000;
  CAF_CHECK_EQUAL(kinds(), "rates");
  o.sessions[0].connection.clock_wrong = true;
  CAF_CHECK(is(verdict::recording, cause::clock_wrong));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK_EQUAL(kinds(), "clock_behind rates");
  CAF_CHECK(says("our clock is 230,788 s behind the exchange's"));
  o.sessions[0].connection.lag_ms = 40'000;
  CAF_CHECK_EQUAL(kinds(), "clock_ahead rates");
}

CAF_TEST(what ails the archive is a warning and never a fault of recording) {
  o.archive.emplace();
  CAF_CHECK_EQUAL(kinds(), "rates");
  CAF_CHECK(!judge(o).warns);
  o.archive->trouble = "20260911: the target does not answer";
  o.archive->trouble_why = cause::io_error;
  o.archive->level = disk_level::act;
  o.archive->disk = disk_fill{5, 100};
  o.archive->nothing_more = true;
  o.archive->pending_days = 9;
  CAF_CHECK(is(verdict::recording, cause::disk_full));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK_EQUAL(kinds(), "disk_stuck archive rates"); // none is wanted
  o.archive->has_target = true;
  CAF_CHECK_EQUAL(kinds(), "disk_stuck backup_waits archive rates");
  o.market_open = false;
  stop_data(3'600 * s);
  CAF_CHECK(is(verdict::market_closed, cause::market_closed));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(says("9 days wait for their backup"));
}

CAF_TEST(records that are young on their way are no word) {
  o.totals.in_flight = 500;
  o.unacked_age_ms = 2'000;
  CAF_CHECK_EQUAL(kinds(), "rates");
  o.unacked_age_ms = 2'001;
  CAF_CHECK_EQUAL(kinds(), "waiting rates");
  CAF_CHECK(has("waiting", "count", uint64_t{500}));
  CAF_CHECK(has("waiting", "seconds", uint64_t{2}));
}

CAF_TEST(all that is wrong is a fact and the worst comes first) {
  o.lost_why = cause::parse_rejected;
  o.rejected_most = reject_reason::bad_time;
  come(1'000, 900);
  set(1, "refused");
  set(2, "silent");
  o.disk.age_us = 11 * s;
  o.storage[0].set_aside = "scalp/20260913_15.jsonl: permission denied";
  CAF_CHECK_EQUAL(kinds(), "shortage refused silent set_aside disk rates");
  CAF_CHECK(has("shortage", "came", uint64_t{1'000}));
  CAF_CHECK(has("shortage", "reason", std::string{"bad_time"}));
  CAF_CHECK(has("shortage", "cause", std::string{"parse_rejected"}));
  CAF_CHECK(has("rates", "wanted", uint64_t{3}));
  // The text says the same in the same order.
  auto v = judge(o);
  size_t at = 0;
  for (auto& f : v.facts) {
    auto found = v.text.find(f.text, at);
    CAF_REQUIRE(found != std::string::npos);
    at = found + f.text.size();
  }
}

CAF_TEST(a closed market without a connection is closed) {
  o.market_open = false;
  stop_data(3'600 * s);
  connection().phase = "waiting";
  connection().last_cause = cause::disconnected;
  CAF_CHECK(is(verdict::market_closed, cause::market_closed));
}

CAF_TEST(data of a closed market is recorded) {
  o.market_open = false;
  CAF_CHECK(is(verdict::recording, cause::none));
}

// -- connection ---------------------------------------------------------------

CAF_TEST(for thirty seconds it may start) {
  connection().phase = "connecting";
  o.started_us = o.now_us - 30 * s + 1;
  CAF_CHECK(is(verdict::starting, cause::none));
  CAF_CHECK(!judge(o).ready());
  o.started_us = o.now_us - 30 * s;
  CAF_CHECK(is(verdict::not_recording, cause::disconnected));
}

CAF_TEST(a connection that failed says why at once) {
  connection().phase = "waiting";
  connection().last_cause = cause::appkey_in_use;
  connection().last_text = "ALREADY IN USE";
  o.started_us = o.now_us - s;
  CAF_CHECK(is(verdict::not_recording, cause::appkey_in_use));
  CAF_CHECK(says("not connected: ALREADY IN USE"));
}

CAF_TEST(a connection that ended is not open although data came just now) {
  connection().phase = "closing";
  connection().last_cause = cause::disconnected;
  CAF_CHECK(is(verdict::not_recording, cause::disconnected));
}

CAF_TEST(without a session nothing is recorded) {
  o.sessions.clear();
  CAF_CHECK(is(verdict::not_recording, cause::disconnected));
  CAF_CHECK(says("no session"));
}

CAF_TEST(one session that is open suffices) {
  auto other = o.sessions[0];
  other.connection.phase = "waiting";
  other.connection.last_cause = cause::credentials_refused;
  o.sessions.insert(o.sessions.begin(), other);
  CAF_CHECK(judge(o).state == verdict::recording);
}

CAF_TEST(one session of several that is not open is a warning with its cause) {
  auto other = o.sessions[0];
  other.name = "session 2";
  other.connection.phase = "waiting";
  other.connection.last_cause = cause::credentials_refused;
  other.connection.last_text = "invalid approval";
  o.sessions.push_back(other);
  CAF_CHECK(is(verdict::recording, cause::credentials_refused));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(says("session 2 is not connected: invalid approval"));
}

// -- what became of the records -----------------------------------------------

CAF_TEST(records that are all rejected are no recording) {
  come(500, 0);
  o.lost_why = cause::layout_changed;
  o.rejected_most = reject_reason::bad_time;
  auto& slot = o.sessions[0].slots[0];
  slot.lately.rejected = 250;
  slot.view.rejection = "bad_time: column 1 is no time";
  CAF_CHECK(is(verdict::not_recording, cause::layout_changed));
  CAF_CHECK(says("0 of 500 records"));
  CAF_CHECK(says("bad_time: column 1 is no time"));
  CAF_CHECK(!judge(o).ready());
}

CAF_TEST(eight of ten are the least that is recording) {
  o.lost_why = cause::parse_rejected;
  come(1'000, 800);
  CAF_CHECK(is(verdict::recording, cause::parse_rejected));
  CAF_CHECK(judge(o).warns);
  come(1'000, 799);
  CAF_CHECK(is(verdict::not_recording, cause::parse_rejected));
}

CAF_TEST(one of a thousand may be lost without a word and no more) {
  come(1'000, 999);
  CAF_CHECK(is(verdict::recording, cause::none));
  CAF_CHECK(!judge(o).warns);
  o.lost_why = cause::parse_rejected;
  come(999, 998);
  CAF_CHECK(is(verdict::recording, cause::parse_rejected));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(says("998 of 999 records of the last seconds are on disk"));
}

CAF_TEST(records that were given up are as bad) {
  come(100, 50, 50);
  o.lost_why = cause::disk_full;
  CAF_CHECK(is(verdict::not_recording, cause::disk_full));
  CAF_CHECK(says("50 given up (disk_full)"));
}

CAF_TEST(one bad record of three is a warning in a quiet market) {
  come(3, 2);
  o.lately.came = 5;
  o.lately.ticks = 4;
  o.lost_why = cause::parse_rejected;
  CAF_CHECK(is(verdict::recording, cause::parse_rejected));
  // The last ones are all bad.
  come(3, 0);
  CAF_CHECK(is(verdict::not_recording, cause::parse_rejected));
  // And nothing came since.
  come(0, 0);
  o.lately.came = 5;
  o.lately.rejected = 5;
  CAF_CHECK(is(verdict::not_recording, cause::parse_rejected));
  // One that is good ends it.
  come(1, 1);
  o.lately.came = 5;
  o.lately.rejected = 4;
  CAF_CHECK(is(verdict::recording, cause::none));
}

CAF_TEST(the first record of all decides) {
  come(1, 0);
  o.lost_why = cause::layout_changed;
  CAF_CHECK(is(verdict::not_recording, cause::layout_changed));
}

CAF_TEST(what no slot claims is told and does not outvote the slots) {
  come(50, 50);
  o.unclaimed = {5'000, 5'000, reject_reason::bad_symbol};
  o.sessions[0].connection.rejection = "bad_symbol: no slot holds \"x\"";
  CAF_CHECK(is(verdict::recording, cause::parse_rejected));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(says("5,000 records came in 10 s and no slot claims any: bad_symbol"));
}

CAF_TEST(if only what no slot claims comes nothing is recorded) {
  stop_data(11 * s);
  o.received_per_s = 50;
  o.unclaimed = {500, 500, reject_reason::bad_symbol};
  CAF_CHECK(is(verdict::not_recording, cause::layout_changed));
  for (auto other : {reject_reason::encrypted, reject_reason::unknown_tr}) {
    o.unclaimed = {500, 0, other};
    CAF_CHECK(is(verdict::not_recording, cause_of(other)));
  }
  // Trades of a symbol that was released say nothing of those that are held.
  o.unclaimed = {500, 0, reject_reason::not_subscribed};
  CAF_CHECK(is(verdict::recording, cause::not_subscribed));
  stop_data(61 * s);
  CAF_CHECK(is(verdict::not_recording, cause::not_subscribed));
}

CAF_TEST(if others come in the place of ours nothing is recorded) {
  stop_data(8 * s);
  o.unclaimed = {500, 0, reject_reason::not_subscribed, 500};
  CAF_CHECK(is(verdict::not_recording, cause::not_subscribed));
  CAF_CHECK(says("no slot claims any"));
  // Records of ours a moment ago: they are mixed, or the market is quiet.
  stop_data(7 * s);
  come(1, 1);
  CAF_CHECK(is(verdict::recording, cause::not_subscribed));
  o.claimed_per_s = 0.2;
  stop_data(20 * s);
  o.claimed_per_s = 0.2;
  CAF_CHECK(is(verdict::recording, cause::not_subscribed));
}

CAF_TEST(one slot of many whose records are rejected is told by its symbol) {
  set(2, "rejecting");
  o.sessions[0].slots[2].view.what->symbol = "035720";
  o.sessions[0].slots[2].view.rejection = "bad_number: column 12";
  CAF_CHECK(is(verdict::recording, cause::layout_changed));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(says("1 of 3 registrations record no ticks to rely on: 035720 "
                 "H0STCNT0 (bad_number: column 12)"));
}

CAF_TEST(one slot of many of which half is rejected is told too) {
  auto& slot = o.sessions[0].slots[1];
  slot.recent.came = slot.lately.came = 10;
  slot.recent.ticks = slot.lately.ticks = 5;
  slot.recent.rejected = slot.lately.rejected = 5;
  CAF_CHECK(judge(o).state == verdict::recording);
  CAF_CHECK(judge(o).warns);
}

// -- doubt --------------------------------------------------------------------

CAF_TEST(ticks that are mostly in doubt are no recording) {
  o.doubts = {{"width", 400}, {"market", 500}};
  o.recent.misplaced = o.recent.doubted = 6'171;
  CAF_CHECK(is(verdict::not_recording, cause::layout_changed));
  CAF_CHECK(says("(market, width)"));
  CAF_CHECK(says("the raw records are kept"));
  o.recent.misplaced = 6'170;
  o.lately = o.recent;
  CAF_CHECK(is(verdict::recording, cause::in_doubt));
}

CAF_TEST(a few values in doubt are a warning above one of a thousand) {
  o.recent.doubted = 12;
  CAF_CHECK(is(verdict::recording, cause::none));
  CAF_CHECK(!judge(o).warns);
  o.recent.doubted = 13;
  CAF_CHECK(is(verdict::recording, cause::in_doubt));
  CAF_CHECK(judge(o).warns);
}

CAF_TEST(columns that were added at the end are a warning) {
  o.recent.doubted = o.recent.strange_width = 12'340;
  CAF_CHECK(is(verdict::recording, cause::width_changed));
  CAF_CHECK(judge(o).warns);
}

// -- slots --------------------------------------------------------------------

CAF_TEST(nothing is recorded if nothing is asked for) {
  for (auto& slot : o.sessions[0].slots)
    slot = {};
  CAF_CHECK(is(verdict::not_recording, cause::not_subscribed));
}

CAF_TEST(a session in which every symbol is refused names the newest words) {
  stop_data(5 * s);
  set(0, "refused");
  set(1, "refused");
  o.events.push_back({1, "connected", cause::none, -1, "", "", {}, {}});
  o.events.push_back(
    {3, "refused", cause::refused_limit, 0, "005930", "MAX SUBSCRIBE", {}, {}});
  o.events.push_back({2, "refused", cause::refused_symbol, 1, "", "old", {}, {}});
  CAF_CHECK(is(verdict::not_recording, cause::refused_limit));
  CAF_CHECK(says("every registration is refused: MAX SUBSCRIBE"));
}

CAF_TEST(refusals whose event is forgotten have a cause all the same) {
  stop_data(5 * s);
  set(0, "refused");
  set(1, "refused");
  CAF_CHECK(is(verdict::not_recording, cause::refused_symbol));
}

CAF_TEST(subscribing may take a minute) {
  stop_data(1'000 * s);
  set(0, "subscribing");
  set(1, "subscribing");
  connection().since_us = o.now_us - 60 * s + 1;
  CAF_CHECK(is(verdict::starting, cause::none));
  CAF_CHECK(says("0 of 2 registrations live"));
  connection().since_us = o.now_us - 60 * s;
  CAF_CHECK(is(verdict::not_recording, cause::no_reply));
  CAF_CHECK(says("0 of 2 registrations live for 60 s"));
}

CAF_TEST(one refused symbol of two is a warning) {
  set(1, "refused");
  o.events.push_back(
    {3, "refused", cause::refused_limit, 0, "005930", "MAX SUBSCRIBE", {}, {}});
  CAF_CHECK(is(verdict::recording, cause::refused_limit));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(says("1 of 2 refused (refused_limit): 005930 H0STCNT0"));
  CAF_CHECK(says("1 of 2 registrations live"));
  CAF_CHECK(has("refused", "cause", std::string{"refused_limit"}));
  CAF_CHECK(has("refused", "count", uint64_t{1}));
}

CAF_TEST(a silent symbol is a warning and no failure) {
  set(1, "silent");
  CAF_CHECK(is(verdict::recording, cause::none));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(says("1 of 2 silent: 005930 H0STCNT0"));
  CAF_CHECK(has("silent", "of", uint64_t{2}));
}

CAF_TEST(a symbol that is still registering is a warning) {
  set(2, "subscribing");
  CAF_CHECK(is(verdict::recording, cause::none));
  CAF_CHECK(judge(o).warns);
  CAF_CHECK(has("registering", "count", uint64_t{1}));
}

CAF_TEST(three slots are named and no more) {
  o.sessions[0].slots.resize(9);
  for (size_t i = 0; i < 9; ++i)
    set(i, i < 4 ? "live" : "silent");
  using names = std::vector<std::string>;
  std::string one = "005930 H0STCNT0";
  CAF_CHECK(has("silent", "names", names{one, one, one, "…"}));
  for (size_t i = 7; i < 9; ++i)
    set(i, "live");
  CAF_CHECK(has("silent", "names", names{one, one, one}));
}

// -- silence ------------------------------------------------------------------

CAF_TEST(silence in trading hours is named after a minute) {
  stop_data(60 * s);
  CAF_CHECK(is(verdict::recording, cause::none));
  stop_data(60 * s + 1);
  CAF_CHECK(is(verdict::not_recording, cause::connected_but_silent));
  CAF_CHECK(says("no record for 60 s"));
}

CAF_TEST(silence begins with the connection) {
  stop_data(500 * s);
  connection().since_us = o.now_us - 60 * s;
  CAF_CHECK(is(verdict::recording, cause::none));
  connection().since_us = o.now_us - 60 * s - 1;
  CAF_CHECK(is(verdict::not_recording, cause::connected_but_silent));
}

CAF_TEST(silence begins with the opening) {
  stop_data(50'000 * s);
  o.market_since_us = o.now_us - 60 * s;
  CAF_CHECK(is(verdict::recording, cause::none));
  o.market_since_us = o.now_us - 60 * s - 1;
  CAF_CHECK(is(verdict::not_recording, cause::connected_but_silent));
}

CAF_TEST(a session that never had a record is silent from its begin) {
  stop_data(0);
  o.last_record_us.reset();
  connection().since_us = o.now_us - 61 * s;
  CAF_CHECK(is(verdict::not_recording, cause::connected_but_silent));
}

CAF_TEST(a busy feed that brings nothing is a warning within seconds) {
  // As the connection's detector names it: a second ago there was data.
  connection().silence = feed_silence{1, 498};
  o.sessions[0].silent_for_us = 4 * s;
  CAF_CHECK(is(verdict::recording, cause::connected_but_silent));
  auto v = judge(o);
  CAF_CHECK(v.warns && v.ready());
  CAF_CHECK_EQUAL(kinds(), "silence rates");
  CAF_CHECK(has("silence", "seconds", uint64_t{4}));
  CAF_CHECK(has("silence", "per_s_before", 498.0));
  CAF_CHECK(says("no record for 4 s after 498/s"));
}

CAF_TEST(that silence is no recording past the patience of the feed) {
  stop_data(20 * s);
  connection().silence = feed_silence{1, 0.4};
  connection().data_silence_us = 20 * s;
  o.sessions[0].silent_for_us = 20 * s;
  CAF_CHECK(is(verdict::recording, cause::connected_but_silent));
  o.sessions[0].silent_for_us = 20 * s + 1;
  CAF_CHECK(is(verdict::not_recording, cause::connected_but_silent));
  CAF_CHECK(says("no record for 20 s after 0.4/s"));
  CAF_CHECK_EQUAL(kinds(), "silence");
}

CAF_TEST(a patient feed is not silent after a minute) {
  stop_data(300 * s);
  connection().data_silence_us = 300 * s;
  CAF_CHECK(is(verdict::recording, cause::none));
  stop_data(300 * s + 1);
  CAF_CHECK(is(verdict::not_recording, cause::connected_but_silent));
  CAF_CHECK_EQUAL(kinds(), "no_record");
}

CAF_TEST(a session after a silent one does not end the silence) {
  stop_data(75 * s);
  connection().since_us = o.now_us - 10 * s;
  CAF_CHECK(is(verdict::recording, cause::none));
  connection().last_cause = cause::connected_but_silent;
  CAF_CHECK(is(verdict::not_recording, cause::connected_but_silent));
  CAF_CHECK(says("no record for 75 s"));
  // Data does.
  o.last_record_us = o.now_us - s;
  CAF_CHECK(is(verdict::recording, cause::none));
}

CAF_TEST(patience is a setting) {
  patience p;
  p.silence_us = 5 * s;
  stop_data(6 * s);
  CAF_CHECK(judge(o, p).state == verdict::not_recording);
  p.unacked_us = 1 * s;
  o.unacked_age_ms = 1'001;
  CAF_CHECK(judge(o, p).why == cause::io_error);
}

CAF_TEST(every state has its word) {
  CAF_CHECK_EQUAL(to_string(verdict::recording), "recording");
  CAF_CHECK_EQUAL(to_string(verdict::starting), "starting");
  CAF_CHECK_EQUAL(to_string(verdict::market_closed), "market_closed");
  CAF_CHECK_EQUAL(to_string(verdict::not_recording), "not_recording");
  CAF_CHECK_EQUAL(to_string(verdict::stopping), "stopping");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
