#define CAF_SUITE actors_feed_record_hole
#include "actors/feed/slot_fixture.hpp"

#include "test.hpp"

#include <algorithm>

namespace CAF_SUITE {

using namespace observer;
using namespace observer::slot_test;

// What a slot's lines and events tell of holes, and the bookkeeping by itself.

CAF_TEST_FIXTURE_SCOPE(record_hole_tests, fixture)

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

// -- by itself ----------------------------------------------------------------

CAF_TEST(the weightiest cause stays whatever came first) {
  const std::optional<tick_baseline> last{{100, clock->us}};
  std::vector<cause> causes{cause::none, cause::disconnected,
                            cause::parse_rejected, cause::shed_by_bound};
  std::sort(causes.begin(), causes.end());
  do {
    record_hole hole;
    for (auto why : causes)
      hole.note(why, 1);
    auto found = hole.check_volume(last, 108, 3, clock->us);
    CAF_REQUIRE(found.has_value());
    CAF_CHECK(found->why == cause::disconnected);
    CAF_CHECK_EQUAL(found->gap.missing_shares, 5);
    CAF_CHECK_EQUAL(found->gap.records, 4u);
  } while (std::next_permutation(causes.begin(), causes.end()));
}

CAF_TEST(a mark tells of the shed records that share its cause) {
  record_hole hole;
  hole.note_shed(cause::disk_full, 2);
  CAF_CHECK(hole.has_shed_unlike(cause::shed_by_bound));
  CAF_CHECK(!hole.has_shed_unlike(cause::disk_full));
  hole.marked(cause::disconnected);
  CAF_CHECK(hole.has_shed());
  hole.marked(cause::disk_full);
  CAF_CHECK(!hole.has_shed());
  CAF_CHECK(!hole.take_shed());
}

CAF_TEST(shed records leave the hole when they are told of) {
  record_hole hole;
  hole.note(cause::disconnected, 0);
  hole.note_shed(cause::shed_by_bound, 3);
  hole.note(cause::parse_rejected, 2);
  auto before = hole.uncounted();
  CAF_REQUIRE(before.has_value());
  CAF_CHECK_EQUAL(before->records, 2u);
  auto shed = hole.take_shed();
  CAF_REQUIRE(shed.has_value());
  CAF_CHECK(shed->why == cause::shed_by_bound);
  CAF_CHECK_EQUAL(shed->records, 3u);
  auto left = hole.uncounted();
  CAF_REQUIRE(left.has_value());
  CAF_CHECK(left->why == cause::disconnected);
  CAF_CHECK_EQUAL(left->records, 2u);
  hole.close();
  CAF_CHECK(!hole.uncounted());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
