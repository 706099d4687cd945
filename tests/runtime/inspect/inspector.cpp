#define CAF_SUITE runtime_inspect_inspector
#include "runtime/inspect/inspector.hpp"

#include <spdlog/spdlog.h>

#include "messages/korean_time.hpp"
#include "runtime/inspect/verdict.hpp"
#include "support/memory_file_system.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct hand_clock : wall_clock {
  int64_t now_us() const override {
    return wall_us;
  }
  int64_t steady_us() const override {
    return us;
  }
  void pass(int64_t by_us) {
    us += by_us;
    wall_us += by_us;
  }
  int64_t us = us_per_second;
  int64_t wall_us
    = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
};

/// A session of which slot 0 is live, looked at once a second.
struct fixture {
  fixture() {
    level = spdlog::get_level();
    inspected what;
    what.memory = memory;
    what.actors = std::make_shared<actor_board>();
    what.clock = clock;
    what.files = std::make_shared<test::memory_file_system>();
    what.syncs = syncs;
    looker.emplace(what, inspector::pace::caller);
    auto& slot = memory->board->slots[0];
    slot.set_registration(registration{kis::tr::h0stcnt0, "005930"});
    slot.set_state("live");
    memory->board->connection.set_phase("open", clock->wall_us);
    second(0);
  }
  ~fixture() {
    spdlog::set_level(level);
  }
  /// A second in which so many records came and reached the disk.
  void second(uint64_t records) {
    auto& slot = memory->counters->slots[0];
    slot.received.add(records);
    slot.persisted.add(records);
    if (records > 0)
      memory->board->slots[0].set_last("70000", clock->wall_us);
    clock->pass(us_per_second);
    looker->take_second();
  }
  double slot_rate() {
    return looker->observe().sessions[0].slots[0].ticks_per_s;
  }

  std::shared_ptr<hand_clock> clock = std::make_shared<hand_clock>();
  std::shared_ptr<session_memory> memory
    = std::make_shared<session_memory>("run", 1'000'000);
  std::shared_ptr<latency_histogram> syncs
    = std::make_shared<latency_histogram>();
  std::optional<inspector> looker;
  spdlog::level::level_enum level;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(inspector_tests, fixture)

CAF_TEST(the rate of a slot is that of the sum and falls to nothing with it) {
  for (int i = 0; i < 20; ++i)
    second(10);
  CAF_CHECK_EQUAL(slot_rate(), 10.0);
  for (int i = 0; i < 4; ++i) {
    second(0);
    auto o = looker->observe();
    CAF_CHECK_EQUAL(o.sessions[0].slots[0].ticks_per_s, o.received_per_s);
  }
  CAF_CHECK(slot_rate() > 0);
  second(0);
  CAF_CHECK_EQUAL(slot_rate(), 0.0);
}

CAF_TEST(a slot with a tick now and then has a rate) {
  for (int i = 0; i < 10; ++i)
    second(i == 8);
  CAF_CHECK_EQUAL(slot_rate(), 0.2);
}

CAF_TEST(a latency is none before it was measured) {
  auto before = looker->observe();
  CAF_CHECK(!before.ack_p50_us && !before.ack_p99_us);
  CAF_CHECK(!before.fsync_p50_us && !before.fsync_p99_us);
  memory->counters->ack_latency.add(1'000);
  syncs->add(0);
  auto after = looker->observe();
  CAF_CHECK(after.ack_p50_us.value_or(0) >= 1'000);
  CAF_CHECK_EQUAL(after.fsync_p99_us.value_or(7), 0);
}

CAF_TEST(the level of the log is a word that an order takes) {
  for (auto [level, word] : {std::pair{spdlog::level::trace, "trace"},
                             std::pair{spdlog::level::debug, "debug"},
                             std::pair{spdlog::level::info, "info"},
                             std::pair{spdlog::level::warn, "warning"},
                             std::pair{spdlog::level::err, "error"},
                             std::pair{spdlog::level::critical, "critical"}}) {
    spdlog::set_level(level);
    auto said = looker->observe().log_level;
    CAF_CHECK_EQUAL(said, word);
  }
}

CAF_TEST(a silence that the connection names lasts by the steady clock) {
  memory->board->connection.set_data_silence(20 * us_per_second);
  memory->board->connection.set_silence(feed_silence{clock->us, 498});
  clock->pass(7 * us_per_second);
  clock->wall_us += us_per_hour; // somebody sets the wall clock
  auto o = looker->observe();
  CAF_CHECK_EQUAL(o.sessions[0].silent_for_us.value_or(0), 7 * us_per_second);
  memory->board->connection.set_silence(std::nullopt);
  auto ended = looker->observe();
  CAF_CHECK(!ended.sessions[0].silent_for_us);
}

CAF_TEST(page and readiness turn amber and then red with the feed) {
  memory->board->connection.set_data_silence(20 * us_per_second);
  for (int i = 0; i < 10; ++i)
    second(500);
  CAF_CHECK(!judge(looker->observe()).warns);
  memory->board->connection.set_silence(feed_silence{clock->us, 500});
  for (int i = 0; i < 4; ++i)
    second(0);
  auto amber = judge(looker->observe());
  CAF_CHECK(amber.state == verdict::recording && amber.warns);
  CAF_CHECK(amber.why == cause::connected_but_silent);
  CAF_CHECK(amber.text.find("no record for 4 s after 500/s")
            != std::string::npos);
  for (int i = 0; i < 17; ++i)
    second(0);
  auto red = judge(looker->observe());
  CAF_CHECK(red.state == verdict::not_recording && !red.ready());
  CAF_CHECK(red.why == cause::connected_but_silent);
}

CAF_TEST(the day is summed and the history has its marks) {
  memory->counters->gaps_by_cause[1].add(2);
  memory->counters->slots[0].missing_shares.add(77);
  memory->counters->disconnects.add();
  second(30);
  auto o = looker->observe();
  CAF_CHECK_EQUAL(o.day.received, 30u);
  CAF_CHECK_EQUAL(o.day.gaps, 2u);
  CAF_CHECK_EQUAL(o.day.missing_shares, 77u);
  CAF_CHECK_EQUAL(o.day.disconnects, 1u);
  CAF_CHECK_EQUAL(o.day_since_us, o.started_us);
  auto h = looker->history_of(history_range::ten_minutes);
  CAF_CHECK_EQUAL(h.gaps.back().value_or(0), 2u);
  CAF_CHECK_EQUAL(h.disconnects.back().value_or(0), 1u);
}

CAF_TEST(rejected records are handed out newest first) {
  memory->board->rejects.add(1, reject_reason::bad_time, "005930", "H0STCNT0",
                             0, "old", "");
  memory->board->rejects.add(2, reject_reason::bad_time, "005930", "H0STCNT0",
                             0, "new", "");
  auto one = looker->rejects(1);
  CAF_REQUIRE_EQUAL(one.size(), 1u);
  CAF_CHECK_EQUAL(one[0].detail, "new");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
