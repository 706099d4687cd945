#define CAF_SUITE runtime_audit_sequences
#include "test.hpp"

#include "runtime/audit/journal_fixture.hpp"

namespace CAF_SUITE {

using namespace audit_test;

CAF_TEST(an hour of one slot is sound) {
  journal j;
  j.seal(hour_15, trades(1, 9));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.status, 0);
  CAF_CHECK_EQUAL(a.report["totals"]["lines"], 9);
  CAF_CHECK_EQUAL(a.report["files"][0]["sha256_ok"], true);
  CAF_CHECK_EQUAL(a.report["streams"][0]["last_accumulated"], 90);
}

CAF_TEST(a sequence goes on in the next part and the next hour) {
  journal j;
  j.seal(hour_15, trades(1, 4));
  j.seal("scalp/20260914_15.1.jsonl", trades(5, 7));
  j.seal("scalp/20260914_15.2.jsonl", "");
  j.seal("scalp/20260914_15.10.jsonl", trades(8, 8));
  j.seal(hour_16, trades(9, 12, 16));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["totals"]["files"], 5);
  CAF_CHECK_EQUAL(a.report["streams"][0]["records"], 12);
  CAF_CHECK_EQUAL(a.report["streams"][0]["last_seq"], 12);
}

CAF_TEST(a hole within a file is one finding) {
  journal j;
  j.seal(hour_15, trades(1, 2) + trades(5, 6));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"sequence_hole " + hour_15 + ":3"});
  CAF_CHECK_EQUAL(a.what(), "scalp session " + first_session
                              + " slot 3: seq 3 to 4 missing before seq 5");
  CAF_CHECK_EQUAL(a.status, 1);
}

CAF_TEST(a hole between files is one finding) {
  journal j;
  j.seal(hour_15, trades(1, 2));
  j.seal(hour_16, trades(4, 6, 16));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"sequence_hole " + hour_16 + ":1"});
  CAF_CHECK(a.what().ends_with("slot 3: seq 3 missing before seq 4"));
}

CAF_TEST(a hole that an event tells as lost is no finding) {
  auto told = [](int first, int last) {
    return fmt::format(
      R"({{"timestamp":"2026-09-14T15:30:00.000000+09:00","event":"gap",)"
      R"("cause":"file_taken","symbol":"005930","records":{},"lost":)"
      R"({{"dataset":"scalp","session_id":"{}","slot":3,"first_seq":{},)"
      R"("last_seq":{}}},"session_id":"{}","slot":-1,"seq":1}})"
      "\n",
      last - first + 1, first_session, first, last, first_session);
  };
  journal whole;
  whole.seal(hour_15, trades(5, 6));
  whole.seal("system/20260914.jsonl", told(1, 4));
  auto a = whole.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.status, 0);
  journal more;
  more.seal(hour_15, trades(5, 6));
  more.seal("system/20260914.jsonl", told(2, 4));
  auto b = more.audit();
  CAF_CHECK_EQUAL(b.findings(), found{"sequence_hole " + hour_15 + ":1"});
}

CAF_TEST(a loss behind the last number explains the next step of the volume) {
  auto told = fmt::format(
    R"({{"timestamp":"2026-09-14T15:30:00.000000+09:00","event":"gap",)"
    R"("cause":"io_error","symbol":"005930","records":2,"lost":)"
    R"({{"dataset":"scalp","session_id":"{0}","slot":3,"first_seq":4,)"
    R"("last_seq":5}},"session_id":"{0}","slot":-1,"seq":1}})"
    "\n",
    first_session);
  auto next = line({.seq = 1, .tick = 10, .accumulated = 100,
                    .more = gap("40"),
                    .session_id = "20260914T160000-000000-s1", .hour = 16});
  journal unexplained;
  unexplained.seal(hour_15, trades(1, 3));
  unexplained.seal(hour_16, next);
  CAF_CHECK_EQUAL(unexplained.audit().findings(),
                  found{"wrong_gap " + hour_16 + ":1"});
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.seal(hour_16, next);
  j.seal("system/20260914.jsonl", told);
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

CAF_TEST(a sequence must start at one) {
  journal j;
  j.seal(hour_15, trades(2, 3));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"sequence_hole " + hour_15 + ":1"});
}

CAF_TEST(a repeat within a file is one finding) {
  journal j;
  j.seal(hour_15, trades(1, 3) + trades(3, 3) + trades(4, 5));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"sequence_repeat " + hour_15 + ":4"});
  CAF_CHECK(a.what().ends_with("seq 3 written again"));
}

CAF_TEST(a repeat between parts is one finding) {
  journal j;
  j.seal(hour_15, trades(1, 5));
  j.seal("scalp/20260914_15.1.jsonl", trades(4, 8));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(),
                  found{"sequence_repeat scalp/20260914_15.1.jsonl:1"});
  CAF_CHECK(a.what().ends_with("seq 4 to 5 written again"));
}

CAF_TEST(lines of one file that changed places are one finding) {
  journal j;
  j.seal(hour_15, trades(1, 3) + trades(6, 7) + trades(4, 5));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"sequence_order " + hour_15 + ":6"});
  CAF_CHECK(a.what().ends_with("seq 4 stands after seq 7"));
}

CAF_TEST(what was resent may stand in a later part) {
  journal j;
  j.seal(hour_15, trades(1, 3) + trades(6, 7));
  j.seal("scalp/20260914_15.1.jsonl", trades(4, 5) + trades(8, 8));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

CAF_TEST(slots and data sets count for themselves) {
  journal j;
  auto text = trades(1, 3);
  for (int seq = 1; seq <= 3; ++seq)
    text += line({.seq = seq, .tick = 1, .accumulated = seq, .slot = 9,
                  .symbol = "000660"});
  j.seal(hour_15, text);
  const std::string common
    = R"({"timestamp":"2026-09-14T15:00:00.000000+09:00","session_id":")"
      + first_session + R"(","slot":3,"seq":1,)";
  j.seal("system/20260914.jsonl", common + "\"event\":\"started\"}\n");
  j.seal("quarantine/20260914.jsonl",
         common + "\"reason\":\"width\",\"raw\":\"0|H0STCNT0\"}\n");
  j.seal("swing/20260914.jsonl", common + "\"symbol\":\"005930\"}\n");
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["files"].size(), 4u);
  CAF_CHECK_EQUAL(a.report["streams"].size(), 5u);
}

CAF_TEST(a hole in the system journal is found too) {
  journal j;
  std::string text;
  for (int seq : {1, 3})
    text += fmt::format(R"({{"timestamp":"2026-09-14T15:00:00.000000+09:00",)"
                        R"("session_id":"d","slot":-1,"seq":{},)"
                        R"("event":"x"}})"
                        "\n",
                        seq);
  j.seal("system/20260914.jsonl", text);
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"sequence_hole system/20260914.jsonl:2"});
  CAF_CHECK(a.what().starts_with("system session d slot -1: seq 2 missing"));
}

CAF_TEST(one day alone does not blame sessions of the day before) {
  journal j;
  auto before = line({.seq = 1, .tick = 1, .accumulated = 1,
                      .session_id = "20260913T085959-aa-s1",
                      .date = "2026-09-13"});
  j.seal("scalp/20260913_15.jsonl", before);
  auto second = line({.seq = 2, .tick = 1, .accumulated = 2,
                      .session_id = "20260913T085959-aa-s1"});
  j.seal(hour_15, second);
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  CAF_CHECK_EQUAL(j.audit({.day = "20260914"}).findings(), found{});
  CAF_CHECK_EQUAL(j.audit({.day = "20260914"}).report["files"].size(), 1u);
  // A session of that very day must begin within it.
  j.seal(hour_15, trades(2, 3));
  CAF_CHECK_EQUAL(j.audit({.day = "20260914"}).findings(),
                  found{"sequence_hole " + hour_15 + ":1"});
}

} // namespace CAF_SUITE
