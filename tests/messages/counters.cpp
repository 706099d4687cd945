#define CAF_SUITE messages_counters
#include "test.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "messages/counters.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

double ratio_of(const ledger_totals& t) {
  return t.ratio().value();
}

} // namespace

CAF_TEST(a counter goes up and down) {
  counter c;
  CAF_CHECK_EQUAL(c.value(), 0u);
  c.add();
  c.add(41);
  c.sub(2);
  CAF_CHECK_EQUAL(c.value(), 40u);
}

CAF_TEST(a counter loses nothing to another thread) {
  counter c;
  auto add = [&] {
    for (int i = 0; i < 100'000; ++i)
      c.add();
  };
  std::thread a{add}, b{add};
  a.join();
  b.join();
  CAF_CHECK_EQUAL(c.value(), 200'000u);
}

CAF_TEST(an empty histogram has no quantiles) {
  latency_histogram h;
  CAF_CHECK_EQUAL(h.count(), 0u);
  CAF_CHECK_EQUAL(h.quantile_us(0.99), 0);
}

CAF_TEST(a quantile is never below its duration and at most an eighth above) {
  for (int64_t us = 0; us < 2'000'000; us += 1 + us / 97) {
    latency_histogram h;
    h.add(us);
    auto bound = h.quantile_us(1.0);
    CAF_REQUIRE_GREATER_OR_EQUAL(bound, us);
    CAF_REQUIRE_LESS_OR_EQUAL(bound, us + us / 8);
  }
}

CAF_TEST(quantiles split many durations where they should) {
  latency_histogram h;
  h.add(100, 900);
  h.add(10'000, 90);
  h.add(1'000'000, 10);
  CAF_CHECK_EQUAL(h.count(), 1'000u);
  auto near = [](int64_t bound, int64_t us) {
    return bound >= us && bound <= us + us / 8;
  };
  CAF_CHECK(near(h.quantile_us(0.0), 100));
  CAF_CHECK(near(h.quantile_us(0.5), 100));
  CAF_CHECK(near(h.quantile_us(0.9), 100));
  CAF_CHECK(near(h.quantile_us(0.901), 10'000));
  CAF_CHECK(near(h.quantile_us(0.99), 10'000));
  CAF_CHECK(near(h.quantile_us(0.991), 1'000'000));
  CAF_CHECK(near(h.quantile_us(1.0), 1'000'000));
}

CAF_TEST(durations beyond the scale fall into its ends) {
  latency_histogram h;
  h.add(-5);
  CAF_CHECK_EQUAL(h.quantile_us(1.0), 0);
  h.add(INT64_MAX);
  CAF_CHECK_EQUAL(h.count(), 2u);
  CAF_CHECK_GREATER(h.quantile_us(1.0), 86'400'000'000);
}

CAF_TEST(the ledger sums every slot and what no slot claims) {
  auto c = std::make_unique<session_counters>();
  for (auto* s : {&c->slots[0], &c->slots[40], &c->other}) {
    s->received.add(100);
    s->persisted.add(60);
    s->rejected[static_cast<size_t>(reject_reason::bad_time)].add(3);
    s->rejected[static_cast<size_t>(reject_reason::garbage)].add(4);
    s->shed.add(5);
    s->handed.add(8);
    s->unacked.add(20);
  }
  auto totals = sum(*c);
  CAF_CHECK_EQUAL(totals.received, 300u);
  CAF_CHECK_EQUAL(totals.persisted, 180u);
  CAF_CHECK_EQUAL(totals.rejected, 21u);
  CAF_CHECK_EQUAL(totals.shed, 15u);
  CAF_CHECK_EQUAL(totals.in_flight, 84u);
  CAF_CHECK_EQUAL(totals.accounted(), totals.received);
}

CAF_TEST(a record that is lost shows in the ledger (F33)) {
  auto c = std::make_unique<session_counters>();
  c->slots[7].received.add(97'329);
  c->slots[7].persisted.add(116);
  auto totals = sum(*c);
  CAF_CHECK_EQUAL(totals.received - totals.accounted(), 97'213u);
  CAF_CHECK_LESS(ratio_of(totals), 0.002);
}

CAF_TEST(the ratio is what is on disk of what is decided) {
  // What was rejected is not recorded, whoever it was for.
  ledger_totals ten{.received = 10, .persisted = 8, .rejected = 2};
  CAF_CHECK_EQUAL(ratio_of(ten), 0.8);
  ledger_totals none{.received = 10, .rejected = 10};
  none.unclaimed = 10;
  CAF_CHECK_EQUAL(ratio_of(none), 0.0);
}

CAF_TEST(what is in flight is no loss) {
  ledger_totals whole{.received = 10, .persisted = 7, .in_flight = 3};
  CAF_CHECK_EQUAL(ratio_of(whole), 1.0);
}

CAF_TEST(there is no ratio before anything is decided) {
  CAF_CHECK(!ledger_totals{}.ratio());
  CAF_CHECK(!(ledger_totals{.received = 3, .in_flight = 3}).ratio());
}

CAF_TEST(a ratio that is read while records move is at most one) {
  ledger_totals ahead{.received = 10, .persisted = 9, .in_flight = 2};
  CAF_CHECK_EQUAL(ratio_of(ahead), 1.0);
  ledger_totals behind{.received = 1, .in_flight = 2};
  CAF_CHECK(!behind.ratio());
}

CAF_TEST(a sum tells what no slot claims) {
  auto c = std::make_unique<session_counters>();
  c->slots[1].received.add(5);
  c->slots[1].persisted.add(5);
  c->other.received.add(7);
  c->other.rejected[3].add(7);
  CAF_CHECK_EQUAL(sum(*c).unclaimed, 7u);
}

CAF_TEST(a budget is spent to the last byte and not beyond) {
  byte_budget budget{100};
  CAF_CHECK(budget.take(60));
  CAF_CHECK(!budget.take(41));
  CAF_CHECK_EQUAL(budget.used(), 60u);
  CAF_CHECK(budget.take(40));
  CAF_CHECK(!budget.take(1));
  budget.give(1);
  CAF_CHECK(budget.take(1));
  CAF_CHECK_EQUAL(budget.used(), budget.bytes_max());
}

CAF_TEST(what must be held is held beyond the bound and closes it) {
  byte_budget budget{100};
  budget.take_always(150);
  CAF_CHECK_EQUAL(budget.used(), 150u);
  CAF_CHECK(!budget.take(0));
  budget.give(150);
  CAF_CHECK(budget.take(100));
}

} // namespace CAF_SUITE
