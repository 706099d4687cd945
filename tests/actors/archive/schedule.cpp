#define CAF_SUITE actors_archive_schedule
#include "actors/archive/schedule.hpp"

#include "test.hpp"

#include "messages/korean_time.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

using outcome = backup_schedule::outcome;
constexpr int64_t minute = 60 * us_per_second;

int64_t at(const char* day_and_time) {
  return parse_timestamp(std::string{day_and_time} + ":00.000000+09:00").value();
}

/// A round that goes well, or fails.
void round(backup_schedule& s, int64_t wall, int64_t steady, bool all_done) {
  CAF_CHECK(s.due(wall, steady));
  s.begin(wall);
  s.end(all_done ? outcome::done : outcome::failed, steady);
}

} // namespace

CAF_TEST(a round is due at its time of the Korean day and once) {
  backup_schedule s{21 * 60};
  CAF_CHECK_EQUAL(s.round_at(at("2026-09-14T21:00")), at("2026-09-14T21:00"));
  CAF_CHECK_EQUAL(s.round_at(at("2026-09-14T20:59")), at("2026-09-13T21:00"));
  CAF_CHECK_EQUAL(s.round_at(at("2026-09-15T00:01")), at("2026-09-14T21:00"));
  round(s, at("2026-09-14T20:00"), minute, true); // what was missed
  CAF_CHECK(!s.due(at("2026-09-14T20:59"), 60 * minute));
  round(s, at("2026-09-14T21:00"), 61 * minute, true);
  CAF_CHECK(!s.due(at("2026-09-15T20:59"), 10'000 * minute));
  CAF_CHECK(s.due(at("2026-09-15T21:00"), 10'000 * minute));
}

CAF_TEST(what fails is tried again after five and fifteen minutes and then hourly) {
  backup_schedule s{21 * 60};
  auto wall = at("2026-09-14T21:00");
  round(s, wall, 0, false);
  CAF_CHECK(!s.due(wall + 5 * minute - 1, 5 * minute - 1));
  round(s, wall + 5 * minute, 5 * minute, false);
  CAF_CHECK(!s.due(wall + 15 * minute - 1, 15 * minute - 1));
  round(s, wall + 15 * minute, 15 * minute, false);
  CAF_CHECK(!s.due(wall + 75 * minute - 1, 75 * minute - 1));
  round(s, wall + 75 * minute, 75 * minute, true);
  CAF_CHECK(!s.due(wall + 200 * minute, 200 * minute));
}

CAF_TEST(a clock that is set makes a round too many and forgets none) {
  backup_schedule s{21 * 60};
  round(s, at("2026-09-14T22:00"), minute, true);
  round(s, at("2027-09-14T22:00"), 2 * minute, true); // a year ahead
  round(s, at("2026-09-14T22:05"), 3 * minute, true); // and back
  CAF_CHECK(!s.due(at("2026-09-15T20:59"), 4 * minute));
  CAF_CHECK(s.due(at("2026-09-15T21:00"), 5 * minute));
}

CAF_TEST(a machine that slept over its time catches up) {
  backup_schedule s{21 * 60};
  round(s, at("2026-09-14T21:00"), minute, true);
  round(s, at("2026-09-18T08:00"), 2 * minute, true);
}

CAF_TEST(a round whose day is not over goes on hourly and counts no failure) {
  backup_schedule s{21 * 60};
  auto wall = at("2026-09-14T21:00");
  s.begin(wall);
  s.end(outcome::waits, minute);
  CAF_CHECK_EQUAL(s.failures(), 0);
  CAF_CHECK(!s.due(wall + 60 * minute, 60 * minute));
  CAF_CHECK(s.due(wall + 61 * minute, 61 * minute));
  round(s, wall + 181 * minute, 181 * minute, true); // past midnight
  CAF_CHECK(!s.due(wall + 1'000 * minute, 1'000 * minute));
}

CAF_TEST(a new day begins its attempts anew) {
  backup_schedule s{21 * 60};
  auto wall = at("2026-09-14T21:00");
  for (int i = 0; i < 3; ++i) {
    s.begin(wall);
    s.end(outcome::failed, 0);
  }
  CAF_CHECK_EQUAL(s.failures(), 3);
  round(s, at("2026-09-15T21:00"), minute, false);
  CAF_CHECK_EQUAL(s.failures(), 1);
}

} // namespace CAF_SUITE
