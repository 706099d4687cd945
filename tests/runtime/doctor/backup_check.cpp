#define CAF_SUITE runtime_doctor_backup_check
#include "test.hpp"

#include "runtime/doctor/backup_check.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
namespace fs = std::filesystem;

namespace {

struct fixture {
  test::temporary_directory dir;
  config c;

  fixture() {
    c.data.dir = dir / "data";
    fs::create_directory(c.data.dir);
  }

  std::string told(const std::string& target) {
    c.backup.target = target;
    check_report r;
    check_backup(c, r);
    std::string out;
    for (auto& line : r.lines())
      out += fmt::format("{} {} [{}]\n", to_string(line.state), line.name,
                         line.text);
    return out;
  }

  static bool says(const std::string& text, const std::string& part) {
    if (text.find(part) != text.npos)
      return true;
    CAF_MESSAGE(text << " does not say " << part);
    return false;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(backup_check_tests, fixture)

CAF_TEST(without a target it is said what that means) {
  CAF_CHECK(says(told(""), "skipped backup [no backup.target: what is recorded "
                           "has no copy, and nothing is deleted"));
  c.retention.without_backup = true;
  CAF_CHECK(!says(told(""), "nothing is deleted"));
}

CAF_TEST(a folder that is not there is told before the night) {
  auto target = dir / "no disk";
  auto words = told(target);
  CAF_CHECK(says(words, "failed backup [" + target + " is not there"));
  CAF_CHECK(says(words, fmt::format("install -d -o {} -g {} '{}'", ::geteuid(),
                                    ::getegid(), target)));
  CAF_CHECK(!fs::exists(target));
}

CAF_TEST(a folder on the disk of the data is a warning) {
  auto target = dir / "backup";
  fs::create_directory(target);
  CAF_CHECK(says(told(target), "warning backup [" + target));
  CAF_CHECK(fs::is_empty(target));
}

CAF_TEST(what can be no target is told as that) {
  CAF_CHECK(says(told("ftp://host/folder"), "expected a folder, s3://"));
  CAF_CHECK(says(told(c.data.dir), "lies in the data directory"));
  CAF_CHECK(says(told(c.data.dir + "/backup"), "lies in the data directory"));
  CAF_CHECK(says(told(c.data.dir + "-backup"), "is not there"));
}

CAF_TEST(a program that cannot be executed is told) {
  auto program = dir / "hook";
  CAF_CHECK(says(told("command:" + program), "failed backup"));
  std::ofstream{program} << "#!/bin/sh\n";
  CAF_CHECK(says(told("command:" + program), "failed backup"));
  fs::permissions(program, fs::perms::owner_all);
  CAF_CHECK(says(told("command:" + program), "ok backup"));
}

CAF_TEST(a bucket wants rclone) {
  std::string before = std::getenv("PATH");
  ::setenv("PATH", dir.path().c_str(), 1);
  auto without = told("s3://bucket/observer");
  std::ofstream{dir / "rclone"} << "#!/bin/sh\n";
  fs::permissions(dir / "rclone", fs::perms::owner_all);
  auto with = told("s3://bucket/observer");
  ::setenv("PATH", before.c_str(), 1);
  CAF_CHECK(says(without, "failed backup [s3://bucket/observer wants rclone"));
  CAF_CHECK(says(with, "ok backup [s3://bucket/observer by "));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
