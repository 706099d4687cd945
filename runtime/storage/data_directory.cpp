#include "runtime/storage/data_directory.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "actors/journal/disk_errors.hpp"
#include "actors/journal/storage_health.hpp"
#include "runtime/storage/folder_owner.hpp"
#include "runtime/storage/holder.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "runtime/storage/volume.hpp"

namespace observer {

namespace {

constexpr size_t lock_bytes_max = 31;

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// 0, or the errno with which the lock is refused.
int lock_now(int descriptor) {
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    if (errno != EINTR)
      return errno;
  return 0;
}

/// All but "somebody else has it": the file system knows no such lock, or not
/// of a directory.
bool knows_no_lock(int code) {
  return code != EWOULDBLOCK && code != EAGAIN;
}

/// What the kernel says of who has locked this file; 0 if it does not say.
long holder_by_kernel(const struct stat& locked) {
  std::ifstream locks{"/proc/locks"};
  auto place = fmt::format("{:02x}:{:02x}:{}", ::major(locked.st_dev),
                           ::minor(locked.st_dev), locked.st_ino);
  // `1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF`
  std::string number, kind, advice, access, where, rest;
  long pid = 0;
  std::string line;
  while (std::getline(locks, line)) {
    std::istringstream words{line};
    words >> number >> kind >> advice >> access >> pid >> where;
    if (words && kind == "FLOCK" && where == place && pid > 0)
      return pid;
  }
  return 0;
}

/// The number in a `.lock`; nothing if what is in it is not ours.
std::optional<long> number_in(int descriptor) {
  char text[lock_bytes_max + 2] = {};
  auto n = ::pread(descriptor, text, lock_bytes_max + 1, 0);
  if (n < 0 || static_cast<size_t>(n) > lock_bytes_max)
    return std::nullopt;
  long number = 0;
  for (ssize_t i = 0; i < n; ++i) {
    if (text[i] == '\n' && i + 1 == n)
      break;
    if (text[i] < '0' || text[i] > '9' || i > 9)
      return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

/// Leaves this and nothing else in a `.lock`.
bool write_number(int descriptor, const std::string& text) {
  return ::ftruncate(descriptor, 0) == 0
         && ::pwrite(descriptor, text.data(), text.size(), 0)
              == static_cast<ssize_t>(text.size());
}

/// A name that nobody has: what is removed again is what was made here.
std::string probe_name() {
  return fmt::format(".write-test-{}", ::getpid());
}

std::string holder(const struct stat& locked, const std::string& data_dir) {
  auto lock_file = data_dir + "/.lock";
  auto pid = holder_by_kernel(locked);
  // A number of another container names a process here that has nothing to do
  // with it: its note says more.
  auto own = own_holder(0);
  auto note = read_holder(data_dir);
  auto elsewhere = note && !note->ended
                   && (note->pid_space != own.pid_space
                       || note->boot != own.boot);
  if (pid == 0 && elsewhere)
    return holder_words(*note, own);
  if (pid == 0) {
    auto fd = ::open(lock_file.c_str(),
                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
      // A number of before tells nothing: its process must be there.
      auto said = number_in(fd).value_or(0);
      ::close(fd);
      // Our own is that of a process of another container.
      if (said > 0 && said != ::getpid()
          && (::kill(static_cast<pid_t>(said), 0) == 0 || errno == EPERM))
        pid = said;
    }
  }
  return pid > 0 ? fmt::format("process {}", pid)
                 : std::string{"a process that this one cannot see, perhaps of "
                                 "another container"};
}

io_problem taken(const std::string& path, const std::string& by) {
  return {"lock", path, EBUSY,
          fmt::format("in use by another observer ({}); stop that one, or give "
                      "this one its own OBSERVER_DATA_DIR",
                      by)};
}

/// Why a `.lock` is none of ours; null if it may be.
const char* foreign(int descriptor, const struct stat& found) {
  return !S_ISREG(found.st_mode)  ? "it is no regular file"
         : found.st_nlink > 1     ? "it has a second name elsewhere"
         : !number_in(descriptor) ? "something else than a process number is "
                                    "in it"
                                  : nullptr;
}

} // namespace

data_directory_lock::~data_directory_lock() {
  drop();
}

void data_directory_lock::drop() {
  for (auto fd : {&directory_, &file_})
    if (auto open = std::exchange(*fd, -1); open >= 0)
      ::close(open);
}

std::optional<io_problem> data_directory_lock::take_directory() {
  struct stat found;
  auto fd = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return io_problem{"open", path_, errno, {}};
  auto code = lock_now(fd);
  if (code != 0 && !knows_no_lock(code)) {
    auto who = ::fstat(fd, &found) == 0 ? holder(found, path_)
                                        : std::string{"unknown"};
    ::close(fd);
    return taken(path_, who);
  }
  if (code != 0) {
    ::close(fd); // the file's lock must do
    fd = -1;
  }
  drop();
  directory_ = fd;
  return std::nullopt;
}

std::optional<io_problem> data_directory_lock::take_file() {
  // Whoever deletes the file between the opening and the lock leaves us with
  // one that keeps nobody away.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (auto bad = take_named_file())
      return bad;
    if (file_ < 0 || holds_named_file())
      break;
    ::close(std::exchange(file_, -1));
  }
  return std::nullopt;
}

bool data_directory_lock::holds_named_file() const {
  struct stat named, held;
  auto name = path_ + "/.lock";
  if (file_ < 0 || ::lstat(name.c_str(), &named) != 0
      || ::fstat(file_, &held) != 0)
    return false;
  if (same_file(named, held))
    return true;
  // Numbers are no proof where they change from look to look: what is written
  // to the one must be seen in the other. Twice, for a copy shows one of both.
  auto shows = [&](const std::string& text) {
    if (!write_number(file_, text))
      return false;
    auto fd = ::open(name.c_str(),
                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char seen[lock_bytes_max] = {};
    auto n = fd < 0 ? -1 : ::pread(fd, seen, sizeof seen, 0);
    if (fd >= 0)
      ::close(fd);
    return n >= 0 && std::string_view(seen, static_cast<size_t>(n)) == text;
  };
  auto number = std::to_string(::getpid());
  return shows(number + '\n') && shows(number);
}

bool data_directory_lock::holds_named_directory(const struct stat& named) const {
  struct stat held;
  if (directory_ < 0 || ::fstat(directory_, &held) != 0)
    return false;
  if (same_file(named, held))
    return true;
  // As with the file: what is made in the one must be seen in the other.
  auto probe = probe_name();
  auto fd = ::openat(directory_, probe.c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
  if (fd < 0)
    return false;
  ::close(fd);
  auto seen = ::access((path_ + "/" + probe).c_str(), F_OK) == 0;
  ::unlinkat(directory_, probe.c_str(), 0);
  return seen;
}

std::optional<io_problem> data_directory_lock::take_named_file() {
  auto name = path_ + "/.lock";
  auto leave = [&](const std::string& why) {
    if (!std::exchange(foreign_told_, true))
      spdlog::warn("[storage] {} is left alone: {}; {}", name, why,
                   directory_ >= 0 ? "the directory itself is locked instead"
                                   : "nothing keeps a second observer away");
    return std::nullopt;
  };
  auto fd = ::open(name.c_str(),
                   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
                     | O_CLOEXEC,
                   0640);
  if (fd < 0) {
    auto code = errno;
    return leave(code == ELOOP ? "it is a symbolic link" : std::strerror(code));
  }
  leave_to_folder_owner(fd, name);
  struct stat found;
  if (::fstat(fd, &found) != 0 || foreign(fd, found) != nullptr) {
    auto why = foreign(fd, found);
    ::close(fd);
    return leave(why ? why : "it cannot be looked at");
  }
  auto code = lock_now(fd);
  if (code != 0 && !knows_no_lock(code)) {
    auto who = holder(found, path_);
    ::close(fd);
    return taken(path_, who);
  }
  if (code != 0) {
    if (directory_ < 0 && !std::exchange(unlocked_told_, true))
      spdlog::warn("[storage] {} cannot be locked ({}), as on some network and "
                   "shared folders: it is recorded all the same; see to it "
                   "that no second observer is started with this "
                   "OBSERVER_DATA_DIR",
                   path_, std::strerror(code));
    ::close(fd);
    return std::nullopt;
  }
  // If it fails, only the number in a message is lost.
  static_cast<void>(write_number(fd, std::to_string(::getpid())));
  file_ = fd;
  return std::nullopt;
}

std::optional<io_problem> data_directory_lock::take() {
  std::lock_guard guard{mutex_};
  if (auto bad = take_directory())
    return bad;
  return take_file();
}

std::optional<io_problem> data_directory_lock::check() {
  // Each time anew: within a second of the last look another observer may have
  // taken the place.
  std::lock_guard guard{mutex_};
  return look();
}

std::optional<io_problem> data_directory_lock::look() {
  struct stat named;
  if (::stat(path_.c_str(), &named) != 0)
    return std::nullopt; // nothing there that anybody could hold
  // Who holds the file there keeps everybody away.
  if (holds_named_file())
    return std::nullopt;
  if (!holds_named_directory(named)) {
    auto had_one = directory_ >= 0;
    if (auto bad = take_directory())
      return bad;
    if (had_one)
      spdlog::error("[storage] another directory lies at {} now: it is taken",
                    path_);
  }
  if (file_ >= 0) {
    spdlog::warn("[storage] {}/.lock was taken away: made again", path_);
    ::close(std::exchange(file_, -1));
  }
  return take_file();
}

problem unusable_directory(const std::string& path, const std::string& why,
                           int code) {
  auto remedy = [&]() -> std::string {
    switch (code) {
      case ENOSPC:
      case EDQUOT:
        return "free space there";
      case EMFILE:
        return "allow this process more open files (ulimit -n)";
      case ENFILE:
        return "allow this machine more open files (fs.file-max), or end what "
               "has them";
      case EACCES:
      case EPERM:
        return "give this user the right to write there: "
               + access_advice(look_at_volume(path), code);
      case EROFS:
        return access_advice(look_at_volume(path), code);
      case ENOTDIR:
      case EISDIR:
      case ELOOP:
        return "take away what lies in its place";
      case EINVAL:
      case ENOSYS:
      case ENOTSUP:
        return "it must be on a file system that can sync files, or nothing "
               "could be called recorded";
      default:
        return "look after that disk";
    }
  };
  return problem{fmt::format("data directory {} cannot be used: {}; {}, or "
                             "name another one with OBSERVER_DATA_DIR",
                             path, why, remedy())};
}

result<std::unique_ptr<data_directory_lock>>
claim_data_directory(const std::string& path) {
  posix_file_system files;
  return claim_data_directory(files, path);
}

result<std::unique_ptr<data_directory_lock>>
claim_data_directory(file_system& files, const std::string& path) {
  auto unusable = [&](const io_problem& bad) {
    return unusable_directory(path, bad.text(), bad.code);
  };
  if (auto bad = files.make_directory(path))
    return unusable(*bad);
  auto probe = path + "/" + probe_name();
  auto made = files.create(probe);
  auto bad = made.problem;
  if (!bad) {
    bad = made.file->write("x");
    if (!bad)
      bad = made.file->sync();
    files.remove(probe);
  }
  // It is held until there is room, as at any other time.
  if (bad && cause_of_errno(bad->code) == cause::disk_full)
    spdlog::error("[storage] data directory {} is full at the start: {}; records "
                  "are held until there is room, and past "
                  "feed.unacked_bytes_max given up: free space there",
                  path, bad->text());
  else if (bad)
    return unusable(*bad);
  auto lock = std::make_unique<data_directory_lock>(path);
  if (auto refused = lock->take()) {
    if (refused->code == EBUSY)
      return problem{fmt::format("data directory {} is {}", path,
                                 refused->detail)};
    return unusable(*refused);
  }
  return lock;
}

} // namespace observer
