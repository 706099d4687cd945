#pragma once

// What is mounted, as the kernel tells this process: /proc/self/mountinfo.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace observer {

struct mount_entry {
  int64_t id = 0, parent = 0;
  /// major:minor.
  std::string device = {};
  /// What of its file system is mounted: `/`, or the folder of a bind mount as
  /// it is called there, which for a container is a path of the host.
  std::string root = {};
  /// Where.
  std::string point = {};
  /// Of this mount: `ro,noexec,relatime`.
  std::string options = {};
  /// `ext4`, `nfs4`, `fuse.sshfs`.
  std::string type = {};
  /// `/dev/sda1`, `server:/export`.
  std::string source = {};
  /// Of the file system.
  std::string super_options = {};

  /// Whether its own options or its file system's have this word, or this word
  /// with a value.
  bool has_option(std::string_view word) const;
  /// The value of `word=value`; empty without one.
  std::string_view option(std::string_view word) const;
  /// By either: a file system may be writable and this mount of it not.
  bool is_read_only() const;
};

/// More are not read: a machine of containers has some thousands.
inline constexpr size_t mounts_max = 100'000;

/// Lines that cannot be read are passed over.
std::vector<mount_entry> parse_mounts(std::string_view text);

/// The one that a path lies on, by its name, which has no links and no dots;
/// null if there is none. Of several at one place the last, which hides the
/// others.
const mount_entry* mount_of(const std::vector<mount_entry>& all,
                            std::string_view path);

/// Those of this process; none where /proc is not there.
std::vector<mount_entry> read_mounts();
/// The number of the mount that an open descriptor lies on; -1 if the kernel
/// does not say.
int64_t mount_id_of(int descriptor);

/// Text of a file of the kernel, which has no size before it is read; at most
/// `bytes_max` of it. Empty if it cannot be read.
std::string kernel_text(const std::string& path, size_t bytes_max = 64 << 10);

} // namespace observer
