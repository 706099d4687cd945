#define CAF_SUITE runtime_doctor_disk_check
#include "test.hpp"

#include "runtime/doctor/disk_check.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
namespace fs = std::filesystem;

namespace {

std::string text_of(const check_report& r) {
  std::string out;
  for (auto& line : r.lines())
    out += fmt::format("{} {} [{}]\n", to_string(line.state), line.name,
                       line.text);
  return out;
}

template <class... Args>
std::string told(void (*check)(Args...), auto&&... args) {
  check_report r;
  check(args..., r);
  return text_of(r);
}

bool says(const std::string& text, const std::string& part) {
  if (text.find(part) != text.npos)
    return true;
  CAF_MESSAGE(text << " does not say " << part);
  return false;
}

struct fixture {
  test::temporary_directory dir;
  config c;

  fixture() {
    c.data.dir = dir / "data";
  }
  unsigned mode_of(const std::string& path) const {
    struct stat found {};
    ::lstat(path.c_str(), &found);
    return found.st_mode & 07777;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(disk_checks, fixture)

CAF_TEST(the times of syncs are judged by their middle and their worst) {
  CAF_CHECK(says(told(judge_syncs, std::vector<int64_t>(20, 500)), "ok sync [a "
                 "small append is durable after 0.50 ms, at worst 0.50 ms"));
  std::vector<int64_t> one_slow(20, 500);
  one_slow[3] = 900'000;
  CAF_CHECK(says(told(judge_syncs, one_slow), "warning sync"));
  CAF_CHECK(says(told(judge_syncs, std::vector<int64_t>(20, 50'000)),
                 "warning sync"));
  CAF_CHECK(says(told(judge_syncs, std::vector<int64_t>(20, 400'000)),
                 "failed sync"));
  CAF_CHECK(says(told(judge_syncs, std::vector<int64_t>{}), "skipped sync"));
}

CAF_TEST(room is judged by what a day takes) {
  volume_facts seen;
  seen.total_bytes = uint64_t{100} << 30;
  auto with = [&](uint64_t bytes) {
    seen.free_bytes = bytes;
    return told(judge_space, seen);
  };
  CAF_CHECK(says(with(uint64_t{50} << 30), "ok space"));
  CAF_CHECK(says(with(uint64_t{2} << 30), "warning space"));
  CAF_CHECK(says(with(1 << 20), "failed space"));
  seen.free_inodes = 10;
  CAF_CHECK(says(told(judge_space, seen), "failed inodes"));
  seen.total_bytes = 0;
  CAF_CHECK(says(told(judge_space, seen), "skipped space"));
}

CAF_TEST(a disk that is in order says so and nothing stays there) {
  fs::create_directory(c.data.dir);
  auto words = told(check_disk, c);
  CAF_CHECK(words.find("failed") == words.npos);
  CAF_CHECK(says(words, "ok rename"));
  CAF_CHECK(says(words, " sync [a small append"));
  CAF_CHECK(fs::is_empty(c.data.dir));
  fs::remove(c.data.dir);
  CAF_CHECK(says(told(check_disk, c), "is not there"));
}

CAF_TEST(a missing folder is made by the mender and each deed is said) {
  CAF_CHECK_EQUAL(told(mend_directory, c),
                  fmt::format("ok fixed [{} is made]\n", c.data.dir));
  CAF_CHECK(fs::is_directory(c.data.dir));
  CAF_CHECK_EQUAL(told(mend_directory, c), "");
}

CAF_TEST(rights on the journals own files come back and others stay) {
  auto scalp = c.data.dir + "/scalp";
  fs::create_directories(scalp);
  auto ours = scalp + "/20260914_15.jsonl", theirs = scalp + "/notes.txt";
  for (auto& path : {ours, theirs}) {
    std::ofstream{path} << "x";
    ::chmod(path.c_str(), 0040);
  }
  fs::create_hard_link(theirs, scalp + "/20260914_16.jsonl");
  fs::create_symlink(theirs, scalp + "/20260914_17.jsonl");
  ::chmod(c.data.dir.c_str(), 0700);
  auto words = told(mend_directory, c);
  CAF_CHECK_EQUAL(words, fmt::format("ok fixed [{}: mode 0040 is 0640 now]\n",
                                     ours));
  CAF_CHECK_EQUAL(mode_of(ours), 0640u);
  CAF_CHECK_EQUAL(mode_of(theirs), 0040u);
}

CAF_TEST(a folder without rights of its owner gets them) {
  auto scalp = c.data.dir + "/scalp";
  fs::create_directories(scalp);
  ::chmod(scalp.c_str(), 0050);
  CAF_CHECK(says(told(mend_directory, c), "scalp: mode 0050 is 0750 now"));
  CAF_CHECK_EQUAL(mode_of(scalp), 0750u);
}

CAF_TEST(a file of another user is left alone) {
  if (::geteuid() != 0) {
    CAF_MESSAGE("skipped: only root can give a file away");
    return;
  }
  auto scalp = c.data.dir + "/scalp";
  fs::create_directories(scalp);
  auto file = scalp + "/20260914_15.jsonl";
  std::ofstream{file} << "x";
  ::chmod(file.c_str(), 0040);
  CAF_REQUIRE_EQUAL(::chown(file.c_str(), 12'345, 12'345), 0);
  CAF_CHECK_EQUAL(told(mend_directory, c), "");
  CAF_CHECK_EQUAL(mode_of(file), 0040u);
}

CAF_TEST(a place that is refused is not made) {
  c.data.must_be_mounted = true;
  // /tmp may be a mount of its own, then there is nothing to refuse.
  auto words = told(mend_directory, c);
  if (look_at_volume(dir / "").on_root) {
    CAF_CHECK(says(words, "failed fix"));
    CAF_CHECK(!fs::exists(c.data.dir));
  }
}

CAF_TEST(the place is told with owner and what to do) {
  volume_facts seen;
  seen.path = seen.nearest = "/data";
  seen.exists = true;
  seen.mode = 0755;
  seen.self.uid = seen.self.gid = 999;
  seen.write_refused = EACCES;
  seen.type = "ext4";
  auto words = told(judge_place, seen, false);
  CAF_CHECK(says(words, "failed owner [/data: uid 0 gid 0 mode 0755; this is uid "
                        "999 gid 999"));
  CAF_CHECK(says(words, "chown -R 999:999 /data"));
}

CAF_TEST(a folder of ours with one of another user in it is not in order) {
  volume_facts seen;
  seen.path = seen.nearest = "/data";
  seen.exists = true;
  seen.mode = 0750;
  seen.uid = seen.gid = seen.self.uid = seen.self.gid = 999;
  seen.type = "ext4";
  seen.closed_folders = {"/data/scalp"};
  auto words = told(judge_place, seen, false);
  CAF_CHECK(says(words, "failed owner [/data: uid 999"));
  CAF_CHECK(says(words, "chown -R 999:999 /data"));
}

CAF_TEST(what a command of root left in the directory is told with its chown) {
  if (::geteuid() != 0)
    return;
  fs::create_directories(c.data.dir + "/state/backups");
  std::ofstream{c.data.dir + "/state/backups/20260914.json"} << "x";
  CAF_CHECK_EQUAL(told(check_owners, c.data.dir), "");
  CAF_REQUIRE_EQUAL(::chown(c.data.dir.c_str(), 1234, 2345), 0);
  auto text = told(check_owners, c.data.dir);
  CAF_CHECK(says(text, "failed inside [3 of "));
  CAF_CHECK(says(text, "/state (uid 0 gid 0 mode "));
  CAF_CHECK(says(text, "as root: chown -R 1234:2345 " + c.data.dir + "]"));
  for (auto name : {"/state", "/state/backups", "/state/backups/20260914.json"})
    CAF_REQUIRE_EQUAL(::chown((c.data.dir + name).c_str(), 1234, 2345), 0);
  CAF_CHECK_EQUAL(told(check_owners, c.data.dir), "");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
