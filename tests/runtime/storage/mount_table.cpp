#define CAF_SUITE runtime_storage_mount_table
#include "test.hpp"

#include "runtime/storage/mount_table.hpp"

#include <algorithm>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace CAF_SUITE {

using namespace observer;

namespace {

const std::string usual
  = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n"
    "40 27 8:1 /srv/observer /data rw,noatime master:3 propagate_from:2 - xfs "
    "/dev/sda1 rw,attr2\n"
    "41 27 0:44 / /mnt/nas rw,noexec - nfs4 nas:/export/of\\040ours "
    "rw,vers=4.2,local_lock=none,addr=10.0.0.2\n";

std::string point_of(const std::string& table, std::string_view path) {
  auto all = parse_mounts(table);
  auto found = mount_of(all, path);
  return found ? fmt::format("{} {}", found->id, found->point) : "none";
}

} // namespace

CAF_TEST(a line is read whatever optional fields it has) {
  auto all = parse_mounts(usual);
  CAF_REQUIRE_EQUAL(all.size(), 4u);
  auto& bind = all[2];
  CAF_CHECK_EQUAL(bind.id, 40);
  CAF_CHECK_EQUAL(bind.parent, 27);
  CAF_CHECK_EQUAL(bind.device, "8:1");
  CAF_CHECK_EQUAL(bind.root, "/srv/observer");
  CAF_CHECK_EQUAL(bind.point, "/data");
  CAF_CHECK_EQUAL(bind.type, "xfs");
  CAF_CHECK_EQUAL(bind.source, "/dev/sda1");
  CAF_CHECK_EQUAL(bind.super_options, "rw,attr2");
  CAF_CHECK_EQUAL(all[0].type, "proc"); // no optional field at all
}

CAF_TEST(blanks and backslashes of names stand as octal numbers) {
  auto all = parse_mounts("1 0 0:1 /a\\134b /data\\040dir\\011\\012x rw - "
                          "fuse.my\\040fs some\\040where rw\n");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].root, "/a\\b");
  CAF_CHECK_EQUAL(all[0].point, "/data dir\t\nx");
  CAF_CHECK_EQUAL(all[0].type, "fuse.my fs");
  CAF_CHECK_EQUAL(all[0].source, "some where");
  // What is no such number stays.
  CAF_CHECK(parse_mounts("1 0 0:1 / /a\\04 rw - t s o\n")[0].point == "/a\\04");
  CAF_CHECK(parse_mounts("1 0 0:1 / /a\\777 rw - t s o\n")[0].point == "/a\\777");
}

CAF_TEST(a path lies on the deepest mount whose name it has) {
  CAF_CHECK_EQUAL(point_of(usual, "/data/scalp"), "40 /data");
  CAF_CHECK_EQUAL(point_of(usual, "/data"), "40 /data");
  CAF_CHECK_EQUAL(point_of(usual, "/database"), "27 /");
  CAF_CHECK_EQUAL(point_of(usual, "/"), "27 /");
  CAF_CHECK_EQUAL(point_of("", "/data"), "none");
}

CAF_TEST(of mounts at one place the last hides the others) {
  auto stacked = usual + "50 40 0:50 / /data ro - tmpfs tmpfs ro,size=4k\n";
  CAF_CHECK_EQUAL(point_of(stacked, "/data/x"), "50 /data");
  CAF_CHECK(parse_mounts(stacked).back().is_read_only());
}

CAF_TEST(options are found as whole words of the mount or its file system) {
  auto nas = parse_mounts(usual)[3];
  CAF_CHECK(nas.has_option("noexec"));
  CAF_CHECK(nas.has_option("vers"));
  CAF_CHECK_EQUAL(nas.option("local_lock"), "none");
  CAF_CHECK(!nas.has_option("local"));
  CAF_CHECK(!nas.is_read_only());
  mount_entry of_super;
  of_super.options = "rw";
  of_super.super_options = "ro,errors=remount-ro";
  CAF_CHECK(of_super.is_read_only());
}

CAF_TEST(lines that are none are passed over) {
  for (auto bad : {"\n", "x 1 0:1 / /a rw - t s o", "1 2", "1 2 3 / relative rw "
                   "- t s o", "1 2 0:1 / /a rw no dash", "1 2 0:1 / /a rw -"}) {
    CAF_MESSAGE(bad);
    CAF_CHECK(parse_mounts(bad).empty());
  }
}

CAF_TEST(long options and a table of many mounts are read as they are) {
  std::string lower;
  for (int i = 0; i < 200; ++i)
    lower += fmt::format(":/var/lib/docker/overlay2/{:064x}/diff", i);
  auto text = fmt::format("1 0 0:1 / / rw - overlay overlay "
                          "rw,lowerdir={},upperdir=/u\n",
                          lower);
  for (int i = 2; i < 5'000; ++i)
    text += fmt::format("{0} 1 0:{0} / /run/pods/{0}/tmp rw - tmpfs tmpfs rw\n",
                        i);
  auto all = parse_mounts(text);
  CAF_CHECK_EQUAL(all.size(), 4'999u);
  CAF_CHECK_EQUAL(all[0].option("upperdir"), "/u");
  CAF_CHECK_EQUAL(mount_of(all, "/run/pods/4999/tmp/x")->id, 4999);
}

CAF_TEST(no table is read without an end) {
  std::string text;
  for (size_t i = 0; i < mounts_max + 10; ++i)
    text += "1 0 0:1 / / rw - t s o\n";
  CAF_CHECK_EQUAL(parse_mounts(text).size(), mounts_max);
}

CAF_TEST(the mount of an open directory is one of this process) {
  auto fd = ::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  CAF_REQUIRE(fd >= 0);
  auto id = mount_id_of(fd);
  ::close(fd);
  auto all = read_mounts();
  auto found = std::find_if(all.begin(), all.end(),
                            [&](auto& one) { return one.id == id; });
  CAF_REQUIRE(found != all.end());
  CAF_CHECK_EQUAL(found->point, "/proc");
  CAF_CHECK_EQUAL(mount_id_of(-1), -1);
}

} // namespace CAF_SUITE
