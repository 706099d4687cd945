#define CAF_SUITE runtime_audit_journal_names
#include "test.hpp"

#include "runtime/audit/journal_names.hpp"

namespace CAF_SUITE {

using namespace observer::audit;

CAF_TEST(names of the journal are taken apart) {
  auto name = parse_journal_name(dataset::scalp, "20260914_15.2.jsonl");
  CAF_REQUIRE(name);
  CAF_CHECK_EQUAL(name->date, "20260914");
  CAF_CHECK_EQUAL(name->hour, 15);
  CAF_CHECK_EQUAL(name->part, 2u);
  name = parse_journal_name(dataset::system, "20260914.jsonl");
  CAF_REQUIRE(name);
  CAF_CHECK_EQUAL(name->hour, -1);
  CAF_CHECK_EQUAL(name->part, 0u);
}

CAF_TEST(files order as they were written and part 10 after part 2) {
  auto name = [](std::string_view text) {
    return *parse_journal_name(dataset::scalp, text);
  };
  CAF_CHECK(name("20260914_15.jsonl") < name("20260914_15.1.jsonl"));
  CAF_CHECK(name("20260914_15.2.jsonl") < name("20260914_15.10.jsonl"));
  CAF_CHECK(name("20260914_15.10.jsonl") < name("20260914_16.jsonl"));
  CAF_CHECK(name("20260914_23.jsonl") < name("20260915_00.jsonl"));
}

CAF_TEST(other names are not of the journal) {
  for (auto name :
       {"20260914.jsonl", "20260914_24.jsonl", "20260931_15.jsonl",
        "20260914_15.0.jsonl", "20260914_15.01.jsonl", "20260914_15..jsonl",
        "20260914_15.1.2.jsonl", "20260914_15x.jsonl", "20260914_15.json",
        "20260914_15.jsonl.tmp", "20260914_15.99999999999.jsonl", ".jsonl",
        "20260914_1.jsonl", "20260914_15.-1.jsonl"})
    CAF_CHECK(!parse_journal_name(dataset::scalp, name));
  CAF_CHECK(!parse_journal_name(dataset::system, "20260914_15.jsonl"));
}

CAF_TEST(only real moments are timestamps) {
  CAF_CHECK(parse_stamp("2026-09-14T15:07:46.123456+09:00"));
  CAF_CHECK(parse_stamp("2028-02-29T00:00:00.000000+09:00"));
  for (auto text :
       {"2026-02-29T15:07:46.123456+09:00", "2026-13-14T15:07:46.123456+09:00",
        "2026-09-14T24:07:46.123456+09:00", "2026-09-14T15:60:46.123456+09:00",
        "2026-09-14T15:07:60.123456+09:00", "2026-09-14T15:07:46.123456+08:00",
        "2026-09-14T15:07:46.123456Z", "2026-09-14 15:07:46.123456+09:00",
        "2026-09-14T15:07:46.12345x+09:00", ""})
    CAF_CHECK(!parse_stamp(text));
}

CAF_TEST(the time between two moments is counted over midnight and months) {
  auto between = [](const char* from, const char* to) {
    return micros_between(*parse_stamp(from), *parse_stamp(to));
  };
  CAF_CHECK_EQUAL(between("2026-09-14T15:07:46.123456+09:00",
                          "2026-09-14T15:07:46.123457+09:00"),
                  1);
  CAF_CHECK_EQUAL(between("2028-02-28T23:59:59.000000+09:00",
                          "2028-03-01T00:00:00.500000+09:00"),
                  86'401'500'000);
  CAF_CHECK_EQUAL(between("2026-01-01T00:00:00.000000+09:00",
                          "2025-12-31T23:00:00.000000+09:00"),
                  -3'600'000'000);
}

CAF_TEST(a moment belongs to the hour or day of the name) {
  auto at = *parse_stamp("2026-09-14T15:59:59.999999+09:00");
  auto next = *parse_stamp("2026-09-14T16:00:00.000000+09:00");
  auto hour = *parse_journal_name(dataset::scalp, "20260914_15.jsonl");
  auto day = *parse_journal_name(dataset::system, "20260914.jsonl");
  CAF_CHECK(belongs(at, hour));
  CAF_CHECK(!belongs(next, hour));
  CAF_CHECK(belongs(next, day));
  CAF_CHECK(at < next);
}

} // namespace CAF_SUITE
