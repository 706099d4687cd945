#define CAF_SUITE actors_archive_folder_target
#include "test.hpp"

#include "actors/archive/folder_target.hpp"

#include "actors/archive/backup_world.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  test::memory_file_system here, there;
  std::vector<std::string> remarks;

  fixture() {
    there.make_directory("/b");
  }
  /// What is wrong; empty if it may be used.
  std::string prepare(bool may_begin = false, bool reads_only = false) {
    folder_target target{there, here,
                         {"/b", "/d", may_begin, reads_only, "id-1"}};
    auto ok = target.prepare();
    remarks = target.remarks();
    return ok ? "" : ok.error().text;
  }
  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(folder_target_tests, fixture)

CAF_TEST(an empty folder is taken loudly once) {
  CAF_CHECK_EQUAL(prepare(), "");
  CAF_REQUIRE_EQUAL(remarks.size(), 1u);
  CAF_CHECK(has(remarks.front(), "is a backup target from now on"));
  CAF_CHECK(there.exists("/b/.observer-backup"));
  CAF_CHECK_EQUAL(prepare(), "");
  CAF_CHECK(remarks.empty());
}

CAF_TEST(a mount that is not mounted is refused) {
  CAF_CHECK_EQUAL(prepare(), "");
  there.take_away("/b/.observer-backup"); // the empty folder beneath
  CAF_CHECK(has(prepare(), "is not mounted"));
  CAF_CHECK(!there.exists("/b/.observer-backup"));
  // A new disk, and somebody says so.
  CAF_CHECK_EQUAL(prepare(true), "");
  CAF_CHECK_EQUAL(prepare(), "");
}

CAF_TEST(a mount that comes after the first backup is told from what was there) {
  CAF_CHECK_EQUAL(prepare(), "");
  there.take_away("/b/.observer-backup");
  there.put("/b/.observer-backup", "{\"format\":1,\"kind\":\"observer-backup-"
                                   "target\",\"id\":\"id-2\",\"name\":\"/b\"}\n");
  CAF_CHECK(has(prepare(), "is another backup target than before"));
  CAF_CHECK_EQUAL(prepare(true), "");
  CAF_CHECK_EQUAL(prepare(), "");
}

CAF_TEST(a folder that is missing or has other things in it is not taken) {
  there.put("/b/photo.jpg", "x");
  CAF_CHECK(has(prepare(), "is not empty"));
  CAF_CHECK_EQUAL(prepare(true), "");
  CAF_CHECK_EQUAL(there.text("/b/photo.jpg"), "x");
  test::memory_file_system bare;
  folder_target nowhere{bare, here, {"/mnt", "/e", true, false, "id"}};
  auto ok = nowhere.prepare();
  CAF_REQUIRE(!ok);
  CAF_CHECK(has(ok.error().text, "/mnt cannot be made a backup target"));
}

CAF_TEST(a marker of somebody else is left alone) {
  there.put("/b/.observer-backup", "my own notes\n");
  CAF_CHECK(has(prepare(), "is no marker"));
  CAF_CHECK(has(prepare(true), "is no marker"));
  CAF_CHECK_EQUAL(there.text("/b/.observer-backup"), "my own notes\n");
}

CAF_TEST(who reads only begins and remembers nothing) {
  CAF_CHECK(has(prepare(false, true), "is no backup target"));
  CAF_CHECK(there.files().empty());
  prepare();
  here.take_away(here.files().front());
  CAF_CHECK_EQUAL(prepare(false, true), "");
  CAF_CHECK(here.files().empty());
}

CAF_TEST(names that leave the folder are refused) {
  folder_target target{there, here, {"/b", "/d", false, false, "id-1"}};
  for (std::string name : {"../x", "/x", "a//b", "", "a/..", ".x", "-x", "a\nb"}) {
    CAF_CHECK(!target.put(name, 0, [] { return std::string{}; }));
    CAF_CHECK(!target.get(name, [](std::string_view) { return result<>{}; }));
    CAF_CHECK(!target.remove(name));
    CAF_CHECK(!target.list(name));
  }
  CAF_CHECK(there.files().empty());
}

CAF_TEST(a source that ends early leaves nothing under the name) {
  folder_target target{there, here, {"/b", "/d", false, false, "id-1"}};
  int left = 1;
  CAF_CHECK(!target.put("20260914/x", 10, [&]() -> result<std::string> {
    return left-- > 0 ? "half" : "";
  }));
  CAF_CHECK(there.files().empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
