#define CAF_SUITE runtime_storage_volume
#include "test.hpp"

#include "runtime/storage/volume.hpp"

#include <cerrno>
#include <string>

namespace CAF_SUITE {

using namespace observer;

namespace {

bool says(const std::string& text, std::string_view words) {
  if (text.find(words) != text.npos)
    return true;
  CAF_MESSAGE("\"" << text << "\" does not say \"" << words << "\"");
  return false;
}

/// What one is told of it, level by level.
std::string told(const volume_facts& seen, bool must_be_mounted = false) {
  std::string out;
  for (auto& r : judge_volume(seen, must_be_mounted))
    out += std::string{r.level == volume_remark::refusal   ? "refused: "
                       : r.level == volume_remark::warning ? "warning: "
                                                           : "note: "}
           + r.text + "\n";
  return out;
}

/// A disk of a machine, with a folder of uid 999 for uid 999.
volume_facts disk() {
  volume_facts out;
  out.path = out.nearest = "/data";
  out.exists = true;
  out.uid = out.gid = out.self.uid = out.self.gid = 999;
  out.mode = 0750;
  out.type = "ext4";
  out.mount = parse_mounts("40 27 8:1 / /data rw - ext4 /dev/sda1 rw\n")[0];
  out.free_bytes = out.total_bytes = uint64_t{100} << 30;
  out.free_inodes = 1'000'000;
  return out;
}

/// A folder of the host, mounted into a container.
volume_facts bound() {
  auto out = disk();
  out.container = "/.dockerenv is there";
  out.mount
    = parse_mounts("40 27 8:1 /srv/observer /data rw - ext4 /dev/sda1 rw\n")[0];
  return out;
}

volume_facts on(const std::string& type, const std::string& options = "rw") {
  auto out = disk();
  out.type = type;
  out.mount = parse_mounts("40 27 0:9 / /data rw - " + type + " from "
                           + options + "\n")[0];
  return out;
}

volume_facts unmounted_in_container() {
  auto out = disk();
  out.container = "/ is overlay";
  out.type = "overlay";
  out.mount = parse_mounts("27 1 0:9 / / rw - overlay overlay rw\n")[0];
  out.on_root = true;
  return out;
}

/// Somebody else's, closed to us.
volume_facts of_root(volume_facts out, uint32_t mode = 0755) {
  out.uid = out.gid = 0;
  out.mode = mode;
  out.write_refused = (mode & 03) == 03 ? 0 : EACCES;
  return out;
}

} // namespace

CAF_TEST(an ordinary disk is nothing to speak of) {
  CAF_CHECK_EQUAL(told(disk()), "");
  CAF_CHECK_EQUAL(told(disk(), true), "");
  CAF_CHECK_EQUAL(told(bound(), true), "");
}

CAF_TEST(a container without a volume is told loudly and refused where it must) {
  auto seen = unmounted_in_container();
  auto words = told(seen);
  CAF_CHECK(words.starts_with("warning: data directory /data lies on the file "
                              "system of the container itself (overlay)"));
  CAF_CHECK(says(words, "docker run -v observer-data:/data"));
  words = told(seen, true);
  CAF_CHECK(words.starts_with("refused: "));
  CAF_CHECK(says(words, "OBSERVER_DATA_MUST_BE_MOUNTED=false"));
}

CAF_TEST(a folder of the disk of slash is refused only where it must be mounted) {
  auto seen = disk();
  seen.on_root = true;
  CAF_CHECK_EQUAL(told(seen), "");
  CAF_CHECK(says(told(seen, true), "refused: "));
  CAF_CHECK(says(told(seen, true), "nothing is mounted there"));
}

CAF_TEST(memory is told as what is gone) {
  CAF_CHECK(says(told(on("tmpfs")), "warning: "));
  CAF_CHECK(says(told(on("tmpfs")), "gone after a reboot"));
  CAF_CHECK(says(told(on("tmpfs"), true), "refused: "));
  auto inside = on("ramfs");
  inside.container = "/ is overlay";
  CAF_CHECK(says(told(inside), "gone with the container"));
}

CAF_TEST(volumes that go with their container are known by their folder) {
  auto seen = bound();
  seen.mount->root = "/var/lib/docker/volumes/"
                     + std::string(64, 'a') + "/_data";
  CAF_CHECK(says(told(seen), "a volume without a name"));
  CAF_CHECK(says(told(seen, true), "refused: "));
  seen.mount->root = "/var/lib/docker/volumes/observer-data/_data";
  CAF_CHECK_EQUAL(told(seen, true), "");
  seen.mount->root = "/var/lib/kubelet/pods/5e1f/volumes/"
                     "kubernetes.io~empty-dir/data";
  CAF_CHECK(says(told(seen), "an emptyDir, which ends with its pod"));
  CAF_CHECK(says(told(seen, true), "refused: "));
}

CAF_TEST(file systems of others are told as what they are) {
  CAF_CHECK(says(told(on("nfs4")), "a network file system (nfs4, from"));
  CAF_CHECK(says(told(on("cifs")), "a network file system"));
  CAF_CHECK(says(told(on("fuse.sshfs")), "a network file system"));
  CAF_CHECK(says(told(on("fuse.s3fs")), "a store of objects"));
  CAF_CHECK(says(told(on("9p")), "a folder of this machine's host"));
  CAF_CHECK(says(told(on("virtiofs")), "a folder of this machine's host"));
  CAF_CHECK_EQUAL(told(on("fuse.mergerfs")), "");
  CAF_CHECK_EQUAL(told(on("btrfs")), "");
}

CAF_TEST(locks that end at this machine are told) {
  CAF_CHECK(!says(told(on("nfs", "rw,local_lock=none")), "locks end"));
  for (auto options : {"rw,nolock", "rw,local_lock=all", "rw,local_lock=flock"})
    CAF_CHECK(says(told(on("nfs", options)), "locks end at this machine"));
  CAF_CHECK(says(told(on("cifs", "rw,nobrl")), "(nobrl)"));
  CAF_CHECK(says(told(on("nfs", "rw,soft")), "mount it `hard`"));
}

CAF_TEST(a mount that does not keep what is synced is told) {
  CAF_CHECK(says(told(on("ext4", "rw,nobarrier")), "mounted with nobarrier"));
  CAF_CHECK(says(told(on("ext4", "rw,barrier=0")), "after a power cut"));
  CAF_CHECK_EQUAL(told(on("ext4", "rw,barrier=1")), "");
}

CAF_TEST(little room is told in bytes and in files) {
  auto seen = disk();
  seen.free_bytes = 3 << 20;
  CAF_CHECK(says(told(seen), "3 MiB are free"));
  seen = disk();
  seen.free_inodes = 7;
  CAF_CHECK(says(told(seen), "room for 7 more files"));
  seen.free_inodes.reset(); // made as they are needed
  CAF_CHECK_EQUAL(told(seen), "");
}

CAF_TEST(a mount of root that lets others write is told and taken) {
  auto seen = of_root(bound(), 0777);
  CAF_CHECK_EQUAL(told(seen, true),
                  "note: data directory /data belongs to uid 0 gid 0 (mode "
                  "0777): uid 999 gid 999 writes there because all others "
                  "may\n");
  seen.mode = 0770;
  seen.self.groups = {0};
  CAF_CHECK(says(told(seen), "because its group may"));
}

CAF_TEST(a folder of a dataset that another user made is told) {
  auto seen = disk();
  seen.closed_folders = {"/data/scalp"};
  CAF_CHECK(says(told(seen), "chown -R 999:999 /data/scalp"));
  CAF_CHECK(says(access_advice(seen, EACCES),
                 "belongs to another user: chown -R 999:999 /data"));
}

CAF_TEST(in a container its chown is one for the host) {
  auto seen = bound();
  seen.closed_folders = {"/data/scalp"};
  CAF_CHECK(says(told(seen), "chown -R 999:999 /srv/observer/scalp on the host"));
}

CAF_TEST(a folder that backups cannot note in is told) {
  auto seen = disk();
  seen.closed_notes = {"/data/state/backups"};
  CAF_CHECK(says(told(seen), "no backup can note what it has proven: chown -R "
                             "999:999 /data/state/backups"));
}

CAF_TEST(the first class that fits decides who may write) {
  process_identity who{999, 998, {44}, false, {}, {}};
  CAF_CHECK(may_write(who, 999, 0, 0700));
  CAF_CHECK(!may_write(who, 999, 998, 0077)); // its owner, and not the group
  CAF_CHECK(may_write(who, 0, 44, 0730));
  CAF_CHECK(!may_write(who, 0, 44, 0707));
  CAF_CHECK(may_write(who, 0, 0, 0773));
  CAF_CHECK(!may_write(who, 0, 0, 0772)); // no passing through
  CAF_CHECK(may_pass(who, 0, 0, 0771));
  who.overrides = true;
  CAF_CHECK(may_write(who, 0, 0, 0));
}

CAF_TEST(a folder of root is told with the chown that lets us in) {
  auto here = access_advice(of_root(disk()), EACCES);
  CAF_CHECK(says(here, "chown -R 999:999 /data, or run as its owner"));
  auto inside = access_advice(of_root(bound()), EACCES);
  CAF_CHECK(says(inside, "chown -R 999:999 /srv/observer on the host"));
  CAF_CHECK(says(inside, "--user 0:0"));
  CAF_CHECK(says(inside, "a folder that Docker made itself"));
}

CAF_TEST(in a pod the group of the volume is what helps) {
  container_signs signs;
  signs.root_type = "overlay";
  signs.in_kubernetes = true;
  auto seen = of_root(bound());
  seen.container = container_of(signs);
  CAF_CHECK(says(access_advice(seen, EACCES), "securityContext.fsGroup: 999"));
}

CAF_TEST(a name with blanks is one word of the line) {
  auto seen = of_root(disk());
  seen.nearest = "/mnt/my data's";
  CAF_CHECK(says(access_advice(seen, EACCES), "'/mnt/my data'\\''s'"));
}

CAF_TEST(a folder that is not there is made for us and nothing else is given) {
  auto seen = of_root(disk());
  seen.path = "/var/lib/observer";
  seen.nearest = "/var/lib";
  seen.exists = false;
  auto words = access_advice(seen, EACCES);
  CAF_CHECK(says(words, "install -d -o 999 -g 999 -m 0750 /var/lib/observer"));
  CAF_CHECK(words.find("chown") == words.npos);
  seen.mode = 0700;
  CAF_CHECK(says(access_advice(seen, EACCES), "pass through /var/lib"));
}

CAF_TEST(a user namespace gives the numbers of the host) {
  auto map = parse_id_map("         0     100000      65536\n");
  CAF_CHECK(outside_id(map, 999) == 100'999u);
  CAF_CHECK(!outside_id(map, 65'536));
  CAF_CHECK(outside_id({}, 7) == 7u);
  CAF_CHECK(parse_id_map("garbage").empty());
  auto seen = of_root(bound());
  seen.uid = seen.gid = 65'534;
  seen.self.uids = seen.self.gids = map;
  auto words = access_advice(seen, EACCES);
  CAF_CHECK(says(words, "chown -R 100999:100999 /srv/observer on the host"));
  CAF_CHECK(says(words, "none of this user namespace"));
}

CAF_TEST(a label that forbids what owner and mode allow is told) {
  auto seen = bound();
  seen.label = "unconfined_u:object_r:user_home_t:s0";
  seen.own_label = "system_u:system_r:container_t:s0:c159,c177";
  auto words = access_advice(seen, EACCES);
  CAF_CHECK(says(words, "`:Z`"));
  CAF_CHECK(says(words, "chcon -Rt container_file_t /srv/observer"));
  CAF_CHECK(says(words, "user_home_t"));
}

CAF_TEST(root that may not write is told why) {
  auto squashed = on("nfs4");
  squashed.self = {0, 0, {}, true, {}, {}};
  CAF_CHECK(says(access_advice(squashed, EACCES), "root_squash"));
  auto dropped = bound();
  dropped.self = {0, 0, {}, false, {}, {}};
  CAF_CHECK(says(access_advice(dropped, EACCES), "without CAP_DAC_OVERRIDE"));
}

CAF_TEST(where nothing explains it what else may is named) {
  CAF_CHECK(says(access_advice(disk(), EACCES), "lsattr"));
}

CAF_TEST(a read-only place is told as what it is) {
  auto seen = disk();
  CAF_CHECK(says(access_advice(seen, EROFS), "/dev/sda1, mounted at /data is "
                                             "read-only"));
  CAF_CHECK(says(access_advice(bound(), EROFS), "`:ro` behind the volume"));
  CAF_CHECK(says(access_advice(unmounted_in_container(), EROFS),
                 "the container's own file system is read-only"));
}

CAF_TEST(a container is known by its root and not by a file alone) {
  container_signs seen;
  seen.root_type = "ext4";
  seen.root_folder = "/";
  seen.has_docker_file = true; // a machine made of an image
  CAF_CHECK_EQUAL(container_of(seen), "");
  seen.root_type = "overlay";
  CAF_CHECK_EQUAL(container_of(seen), "/.dockerenv is there");
  seen.has_docker_file = false;
  CAF_CHECK_EQUAL(container_of(seen), "/ is overlay");
  seen.root_type = "ext4";
  seen.root_folder = "/var/lib/docker/vfs/dir/1234";
  CAF_CHECK_EQUAL(container_of(seen), "");
  seen.has_podman_file = true;
  CAF_CHECK_EQUAL(container_of(seen), "/run/.containerenv is there");
}

CAF_TEST(types are told by number where there is no table of mounts) {
  CAF_CHECK_EQUAL(type_of_magic(0xEF53), "ext4");
  CAF_CHECK_EQUAL(type_of_magic(0x6969), "nfs");
  // As a 32-bit number of 64 bits gives it, with its sign.
  CAF_CHECK_EQUAL(type_of_magic(0xFFFFFFFF9123683E), "btrfs");
  CAF_CHECK_EQUAL(type_of_magic(1), "");
}

CAF_TEST(the volume of this test is seen) {
  auto seen = look_at_volume("/proc/does/not/exist");
  CAF_CHECK(!seen.exists);
  CAF_CHECK_EQUAL(seen.nearest, "/proc");
  CAF_CHECK_EQUAL(seen.type, "proc");
  CAF_CHECK(seen.is_mounted());
  CAF_CHECK_EQUAL(look_at_volume("/").nearest, "/");
  CAF_CHECK(look_at_volume("/").on_root);
}

} // namespace CAF_SUITE
