#define CAF_SUITE actors_archive_days
#include "actors/archive/days.hpp"

#include "test.hpp"

#include <cerrno>

#include "actors/archive/days_fixture.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::days_test;

namespace {

struct fixture : data_directory {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(days_tests, fixture)

CAF_TEST(a day has its files of all datasets with what their manifests say) {
  seal("scalp/20260914_10.jsonl", "a\nb\n");
  seal("scalp/20260914_11.jsonl", "c\n");
  seal("system/20260914.jsonl", "event\n");
  seal("scalp/20260911_10.jsonl", "older\n");
  auto found = survey();
  CAF_REQUIRE_EQUAL(found.days.size(), 2u);
  CAF_CHECK_EQUAL(found.days[0].date(), "20260911");
  auto& day = found.days[1];
  CAF_REQUIRE_EQUAL(day.files.size(), 3u);
  CAF_CHECK_EQUAL(day.lines(dataset::scalp), 3u);
  CAF_CHECK_EQUAL(day.open(), 0u);
  auto& f = day.files[0];
  CAF_CHECK_EQUAL(f.name, "scalp/20260914_10.jsonl");
  CAF_CHECK(f.form == day_form::plain);
  CAF_CHECK(f.sealed);
  CAF_CHECK_EQUAL(f.sha256, hash_of("a\nb\n"));
  auto end = parse_timestamp("2026-09-14T11:00:00.000000+09:00");
  CAF_REQUIRE(end);
  CAF_CHECK_EQUAL(f.period_end_us, *end);
  CAF_CHECK_EQUAL(found.newest_tick_day(), day_of("20260914"));
}

CAF_TEST(a file is plain or compressed or both or away) {
  seal("scalp/20260914_09.jsonl", "one\ntwo\nthree\n");
  seal("scalp/20260914_10.jsonl", "one\ntwo\nthree\n");
  compress("scalp/20260914_10.jsonl");
  seal("scalp/20260914_11.jsonl", "one\ntwo\nthree\n");
  compress("scalp/20260914_11.jsonl");
  put("scalp/20260914_11.jsonl", "one\ntwo\nthree\n");
  put_manifest("scalp/20260914_12.jsonl", "one\n");
  auto found = survey();
  auto& files = found.days.at(0).files;
  CAF_REQUIRE_EQUAL(files.size(), 4u);
  CAF_CHECK(files[0].form == day_form::plain);
  CAF_CHECK(files[1].form == day_form::compressed);
  CAF_CHECK(files[2].form == day_form::both);
  CAF_CHECK(files[3].form == day_form::away);
  for (auto& f : files)
    CAF_CHECK(f.sealed);
  CAF_CHECK_EQUAL(files[3].on_disk(), 0u);
}

CAF_TEST(a file without a manifest is open and nothing is odd about it) {
  put("scalp/20260914_10.jsonl", "a\n");
  auto found = survey();
  auto& f = found.days.at(0).files.at(0);
  CAF_CHECK(!f.sealed);
  CAF_CHECK(f.odd.empty());
  CAF_CHECK(found.days[0].has_ticks());
}

CAF_TEST(what is not as its manifest says is odd and not sealed) {
  seal("scalp/20260914_09.jsonl", "a\nb\n");
  put("scalp/20260914_09.jsonl", "a\nb\nand a line of somebody\n");
  seal("scalp/20260914_10.jsonl", "a\n");
  put("scalp/20260914_10.jsonl.manifest.json", "my notes of that hour");
  seal("scalp/20260914_11.jsonl", "a\n");
  put("scalp/20260914_11.jsonl.manifest.json",
      fs->text("data/scalp/20260914_09.jsonl.manifest.json"));
  seal("scalp/20260914_12.jsonl", "a\n");
  fs->take_away("data/scalp/20260914_12.jsonl");
  put("scalp/20260914_12.jsonl.zst", "no frame at all");
  put("scalp/20260914_13.jsonl.zst", std::string{"\x28\xb5\x2f\xfd", 4});
  auto found = survey();
  for (auto& f : found.days.at(0).files) {
    CAF_MESSAGE(f.name << ": " << f.odd);
    CAF_CHECK(!f.sealed);
    CAF_CHECK(!f.odd.empty());
  }
  CAF_CHECK_EQUAL(found.problems.size(), 5u);
}

CAF_TEST(what is not named as ours is counted and belongs to no day) {
  seal("scalp/20260914_10.jsonl", "a\n");
  put("scalp/20260914_10 (copy).jsonl", "a\n");
  put("scalp/notes.txt", "a\n");
  put("scalp/20260914_10.jsonl.gz", "an operator's own form");
  put("scalp/18000101_10.jsonl", "of no year of ours");
  auto found = survey();
  CAF_CHECK_EQUAL(found.foreign, 4u);
  CAF_REQUIRE_EQUAL(found.days.size(), 1u);
  CAF_CHECK_EQUAL(found.days[0].files.size(), 1u);
}

CAF_TEST(a folder that cannot be read makes a catalogue that says so) {
  seal("scalp/20260914_10.jsonl", "a\n");
  fs->fail_nth(test::fs_op::list, 1, EIO);
  auto found = survey();
  CAF_CHECK(found.partial);
  CAF_CHECK_EQUAL(found.problems.size(), 1u);
}

CAF_TEST(each call may fail and no failure makes a file ours to delete) {
  for (uint64_t n = 1;; ++n) {
    data_directory d;
    d.seal("scalp/20260914_10.jsonl", "a\n");
    d.seal("system/20260914.jsonl", "b\n");
    d.compress("scalp/20260914_10.jsonl");
    d.fs->fail_nth(n, EIO);
    auto found = d.survey();
    if (d.fs->failures() == 0)
      break;
    CAF_CHECK(!found.problems.empty());
    size_t sealed = 0;
    for (auto& day : found.days)
      for (auto& f : day.files)
        sealed += f.sealed ? 1 : 0;
    CAF_CHECK(sealed < 2 || found.partial);
  }
}

CAF_TEST(sessions of the run that asks are known) {
  seal("scalp/20260914_10.jsonl", "a\n", "run-of-now-s2");
  seal("scalp/20260914_11.jsonl", "a\n", "run-before-s2");
  auto found = survey();
  CAF_CHECK(found.days.at(0).files.at(0).of_this_run);
  CAF_CHECK(!found.days.at(0).files.at(1).of_this_run);
}

CAF_TEST(a look that is told to stop stops and says so) {
  seal("scalp/20260914_10.jsonl", "a\n");
  auto found = survey_days(*fs, "data", "", [] { return false; });
  CAF_CHECK(found.partial);
  CAF_CHECK(found.days.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
