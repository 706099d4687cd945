#include "runtime/archive/backup_lock.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/archive/backup_record.hpp"
#include "runtime/storage/folder_owner.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "runtime/storage/volume.hpp"

namespace observer {

namespace {

/// What was made by another user, as by a command that was called once by root.
std::string with_remedy(const std::string& path, int code, std::string words) {
  if (code == EACCES || code == EPERM || code == EROFS)
    words += ": " + access_advice(look_at_volume(path), code);
  return words;
}

} // namespace

result<std::unique_ptr<backup_lock>>
backup_lock::take(const std::string& data_dir) {
  auto directory = backup_state_directory(data_dir);
  auto path = directory + "/.lock";
  std::error_code error;
  // Not the data directory itself: what is not there has nothing to back up.
  if (!std::filesystem::is_directory(data_dir, error))
    return problem{fmt::format("there is no data directory {}", data_dir)};
  posix_file_system files;
  if (auto bad = files.make_directory(directory))
    return problem{with_remedy(directory, bad->code, bad->text())};
  auto fd = ::open(path.c_str(),
                   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
                     | O_CLOEXEC,
                   0640);
  if (fd < 0) {
    auto why = errno;
    return problem{with_remedy(
      std::filesystem::exists(path, error) ? path : directory, why,
      fmt::format("{} cannot be opened: {}; a backup notes there what it has "
                  "done",
                  path, std::strerror(why)))};
  }
  leave_to_folder_owner(fd, path);
  auto code = 0;
  do {
    code = ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  } while (code == EINTR);
  // A file system without locks: two are then the operator's to prevent.
  if (code == 0 || (code != EWOULDBLOCK && code != EAGAIN))
    return std::unique_ptr<backup_lock>{new backup_lock{fd}};
  ::close(fd);
  return problem{fmt::format("another backup or restore of {} is at work (it "
                             "holds {}): wait until it is done",
                             data_dir, path)};
}

backup_lock::~backup_lock() {
  ::close(fd_);
}

} // namespace observer
