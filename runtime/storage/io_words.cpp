#include "runtime/storage/io_words.hpp"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "runtime/process/shortage.hpp"
#include "runtime/storage/folder_owner.hpp"

namespace observer {

namespace {

/// The path itself, or the first directory above it that exists and can be
/// looked at.
std::string nearest_existing(std::string path, struct stat& found) {
  while (::stat(path.c_str(), &found) != 0) {
    if (path == "/" || path == ".") {
      found = {};
      break;
    }
    path = parent_of(path);
  }
  return path;
}

/// The highest directory on the same file system.
std::string mount_point_of(const std::string& path) {
  struct stat at, above;
  auto nearest = nearest_existing(path, at);
  // Links and relative paths are resolved first: going up is then by name.
  if (auto real = ::realpath(nearest.c_str(), nullptr)) {
    nearest = real;
    std::free(real);
  }
  while (nearest != "/" && nearest != ".") {
    auto parent = parent_of(nearest);
    if (::stat(parent.c_str(), &above) != 0 || above.st_dev != at.st_dev)
      break;
    nearest = parent;
  }
  return nearest;
}

} // namespace

free_space free_at(const std::string& path) {
  struct stat ignored;
  auto nearest = nearest_existing(path, ignored);
  struct statvfs fs;
  while (::statvfs(nearest.c_str(), &fs) != 0)
    if (errno != EINTR)
      return {};
  return {true, uint64_t{fs.f_bavail} * fs.f_frsize, uint64_t{fs.f_favail},
          uint64_t{fs.f_files},
          uint64_t{fs.f_blocks - fs.f_bfree + fs.f_bavail} * fs.f_frsize};
}

namespace {

std::string explain_space(const std::string& path) {
  auto space = free_at(path);
  if (!space.known)
    return {};
  auto where = mount_point_of(path);
  if (space.inodes_max > 0 && space.inodes == 0)
    return fmt::format("no inodes left on the file system at {} (0 of {}): "
                       "remove files there; {} bytes are free",
                       where, space.inodes_max, space.bytes);
  return fmt::format("{} bytes free on the file system at {}", space.bytes,
                     where);
}

/// A unit of systemd shows its service another disk than the operator sees.
std::string explain_unit(const std::string& path, int code) {
  if (std::getenv("INVOCATION_ID") == nullptr)
    return {};
  auto hidden = path.starts_with("/home/") || path.starts_with("/root/")
                || path.starts_with("/run/user/");
  if (hidden)
    return "; a service of systemd does not see it where its unit has "
           "ProtectHome=: take a folder elsewhere";
  if (code != EROFS)
    return {};
  return fmt::format("; a service of systemd may write only what its unit names: "
                     "`systemctl edit observer`, [Service] ReadWritePaths={}, "
                     "and restart it",
                     parent_of(path));
}

std::string explain(const std::string& path, int code) {
  switch (code) {
    case EACCES:
    case EPERM:
    case EROFS: {
      struct stat found;
      auto nearest = nearest_existing(path, found);
      return fmt::format("this process is uid {} gid {}; {} has mode {:04o} "
                         "and belongs to uid {} gid {}{}",
                         ::geteuid(), ::getegid(), nearest,
                         found.st_mode & 07777, found.st_uid, found.st_gid,
                         explain_unit(path, code));
    }
    case ENOSPC:
    case EDQUOT:
      return explain_space(path);
    case EMFILE:
    case ENFILE:
      return explain_descriptors(code);
    default:
      return {};
  }
}

} // namespace

io_problem problem_of(std::string operation, const std::string& path) {
  auto code = errno;
  return {std::move(operation), path, code, explain(path, code)};
}

} // namespace observer
