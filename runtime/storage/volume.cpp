#include "runtime/storage/volume.hpp"

#include <algorithm>
#include <cerrno>
#include <sstream>

#include <fmt/format.h>

#include "messages/outside_text.hpp"

namespace observer {

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view network_types[]
  = {"nfs",   "nfs4",  "cifs", "smb3",   "smbfs",  "ceph", "glusterfs",
     "lustre", "beegfs", "gpfs", "afs",    "ocfs2",  "gfs2", "orangefs",
     "ncpfs", "davfs", "coda", "pvfs2", "quobyte"};
/// Behind `fuse.`.
constexpr std::string_view network_fuse_types[]
  = {"sshfs", "ceph", "ceph-fuse", "glusterfs", "curlftpfs", "davfs2", "davfs",
     "smbnetfs", "juicefs", "seaweedfs", "moosefs", "mfs"};
constexpr std::string_view object_fuse_types[]
  = {"s3fs", "rclone", "goofys", "gcsfuse", "mountpoint-s3", "blobfuse",
     "blobfuse2", "ossfs", "cosfs", "geesefs"};
constexpr std::string_view shared_types[]
  = {"9p", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "drvfs", "fakeowner",
     "fuse.vmhgfs-fuse", "fuse.grpcfuse", "fuse.osxfs", "fuse.portal"};

template <size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word)
         != std::end(words);
}

/// `/var/lib/docker/volumes/<64 hex digits>/_data`: one that was given no name.
bool is_nameless_volume(std::string_view folder) {
  constexpr auto before = "/volumes/"sv, behind = "/_data"sv;
  constexpr size_t digits = 64;
  auto at = folder.rfind(before);
  if (at == folder.npos || !folder.ends_with(behind))
    return false;
  auto name = folder.substr(at + before.size());
  name.remove_suffix(behind.size());
  return name.size() == digits
         && name.find_first_not_of("0123456789abcdef") == name.npos;
}

bool is_empty_dir(std::string_view folder) {
  return folder.find("/volumes/kubernetes.io~empty-dir/") != folder.npos;
}

/// What goes with the container although something is mounted; else empty.
std::string passing_volume(const volume_facts& seen) {
  if (!seen.mount || !seen.is_mounted())
    return {};
  if (is_empty_dir(seen.mount->root))
    return "lies in an emptyDir, which ends with its pod: give it a "
           "PersistentVolumeClaim";
  if (is_nameless_volume(seen.mount->root))
    return fmt::format("lies on a volume without a name: the next container "
                       "begins with another one, and this one is removed with "
                       "--rm or a prune; give it a name (-v observer-data:{})",
                       shell_word(seen.path));
  return {};
}

/// What a volume that is none would cost, and how to mount one; empty where the
/// place is good.
std::string unmounted(const volume_facts& seen, bool must_be_mounted) {
  auto mount_one = fmt::format(
    "mount one there (docker run -v observer-data:{0}, `volumes:` of a compose "
    "file, a volumeMount with a claim in Kubernetes)",
    shell_word(seen.path));
  if (seen.kind() == volume_kind::memory)
    return fmt::format("lies in memory ({}): all that is recorded is gone {}; {}",
                       seen.type,
                       seen.container.empty() ? "after a reboot"
                                              : "with the container",
                       seen.container.empty() ? "take a folder on a disk"
                                              : mount_one);
  auto passing = passing_volume(seen);
  if (!passing.empty())
    return passing;
  if (seen.is_mounted() && seen.kind() != volume_kind::overlay)
    return {};
  if (!seen.container.empty())
    return fmt::format("lies on the file system of the container itself ({}): no "
                       "volume is mounted there, and all that is recorded is lost "
                       "with the container; {}",
                       seen.type, mount_one);
  if (must_be_mounted)
    return fmt::format("lies on the file system of / ({}): nothing is mounted "
                       "there; mount its disk (findmnt, /etc/fstab)",
                       seen.type);
  return {};
}

void judge_network(const volume_facts& seen, std::vector<volume_remark>& out) {
  auto add = [&](const std::string& text) {
    out.push_back({volume_remark::warning,
                   fmt::format("data directory {} is on {}", seen.path, text)});
  };
  auto what = volume_words(seen);
  switch (seen.kind()) {
    case volume_kind::objects:
      add(fmt::format("a store of objects ({}): nothing can be appended and "
                      "synced there as a journal must; record to a disk, and let "
                      "backups go there",
                      what));
      return;
    case volume_kind::shared:
      add(fmt::format("a folder of this machine's host ({}): locks and syncs are "
                      "as that host keeps them; a disk of the machine itself is "
                      "safer",
                      what));
      return;
    case volume_kind::network:
      add(fmt::format("a network file system ({}): a server that does not answer "
                      "holds the recording up (it is kept in memory until "
                      "feed.unacked_bytes_max); a local disk is safer, and backups "
                      "can go there",
                      what));
      break;
    default:
      return;
  }
  if (!seen.mount)
    return;
  auto& m = *seen.mount;
  auto local = m.option("local_lock");
  if (m.has_option("nolock") || m.has_option("nobrl") || local == "all"
      || local == "flock")
    add(fmt::format("a network file system whose locks end at this machine ({}): "
                    "nothing keeps an observer of another machine away; see to it "
                    "that there is none with this folder, or mount it without "
                    "that option",
                    m.has_option("nolock")  ? "nolock"
                    : m.has_option("nobrl") ? "nobrl"
                                            : fmt::format("local_lock={}", local)));
  if (m.has_option("soft") || m.has_option("softerr"))
    add("a network file system mounted `soft`: a server that is slow gives errors "
        "instead of being waited for; mount it `hard`");
}

/// Less than that is told at the start; a day's need the doctor knows better.
constexpr uint64_t room_bytes_low = 256 << 20, room_inodes_low = 100;

void judge_room(const volume_facts& seen, std::vector<volume_remark>& out) {
  if (seen.free_inodes && *seen.free_inodes < room_inodes_low)
    out.push_back({volume_remark::warning,
                   fmt::format("data directory {}: room for {} more files ({}); "
                               "remove files there",
                               seen.path, *seen.free_inodes,
                               volume_words(seen))});
  if (seen.total_bytes > 0 && seen.free_bytes < room_bytes_low)
    out.push_back({volume_remark::warning,
                   fmt::format("data directory {}: {} MiB are free ({}); free "
                               "space there",
                               seen.path, seen.free_bytes >> 20,
                               volume_words(seen))});
}

/// A mount that is not ours and lets us in.
void judge_owner(const volume_facts& seen, std::vector<volume_remark>& out) {
  auto& who = seen.self;
  if (!seen.exists || seen.write_refused != 0 || seen.uid == who.uid)
    return;
  auto by = may_write({who.uid, who.gid, who.groups, false}, seen.uid, seen.gid,
                      seen.mode)
              ? (seen.mode & 02) != 0 ? "all others may" : "its group may"
              : "root may everywhere";
  out.push_back({volume_remark::note,
                 fmt::format("data directory {} belongs to uid {} gid {} (mode "
                             "{:04o}): uid {} gid {} writes there because {}",
                             seen.path, seen.uid, seen.gid, seen.mode, who.uid,
                             who.gid, by)});
}

void judge_folders(const volume_facts& seen, std::vector<volume_remark>& out) {
  auto tell = [&](const std::string& folder, std::string_view what) {
    out.push_back({volume_remark::warning,
                   fmt::format("{} cannot be written to by uid {} gid {}, and {}: "
                               "{}",
                               folder, seen.self.uid, seen.self.gid, what,
                               chown_advice(seen, folder))});
  };
  for (auto& folder : seen.closed_folders)
    tell(folder, "its records would be held and then given up");
  for (auto& folder : seen.closed_notes)
    tell(folder, "no backup can note what it has proven");
}

void judge_promises(const volume_facts& seen, std::vector<volume_remark>& out) {
  if (!seen.mount)
    return;
  auto& m = *seen.mount;
  auto unkept = m.has_option("nobarrier")       ? "nobarrier"
                : m.option("barrier") == "0"    ? "barrier=0"
                : m.option("sync") == "disabled" ? "sync=disabled"
                : m.has_option("volatile")      ? "volatile"
                                                : "";
  if (*unkept)
    out.push_back({volume_remark::warning,
                   fmt::format("data directory {} is mounted with {}: what is "
                               "called synced there may be gone after a power cut; "
                               "mount it without",
                               seen.path, unkept)});
}

} // namespace

volume_kind kind_of_type(std::string_view type) {
  constexpr auto fuse = "fuse."sv;
  if (type == "tmpfs" || type == "ramfs")
    return volume_kind::memory;
  if (type == "overlay" || type == "aufs" || type == "fuse.fuse-overlayfs")
    return volume_kind::overlay;
  if (is_one_of(type, network_types))
    return volume_kind::network;
  if (is_one_of(type, shared_types))
    return volume_kind::shared;
  if (type.starts_with(fuse)) {
    auto kind = type.substr(fuse.size());
    if (is_one_of(kind, object_fuse_types))
      return volume_kind::objects;
    if (is_one_of(kind, network_fuse_types))
      return volume_kind::network;
  }
  return volume_kind::local;
}

std::string_view type_of_magic(uint64_t magic) {
  constexpr std::pair<uint64_t, std::string_view> known[] = {
    {0xEF53, "ext4"},         {0x58465342, "xfs"},
    {0x9123683E, "btrfs"},    {0x2FC12FC1, "zfs"},
    {0xF2F52010, "f2fs"},     {0x01021994, "tmpfs"},
    {0x858458F6, "ramfs"},    {0x794C7630, "overlay"},
    {0x61756673, "aufs"},     {0x6969, "nfs"},
    {0xFF534D42, "cifs"},     {0xFE534D42, "smb3"},
    {0x517B, "smbfs"},        {0x00C36400, "ceph"},
    {0x0BD00BD0, "lustre"},   {0x47504653, "gpfs"},
    {0x5346414F, "afs"},      {0x7461636F, "ocfs2"},
    {0x01161970, "gfs2"},     {0x01021997, "9p"},
    {0x786F4256, "vboxsf"},   {0x65735546, "fuse"},
    {0x4D44, "vfat"},         {0x2011BAB0, "exfat"},
    {0x73717368, "squashfs"},
  };
  for (auto& [number, name] : known)
    if (number == (magic & 0xFFFFFFFF))
      return name;
  return {};
}

std::vector<id_range> parse_id_map(std::string_view text) {
  constexpr size_t ranges_max = 1'000;
  std::vector<id_range> out;
  std::istringstream words{std::string{text}};
  for (id_range one;
       out.size() < ranges_max && words >> one.inside >> one.outside >> one.count;)
    out.push_back(one);
  return out;
}

std::optional<uint32_t> outside_id(const std::vector<id_range>& map,
                                   uint32_t inside) {
  if (map.empty())
    return inside;
  for (auto& one : map)
    if (inside >= one.inside && inside - one.inside < one.count)
      return one.outside + (inside - one.inside);
  return std::nullopt;
}

namespace {

/// Of the first class that fits, as the kernel judges it.
bool may(const process_identity& who, uint32_t uid, uint32_t gid, uint32_t mode,
         uint32_t wanted) {
  if (who.overrides)
    return true;
  auto in_group = gid == who.gid
                  || std::find(who.groups.begin(), who.groups.end(), gid)
                       != who.groups.end();
  auto bits = uid == who.uid ? mode >> 6 : in_group ? mode >> 3 : mode;
  return (bits & wanted) == wanted;
}

} // namespace

bool may_write(const process_identity& who, uint32_t uid, uint32_t gid,
               uint32_t mode) {
  return may(who, uid, gid, mode, 03);
}

bool may_pass(const process_identity& who, uint32_t uid, uint32_t gid,
              uint32_t mode) {
  return may(who, uid, gid, mode, 01);
}

std::string container_of(const container_signs& seen) {
  auto layered = kind_of_type(seen.root_type) == volume_kind::overlay;
  // Of other storage drivers the root is a folder or a data set.
  auto own_root = layered || seen.root_type == "zfs"
                  || (!seen.root_folder.empty() && seen.root_folder != "/");
  if (!own_root)
    return {};
  if (seen.in_kubernetes)
    return fmt::format("{} is set", kubernetes_sign);
  if (seen.has_docker_file)
    return "/.dockerenv is there";
  if (seen.has_podman_file)
    return "/run/.containerenv is there";
  if (!seen.variable.empty())
    return fmt::format("container={} is set", outside_value(seen.variable));
  return layered ? fmt::format("/ is {}", seen.root_type) : std::string{};
}

std::string shell_word(std::string_view text) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || "/._-+:,@%"sv.find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain))
    return std::string{text};
  std::string out = "'";
  for (auto c : text)
    out += c == '\'' ? "'\\''"s : std::string(1, c);
  return out + "'";
}

std::string volume_words(const volume_facts& seen) {
  if (!seen.mount)
    return seen.type.empty() ? "an unknown file system" : seen.type;
  auto& m = *seen.mount;
  return fmt::format("{}, {}, mounted at {}", m.type, outside_value(m.source),
                     outside_value(m.point));
}

std::vector<volume_remark> judge_volume(const volume_facts& seen,
                                        bool must_be_mounted) {
  std::vector<volume_remark> out;
  if (auto bad = unmounted(seen, must_be_mounted); !bad.empty()) {
    auto refused = must_be_mounted;
    out.push_back(
      {refused ? volume_remark::refusal : volume_remark::warning,
       fmt::format("data directory {} {}{}", seen.path, bad,
                   refused ? ", or name another one with OBSERVER_DATA_DIR; "
                             "OBSERVER_DATA_MUST_BE_MOUNTED=false "
                             "(data.must_be_mounted) records there all the same"
                           : "")});
  }
  judge_folders(seen, out);
  judge_room(seen, out);
  judge_network(seen, out);
  judge_promises(seen, out);
  judge_owner(seen, out);
  return out;
}

} // namespace observer
