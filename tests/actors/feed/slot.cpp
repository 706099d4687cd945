#define CAF_SUITE actors_feed_slot
#include "actors/feed/slot_fixture.hpp"

#include "test.hpp"

using namespace observer;
using namespace observer::slot_test;

CAF_TEST_FIXTURE_SCOPE(slot_tests, fixture)

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
}

CAF_TEST(rejected records are not counted as persisted) {
  start();
  receive({bad_trade(1), trade(2)});
  acknowledge_all();
  CAF_CHECK_EQUAL(counters().persisted.value(), 1u);
  CAF_CHECK_EQUAL(counters().unacked.value(), 0u);
  CAF_CHECK_EQUAL(memory->budget->used(), 0u + in().outstanding.front()->bytes);
}

// -- gaps ---------------------------------------------------------------------

CAF_TEST(no gap is seen where the volume goes on) {
  start();
  receive({trade(100, 5), trade(107, 7)});
  receive({trade(108, 1)});
  CAF_CHECK_EQUAL(gaps(), "");
  CAF_CHECK_EQUAL(counters().gaps.value(), 0u);
}

CAF_TEST(missing shares mark the tick that ends the hole) {
  start();
  receive({trade(100), trade(108, 3)});
  CAF_CHECK_EQUAL(gaps(), "exchange_gap 5 shares");
  CAF_CHECK_EQUAL(counters().gaps.value(), 1u);
  CAF_CHECK_EQUAL(counters().missing_shares.value(), 5u);
  auto told = events("gap");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(told[0]["cause"] == "exchange_gap");
  CAF_CHECK(told[0]["missing_shares"] == 5);
  CAF_CHECK(told[0]["tick_seq"] == 2);
  CAF_CHECK(told[0]["symbol"] == "005930");
  auto& batch = *writer_of(dataset::scalp).got[0];
  CAF_REQUIRE_EQUAL(batch.gaps.size(), 1u);
  CAF_CHECK_EQUAL(batch.gaps[0].seq, 2u);
  CAF_CHECK(batch.gaps[0].why == cause::exchange_gap);
  CAF_CHECK_EQUAL(batch.gaps[0].missing_shares, 5);
}

CAF_TEST(a volume that goes back is a gap of less than nothing) {
  start();
  receive({trade(100), trade(90)});
  CAF_CHECK_EQUAL(gaps(), "exchange_gap -11 shares");
  CAF_CHECK_EQUAL(counters().missing_shares.value(), 0u);
}

CAF_TEST(a rejected record is the cause of its hole) {
  start();
  receive({trade(1), bad_trade(2), trade(3)});
  CAF_CHECK_EQUAL(gaps(), "parse_rejected 1 shares");
  CAF_CHECK(lines(dataset::scalp)[1]["gap"]["records"] == 1);
}

CAF_TEST(shed records are the cause of their hole) {
  start();
  receive({trade(1)});
  shed(4);
  receive({trade(6)});
  CAF_CHECK_EQUAL(gaps(), "shed_by_bound 4 shares");
  CAF_CHECK(lines(dataset::scalp)[1]["gap"]["records"] == 4);
}

CAF_TEST(shed quotes are told of although nothing counts their shares) {
  mine().wanted = samsung_quotes;
  start();
  receive({quote()}, samsung_quotes);
  CAF_CHECK(events("gap").empty());
  shed(3);
  receive({quote()}, samsung_quotes);
  auto told = events("gap");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0]["cause"], "shed_by_bound");
  CAF_CHECK_EQUAL(told[0]["records"], 3);
  CAF_CHECK_EQUAL(told[0]["symbol"], "005930");
  CAF_CHECK(!told[0].contains("tick_seq"));
  receive({quote()}, samsung_quotes);
  CAF_CHECK_EQUAL(events("gap").size(), 1u);
}

CAF_TEST(a hole in quotes is an event with both its times) {
  mine().wanted = samsung_quotes;
  start();
  receive({quote()}, samsung_quotes);
  tell(subscription_news::lost, cause::disconnected);
  begin_session(2);
  receive({quote()}, samsung_quotes);
  auto told = events("gap");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0]["cause"], "disconnected");
  CAF_CHECK(told[0].contains("from") && told[0].contains("to"));
  CAF_CHECK(!told[0].contains("records"));
}

CAF_TEST(what was shed before the first trade of a day is told of) {
  start();
  shed(3);
  receive({trade(6)});
  CAF_CHECK_EQUAL(gaps(), "");
  auto told = events("gap");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0]["records"], 3);
  receive({trade(7)});
  CAF_CHECK_EQUAL(events("gap").size(), 1u);
}

CAF_TEST(what was shed after the last tick is told of at the end) {
  start();
  receive({trade(1)});
  shed(3);
  receive({bad_trade(5)});
  stop();
  auto told = events("gap");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0]["records"], 3);
  CAF_CHECK(told[0].contains("from") && !told[0].contains("to"));
  acknowledge_all();
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a rejected record says its cause and symbol) {
  start();
  receive({bad_trade(2)});
  auto kept = lines(dataset::quarantine);
  CAF_REQUIRE_EQUAL(kept.size(), 1u);
  CAF_CHECK_EQUAL(kept[0]["cause"], "parse_rejected");
  CAF_CHECK_EQUAL(kept[0]["symbol"], "005930");
}

CAF_TEST(a lost session is the cause of its hole) {
  start();
  receive({trade(1)});
  tell(subscription_news::lost, cause::disconnected);
  begin_session(2);
  receive({trade(50)});
  CAF_CHECK_EQUAL(gaps(), "disconnected 48 shares");
}

CAF_TEST(of several causes the weightiest is named) {
  start();
  receive({trade(1), bad_trade(2)});
  tell(subscription_news::lost, cause::disconnected);
  begin_session(2);
  shed(1);
  receive({bad_trade(40), trade(50)});
  CAF_CHECK_EQUAL(gaps(), "disconnected 48 shares");
  CAF_CHECK(lines(dataset::scalp)[1]["gap"]["records"] == 2);
  // What was shed has its own cause.
  auto told = events("gap");
  CAF_REQUIRE_EQUAL(told.size(), 2u);
  CAF_CHECK(told[0]["cause"] == "shed_by_bound" && told[0]["records"] == 1);
  CAF_CHECK(told[1]["cause"] == "disconnected" && told[1]["records"] == 2);
}

CAF_TEST(a cause is used up by the next tick) {
  start();
  receive({trade(1), bad_trade(2), trade(3), trade(9)});
  CAF_CHECK_EQUAL(gaps(), "parse_rejected 1 shares, exchange_gap 5 shares");
}

CAF_TEST(the first tick of a day has no past) {
  start();
  receive({trade(1'000)});
  at("2026-09-15", "09:00:00.000000");
  receive({trade(70, 70)});
  CAF_CHECK_EQUAL(gaps(), "");
}

CAF_TEST(what an earlier run left on disk is the past of the first tick) {
  memory->baselines[{"H0STCNT0", "005930"}]
    = {100, clock->us - 60 * us_per_second};
  start();
  receive({trade(121)});
  CAF_CHECK_EQUAL(gaps(), "daemon_down 20 shares");
}

CAF_TEST(a registration that is taken up again has its own past) {
  memory->baselines[{"H0STCNT0", "005930"}] = {10, clock->us};
  start();
  receive({trade(11), trade(12)});
  receive({trade(500, 1, 46, "000660")}, hynix);
  receive({trade(20)}, samsung);
  CAF_CHECK_EQUAL(gaps(), "not_subscribed 7 shares");
}

CAF_TEST(a released registration leaves its past to other slots) {
  start();
  receive({trade(11), trade(12)});
  tell(subscription_news::released);
  auto left = memory->former.find(samsung);
  CAF_REQUIRE(left.has_value());
  CAF_CHECK_EQUAL(left->accumulated, 12u);
  receive({trade(20)});
  CAF_CHECK_EQUAL(gaps(), "not_subscribed 7 shares");
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

CAF_TEST(a record at which the slot crashed twice is rejected) {
  start();
  auto b = make_batch({trade(1), trade(2), trade(3)}, samsung);
  auto frames = std::make_shared<frame_batch>(*b->frames);
  auto whole = frames->bytes;
  frames->bytes.resize(b->records[1].offset - 1);
  b->frames = frames;
  hand_on(b);
  sched.run();
  CAF_CHECK(!end().empty());
  start();
  CAF_CHECK(!end().empty());
  frames->bytes = whole;
  start();
  CAF_CHECK(end().empty());
  CAF_CHECK_EQUAL(volumes(), "1 3");
  auto rejects = lines(dataset::quarantine);
  CAF_REQUIRE_EQUAL(rejects.size(), 1u);
  CAF_CHECK(rejects[0]["raw"] == trade(2));
  CAF_CHECK(is_conserved());
}

// -- writers ------------------------------------------------------------------

CAF_TEST(a writer that restarts is sent all that it has not acknowledged) {
  start();
  receive({trade(1)});
  receive({trade(2)});
  receive({trade(3)});
  acknowledge(dataset::scalp, 1);
  restart_writer(dataset::scalp);
  auto& open = writer_of(dataset::scalp).open;
  CAF_REQUIRE_EQUAL(open.size(), 2u);
  CAF_CHECK_EQUAL(open[0]->first_seq, 2u);
  CAF_CHECK_EQUAL(open[1]->first_seq, 3u);
}

CAF_TEST(a writer that misses something is sent all again) {
  start();
  receive({trade(1)});
  receive({trade(2)});
  writer_of(dataset::scalp).open.clear();
  caf::anon_send(slot_handle, resend_request{dataset::scalp});
  sched.run();
  CAF_CHECK_EQUAL(writer_of(dataset::scalp).open.size(), 2u);
}

CAF_TEST(lines wait for a writer that was never announced and are charged) {
  start_unannounced();
  announce_connection();
  receive({trade(1)});
  receive({trade(2)});
  trim();
  CAF_CHECK_EQUAL(ticks(), "");
  CAF_CHECK(memory->budget->used() > 300u);
  CAF_CHECK_EQUAL(counters().unacked.value(), 2u);
  announce_writer(dataset::scalp);
  CAF_CHECK_EQUAL(ticks(), "s1: 1 2");
  acknowledge_all();
  CAF_CHECK_EQUAL(counters().persisted.value(), 2u);
  CAF_CHECK_EQUAL(memory->budget->used(), 0u);
}

CAF_TEST(an acknowledgement is measured from the socket) {
  start();
  receive({trade(1), trade(2)});
  clock->us += 3'000;
  acknowledge_all();
  CAF_CHECK_EQUAL(memory->counters->ack_latency.count(), 2u);
  CAF_CHECK(memory->counters->ack_latency.quantile_us(0.5) >= 3'000);
  CAF_CHECK_EQUAL(counters().unacked_bytes.value(), 0u);
}

// -- registration -------------------------------------------------------------

CAF_TEST(a slot tells the connection what it wants) {
  start();
  CAF_REQUIRE_EQUAL(wishes.size(), 1u);
  CAF_CHECK(wishes[0] == samsung);
  order(assign{hynix});
  order(release{});
  CAF_REQUIRE_EQUAL(wishes.size(), 3u);
  CAF_CHECK(wishes[1] == hynix);
  CAF_CHECK(!wishes[2]);
}

CAF_TEST(the phases follow the news) {
  start();
  CAF_CHECK(phase() == slot_phase::subscribing);
  tell(subscription_news::sent);
  tell(subscription_news::on);
  CAF_CHECK(phase() == slot_phase::live);
  tell(subscription_news::lost, cause::disconnected);
  CAF_CHECK(phase() == slot_phase::subscribing);
  tell(subscription_news::refused, cause::refused_symbol);
  CAF_CHECK(phase() == slot_phase::refused);
  receive({trade(1)});
  CAF_CHECK(phase() == slot_phase::live);
  order(release{});
  CAF_CHECK(phase() == slot_phase::releasing);
  tell(subscription_news::released);
  CAF_CHECK(phase() == slot_phase::idle);
}

CAF_TEST(news are told of what is wanted and not of what was there before) {
  start();
  receive({trade(1)});
  order(assign{hynix});
  tell(subscription_news::refused, cause::refused_symbol, "no such symbol");
  auto told = events("refused");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(told[0]["symbol"] == "000660");
  CAF_CHECK(told[0]["cause"] == "refused_symbol");
  CAF_CHECK(told[0]["detail"] == "no such symbol");
}

// -- silence ------------------------------------------------------------------

CAF_TEST(a live slot without ticks in trading hours is silent and says so) {
  start();
  receive({trade(1)});
  pass(10s);
  CAF_CHECK(phase() == slot_phase::live);
  pass(10s);
  CAF_CHECK(phase() == slot_phase::silent);
  auto told = events("silent");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(told[0]["cause"] == "connected_but_silent");
  receive({trade(2)});
  CAF_CHECK(phase() == slot_phase::live);
}

CAF_TEST(nobody is silent outside the trading hours) {
  at("2026-09-14", "15:19:58.000000");
  start();
  receive({trade(1)});
  pass(60s);
  CAF_CHECK(phase() == slot_phase::live);
}

CAF_TEST(silence counts from the opening) {
  at("2026-09-14", "08:59:00.000000");
  start();
  tell(subscription_news::on);
  pass(68s);
  CAF_CHECK(phase() == slot_phase::live);
  pass(4s);
  CAF_CHECK(phase() == slot_phase::silent);
}

CAF_TEST(a slot that is not registered is not silent) {
  start();
  pass(60s);
  CAF_CHECK(phase() == slot_phase::subscribing);
}

// -- stop ---------------------------------------------------------------------

CAF_TEST(a slot quits when all that it has is durable) {
  start();
  receive({trade(1), bad_trade(2), trade(3)});
  stop();
  acknowledge(dataset::scalp);
  acknowledge(dataset::quarantine);
  CAF_CHECK_EQUAL(end(), "");
  acknowledge(dataset::system); // the gap
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a slot waits for what was routed to it and not yet looked at) {
  start();
  auto b = make_batch({trade(1)}, samsung);
  in().routed_total.store(1);
  stop();
  CAF_CHECK_EQUAL(end(), "");
  hand_on(b);
  sched.run();
  acknowledge_all();
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  CAF_CHECK_EQUAL(counters().persisted.value(), 1u);
}

CAF_TEST(a slot without records quits at once) {
  start();
  stop();
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a slot that must end for another reason waits for nothing) {
  start();
  receive({trade(1)});
  slot_handle->eq_impl(caf::make_message_id(), nullptr, nullptr,
                       caf::exit_msg{caf::actor_addr{},
                                     caf::make_error(caf::sec::runtime_error,
                                                     "a test")});
  sched.run();
  CAF_CHECK_EQUAL(end(), "a test");
}

CAF_TEST(an invalid slot quits with the problem) {
  config.slot = slots_per_session;
  start_unannounced();
  CAF_CHECK(end().find("a session has slots 0 to 40") != std::string::npos);
}

// -- conservation -------------------------------------------------------------

CAF_TEST(records are conserved at every step of a random schedule) {
  auto first = std::random_device{}();
  for (uint32_t seed = first; seed < first + 20; ++seed) {
    std::mt19937 random{seed};
    auto one_of = [&](uint32_t n) { return random() % n; };
    CAF_MESSAGE("seed " << seed);
    fixture f;
    f.start();
    uint64_t accumulated = 0, good = 0;
    uint32_t sessions = 1;
    auto fail = [&](const std::string& what) {
      CAF_ERROR("seed " << seed << ": " << what);
    };
    for (int step = 0; step < 400; ++step) {
      switch (one_of(14)) {
        case 0:
          f.crash();
          break;
        case 1:
          f.begin_session(++sessions);
          break;
        case 2:
          f.shed(1 + one_of(3));
          break;
        case 3:
          f.restart_writer(all_datasets[one_of(3)]);
          break;
        case 4:
          // Dead for a while: what is routed meanwhile comes again.
          f.kill(f.slot_handle);
          f.sched.run();
          break;
        case 5:
          f.tell(subscription_news::lost, cause::disconnected);
          break;
        case 6:
        case 7:
        case 8:
          f.acknowledge(all_datasets[one_of(3)], 1 + one_of(4));
          break;
        default: {
          std::vector<std::string> records;
          for (auto n = 1 + one_of(4); n > 0; --n) {
            ++accumulated;
            auto bad = one_of(8) == 0;
            records.push_back(bad ? bad_trade(accumulated)
                                  : trade(accumulated));
            good += !bad;
          }
          f.receive(records);
        }
      }
      f.clock->us += one_of(1'000'000);
      if (!f.is_conserved())
        fail("not conserved at step " + std::to_string(step));
    }
    f.crash();
    for (auto data : all_datasets)
      f.restart_writer(data);
    f.acknowledge_all();
    f.trim();
    if (f.counters().persisted.value() != good)
      fail("persisted " + std::to_string(f.counters().persisted.value())
           + " of " + std::to_string(good));
    if (f.lines(dataset::scalp).size() != good)
      fail("wrong lines");
    if (f.memory->budget->used() != 0 || f.counters().queued() != 0
        || f.counters().unacked.value() != 0)
      fail("something is held");
    f.stop();
    f.acknowledge_all(); // of a hole that no tick closed
    CAF_CHECK_EQUAL(f.end(), "asked to shut down");
  }
}

// -- the board ----------------------------------------------------------------

CAF_TEST(the board shows state and symbol and price) {
  auto& shown = memory->board->slots[slot_number];
  auto idle = shown.view();
  CAF_CHECK_EQUAL(idle.state, "idle");
  CAF_CHECK(!idle.what);
  start();
  auto begun = shown.view();
  CAF_CHECK_EQUAL(begun.state, "subscribing");
  CAF_CHECK(begun.what == samsung);
  CAF_CHECK(begun.price.empty());
  CAF_CHECK(!begun.last_tick_us);
  receive({trade(1), trade(2)});
  auto live = shown.view();
  CAF_CHECK_EQUAL(live.state, "live");
  CAF_CHECK_EQUAL(live.price, "70000");
  CAF_CHECK_EQUAL(live.last_tick_us.value_or(0), clock->us);
}

CAF_TEST(the board shows the oldest record that is not durable) {
  auto& shown = memory->board->slots[slot_number];
  start();
  receive({trade(1)});
  auto first_us = clock->us;
  clock->us += 5 * us_per_second;
  receive({trade(2)});
  auto both = shown.view();
  CAF_CHECK_EQUAL(both.oldest_unacked_us.value_or(0), first_us);
  acknowledge(dataset::scalp, 1);
  auto second = shown.view();
  CAF_CHECK_EQUAL(second.oldest_unacked_us.value_or(0), clock->us);
  acknowledge(dataset::scalp);
  auto none = shown.view();
  CAF_CHECK(!none.oldest_unacked_us);
}

CAF_TEST(what waits stays on the board when the slot restarts) {
  auto& shown = memory->board->slots[slot_number];
  start();
  receive({trade(1)});
  auto first_us = clock->us;
  clock->us += us_per_second;
  crash();
  auto after = shown.view();
  CAF_CHECK_EQUAL(after.oldest_unacked_us.value_or(0), first_us);
  CAF_CHECK(after.what == samsung);
  acknowledge_all();
  auto none = shown.view();
  CAF_CHECK(!none.oldest_unacked_us);
}

CAF_TEST(another registration begins with an empty board) {
  auto& shown = memory->board->slots[slot_number];
  start();
  gauges_of(caf::actor_cast<caf::abstract_actor*>(slot_handle))->watch(true);
  receive({trade(1)});
  CAF_CHECK_EQUAL(shown.ticks().size(), 1u);
  order(assign{hynix});
  auto next = shown.view();
  CAF_CHECK(next.what == hynix);
  CAF_CHECK(next.price.empty());
  CAF_CHECK(!next.last_tick_us);
  CAF_CHECK(shown.ticks().empty());
}

CAF_TEST(ticks are kept only while somebody looks and the newest twenty) {
  auto& shown = memory->board->slots[slot_number];
  start();
  receive({trade(1)});
  CAF_CHECK(shown.ticks().empty());
  gauges_of(caf::actor_cast<caf::abstract_actor*>(slot_handle))->watch(true);
  for (uint64_t i = 2; i <= 30; ++i)
    receive({trade(i)});
  auto kept = shown.ticks();
  CAF_REQUIRE_EQUAL(kept.size(), slot_board::ticks_max);
  CAF_CHECK_EQUAL(kept.front().accumulated, "11");
  CAF_CHECK_EQUAL(kept.back().accumulated, "30");
  CAF_CHECK_EQUAL(kept.back().price, "70000");
  CAF_CHECK_EQUAL(kept.back().execution_time, "100000");
}

CAF_TEST_FIXTURE_SCOPE_END()
