#define CAF_SUITE runtime_archive_command
#include "test.hpp"

#include "runtime/archive/command.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include "actors/archive/day_notes.hpp"
#include "messages/korean_time.hpp"
#include "runtime/archive/backup_job.hpp"
#include "runtime/archive/backup_lock.hpp"
#include "runtime/audit/journal_fixture.hpp"
#include "runtime/commands/shell_line.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
namespace files = std::filesystem;

namespace {

constexpr auto canary = "CANARY-0123456789abcdef";

struct said {
  int status = -1;
  std::string out, err;
};

struct fixture {
  audit_test::journal journal;
  test::temporary_directory folder;
  std::atomic<bool> stop{false};

  fixture() {
    auto lines = audit_test::trades(1, 20);
    auto manifest = audit_test::manifest_of(audit_test::hour_15, lines);
    for (auto& stream : manifest["streams"])
      stream["last_received"] = manifest["last_received"];
    journal.write(audit_test::hour_15, lines);
    journal.write_manifest(audit_test::hour_15, manifest);
    files::create_directory(target());
  }
  std::string data() const {
    return journal.path().string();
  }
  std::string target() const {
    return folder / "target";
  }
  config_sources sources() const {
    config_sources out;
    out.environment = {{"OBSERVER_DATA_DIR", data()},
                       {"OBSERVER_BACKUP_DIR", target()},
                       {"KIS_APP_KEY", canary},
                       {"OBSERVER_BACKUP_S3_SECRET", canary}};
    return out;
  }
  said backup(std::vector<std::string> words = {}, bool init = false,
              bool json = false, const std::string& to = {}) {
    backup_options options;
    options.target = to;
    options.words = std::move(words);
    options.init = init;
    options.json = json;
    options.stop = &stop;
    std::ostringstream out, err;
    auto status = run_backup(options, sources(), out, err);
    return {status, out.str(), err.str()};
  }
  said restore(const std::string& to, const std::string& day = "20260914") {
    restore_options options;
    options.day = day;
    options.to = to;
    options.stop = &stop;
    std::ostringstream out, err;
    auto status = run_restore(options, sources(), out, err);
    return {status, out.str(), err.str()};
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
  static std::string text_of(const files::path& path) {
    std::ifstream in{path};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(archive_command_tests, fixture)

CAF_TEST(a day is backed up checked and restored and its audit is sound) {
  auto done = backup();
  CAF_CHECK_EQUAL(done.status, 0);
  CAF_CHECK(has(done.out, "20260914  2 files"));
  CAF_CHECK(has(done.err, "is a backup target from now on"));
  auto again = backup();
  CAF_CHECK_EQUAL(again.status, 0);
  CAF_CHECK(has(again.out, "All closed days are backed up"));
  CAF_CHECK_EQUAL(backup({"verify"}).status, 0);
  auto back = restore(folder / "back");
  CAF_CHECK_EQUAL(back.err, "");
  CAF_CHECK_EQUAL(back.status, 0);
  audit_options options;
  options.path = folder / "back";
  std::ostringstream out, err;
  CAF_CHECK_EQUAL(run_audit(options, out, err), 0);
  CAF_CHECK_EQUAL(text_of(folder / ("back/" + audit_test::hour_15)),
                  text_of(journal.path(audit_test::hour_15)));
}

CAF_TEST(what is in the target is asked of the target) {
  CAF_CHECK_EQUAL(backup().status, 0);
  files::remove_all(target() + "/20260914");
  auto again = backup();
  CAF_CHECK_EQUAL(again.status, 0);
  CAF_CHECK(!has(again.out, "All closed days are backed up"));
  CAF_CHECK(files::exists(target() + "/20260914/SUCCESS"));
  CAF_CHECK(has(backup().out, "All closed days are backed up"));
  files::rename(target(), folder / "unplugged");
  CAF_CHECK_EQUAL(backup().status, 1);
  files::create_directory(target()); // where another disk is to be mounted
  CAF_CHECK_EQUAL(backup().status, 1);
  CAF_CHECK_EQUAL(backup({}, true).status, 0); // a new one
  CAF_CHECK_EQUAL(backup().status, 0);
  CAF_CHECK(files::exists(target() + "/20260914/SUCCESS"));
}

CAF_TEST(before a day is over it is said whether the target is there) {
  files::remove_all(journal.path(""));
  files::create_directories(journal.path(""));
  auto ready = backup();
  CAF_CHECK_EQUAL(ready.status, 0);
  CAF_CHECK(has(ready.out, "No day is over yet"));
  files::rename(target(), folder / "unplugged");
  auto gone = backup();
  CAF_CHECK_EQUAL(gone.status, 1);
  CAF_CHECK(has(gone.err, target()));
  CAF_CHECK(!has(gone.out, "takes backups"));
  auto home = backup({}, false, false, "~/backup");
  CAF_CHECK_EQUAL(home.status, 2);
  CAF_CHECK(has(home.err, "write the whole path"));
}

CAF_TEST(the package is proven without this program and holds no secret) {
  CAF_REQUIRE_EQUAL(backup().status, 0);
  auto day = target() + "/20260914";
  auto proof = test::run_shell_line("cd " + day
                                    + " && sha256sum --strict -c SUCCESS "
                                      "SHA256SUMS 2>&1");
  CAF_CHECK_EQUAL(proof.status, 0);
  CAF_CHECK(has(proof.text, "certificate.json: OK"));
  for (auto& entry : files::recursive_directory_iterator{folder.path()})
    if (entry.is_regular_file())
      CAF_CHECK(!has(text_of(entry.path()), "CANARY"));
  auto certificate = nlohmann::json::parse(text_of(day + "/certificate.json"));
  CAF_CHECK(certificate.is_object());
  config_sources again;
  again.file = day + "/config.toml";
  auto c = load_config(again);
  CAF_REQUIRE(c);
  CAF_CHECK_EQUAL(c->data.dir, data());
  CAF_CHECK_EQUAL(c->backup.target, target());
}

CAF_TEST(a check names what is wrong) {
  CAF_REQUIRE_EQUAL(backup().status, 0);
  std::ofstream{target() + "/20260914/" + audit_test::hour_15} << "rotten";
  auto bad = backup({"verify", "2026-09-14"});
  CAF_CHECK_EQUAL(bad.status, 1);
  CAF_CHECK(has(bad.out, "20260914  NOT whole"));
  CAF_CHECK(has(bad.out, "changed: " + audit_test::hour_15));
  CAF_CHECK_EQUAL(backup({"verify", "20260910"}).status, 1);
  // Asked for by name it is read back, found, and mended by the next.
  CAF_CHECK_EQUAL(backup({"20260914"}).status, 1);
  CAF_CHECK_EQUAL(backup({"20260914"}).status, 0);
  CAF_CHECK_EQUAL(backup({"verify"}).status, 0);
}

CAF_TEST(what is printed for a program is one object) {
  auto done = nlohmann::json::parse(backup({}, false, true).out);
  CAF_CHECK_EQUAL(done["exit"].get<int>(), 0);
  CAF_CHECK_EQUAL(done["days"][0]["day"].get<std::string>(), "20260914");
  CAF_CHECK_EQUAL(done["days"][0]["files"].get<int>(), 2);
  auto check = nlohmann::json::parse(backup({"verify"}, false, true).out);
  CAF_CHECK(check["days"][0]["whole"].get<bool>());
}

CAF_TEST(words that are no day and targets that are none are refused) {
  CAF_CHECK_EQUAL(backup({"yesterday"}).status, 2);
  CAF_CHECK_EQUAL(backup({"20260914", "verify"}).status, 2);
  CAF_CHECK_EQUAL(restore("", "2026").status, 2);
  auto refused = [&](const std::string& name) {
    backup_options options;
    options.target = name;
    options.stop = &stop;
    std::ostringstream out, err;
    CAF_CHECK_EQUAL(run_backup(options, sources(), out, err), 2);
    return err.str();
  };
  CAF_CHECK(has(refused(data()), "lies in the data directory"));
  CAF_CHECK(has(refused(data() + "/backup/x"), "lies in the data directory"));
  files::create_directory_symlink(data(), folder / "link");
  CAF_CHECK(has(refused(folder / "link/backup"), "lies in the data directory"));
  CAF_CHECK(has(refused("s3://"), "expected s3://BUCKET"));
  CAF_CHECK(has(refused("s3://Bucket/x"), "expected s3://BUCKET"));
  CAF_CHECK(has(refused("s3://bucket/-x"), "expected s3://BUCKET"));
  CAF_CHECK(has(refused("command:hook"), "the whole path of a program"));
  CAF_CHECK(has(refused("ftp://x/y"), "expected a folder"));
}

CAF_TEST(a target that is not there fails and names it) {
  files::remove(target());
  auto bad = backup();
  CAF_CHECK_EQUAL(bad.status, 1);
  CAF_CHECK(has(bad.err, target() + " cannot be made a backup target"));
  CAF_CHECK(!files::exists(target()));
}

CAF_TEST(two at once of one data directory are not) {
  auto other = backup_lock::take(data());
  CAF_REQUIRE(other);
  auto bad = backup();
  CAF_CHECK_EQUAL(bad.status, 1);
  CAF_CHECK(has(bad.err, "another backup or restore"));
  CAF_CHECK_EQUAL(restore("").status, 1);
  other = problem{"let go"};
  CAF_CHECK_EQUAL(backup().status, 0);
}

CAF_TEST(after Ctrl-C nothing is claimed and the next one goes on) {
  stop = true;
  auto ended = backup();
  CAF_CHECK_EQUAL(ended.status, 130);
  CAF_CHECK(!files::exists(target() + "/20260914/SUCCESS"));
  stop = false;
  CAF_CHECK_EQUAL(backup().status, 0);
}

CAF_TEST(what one target has is not in another one) {
  auto other = folder / "other";
  files::create_directory(other);
  CAF_REQUIRE_EQUAL(backup({}, false, false, other).status, 0);
  CAF_REQUIRE_EQUAL(backup().status, 0);
  CAF_CHECK(files::exists(target() + "/20260914/SUCCESS"));
  CAF_CHECK(has(backup().out, "All closed days are backed up to " + target()));
  // Another disk in the place of the first.
  files::remove_all(target());
  files::create_directory(target());
  CAF_CHECK_EQUAL(backup({}, true).status, 0);
  CAF_CHECK_EQUAL(backup().status, 0);
  CAF_CHECK(files::exists(target() + "/20260914/SUCCESS"));
}

CAF_TEST(a day that is restored where it was is noted as wanted) {
  CAF_REQUIRE_EQUAL(backup().status, 0);
  auto notes = [&] {
    posix_file_system fs;
    auto out = read_day_notes(fs, data(), *parse_korean_date("20260914"));
    CAF_REQUIRE(out);
    return *out;
  };
  CAF_REQUIRE_EQUAL(restore(folder / "elsewhere").status, 0);
  CAF_CHECK(!notes().restored_at_us);
  files::remove(journal.path(audit_test::hour_15));
  CAF_REQUIRE_EQUAL(restore("").status, 0);
  CAF_REQUIRE(notes().restored_at_us);
  CAF_CHECK(*notes().restored_at_us > 0);
}

CAF_TEST(a file that differs is not overwritten by a restore) {
  CAF_REQUIRE_EQUAL(backup().status, 0);
  journal.write(audit_test::hour_15, "mine\n");
  auto bad = restore("");
  CAF_CHECK_EQUAL(bad.status, 1);
  CAF_CHECK(has(bad.err, "is there and is another file"));
  CAF_CHECK_EQUAL(text_of(journal.path(audit_test::hour_15)), "mine\n");
  files::remove(journal.path(audit_test::hour_15));
  CAF_CHECK_EQUAL(restore("").status, 0);
  CAF_CHECK_EQUAL(journal.audit().status, 0);
}

CAF_TEST(the earlier name of the folder is taken and two names are not) {
  auto both = sources();
  both.environment["OBSERVER_BACKUP_TARGET"] = "s3://bucket";
  CAF_CHECK(!load_config(both));
  both.environment["OBSERVER_BACKUP_TARGET"] = target();
  CAF_CHECK_EQUAL(load_config(both).value().backup.target, target());
  auto c = load_config(sources()).value();
  CAF_CHECK_EQUAL(c.sources.at("backup.target"),
                  "environment OBSERVER_BACKUP_DIR");
  for (auto at : {"9:00", "24:00", "21:60", "noon", ""}) {
    config_sources wrong;
    wrong.flags["backup.at"] = at;
    CAF_CHECK(!load_config(wrong));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
