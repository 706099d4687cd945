#pragma once

// The volume that the data directory lies on: what there is to know of it
// before the first record, and what of that the operator should be told.
//
// What is seen (`look_at_volume`) is apart from what is made of it: tests bring
// volumes that no test machine has.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/storage/mount_table.hpp"

namespace observer {

enum class volume_kind : uint8_t {
  /// A file system of this machine's disks.
  local,
  /// tmpfs, ramfs: gone with the power, and mostly with the container.
  memory,
  /// Layers of an image.
  overlay,
  /// A server's: NFS, SMB, Ceph, and what is mounted through FUSE from afar.
  network,
  /// Objects of a store, shown as files: nothing can be appended to there.
  objects,
  /// The folder of a virtual machine's host: 9p, virtiofs, vboxsf.
  shared,
};

/// By the name of its type, as in the table of mounts.
volume_kind kind_of_type(std::string_view type);
/// A name of a type for what statfs says; empty if it is not known here.
std::string_view type_of_magic(uint64_t magic);

/// A part of a user namespace's map.
struct id_range {
  uint32_t inside = 0, outside = 0, count = 0;
};
/// /proc/self/uid_map or gid_map.
std::vector<id_range> parse_id_map(std::string_view text);
/// What the parent namespace, mostly the host, calls this number; nothing if it
/// has none. An empty map changes nothing.
std::optional<uint32_t> outside_id(const std::vector<id_range>& map,
                                   uint32_t inside);

/// Who this process is, to a file system.
struct process_identity {
  uint32_t uid = 0, gid = 0;
  /// Supplementary ones.
  std::vector<uint32_t> groups = {};
  /// It may pass over owner and mode (CAP_DAC_OVERRIDE), as root usually may.
  bool overrides = false;
  /// Of its user namespace.
  std::vector<id_range> uids = {}, gids = {};
};

process_identity own_identity();

/// Whether a process can write into a directory of this owner and mode.
bool may_write(const process_identity& who, uint32_t uid, uint32_t gid,
               uint32_t mode);
/// Whether it can pass through one to what is in it.
bool may_pass(const process_identity& who, uint32_t uid, uint32_t gid,
              uint32_t mode);

struct volume_facts {
  /// As it was set, and that, or the nearest directory above it that is there,
  /// without links.
  std::string path = {}, nearest = {};
  bool exists = false;
  /// Of the nearest.
  uint32_t uid = 0, gid = 0, mode = 0;
  process_identity self = {};
  /// 0, or the errno with which the system refuses writing there to this
  /// process.
  int write_refused = 0;
  /// Unknown where /proc is not there; then the type is that of statfs.
  std::optional<mount_entry> mount = {};
  std::string type = {};
  /// It is on what is mounted at `/`.
  bool on_root = false;
  /// Why this is taken for a container; empty: it is none.
  std::string container = {};
  /// Its security label (SELinux), and this process's; empty without.
  std::string label = {}, own_label = {};
  /// Free for us, and in all; inodes where they are bounded.
  uint64_t free_bytes = 0, total_bytes = 0;
  std::optional<uint64_t> free_inodes = {};
  /// Datasets' folders there that this process may not write to, and those of
  /// what is noted of closed days.
  std::vector<std::string> closed_folders = {}, closed_notes = {};

  bool is_mounted() const {
    return !on_root;
  }
  volume_kind kind() const {
    return kind_of_type(type);
  }
};

/// By what the root's mount, files at known places and the environment say.
struct container_signs {
  std::string root_type = {};
  /// Of the root's mount within its file system.
  std::string root_folder = {};
  bool has_docker_file = false, has_podman_file = false, in_kubernetes = false;
  /// The variable `container`.
  std::string variable = {};
};
/// How those of a pod begin.
inline constexpr std::string_view kubernetes_sign = "KUBERNETES_SERVICE_HOST";
/// In words; empty if it is none. A virtual machine made of an image has files
/// of a container, and a disk of its own.
std::string container_of(const container_signs& seen);

/// Blocks, on a file system that does not answer for ever.
volume_facts look_at_volume(const std::string& path);

struct volume_remark {
  enum level_type : uint8_t { note, warning, refusal } level = note;
  /// What, where, and what to do.
  std::string text = {};
};

/// Most important first. A refusal only where `must_be_mounted`.
std::vector<volume_remark> judge_volume(const volume_facts& seen,
                                        bool must_be_mounted);

/// Why this process may not write there, and what to do: the exact chown, the
/// host's numbers and folder where they are others, or what else forbids it
/// where owner and mode do not. `code` is the errno that was met.
std::string access_advice(const volume_facts& seen, int code);

/// The line that gives this process a folder there, with the host's numbers and
/// path where they are others.
std::string chown_advice(const volume_facts& seen, const std::string& folder);

/// `ext4, /dev/sda1, mounted at /data`.
std::string volume_words(const volume_facts& seen);

/// A word of a shell's line, in quotes where it needs them.
std::string shell_word(std::string_view text);

} // namespace observer
