#define CAF_SUITE actors_archive_archive_jobs
#include "actors/archive/archive_jobs.hpp"

#include "test.hpp"

#include <cerrno>

#include "actors/archive/days_fixture.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::days_test;

namespace {

struct fixture : data_directory {
  fixture() {
    seal(name, text);
    what.name = name;
    what.bytes = text.size();
    what.sha256 = what.plain_sha256 = hash_of(text);
    work.read_backup = [this](file_system&, const std::string&,
                              const std::string& date)
      -> result<std::optional<proven_backup>> {
      auto at = backups.find(date);
      return at == backups.end() ? std::optional<proven_backup>{}
                                 : std::optional{at->second};
    };
  }
  archive_survey look() {
    return survey_archive(*fs, "data", "run-of-now", work, {});
  }
  std::string proven() {
    auto ok = prove_deletion(*fs, "data", what, work, {});
    return ok ? "" : ok.error().text;
  }

  static constexpr auto name = "scalp/20260914_10.jsonl";
  std::string text = "a\nb\n";
  planned_deletion what;
  archive_work work;
  std::map<std::string, proven_backup> backups;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(archive_jobs_tests, fixture)

CAF_TEST(what is as planned goes and its name is gone for good) {
  CAF_CHECK_EQUAL(proven(), "");
  CAF_REQUIRE(carry_out(*fs, "data", what));
  CAF_CHECK(!fs->exists("data/scalp/20260914_10.jsonl"));
  CAF_CHECK(fs->exists("data/scalp/20260914_10.jsonl.manifest.json"));
  fs->cut_power();
  CAF_CHECK(!fs->exists("data/scalp/20260914_10.jsonl"));
  CAF_CHECK(carry_out(*fs, "data", what)); // once more is no harm
}

CAF_TEST(what is not as planned stays) {
  put(name, "a\nc\n"); // of the same size
  CAF_CHECK(proven().find("is left alone") != std::string::npos);
  put(name, "a\nb\nmore\n");
  CAF_CHECK(proven().find("somebody changes it") != std::string::npos);
  CAF_CHECK(!carry_out(*fs, "data", what));
  CAF_CHECK(fs->exists("data/scalp/20260914_10.jsonl"));
}

CAF_TEST(lines of a compressed file are proven by who can read them) {
  what.sha256.clear();
  CAF_CHECK(proven().find("cannot be proven") != std::string::npos);
  auto found = hash_of(text);
  work.plain_sha256 = [&](file_system&, const std::string&, const std::string&,
                          const go_on_function&) -> result<std::string> {
    return found;
  };
  CAF_CHECK_EQUAL(proven(), "");
  found = hash_of("other");
  CAF_CHECK(proven().find("is left alone") != std::string::npos);
}

CAF_TEST(a proof that is told to stop is none) {
  CAF_CHECK(!prove_deletion(*fs, "data", what, work, [] { return false; }));
}

CAF_TEST(each call may fail and no failure is a proof or a silent removal) {
  for (uint64_t n = 1;; ++n) {
    fixture f;
    f.fs->fail_nth(n, EIO);
    auto proof = prove_deletion(*f.fs, "data", f.what, f.work, {});
    if (!proof) {
      CAF_CHECK(f.fs->exists("data/scalp/20260914_10.jsonl"));
      continue;
    }
    auto done = carry_out(*f.fs, "data", f.what);
    CAF_CHECK_EQUAL(!done, f.fs->failures() > 0);
    if (f.fs->failures() == 0)
      break;
  }
}

CAF_TEST(a day waits for its backup until that has all of it) {
  auto day = day_of("20260914");
  seal("system/20260914.jsonl", "event\n");
  auto last = day + 1;
  CAF_CHECK_EQUAL(backlog_of(look(), last).days.size(), 1u);
  CAF_CHECK_EQUAL(backlog_of(look(), last).bytes, text.size() + 6);
  CAF_CHECK(backlog_of(look(), day - 1).days.empty());
  backups["20260914"] = back_up("20260914");
  CAF_CHECK(backlog_of(look(), last).days.empty());
  seal("scalp/20260914_11.jsonl", "late\n");
  CAF_CHECK_EQUAL(backlog_of(look(), last).days.size(), 1u);
  CAF_CHECK_EQUAL(backlog_of(look(), last).bytes, 5u);
}

CAF_TEST(what is open or odd or away makes no day wait) {
  fs->take_away("data/scalp/20260914_10.jsonl");
  put("system/20260914.jsonl", "event\n");
  seal("scalp/20260914_12.jsonl", "a\n");
  put("scalp/20260914_12.jsonl", "somebody\n");
  CAF_CHECK(backlog_of(look(), day_of("20260914")).days.empty());
}

CAF_TEST(a day whose notes cannot be read stays as long as one with anomalies) {
  put("state/days/20260914.json", "my own notes");
  auto found = look();
  CAF_CHECK(found.anomalies().contains(day_of("20260914")));
  CAF_CHECK_EQUAL(found.catalogue.problems.size(), 1u);
}

CAF_TEST(a backup that cannot be read is none and is said) {
  work.read_backup = [](file_system&, const std::string&, const std::string&)
    -> result<std::optional<proven_backup>> { return problem{"torn"}; };
  auto found = look();
  CAF_CHECK(found.backups.empty());
  CAF_CHECK_EQUAL(found.catalogue.problems.at(0), "torn");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
