#define CAF_SUITE runtime_daemon_archive_work
#include "runtime/daemon/archive_work.hpp"

#include "test.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "actors/archive/days_fixture.hpp"
#include "actors/journal/journal_fixture.hpp"
#include "runtime/audit/command.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::days_test;

// Real files through all that an archive does to them, as the daemon wires it.

namespace {

constexpr const char* first_date = "20260901";
constexpr const char* last_date = "20260914";

struct fixture : journal_test::fixture {
  fixture() {
    for (auto day = day_of(first_date); day <= day_of(last_date); ++day)
      record(day);
    namespace paths = std::filesystem;
    for (auto& path : fs->files()) {
      auto to = paths::path{root.path()} / path;
      paths::create_directories(to.parent_path());
      std::ofstream{to, std::ios::binary} << fs->text(path);
    }
    paths::create_directories(target());
    config_sources sources;
    sources.environment = {{"OBSERVER_DATA_DIR", data()},
                           {"OBSERVER_BACKUP_TARGET", target()}};
    auto loaded = load_config(sources);
    CAF_REQUIRE(loaded);
    work = make_archive_work(*loaded);
  }

  void record(int64_t day) {
    clock->us = korean_hour_begin_us(day * 24 + 10);
    begin_session(++number);
    start_writer();
    for (int slot : {1, 2})
      add(slot, 5);
    pass(std::chrono::milliseconds{50});
    stop_writer();
  }

  std::string data() const {
    return root.path() + "/data";
  }
  std::string target() const {
    return root.path() + "/backups";
  }

  /// What the audit finds wrong; empty if it is sound.
  std::string audited() const {
    audit_options options;
    options.path = data();
    std::ostringstream out, err;
    return run_audit(options, out, err) == 0 ? "" : out.str() + err.str();
  }

  archive_survey survey() {
    return survey_archive(disk, data(), "", work, {});
  }

  static bool go_on() {
    return true;
  }

  test::temporary_directory root;
  posix_file_system disk;
  archive_work work;
  uint32_t number = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(archive_work_tests, fixture)

CAF_TEST(compressed and backed up files may go and the audit stays sound) {
  auto before = survey();
  for (auto& day : before.catalogue.days)
    for (auto& file : day.files) {
      auto done = work.compress(disk, data(), file.name, go_on);
      CAF_REQUIRE(done);
      CAF_CHECK_EQUAL(done->plain_bytes, file.bytes);
    }
  CAF_CHECK_EQUAL(audited(), "");
  for (auto& day : before.catalogue.days) {
    auto said = work.back_up(disk, data(), day.date(), go_on);
    if (!said)
      CAF_FAIL(said.error().text);
  }
  auto known = survey();
  CAF_CHECK(backlog_of(known, day_of(last_date)).days.empty());
  retention_situation now;
  now.today = day_of(last_date) + 1;
  now.backups = known.backups;
  auto plan = plan_retention(known.catalogue, retention_rules{}, now);
  CAF_REQUIRE(!plan.deletions.empty());
  size_t compressed = 0;
  for (auto& d : plan.deletions) {
    compressed += d.name.ends_with(".zst") ? 1 : 0;
    auto proven = prove_deletion(disk, data(), d, work, go_on);
    if (!proven)
      CAF_FAIL(proven.error().text);
    CAF_REQUIRE(carry_out(disk, data(), d));
  }
  CAF_CHECK(compressed > 0);
  CAF_CHECK_EQUAL(audited(), "");
}

CAF_TEST(a backup is asked for before anything goes) {
  auto say = [&](const std::string& day) {
    auto said = work.confirm_backup(disk, data(), day, go_on);
    return said ? *said : "problem: " + said.error().text;
  };
  auto has = [&](const std::string& day, const std::string& words) {
    auto text = say(day);
    if (text.find(words) == text.npos)
      CAF_ERROR(text);
  };
  for (std::string day : {"20260902", "20260903", "20260904", "20260905"})
    CAF_REQUIRE(work.back_up(disk, data(), day, go_on));
  CAF_CHECK_EQUAL(say("20260902"), "");
  namespace paths = std::filesystem;
  paths::resize_file(target() + "/20260902/scalp/20260902_10.jsonl", 7);
  has("20260902", "has 7 bytes of scalp/20260902_10.jsonl");
  paths::remove(target() + "/20260902/scalp/20260902_10.jsonl");
  has("20260902", "lacks scalp/20260902_10.jsonl");
  paths::remove(target() + "/20260903/SUCCESS");
  has("20260903", "does not count any more");
  paths::remove_all(target() + "/20260904");
  has("20260904", "is not there any more");
  CAF_CHECK_EQUAL(say("20260905"), "");
  paths::rename(target(), target() + "2");
  has("20260905", "problem: "); // it does not answer, and may be there
  paths::create_directories(target());
  has("20260905", "problem: ");
  // Another disk, which is a target, too.
  paths::rename(target(), target() + "3");
  paths::rename(target() + "2", target());
  auto marker = target() + "/.observer-backup";
  std::ostringstream text;
  text << std::ifstream{marker}.rdbuf();
  auto other = text.str();
  auto at = other.find("\"id\":\"") + 6;
  other[at] = other[at] == '0' ? '1' : '0';
  std::ofstream{marker} << other;
  has("20260905", "is not in " + target());
}

CAF_TEST(a compressed file that was changed is proven to be another one) {
  auto file = survey().catalogue.days.front().files.front();
  CAF_REQUIRE(work.compress(disk, data(), file.name, go_on));
  auto sum = work.plain_sha256(disk, data(), file.compressed_name(), go_on);
  CAF_REQUIRE(sum);
  CAF_CHECK_EQUAL(*sum, file.sha256);
  auto path = data() + "/" + file.compressed_name();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 30);
  auto cut = work.plain_sha256(disk, data(), file.compressed_name(), go_on);
  CAF_CHECK(!cut || *cut != file.sha256);
}

CAF_TEST(the lines of a compressed file are those of the plain one) {
  auto read = [&](const catalogued_file& file) {
    std::vector<std::string> out;
    auto done = work.read_lines(disk, data(), file, [&](std::string_view line) {
      out.emplace_back(line);
      return true;
    });
    CAF_REQUIRE(done);
    return out;
  };
  auto plain = survey().catalogue.days.front().files.front();
  auto lines = read(plain);
  CAF_CHECK_EQUAL(lines.size(), plain.lines);
  CAF_REQUIRE(work.compress(disk, data(), plain.name, go_on));
  auto compressed = survey().catalogue.days.front().files.front();
  CAF_CHECK(compressed.form == day_form::compressed);
  CAF_CHECK(read(compressed) == lines);
}

CAF_TEST(without a target there is nothing to back up with) {
  config_sources sources;
  sources.environment = {{"OBSERVER_DATA_DIR", data()}};
  auto loaded = load_config(sources);
  CAF_REQUIRE(loaded);
  CAF_CHECK(!make_archive_work(*loaded).back_up);
  CAF_CHECK(!make_archive_work(*loaded).confirm_backup);
}

CAF_TEST(a backup in another target than the settings name is none) {
  CAF_REQUIRE(work.back_up(disk, data(), first_date, go_on));
  auto has = [&](archive_work& w) {
    auto found = w.read_backup(disk, data(), first_date);
    CAF_REQUIRE(found);
    return found->has_value();
  };
  CAF_CHECK(has(work));
  auto with = [&](const std::string& target) {
    config_sources sources;
    sources.environment = {{"OBSERVER_DATA_DIR", data()},
                           {"OBSERVER_BACKUP_TARGET", target}};
    auto loaded = load_config(sources);
    CAF_REQUIRE(loaded);
    return make_archive_work(*loaded);
  };
  auto other = with(root.path() + "/other");
  CAF_CHECK(!has(other));
  std::filesystem::create_directories(root.path() + "/other");
  CAF_REQUIRE(other.back_up(disk, data(), first_date, go_on));
  CAF_CHECK(has(other));
  CAF_CHECK(!has(work));
  // Where none is named, what was done by hand counts.
  auto none = with("");
  CAF_CHECK(has(none));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
