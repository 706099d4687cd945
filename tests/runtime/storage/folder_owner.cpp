#define CAF_SUITE runtime_storage_folder_owner
#include "test.hpp"

#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/storage/data_directory.hpp"
#include "runtime/storage/folder_owner.hpp"
#include "runtime/storage/holder.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

constexpr uid_t somebody = 4321;

/// A folder of somebody, or of this user who may not give it away.
struct fixture {
  fixture() {
    if (::geteuid() != 0)
      return;
    CAF_REQUIRE_EQUAL(::chown(directory.path().c_str(), somebody, somebody), 0);
    owner = somebody;
  }

  std::string path(const std::string& name) const {
    return directory / name;
  }

  uid_t owner_of(const std::string& name) const {
    struct stat found;
    CAF_REQUIRE_EQUAL(::lstat(path(name).c_str(), &found), 0);
    return found.st_uid;
  }

  test::temporary_directory directory;
  posix_file_system fs;
  uid_t owner = ::geteuid();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(folder_owner_tests, fixture)

CAF_TEST(a file that root makes belongs to whom its folder belongs to) {
  CAF_CHECK(!fs.create(path("a")).problem);
  CAF_CHECK_EQUAL(owner_of("a"), owner);
}

CAF_TEST(so do folders that root makes and what is in them) {
  CAF_CHECK(!fs.make_directory(path("x/y")));
  CAF_CHECK(!fs.create(path("x/y/a")).problem);
  CAF_CHECK_EQUAL(owner_of("x"), owner);
  CAF_CHECK_EQUAL(owner_of("x/y"), owner);
  CAF_CHECK_EQUAL(owner_of("x/y/a"), owner);
}

CAF_TEST(what a recorder of root claims the folder with is its owners) {
  data_directory_lock lock{directory.path()};
  CAF_CHECK(!lock.take());
  CAF_CHECK(write_holder(directory.path(), own_holder(1)));
  CAF_CHECK_EQUAL(owner_of(".lock"), owner);
  CAF_CHECK_EQUAL(owner_of(".holder"), owner);
}

CAF_TEST(a file of root that holds something is not given away) {
  auto made = fs.create(path("a"));
  CAF_REQUIRE(!made.problem);
  CAF_REQUIRE(!made.file->write("one"));
  if (::geteuid() == 0)
    CAF_REQUIRE_EQUAL(::chown(path("a").c_str(), 0, 0), 0);
  auto again = ::open(path("a").c_str(), O_RDONLY | O_CLOEXEC);
  leave_to_folder_owner(again, path("a"));
  ::close(again);
  CAF_CHECK_EQUAL(owner_of("a"), ::geteuid());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
