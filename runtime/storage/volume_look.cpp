// What the system says of a volume.

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "messages/batches.hpp"
#include "runtime/storage/volume.hpp"

namespace observer {

namespace {

class open_directory {
 public:
  explicit open_directory(const std::string& path)
    : fd_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
  ~open_directory() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  open_directory(const open_directory&) = delete;
  open_directory& operator=(const open_directory&) = delete;

  int number() const {
    return fd_;
  }

 private:
  int fd_;
};

/// Absolute, without links; empty if it is not there.
std::string real_path(const std::string& path) {
  std::string out;
  if (auto real = ::realpath(path.c_str(), nullptr)) {
    out = real;
    std::free(real);
  }
  return out;
}

std::string nearest_of(std::string path, bool& exists) {
  exists = true;
  for (;;) {
    struct stat found;
    auto real = real_path(path);
    if (!real.empty() && ::stat(real.c_str(), &found) == 0
        && S_ISDIR(found.st_mode))
      return real;
    exists = false;
    auto end = path.find_last_not_of('/');
    if (end == path.npos)
      return "/";
    auto slash = path.rfind('/', end);
    path = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  }
}

const mount_entry* entry_of(const std::vector<mount_entry>& all,
                            const std::string& path) {
  open_directory there{path};
  if (there.number() >= 0)
    if (auto id = mount_id_of(there.number()); id >= 0) {
      auto i = std::find_if(all.begin(), all.end(),
                            [&](auto& one) { return one.id == id; });
      if (i != all.end())
        return &*i;
    }
  return mount_of(all, path);
}

std::string label_of(const std::string& path) {
  char text[256];
  auto n = ::getxattr(path.c_str(), "security.selinux", text, sizeof text);
  std::string out{text, n > 0 ? static_cast<size_t>(n) : 0};
  return out.substr(0, out.find('\0'));
}

/// SELinux only: AppArmor's has blanks and slashes.
std::string own_label() {
  auto text = kernel_text("/proc/self/attr/current", 256);
  text = text.substr(0, text.find_first_of(std::string_view{"\n\0", 2}));
  return std::count(text.begin(), text.end(), ':') >= 3 ? text : std::string{};
}

bool is_there(const char* path) {
  return ::access(path, F_OK) == 0;
}

std::string variable(const char* name) {
  auto text = std::getenv(name);
  return text ? text : "";
}

bool overrides_modes() {
  auto text = kernel_text("/proc/self/status");
  constexpr std::string_view name = "\nCapEff:\t";
  auto at = text.find(name);
  if (at == text.npos)
    return ::geteuid() == 0;
  auto bits = std::strtoull(text.c_str() + at + name.size(), nullptr, 16);
  constexpr unsigned dac_override = 1;
  return (bits >> dac_override & 1) != 0;
}

int refusal_of_writing(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) == 0
           ? 0
           : errno;
}

void look_at_room(volume_facts& out) {
  struct statvfs fs;
  if (::statvfs(out.nearest.c_str(), &fs) != 0)
    return;
  out.free_bytes = uint64_t{fs.f_bavail} * fs.f_frsize;
  out.total_bytes = uint64_t{fs.f_blocks} * fs.f_frsize;
  if (fs.f_files > 0)
    out.free_inodes = fs.f_favail;
}

} // namespace

process_identity own_identity() {
  process_identity out;
  out.uid = ::geteuid();
  out.gid = ::getegid();
  out.groups.resize(static_cast<size_t>(std::max(::getgroups(0, nullptr), 0)));
  auto n = ::getgroups(static_cast<int>(out.groups.size()), out.groups.data());
  out.groups.resize(static_cast<size_t>(std::max(n, 0)));
  out.overrides = overrides_modes();
  out.uids = parse_id_map(kernel_text("/proc/self/uid_map"));
  out.gids = parse_id_map(kernel_text("/proc/self/gid_map"));
  return out;
}

volume_facts look_at_volume(const std::string& path) {
  volume_facts out;
  out.path = path;
  out.nearest = nearest_of(path, out.exists);
  out.self = own_identity();
  struct stat found {};
  if (::stat(out.nearest.c_str(), &found) == 0) {
    out.uid = found.st_uid;
    out.gid = found.st_gid;
    out.mode = found.st_mode & 07777;
  }
  out.write_refused = refusal_of_writing(out.nearest);
  auto all = read_mounts();
  container_signs signs;
  auto root = entry_of(all, "/");
  if (auto mount = entry_of(all, out.nearest)) {
    out.mount = *mount;
    out.type = mount->type;
    out.on_root = root && root->id == mount->id;
  } else {
    struct statfs fs;
    struct stat top;
    if (::statfs(out.nearest.c_str(), &fs) == 0)
      out.type = type_of_magic(static_cast<uint64_t>(fs.f_type));
    out.on_root = ::stat("/", &top) == 0 && top.st_dev == found.st_dev;
  }
  if (root) {
    signs.root_type = root->type;
    signs.root_folder = root->root;
  }
  signs.has_docker_file = is_there("/.dockerenv");
  signs.has_podman_file = is_there("/run/.containerenv");
  signs.in_kubernetes = !variable("KUBERNETES_SERVICE_HOST").empty();
  signs.variable = variable("container");
  out.container = container_of(signs);
  out.label = label_of(out.nearest);
  out.own_label = own_label();
  look_at_room(out);
  if (!out.exists)
    return out;
  auto is_closed = [](const std::string& folder) {
    struct stat there;
    return ::stat(folder.c_str(), &there) == 0
           && refusal_of_writing(folder) == EACCES;
  };
  for (auto data : all_datasets)
    if (auto folder = out.nearest + "/" + std::string{to_string(data)};
        is_closed(folder))
      out.closed_folders.push_back(folder);
  for (auto name : {"/state", "/state/backups", "/state/days"})
    if (auto folder = out.nearest + name; is_closed(folder))
      out.closed_notes.push_back(folder);
  return out;
}

} // namespace observer
