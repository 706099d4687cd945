#define CAF_SUITE runtime_inspect_day_sum
#include "runtime/inspect/day_sum.hpp"

#include "messages/korean_time.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

int64_t at(const char* time) {
  return parse_timestamp(std::string{time} + ".000000+09:00").value();
}

struct fixture {
  void look(const char* time) {
    day.look(at(time), {received, received, 0, 0, 0, gaps, 0, 0});
  }
  day_counts so_far() {
    return day.of({received, received, 0, 0, 0, gaps, 0, 0});
  }

  day_sum day;
  uint64_t received = 0, gaps = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(day_sum_tests, fixture)

CAF_TEST(the first day counts from the start) {
  look("2026-09-14T08:00:00");
  received = 100;
  look("2026-09-14T15:00:00");
  CAF_CHECK_EQUAL(so_far().received, 100u);
  auto started_us = at("2026-09-14T07:59:00");
  CAF_CHECK_EQUAL(day.since_us(at("2026-09-14T15:00:00"), started_us),
                  started_us);
}

CAF_TEST(a day begins at midnight in Korea) {
  received = 100;
  gaps = 2;
  look("2026-09-14T23:59:59");
  look("2026-09-15T00:00:00");
  CAF_CHECK(!so_far().any());
  received = 130;
  gaps = 3;
  look("2026-09-15T09:00:00");
  CAF_CHECK_EQUAL(so_far().received, 30u);
  CAF_CHECK_EQUAL(so_far().gaps, 1u);
  CAF_CHECK_EQUAL(day.since_us(at("2026-09-15T09:00:00"), 1),
                  at("2026-09-15T00:00:00"));
}

CAF_TEST(what is missing of a TR begins anew with the day) {
  day_counts before, after;
  before.losses[2] = {3, 700, 1};
  after.losses[2] = {5, 750, 4};
  day.look(at("2026-09-14T23:59:59"), before);
  day.look(at("2026-09-15T00:00:00"), before);
  auto today = day.of(after).losses;
  CAF_CHECK_EQUAL(today[2].gaps, 2u);
  CAF_CHECK_EQUAL(today[2].missing_shares, 50u);
  CAF_CHECK_EQUAL(today[2].unknown, 3u);
  CAF_CHECK_EQUAL(today[0].gaps, 0u);
}

CAF_TEST(a day to which the clock was set counts from then) {
  received = 100;
  look("2026-09-14T10:00:00");
  look("2026-09-15T11:00:00");
  CAF_CHECK_EQUAL(so_far().received, 0u);
  CAF_CHECK_EQUAL(day.since_us(at("2026-09-15T12:00:00"), 1),
                  at("2026-09-15T11:00:00"));
}

CAF_TEST(the counts are those of all slots) {
  session_counters c;
  c.slots[3].received.add(5);
  c.slots[3].persisted.add(4);
  c.slots[3].shed.add(1);
  c.slots[3].missing_shares.add(77);
  c.other.received.add(2);
  c.other.rejected[1].add(2);
  c.gaps_by_cause[1].add(3);
  c.lost[0].add(6);
  c.disconnects.add(7);
  losses_by_tr losses;
  losses[0] = {1, 5, 2};
  auto n = counts_of(c, losses);
  CAF_CHECK_EQUAL(n.losses[0].missing_shares, 5u);
  CAF_CHECK_EQUAL(n.received, 7u);
  CAF_CHECK_EQUAL(n.persisted, 4u);
  CAF_CHECK_EQUAL(n.rejected, 2u);
  CAF_CHECK_EQUAL(n.shed, 1u);
  CAF_CHECK_EQUAL(n.missing_shares, 77u);
  CAF_CHECK_EQUAL(n.gaps, 3u);
  CAF_CHECK_EQUAL(n.lost, 6u);
  CAF_CHECK_EQUAL(n.disconnects, 7u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
