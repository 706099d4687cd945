#define CAF_SUITE actors_watch_live_board
#include "actors/watch/live_board.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(what is missing of two TRs is counted apart and never added) {
  recent_events events;
  auto gap = [&](std::string_view tr_id, std::optional<int64_t> shares) {
    events.add({.event = "gap", .tr_id = tr_id, .missing_shares = shares}, 0,
               1);
  };
  gap("H0STCNT0", 5);
  gap("H0UNCNT0", 12);
  gap("H0STCNT0", -100); // the broker's count went back: nothing is missing
  gap("H0STASP0", std::nullopt);
  gap("", 7); // about no registration
  events.add({.event = "shed", .tr_id = "H0STCNT0", .missing_shares = 9}, 0, 1);
  auto of = [&](kis::tr id) {
    return events.losses()[static_cast<size_t>(id)];
  };
  CAF_CHECK_EQUAL(of(kis::tr::h0stcnt0).gaps, 2u);
  CAF_CHECK_EQUAL(of(kis::tr::h0stcnt0).missing_shares, 5u);
  CAF_CHECK_EQUAL(of(kis::tr::h0uncnt0).missing_shares, 12u);
  CAF_CHECK_EQUAL(of(kis::tr::h0stasp0).gaps, 0u);
  CAF_CHECK_EQUAL(of(kis::tr::h0stasp0).unknown, 1u);
  CAF_CHECK_EQUAL(of(kis::tr::h0nxcnt0).gaps, 0u);
}

CAF_TEST(events that are no longer kept stay counted and each bears its TR) {
  recent_events events;
  for (size_t i = 0; i < recent_events::events_max + 10; ++i)
    events.add({.event = "gap", .tr_id = "H0NXCNT0", .missing_shares = 1}, 3,
               1);
  auto losses = events.losses();
  auto& loss = losses[static_cast<size_t>(kis::tr::h0nxcnt0)];
  CAF_CHECK_EQUAL(loss.gaps, recent_events::events_max + 10);
  auto newest = events.newest(1);
  CAF_CHECK_EQUAL(newest.at(0).tr_id, "H0NXCNT0");
}

} // namespace CAF_SUITE
