#define CAF_SUITE actors_feed_lane
#include "test.hpp"

#include "actors/feed/lane.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(lines before any connection belong to session number zero) {
  session_memory memory{"run", 1'000};
  CAF_CHECK_EQUAL(memory.first_session->id, "run-s0");
  CAF_CHECK_EQUAL(memory.first_session->number, 0u);
  for (auto& s : memory.slots)
    for (auto* box : {&s->ticks, &s->rejects, &s->events})
      CAF_CHECK(box->session() == memory.first_session);
  CAF_CHECK(memory.events->session() == memory.first_session);
  CAF_CHECK(memory.rejects->session() == memory.first_session);
}

CAF_TEST(all boxes of a session are charged to one budget) {
  session_memory memory{"run", 1'000};
  auto add = [](outbox& box) {
    box.open(0, std::nullopt).text += "x\n";
    box.line_added();
  };
  add(memory.slots[0]->ticks);
  add(memory.slots[40]->events);
  add(*memory.rejects);
  CAF_CHECK_EQUAL(memory.budget->used(), 6u);
}

CAF_TEST(a former tick is found by registration) {
  former_ticks ticks;
  ticks.put({kis::tr::h0stcnt0, "005930"}, {100, 1});
  auto found = ticks.find({kis::tr::h0stcnt0, "005930"});
  CAF_REQUIRE(found.has_value());
  CAF_CHECK_EQUAL(found->accumulated, 100u);
  CAF_CHECK(!ticks.find({kis::tr::h0uncnt0, "005930"}));
  CAF_CHECK(!ticks.find({kis::tr::h0stcnt0, "000660"}));
}

CAF_TEST(of two former ticks the newer stays) {
  former_ticks ticks;
  registration what{kis::tr::h0stcnt0, "005930"};
  ticks.put(what, {200, 2});
  ticks.put(what, {100, 1});
  auto found = ticks.find(what);
  CAF_REQUIRE(found.has_value());
  CAF_CHECK_EQUAL(found->accumulated, 200u);
  ticks.put(what, {300, 3});
  found = ticks.find(what);
  CAF_REQUIRE(found.has_value());
  CAF_CHECK_EQUAL(found->accumulated, 300u);
}

} // namespace CAF_SUITE
