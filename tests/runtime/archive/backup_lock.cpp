#define CAF_SUITE runtime_archive_backup_lock
#include "test.hpp"

#include "runtime/archive/backup_lock.hpp"

#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(what a backup of root holds belongs to the owner of the data) {
  test::temporary_directory data;
  auto owner = ::geteuid();
  if (owner == 0) {
    owner = 4321;
    CAF_REQUIRE_EQUAL(::chown(data.path().c_str(), owner, owner), 0);
  }
  CAF_CHECK(backup_lock::take(data.path()));
  for (auto name : {"state", "state/backups", "state/backups/.lock"}) {
    struct stat found;
    CAF_REQUIRE_EQUAL(::lstat((data / name).c_str(), &found), 0);
    CAF_CHECK_EQUAL(found.st_uid, owner);
    CAF_CHECK_EQUAL(found.st_mode & 07u, 0u);
  }
}

} // namespace CAF_SUITE
