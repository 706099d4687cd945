#define CAF_SUITE actors_feed_slot_registration
#include "actors/feed/slot_fixture.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::slot_test;

CAF_TEST_FIXTURE_SCOPE(slot_registration_tests, fixture)

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

CAF_TEST(a slot is not assigned what another one has) {
  memory->claims.claim(7, hynix);
  start();
  order(assign{hynix});
  CAF_CHECK_EQUAL(wishes.size(), 1u);
  CAF_CHECK(mine().wanted == samsung);
  auto told = events("refused");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(told[0]["symbol"] == "000660");
  CAF_CHECK(told[0]["detail"].get<std::string>().starts_with("slot 7 has"));
}

CAF_TEST(an order that was lost with a life is taken up by the next) {
  start();
  kill(slot_handle);
  sched.run();
  memory->claims.claim(slot_number, hynix);
  start();
  CAF_CHECK(wishes.back() == hynix);
}

// -- the past of a registration -----------------------------------------------

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

CAF_TEST(a slot whose first record is rejected is not live) {
  start();
  receive({bad_trade(1'000)});
  CAF_CHECK(phase() == slot_phase::rejecting);
  auto view = memory->board->slots[slot_number].view();
  CAF_CHECK_EQUAL(view.state, "rejecting");
  CAF_CHECK(view.rejection.find("bad_time: column 1") == 0);
  CAF_CHECK(!view.last_tick_us);
  receive({trade(1'001)});
  CAF_CHECK(phase() == slot_phase::live);
}

CAF_TEST(a live slot is rejecting after three records in a row) {
  start();
  receive({trade(1'000)});
  receive({bad_trade(1'001), bad_trade(1'002), trade(1'003)});
  receive({bad_trade(1'004)});
  receive({bad_trade(1'005)});
  CAF_CHECK(phase() == slot_phase::live);
  receive({bad_trade(1'006)});
  CAF_CHECK(phase() == slot_phase::rejecting);
  // It counts over crashes.
  crash();
  receive({bad_trade(1'007)});
  CAF_CHECK(phase() == slot_phase::rejecting);
  receive({bad_trade(1'008), trade(1'009)});
  CAF_CHECK(phase() == slot_phase::live);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
