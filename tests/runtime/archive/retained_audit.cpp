#define CAF_SUITE runtime_archive_retained_audit
#include "test.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "actors/archive/archive_jobs.hpp"
#include "actors/archive/days_fixture.hpp"
#include "actors/journal/journal_fixture.hpp"
#include "runtime/audit/command.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::days_test;

// Record, seal, back up, delete: after each file that goes the audit finds no
// fault in what is left.

namespace {

struct fixture : journal_test::fixture {
  void write_files(const std::string& directory) const {
    namespace files = std::filesystem;
    for (auto& path : fs->files()) {
      auto to = files::path{directory} / path;
      files::create_directories(to.parent_path());
      std::ofstream{to, std::ios::binary} << fs->text(path);
    }
  }

  /// What the audit finds wrong; empty if it is sound.
  std::string audited() const {
    test::temporary_directory directory;
    write_files(directory.path());
    audit_options options;
    options.path = directory.path() + "/data";
    std::ostringstream out, err;
    return run_audit(options, out, err) == 0 ? "" : out.str() + err.str();
  }

  /// A day's lines, sealed. A session may go on over days.
  void record(int64_t day, uint32_t session_number) {
    clock->us = korean_hour_begin_us(day * 24 + 10);
    if (session_number != number)
      begin_session(number = session_number);
    start_writer();
    for (int slot : {1, 2})
      add(slot, 5);
    pass(std::chrono::milliseconds{50});
    stop_writer();
  }

  /// Plans and deletes day after day, with an audit after each file.
  void retain(int64_t first, int64_t last) {
    data_directory files;
    files.fs = fs;
    for (auto today = first; today <= last + 30; ++today)
      for (auto more = true; more;) {
        auto found = survey_days(*fs, "data", "");
        retention_situation now;
        // No later day bears witness for the last ones.
        now.today = today;
        for (auto& d : found.days) {
          auto date = d.date();
          if (!backups.contains(d.day))
            backups[d.day] = files.back_up(date);
        }
        now.backups = backups;
        auto plan = plan_retention(found, retention_rules{}, now);
        more = !plan.deletions.empty();
        for (auto& d : plan.deletions) {
          CAF_REQUIRE(prove_deletion(*fs, "data", d, archive_work{}, {}));
          CAF_REQUIRE(carry_out(*fs, "data", d));
          ++deleted;
          manifests += d.name.ends_with(".manifest.json") ? 1 : 0;
          auto wrong = audited();
          if (!wrong.empty())
            CAF_FAIL("after " << d.name << " went: " << wrong);
        }
      }
  }

  uint32_t number = 0;
  size_t deleted = 0, manifests = 0;
  std::map<int64_t, proven_backup> backups;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(retained_audit_tests, fixture)

CAF_TEST(the audit is sound after each file of ticks that goes) {
  auto first = day_of("20260901"), last = day_of("20260914");
  for (auto day = first; day <= last; ++day)
    record(day, static_cast<uint32_t>(1 + (day - first) / 2));
  CAF_CHECK_EQUAL(audited(), "");
  retain(last, last);
  CAF_CHECK(deleted > 10);
  CAF_CHECK(manifests > 2);
}

CAF_TEST(the audit is sound while one session goes on for weeks) {
  auto first = day_of("20260901"), last = day_of("20260914");
  for (auto day = first; day <= last; ++day)
    record(day, 1);
  CAF_CHECK_EQUAL(audited(), "");
  retain(last, last);
  CAF_CHECK(deleted > 10);
  CAF_CHECK_EQUAL(manifests, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
