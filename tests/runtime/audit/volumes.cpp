#define CAF_SUITE runtime_audit_volumes
#include "test.hpp"

#include "runtime/audit/journal_fixture.hpp"

namespace CAF_SUITE {

using namespace audit_test;

namespace {

/// A tick of the later session.
trade later(int64_t seq, int64_t tick, int64_t accumulated,
            std::string more = {}) {
  trade t;
  t.seq = seq;
  t.tick = tick;
  t.accumulated = accumulated;
  t.more = std::move(more);
  t.session_id = later_session;
  t.second = 600 + seq;
  return t;
}

} // namespace

CAF_TEST(volume that is missing must be declared) {
  journal j;
  auto jump = trade{.seq = 4, .tick = 10, .accumulated = 45};
  j.seal(hour_15, trades(1, 3) + line(jump));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"undeclared_gap " + hour_15 + ":4"});
  CAF_CHECK_EQUAL(a.what(),
                  "H0STCNT0 005930 seq 4 of slot 3, session " + first_session
                    + ": accumulated 45 - tick 10 - accumulated before 30 = 5 "
                      "shares, and no gap is declared");
  jump.more = gap("5");
  j.seal(hour_15, trades(1, 3) + line(jump));
  a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["totals"]["missing_shares"], 5);
  CAF_CHECK_EQUAL(a.report["files"][0]["gaps"], 1);
}

CAF_TEST(a declared gap must be the one there is) {
  journal j;
  for (auto declared : {"6", "0", "-5", "null"}) {
    j.seal(hour_15, trades(1, 3)
                      + line({.seq = 4, .tick = 10, .accumulated = 45,
                              .more = gap(declared)}));
    CAF_CHECK_EQUAL(j.audit().findings(),
                    found{"wrong_gap " + hour_15 + ":4"});
  }
  // A gap where nothing is missing is as wrong.
  j.seal(hour_15, trades(1, 3)
                    + line({.seq = 4, .tick = 10, .accumulated = 40,
                            .more = gap("7")}));
  CAF_CHECK_EQUAL(j.audit().findings(), found{"wrong_gap " + hour_15 + ":4"});
}

CAF_TEST(a reset of the volume must be declared) {
  journal j;
  auto reset = trade{.seq = 4, .tick = 10, .accumulated = 10};
  j.seal(hour_15, trades(1, 3) + line(reset));
  CAF_CHECK_EQUAL(j.audit().findings(),
                  found{"undeclared_gap " + hour_15 + ":4"});
  reset.more = gap("-30", "exchange_gap");
  j.seal(hour_15, trades(1, 3) + line(reset));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["totals"]["missing_shares"], 0);
  CAF_CHECK_EQUAL(a.report["totals"]["reset_shares"], -30);
}

CAF_TEST(volume is followed from file to file) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  auto next = trade{.seq = 4, .tick = 10, .accumulated = 50, .hour = 16};
  j.seal(hour_16, line(next));
  CAF_CHECK_EQUAL(j.audit().findings(),
                  found{"undeclared_gap " + hour_16 + ":1"});
  next.more = gap("10");
  j.seal(hour_16, line(next));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

CAF_TEST(a later session must account for what passed between) {
  journal j;
  j.seal(hour_15, trades(1, 3) + line(later(1, 10, 70)));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"undeclared_gap " + hour_15 + ":4"});
  CAF_CHECK(a.what().find(", the first after session " + first_session)
            != std::string::npos);
  j.seal(hour_15, trades(1, 3) + line(later(1, 10, 70, gap("30", "daemon_down"))));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  j.seal(hour_15, trades(1, 3) + line(later(1, 10, 70, gap("29", "daemon_down"))));
  CAF_CHECK_EQUAL(j.audit().findings(), found{"wrong_gap " + hour_15 + ":4"});
  // Nothing passed: nothing to declare.
  j.seal(hour_15, trades(1, 3) + line(later(1, 10, 40)));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

CAF_TEST(sessions that overlap are not held against each other) {
  journal j;
  auto t = later(1, 10, 500);
  t.second = 2;
  j.seal(hour_15, trades(1, 3) + line(t));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

CAF_TEST(the first tick of a day needs no gap in a new session) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.seal("scalp/20260915_09.jsonl",
         line({.seq = 1, .tick = 10, .accumulated = 777,
               .session_id = "20260915T085959-bb-s1", .date = "2026-09-15",
               .hour = 9}));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

/// Of the 14th by the exchange, received on the 15th by our clock.
trade past_midnight(int64_t seq, int64_t accumulated, std::string more = {}) {
  return {.seq = seq, .tick = 10, .accumulated = accumulated,
          .more = R"(,"business_date":"20260914")" + more,
          .date = "2026-09-15", .hour = 0};
}

CAF_TEST(volume is followed over a clock that is set over midnight) {
  const std::string hour_0 = "scalp/20260915_00.jsonl";
  journal j;
  j.seal(hour_15, trades(1, 3) + line({.seq = 6, .tick = 10, .accumulated = 60,
                                       .second = 30}));
  j.seal(hour_0, line(past_midnight(4, 40)) + line(past_midnight(5, 50)));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  j.seal(hour_0, line(past_midnight(4, 45)) + line(past_midnight(5, 55)));
  CAF_CHECK_EQUAL(j.audit().findings().size(), 2u);
  j.seal(hour_0, line(past_midnight(4, 45, gap("5")))
                   + line(past_midnight(5, 50, gap("-5"))));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

CAF_TEST(a record of the day before is no part of the day it came on) {
  const std::string hour_0 = "scalp/20260915_00.jsonl";
  auto today = [](int64_t seq, int64_t accumulated) {
    return line({.seq = seq, .tick = 10, .accumulated = accumulated,
                 .date = "2026-09-15", .hour = 0});
  };
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.seal(hour_0, today(4, 10) + line(past_midnight(5, 40)) + today(6, 20));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  j.seal(hour_0, today(4, 10) + line(past_midnight(5, 41)) + today(6, 20));
  CAF_CHECK_EQUAL(j.audit().findings(), found{"undeclared_gap " + hour_0 + ":2"});
}

CAF_TEST(a symbol that moved to another slot keeps its volume) {
  journal j;
  auto moved = trade{.seq = 1, .tick = 10, .accumulated = 40, .slot = 8,
                     .second = 30};
  j.seal(hour_15, trades(1, 3) + line(moved));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  moved.accumulated = 41;
  j.seal(hour_15, trades(1, 3) + line(moved));
  CAF_CHECK_EQUAL(j.audit().findings(),
                  found{"undeclared_gap " + hour_15 + ":4"});
}

CAF_TEST(a slot that changed its symbol starts a volume of its own) {
  journal j;
  j.seal(hour_15, trades(1, 3)
                    + line({.seq = 4, .tick = 1, .accumulated = 9'000,
                            .symbol = "000660"})
                    + line({.seq = 5, .tick = 1, .accumulated = 9'001,
                            .symbol = "000660"}));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["streams"].size(), 2u);
}

CAF_TEST(quotes have no volume to follow) {
  journal j;
  j.seal(hour_15, quote(1, 4, 100) + quote(2, 4, 50) + trades(1, 2)
                    + quote(3, 4, 9'000));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

CAF_TEST(gaps are explained by cause and symbol) {
  journal j;
  j.seal(hour_15,
         trades(1, 1)
           + line({.seq = 2, .tick = 10, .accumulated = 25, .more = gap("5")})
           + line({.seq = 3, .tick = 10, .accumulated = 42, .more = gap("7")})
           + line({.seq = 4, .tick = 10, .accumulated = 53,
                   .more = R"(,"gap":{"cause":"shed_by_bound","missing_shares":1,)"
                           R"("records":2,"after":)"
                           R"("2026-09-14T15:00:03.000000+09:00"})"}));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  auto& causes = a.report["by_cause"];
  CAF_REQUIRE_EQUAL(causes.size(), 2u);
  CAF_CHECK_EQUAL(causes[0]["cause"], "disconnected");
  CAF_CHECK_EQUAL(causes[0]["symbol"], "005930");
  CAF_CHECK_EQUAL(causes[0]["gaps"], 2);
  CAF_CHECK_EQUAL(causes[0]["missing_shares"], 12);
  CAF_CHECK_EQUAL(causes[0]["gaps_without_records"], 2);
  CAF_CHECK_EQUAL(causes[1]["missing_records"], 2);
  CAF_CHECK_EQUAL(causes[0]["rejected_records"], 0);
  CAF_CHECK_EQUAL(causes[0]["tr_id"], "H0STCNT0");
}

CAF_TEST(a volume in doubt is judged by nobody and moves by its own) {
  auto doubt = [](const char* names) {
    return fmt::format(R"(,"doubt":[{}],"raw":"x")", names);
  };
  journal j;
  auto wrong = trade{.seq = 4, .tick = 10, .accumulated = 639'490'152'600,
                     .more = doubt(R"("volume","average")")};
  auto good = trade{.seq = 5, .tick = 10, .accumulated = 50};
  j.seal(hour_15, trades(1, 3) + line(wrong) + line(good));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  // The volume of the trade itself is in doubt, and the sum is not.
  wrong.tick = 777;
  wrong.accumulated = 40;
  wrong.more = doubt(R"("tick")");
  j.seal(hour_15, trades(1, 3) + line(wrong) + line(good));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  // Both.
  wrong.more = doubt(R"("tick","volume")");
  good.accumulated = 40;
  j.seal(hour_15, trades(1, 3) + line(wrong) + line(good));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  // What is missing behind it must be declared all the same.
  good.accumulated = 55;
  j.seal(hour_15, trades(1, 3) + line(wrong) + line(good));
  CAF_CHECK_EQUAL(j.audit().findings(),
                  found{"undeclared_gap " + hour_15 + ":5"});
}

CAF_TEST(a volume in doubt is followed over files) {
  journal j;
  trade wrong{.seq = 4, .tick = 10, .accumulated = 999,
              .more = R"(,"doubt":["volume"])", .hour = 16};
  trade good{.seq = 5, .tick = 10, .accumulated = 50, .hour = 16};
  j.seal(hour_15, trades(1, 3));
  j.seal(hour_16, line(wrong) + line(good));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  good.accumulated = 51;
  j.seal(hour_16, line(wrong) + line(good));
  CAF_CHECK_EQUAL(j.audit().findings(),
                  found{"undeclared_gap " + hour_16 + ":2"});
}

CAF_TEST(a doubt that is none is a finding) {
  journal j;
  for (auto bad : {R"(,"doubt":["nonsense"])", R"(,"doubt":"width")",
                   R"(,"doubt":[1])"}) {
    j.seal(hour_15, trades(1, 3)
                      + line({.seq = 4, .tick = 10, .accumulated = 40,
                              .more = bad}));
    // The line is counted as none of a stream, as its manifest does not.
    auto findings = j.audit().findings();
    CAF_REQUIRE(!findings.empty());
    CAF_CHECK_EQUAL(findings.front(), "wrong_fields " + hour_15 + ":4");
  }
}

} // namespace CAF_SUITE
