#define CAF_SUITE runtime_daemon_pulse
#include "test.hpp"

#include "runtime/daemon/pulse.hpp"

#include <future>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/supervision/measured_actor.hpp"
#include "messages/korean_time.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

constexpr auto second = us_per_second;

struct fixture {
  std::string look(uint64_t done, uint64_t waiting, int64_t step = second) {
    now += step;
    return life.look({{"feed/slot_3", done, waiting}}, now);
  }
  /// Looks of a second until something hangs, at most so many.
  int looks_until_told(uint64_t waiting, int most = 100) {
    for (int i = 1; i <= most; ++i)
      if (!look(7, waiting).empty())
        return i;
    return 0;
  }

  pulse life;
  int64_t now = 1'000 * second;
};

/// Holds its thread while it is told to.
struct blocked {
  static inline const char* name = "blocked";
};
caf::behavior blocker(measured_actor<blocked, caf::event_based_actor>*,
                      std::shared_future<void> end) {
  return {[end](uint64_t) { end.wait(); }};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(pulse_tests, fixture)

CAF_TEST(who has nothing to do never hangs) {
  CAF_CHECK_EQUAL(looks_until_told(0), 0);
}

CAF_TEST(who has work and does none of it hangs after ten seconds) {
  CAF_CHECK_EQUAL(looks_until_told(3), 11);
  CAF_CHECK_EQUAL(look(7, 3), "feed/slot_3 hangs: it has done nothing for 11 s,"
                              " and 3 wait");
}

CAF_TEST(one thing done is progress) {
  for (uint64_t i = 0; i < 100; ++i)
    CAF_CHECK_EQUAL(look(i / 5, 1'000), "");
}

CAF_TEST(it goes on and hangs anew) {
  looks_until_told(1);
  CAF_CHECK_EQUAL(look(8, 1), "");
  CAF_CHECK_EQUAL(looks_until_told(1), 11);
}

CAF_TEST(who was stopped himself calls nobody hanging) {
  CAF_CHECK_EQUAL(look(7, 1), "");
  for (int i = 0; i < 5; ++i)
    CAF_CHECK_EQUAL(look(7, 1, 3'600 * second), "");
}

CAF_TEST(a clock that goes back counts nothing) {
  look(7, 1);
  for (int i = 0; i < 100; ++i)
    CAF_CHECK_EQUAL(look(7, 1, -second), "");
}

CAF_TEST(one that was gone begins anew) {
  for (int i = 0; i < 8; ++i)
    look(7, 1);
  now += second;
  CAF_CHECK_EQUAL(life.look({}, now), "");
  CAF_CHECK_EQUAL(looks_until_told(1), 11);
}

CAF_TEST(the one that hangs longest is named) {
  std::string told;
  for (int i = 0; i < 20; ++i) {
    now += second;
    std::vector<part_progress> parts{{"early", 1, 1}};
    if (i > 3)
      parts.push_back({"late", 1, 1});
    told = life.look(parts, now);
  }
  CAF_CHECK_EQUAL(told.substr(0, told.find(':')), "early hangs");
}

CAF_TEST(an actor that blocks takes the sign of life away until it returns) {
  std::promise<void> go_on;
  auto end = go_on.get_future().share();
  caf::actor_system_config settings;
  settings.set("scheduler.max-threads", size_t{1});
  caf::actor_system system{settings};
  auto board = std::make_shared<actor_board>();
  board->show("guardian", {});
  auto stuck = system.spawn(blocker, end);
  board->began("guardian", stuck);
  caf::anon_send(stuck, uint64_t{1});
  auto told = [&] {
    std::string out;
    for (int i = 0; i < 12; ++i)
      out = life.look(progress_of(*board, "none"), now += second);
    return out;
  };
  CAF_CHECK_EQUAL(told().substr(0, 14), "guardian hangs");
  go_on.set_value();
  while (progress_of(*board, "none").front().waiting > 0)
    std::this_thread::yield();
  CAF_CHECK_EQUAL(told(), "");
}

CAF_TEST(timers that do not come are noticed by the one that lives on them) {
  caf::actor_system_config settings;
  caf::actor_system system{settings};
  std::promise<void> never;
  auto board = std::make_shared<actor_board>();
  board->show("guardian", {});
  board->began("guardian", system.spawn(blocker, never.get_future().share()));
  auto progress = progress_of(*board, "none");
  CAF_REQUIRE(!progress.empty());
  CAF_CHECK_EQUAL(progress.front().waiting, 0u);
  std::string told;
  for (int i = 0; i < 12; ++i)
    told = life.look(progress_of(*board, "guardian"), now += second);
  CAF_CHECK_EQUAL(told.substr(0, 14), "guardian hangs");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
