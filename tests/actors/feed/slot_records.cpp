#define CAF_SUITE actors_feed_slot_records
#include "actors/feed/slot_fixture.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::slot_test;

CAF_TEST_FIXTURE_SCOPE(slot_records_tests, fixture)

// -- numbers ------------------------------------------------------------------

CAF_TEST(ticks are numbered through all batches of a session) {
  start();
  receive({trade(1), trade(2)});
  receive({trade(3)});
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2 3");
}

CAF_TEST(a new session numbers from one and the former is not forgotten) {
  start();
  receive({trade(1), trade(2)});
  begin_session(2);
  receive({trade(3)});
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2; s2: 1");
  restart_writer(dataset::scalp);
  CAF_CHECK_EQUAL(writer_of(dataset::scalp).open.size(), 2u);
  acknowledge_all();
  CAF_CHECK_EQUAL(counters().persisted.value(), 3u);
}

CAF_TEST(a line says where it belongs) {
  start();
  receive({trade(1)});
  auto all = lines(dataset::scalp);
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  auto& line = all[0];
  CAF_CHECK(line["timestamp"] == "2026-09-14T10:00:00.000000+09:00");
  CAF_CHECK(line["session_id"] == "run-s1");
  CAF_CHECK(line["slot"] == slot_number);
  CAF_CHECK(line["symbol"] == "005930");
}

CAF_TEST(the records of an hour go to one file) {
  at("2026-09-14", "10:59:59.999999");
  start();
  auto b = make_batch({trade(1), trade(2)}, samsung);
  b->records[1].received_us += 1;
  hand_on(b);
  sched.run();
  CAF_CHECK_EQUAL(writer_of(dataset::scalp).got.size(), 2u);
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2");
}

CAF_TEST(the first tick of each minute is announced) {
  start();
  for (int second = 0; second < 130; second += 10) {
    receive({trade(static_cast<uint64_t>(second) + 1)});
    clock->us += 10 * us_per_second;
  }
  int announced = 0;
  for (auto& b : writer_of(dataset::scalp).got)
    announced += b->announce_price == "70000";
  CAF_CHECK_EQUAL(announced, 3);
}

CAF_TEST(quotes are written and have no volume to check) {
  mine().wanted = samsung_quotes;
  start();
  receive({quote(), quote()}, samsung_quotes);
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2");
  CAF_CHECK_EQUAL(gaps(), "");
}

// -- bad records --------------------------------------------------------------

CAF_TEST(a bad record is rejected alone and kept with its raw text) {
  start();
  receive({trade(1), bad_trade(2), trade(3)});
  CAF_CHECK_EQUAL(volumes(), "1 3");
  auto rejects = lines(dataset::quarantine);
  CAF_REQUIRE_EQUAL(rejects.size(), 1u);
  CAF_CHECK(rejects[0]["reason"] == "bad_time");
  CAF_CHECK(rejects[0]["raw"] == bad_trade(2));
  auto reason = static_cast<size_t>(reject_reason::bad_time);
  CAF_CHECK_EQUAL(counters().rejected[reason].value(), 1u);
  CAF_CHECK_EQUAL(counters().rejected_total(), 1u);
  auto shown = memory->board->rejects.newest(9);
  CAF_REQUIRE_EQUAL(shown.size(), 1u);
  CAF_CHECK(shown[0].reason == reject_reason::bad_time);
  CAF_CHECK_EQUAL(shown[0].raw, bad_trade(2));
  CAF_CHECK_EQUAL(shown[0].symbol, "005930");
}

CAF_TEST(rejected records are not counted as persisted) {
  start();
  receive({bad_trade(1), trade(2)});
  acknowledge_all();
  CAF_CHECK_EQUAL(counters().persisted.value(), 1u);
  CAF_CHECK_EQUAL(counters().unacked.value(), 0u);
  CAF_CHECK_EQUAL(memory->budget->used(), 0u + in().outstanding.front()->bytes);
}

CAF_TEST(a rejected record says its cause and symbol) {
  start();
  receive({bad_trade(2)});
  auto kept = lines(dataset::quarantine);
  CAF_REQUIRE_EQUAL(kept.size(), 1u);
  CAF_CHECK_EQUAL(kept[0]["cause"], "parse_rejected");
  CAF_CHECK_EQUAL(kept[0]["symbol"], "005930");
}

CAF_TEST(rejects past the budget are counted and told with their symbol) {
  quarantine_bounds bounds;
  bounds.minute_bytes = 20'000;
  memory->quarantine = std::make_shared<quarantine_budget>(bounds);
  start();
  std::vector<std::string> texts(500, bad_trade(2));
  receive(texts);
  CAF_CHECK_EQUAL(counters().rejected_total(), 500u);
  auto shed = memory->counters->quarantine_shed.value();
  CAF_CHECK(shed > 400u);
  CAF_CHECK_EQUAL(lines(dataset::quarantine).size(), 500 - shed);
  pass(std::chrono::seconds{2});
  uint64_t told = 0;
  auto kept = lines(dataset::quarantine);
  for (auto& line : kept)
    told += line["records"].get<uint64_t>();
  CAF_CHECK_EQUAL(told, 500u);
  CAF_CHECK(kept.back()["symbol"] == "005930");
  CAF_CHECK(kept.back()["reason"] == "bad_time");
  // Later ones are told at the end.
  receive(texts);
  stop();
  told = 0;
  for (auto& line : lines(dataset::quarantine))
    told += line["records"].get<uint64_t>();
  CAF_CHECK_EQUAL(told, 1'000u);
}

CAF_TEST(a record of two MiB makes lines that a reader takes) {
  start();
  receive({trade(1), "005930^" + std::string(2 << 20, '9')});
  acknowledge_all();
  for (auto& b : writer_of(dataset::quarantine).got)
    CAF_CHECK(b->text.size() < 1u << 20);
  for (auto& b : writer_of(dataset::system).got)
    CAF_CHECK(b->text.size() < 10'000u);
}

// -- widths -------------------------------------------------------------------

CAF_TEST(a new width is told once with a record of it) {
  start();
  receive({trade(1), trade(2)});
  CAF_CHECK(events("width_changed").empty());
  receive({trade(3, 1, 47), trade(4, 1, 47), trade(5), trade(6, 1, 47)});
  auto told = events("width_changed");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(told[0]["cause"] == "width_changed");
  auto detail = told[0]["detail"].get<std::string>();
  CAF_CHECK(detail.find("47 values a record, 46 before") != detail.npos);
  CAF_CHECK(detail.find(trade(3, 1, 47)) != detail.npos);
}

CAF_TEST(records of many widths are no flood of events) {
  start();
  receive({trade(1)});
  for (uint32_t width = 47; width < 200; ++width)
    receive({trade(width - 45, 1, width)});
  CAF_CHECK(events("width_changed").size() < 40u);
}

// -- days -----------------------------------------------------------------------

/// A trade that says of which day it is.
std::string dated(std::string trade, const std::string& date) {
  size_t at = 0;
  for (int separators = 0; separators < 33; ++at)
    separators += trade[at] == '^';
  return trade.replace(at, 1, date);
}

std::string date_of(const json& line) {
  return line.value("business_date", "");
}

CAF_TEST(volume goes on over a clock that is set over midnight) {
  at("2026-09-14", "23:59:50.000000");
  start();
  receive({dated(trade(1), "20260914"), dated(trade(2), "20260914")});
  at("2026-09-15", "00:00:10.000000");
  receive({dated(trade(3), "20260914"), dated(trade(7), "20260914")});
  CAF_CHECK_EQUAL(gaps(), "exchange_gap 3 shares");
  at("2026-09-14", "12:00:00.000000");
  receive({dated(trade(8), "20260914"), dated(trade(10), "20260914")});
  CAF_CHECK_EQUAL(gaps(), "exchange_gap 3 shares, exchange_gap 1 shares");
  auto all = lines(dataset::scalp);
  CAF_CHECK_EQUAL(date_of(all[1]), "");
  CAF_CHECK_EQUAL(date_of(all[2]), "20260914");
  CAF_CHECK_EQUAL(date_of(all[5]), "");
  auto& next_day = writer_of(dataset::scalp).got[1];
  CAF_CHECK(next_day->last_day == parse_korean_date("20260914"));
}

CAF_TEST(the volume of a day begins anew whatever our clock says) {
  at("2026-09-14", "15:00:00.000000");
  start();
  receive({dated(trade(1000), "20260914")});
  // Our clock is behind: it is the next day in Korea.
  receive({dated(trade(50, 50), "20260915"), dated(trade(60, 10), "20260915"),
           dated(trade(75, 10), "20260915")});
  CAF_CHECK_EQUAL(gaps(), "exchange_gap 5 shares");
}

CAF_TEST(a record of the day before joins its own day) {
  at("2026-09-14", "23:59:59.000000");
  start();
  receive({dated(trade(1000), "20260914")});
  at("2026-09-15", "00:00:01.000000");
  receive({dated(trade(10, 10), "20260915")});
  receive({dated(trade(1003), "20260914")}); // 2 are missing of the 14th
  receive({dated(trade(11), "20260915")});
  CAF_CHECK_EQUAL(gaps(), "exchange_gap 2 shares");
  CAF_CHECK_EQUAL(date_of(lines(dataset::scalp)[2]), "20260914");
}

CAF_TEST(a damaged date is no new day) {
  at("2026-09-14", "15:00:00.000000");
  start();
  receive({dated(trade(5), "20260914"), dated(trade(6), "20260924"),
           dated(trade(7), "2026o914"), dated(trade(8), "20260914")});
  CAF_CHECK_EQUAL(gaps(), "");
  for (auto& line : lines(dataset::scalp))
    CAF_CHECK_EQUAL(date_of(line), "");
  // One that does not join stands alone, and the next says what is missing.
  receive({dated(trade(20), "20260924"), dated(trade(21), "20260914")});
  CAF_CHECK_EQUAL(gaps(), "exchange_gap 12 shares");
  CAF_CHECK_EQUAL(date_of(lines(dataset::scalp)[4]), "20260924");
}

CAF_TEST(a day that two others followed has no past any more and says so) {
  at("2026-09-14", "15:00:00.000000");
  start();
  receive({dated(trade(100), "20260914"), dated(trade(50, 50), "20260911"),
           dated(trade(70, 70), "20260910"), dated(trade(60), "20260911"),
           dated(trade(101), "20260914"), dated(trade(75), "20260910")});
  // Nine shares before 60 are gone with the past of the 11th.
  CAF_CHECK_EQUAL(gaps(), "exchange_gap 4 shares");
  auto all = lines(dataset::scalp);
  CAF_CHECK_EQUAL(all[3].value("doubt", json{}).dump(), R"(["tick","volume"])");
  CAF_CHECK(!all[4].contains("doubt"));
}

CAF_TEST(the past that an earlier run left has a day of its own) {
  at("2026-09-15", "00:10:00.000000");
  memory->baselines[{"H0STCNT0", "005930"}]
    = {100, clock->us, parse_korean_date("20260914")};
  start();
  receive({dated(trade(111), "20260914")});
  CAF_CHECK_EQUAL(gaps(), "daemon_down 10 shares");
}

// -- crashes ------------------------------------------------------------------

CAF_TEST(a slot that crashed goes on where it was) {
  start();
  receive({trade(1), trade(2)});
  crash();
  receive({trade(3)});
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2 3");
  CAF_CHECK_EQUAL(gaps(), "");
  acknowledge_all();
  CAF_CHECK_EQUAL(counters().persisted.value(), 3u);
}

CAF_TEST(batches that come again are taken once) {
  start();
  receive({trade(1), trade(2)});
  auto again = in().outstanding.front();
  caf::anon_send(slot_handle, again);
  sched.run();
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2");
  CAF_CHECK(is_conserved());
}

CAF_TEST(batches that a dead slot never saw come to its successor) {
  start();
  kill(slot_handle);
  sched.run();
  receive({trade(1)});
  receive({trade(2)});
  CAF_CHECK_EQUAL(ticks(), "");
  start();
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2");
  CAF_CHECK(is_conserved());
}

CAF_TEST(a crash between two records takes neither twice) {
  start();
  auto b = make_batch({trade(1), bad_trade(2), trade(3), trade(9)}, samsung);
  // The fourth record cannot be read for now.
  auto frames = std::make_shared<frame_batch>(*b->frames);
  auto whole = frames->bytes;
  frames->bytes.resize(b->records[3].offset - 1);
  b->frames = frames;
  in().shed_pending = 0;
  hand_on(b);
  sched.run();
  CAF_CHECK(!end().empty());
  CAF_CHECK(is_conserved());
  frames->bytes = whole;
  start();
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2 3");
  CAF_CHECK_EQUAL(volumes(), "1 3 9");
  CAF_CHECK_EQUAL(gaps(), "parse_rejected 1 shares, exchange_gap 5 shares");
  CAF_CHECK_EQUAL(lines(dataset::quarantine).size(), 1u);
  CAF_CHECK(is_conserved());
}

CAF_TEST(what was shed before a batch is noted once however often it comes) {
  start();
  receive({trade(1)});
  shed(4);
  auto b = make_batch({trade(6)}, samsung);
  auto frames = std::make_shared<frame_batch>(*b->frames);
  auto whole = std::exchange(frames->bytes, "");
  b->records[0].offset = 1; // behind the end
  b->frames = frames;
  hand_on(b);
  sched.run();
  CAF_CHECK(!end().empty());
  b->records[0].offset = 0;
  frames->bytes = whole;
  start();
  CAF_CHECK(lines(dataset::scalp)[1]["gap"]["records"] == 4);
}

/// Nothing can be done with the record, not even look at it.
void spoil(record_batch& b, size_t record) {
  b.records[record].offset = UINT32_MAX;
}

CAF_TEST(a record at which the slot died is rejected by its successor) {
  start();
  auto b = make_batch({trade(1), trade(2), trade(3)}, samsung);
  spoil(*b, 1);
  hand_on(b);
  sched.run();
  CAF_CHECK(!end().empty());
  start();
  CAF_CHECK(end().empty());
  CAF_CHECK_EQUAL(volumes(), "1 3");
  CAF_CHECK_EQUAL(gaps(), "parse_rejected 1 shares");
  auto rejects = lines(dataset::quarantine);
  CAF_REQUIRE_EQUAL(rejects.size(), 1u);
  CAF_CHECK_EQUAL(rejects[0]["reason"], "crashed");
  CAF_CHECK_EQUAL(rejects[0]["symbol"], "005930");
  auto detail = rejects[0]["detail"].get<std::string>();
  CAF_CHECK(!detail.empty() && detail.size() <= 120);
  CAF_CHECK(is_conserved());
}

CAF_TEST(many records at which the slot fails cost one death) {
  start();
  std::vector<std::string> records;
  for (uint64_t i = 1; i <= 200; ++i)
    records.push_back(trade(i));
  auto b = make_batch(records, samsung);
  for (size_t i = 0; i < records.size(); i += 2)
    spoil(*b, i);
  hand_on(b);
  sched.run();
  CAF_CHECK(!end().empty());
  start();
  CAF_CHECK(end().empty());
  CAF_CHECK_EQUAL(lines(dataset::scalp).size(), 100u);
  auto reason = static_cast<size_t>(reject_reason::crashed);
  CAF_CHECK_EQUAL(counters().rejected[reason].value(), 100u);
  CAF_CHECK(is_conserved());
}

CAF_TEST(another slot does not die of what one has died of) {
  memory->careful_until_us = clock->steady_us() + us_per_second;
  start();
  auto b = make_batch({trade(1), trade(2)}, samsung);
  spoil(*b, 0);
  hand_on(b);
  sched.run();
  CAF_CHECK(end().empty());
  CAF_CHECK_EQUAL(volumes(), "2");
}

CAF_TEST(a batch at which the slot dies before any record is given up) {
  start();
  receive({trade(4)});
  // What three deaths at its beginning leave.
  mine().attempted_batch = in().routed + 1;
  mine().batch_attempts = 3;
  receive({trade(5), trade(6)});
  CAF_CHECK_EQUAL(counters().shed.value(), 2u);
  auto why = static_cast<size_t>(cause::actor_restarted);
  CAF_CHECK_EQUAL(memory->counters->shed_by_cause[why].value(), 2u);
  CAF_CHECK(is_conserved());
  receive({trade(7)});
  CAF_CHECK_EQUAL(volumes(), "4 7");
  CAF_CHECK_EQUAL(gaps(), "actor_restarted 2 shares");
  CAF_CHECK(lines(dataset::scalp)[1]["gap"]["records"] == 2);
}

CAF_TEST(a batch that comes before one that was not sent waits for it) {
  start();
  auto first = make_batch({trade(1)}, samsung);
  first->number = ++in().routed;
  counters().handed.add(1);
  in().outstanding.push_back(first);
  in().routed_total.store(in().routed);
  receive({trade(2)});
  CAF_CHECK_EQUAL(ticks(), "");
  for (auto& b : std::vector{in().outstanding})
    caf::anon_send(slot_handle, record_batch_ptr{b});
  sched.run();
  CAF_CHECK_EQUAL(volumes(), "1 2");
  CAF_CHECK(is_conserved());
}

// -- doubt --------------------------------------------------------------------

namespace {

/// A trade at 1,000 won in which all is as it should be.
std::string sound_trade(uint64_t accumulated, uint64_t value,
                        uint64_t volume = 1, uint32_t width = 47) {
  auto at = [](uint32_t i) -> std::string {
    switch (i) {
      case 0:
        return "005930";
      case 1:
        return "100000";
      case 2:
      case 7:
      case 8:
      case 9:
        return "1000";
      case 21:
        return "1";
      case 24:
      case 27:
      case 30:
        return "090000";
      case 33:
        return "20260914";
      case 34:
        return "20";
      case 35:
        return "N";
      case 42:
        return "123.39";
      case 44:
        return "";
      case 45:
        return "1000";
      case 46:
        return "2";
      default:
        return "0";
    }
  };
  std::string out;
  for (uint32_t i = 0; i < width; ++i) {
    out += (i == 0 ? "" : "^");
    out += i == 12 ? std::to_string(volume)
           : i == 13 ? std::to_string(accumulated)
           : i == 14 ? std::to_string(value)
                     : at(i);
  }
  return out;
}

} // namespace

CAF_TEST(a width that is not known is told at once and the record is kept) {
  start();
  auto wide = sound_trade(100, 100'000, 1, 48);
  receive({wide});
  auto told = events("width_unknown");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0]["cause"], "width_changed");
  auto line = lines(dataset::scalp).back();
  CAF_CHECK_EQUAL(line["doubt"], json::array({"width"}));
  CAF_CHECK_EQUAL(line["raw"], wide);
  CAF_CHECK_EQUAL(line["volume"]["accumulated"], 100);
  receive({sound_trade(101, 101'000, 1, 48)});
  CAF_CHECK_EQUAL(events("width_unknown").size(), 1u);
  CAF_CHECK_EQUAL(counters().doubted.value(), 2u);
  CAF_CHECK_EQUAL(counters().misplaced.value(), 0u);
  CAF_CHECK_EQUAL(memory->counters
                    ->doubts[static_cast<size_t>(kis::doubt::width)]
                    .value(),
                  2u);
  // And again in another registration.
  order(assign{hynix});
  receive({trade(5, 1, 48, "000660")}, hynix);
  CAF_CHECK_EQUAL(events("width_unknown").size(), 2u);
}

CAF_TEST(a value that was put in is told as another layout) {
  start();
  auto shifted = sound_trade(100, 100'000);
  // Before column 36.
  size_t at = 0;
  for (int i = 0; i < 36; ++i)
    at = shifted.find('^', at) + 1;
  shifted.insert(at, "4711^");
  receive({shifted});
  auto doubts = lines(dataset::scalp).back()["doubt"];
  CAF_CHECK_EQUAL(doubts[0], "width");
  CAF_CHECK(doubts.size() > 1u);
  CAF_CHECK_EQUAL(counters().misplaced.value(), 1u);
  auto told = events("doubt");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0]["cause"], "layout_changed");
}

CAF_TEST(a volume in doubt is no past and no gap) {
  start();
  receive({sound_trade(1'000, 1'000'000)});
  receive({sound_trade(639'490'152'600'760'838, 1'001'000)});
  receive({sound_trade(1'002, 1'002'000)});
  CAF_CHECK_EQUAL(gaps(), "");
  CAF_CHECK_EQUAL(counters().missing_shares.value(), 0u);
  CAF_CHECK_EQUAL(counters().received.value(), 3u);
  auto all = lines(dataset::scalp);
  CAF_REQUIRE_EQUAL(all.size(), 3u);
  CAF_CHECK_EQUAL(all[1]["doubt"], json::array({"volume", "average"}));
  CAF_CHECK_EQUAL(all[1]["volume"]["accumulated"],
                  639'490'152'600'760'838u);
  CAF_CHECK(!all[0].contains("doubt") && !all[2].contains("doubt"));
  CAF_CHECK(!all[2].contains("raw"));
  // What a manifest says of the last tick goes by the same rule.
  auto& batches = writer_of(dataset::scalp).got;
  CAF_CHECK(batches[1]->last_accumulated == 1'001u);
  // It survives a crash.
  receive({sound_trade(5'000, 1'003'000)});
  crash();
  receive({sound_trade(1'004, 1'004'000)});
  CAF_CHECK_EQUAL(gaps(), "");
}

CAF_TEST(a hole before a volume in doubt is told by the tick after it) {
  start();
  receive({sound_trade(1'000, 1'000'000)});
  receive({bad_trade(1'010)});
  receive({sound_trade(9'999, 1'011'000)});
  receive({sound_trade(1'012, 1'012'000)});
  CAF_CHECK_EQUAL(gaps(), "parse_rejected 10 shares");
}

CAF_TEST(each doubt of a registration is an event once) {
  start();
  receive({sound_trade(1'000, 1'000'000)});
  for (uint64_t i = 1; i < 10; ++i) {
    receive({sound_trade(5'000 + 7 * i, 1'000'000 + 2'000 * i - 1'000)});
    receive({sound_trade(1'000 + 2 * i, 1'000'000 + 2'000 * i)});
  }
  CAF_CHECK_EQUAL(events("doubt").size(), 1u);
  CAF_CHECK_EQUAL(counters().doubted.value(), 9u);
  CAF_CHECK(is_conserved());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
