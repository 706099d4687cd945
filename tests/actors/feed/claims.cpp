#define CAF_SUITE actors_feed_claims
#include "actors/feed/claims.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

const registration trades{kis::tr::h0stcnt0, "005930"};
const registration quotes{kis::tr::h0stasp0, "005930"};

} // namespace

CAF_TEST(a registration belongs to one slot) {
  claims c;
  CAF_CHECK(!c.claim(1, trades));
  CAF_CHECK(c.claim(2, trades) == 1);
  CAF_CHECK(!c.of(2));
  CAF_CHECK(!c.claim(1, trades));
  CAF_CHECK(c.holder(trades) == 1);
}

CAF_TEST(trades and quotes of a symbol are two registrations) {
  claims c;
  CAF_CHECK(!c.claim(1, trades));
  CAF_CHECK(!c.claim(2, quotes));
}

CAF_TEST(a slot has one registration at a time) {
  claims c;
  c.claim(1, trades);
  c.claim(1, quotes);
  CAF_CHECK(!c.holder(trades));
  CAF_CHECK(!c.claim(2, trades));
  c.let_go(1);
  CAF_CHECK(!c.claim(2, quotes));
  CAF_CHECK(!c.holder(trades));
}

CAF_TEST(a claim that is refused leaves the slot what it had) {
  claims c;
  c.claim(1, trades);
  c.claim(2, quotes);
  CAF_CHECK(c.claim(2, trades) == 1);
  CAF_CHECK(c.of(2) == quotes);
}

} // namespace CAF_SUITE
