#include "runtime/storage/posix_file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace observer {

namespace {

constexpr mode_t file_mode = 0640;
constexpr mode_t directory_mode = 0750;

/// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  decltype(call()) done;
  do {
    done = call();
  } while (done == -1 && errno == EINTR);
  return done;
}

/// A descriptor that closes itself.
class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    // No repetition on EINTR: Linux has closed it all the same.
    if (fd_ >= 0)
      ::close(fd_);
  }
  bool is_open() const {
    return fd_ >= 0;
  }
  int number() const {
    return fd_;
  }

 private:
  int fd_;
};

descriptor open_path(const std::string& path, int flags) {
  return descriptor{uninterrupted(
    [&] { return ::open(path.c_str(), flags | O_CLOEXEC, file_mode); })};
}

std::string parent_of(const std::string& path) {
  auto end = path.find_last_not_of('/');
  auto slash = end == path.npos ? path.npos : path.rfind('/', end);
  if (slash == path.npos)
    return end == path.npos ? "/" : ".";
  auto last = path.find_last_not_of('/', slash);
  return last == path.npos ? "/" : path.substr(0, last + 1);
}

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

uint64_t free_at(const std::string& path) {
  struct stat ignored;
  auto nearest = nearest_existing(path, ignored);
  struct statvfs fs;
  if (uninterrupted([&] { return ::statvfs(nearest.c_str(), &fs); }) != 0)
    return 0;
  return uint64_t{fs.f_bavail} * fs.f_frsize;
}

std::string explain(const std::string& path, int code) {
  switch (code) {
    case EACCES:
    case EPERM:
    case EROFS: {
      struct stat found;
      auto nearest = nearest_existing(path, found);
      return fmt::format("this process is uid {} gid {}; {} has mode {:04o} "
                         "and belongs to uid {} gid {}",
                         ::geteuid(), ::getegid(), nearest,
                         found.st_mode & 07777, found.st_uid, found.st_gid);
    }
    case ENOSPC:
    case EDQUOT:
      return fmt::format("{} bytes free on the file system at {}",
                         free_at(path), mount_point_of(path));
    default:
      return {};
  }
}

/// Reads errno: call it at once.
io_problem problem_of(std::string operation, const std::string& path) {
  auto code = errno;
  return {std::move(operation), path, code, explain(path, code)};
}

std::optional<io_problem> sync_path(const std::string& path, int flags) {
  auto fd = open_path(path, flags);
  if (!fd.is_open())
    return problem_of("open", path);
  if (uninterrupted([&] { return ::fsync(fd.number()); }) != 0)
    return problem_of("fsync", path);
  return std::nullopt;
}

class posix_append_file : public append_file {
 public:
  posix_append_file(std::string path, descriptor fd,
                    std::shared_ptr<latency_histogram> syncs)
    : path_(std::move(path)), fd_(std::move(fd)), syncs_(std::move(syncs)) {}

  std::optional<io_problem> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      auto n = uninterrupted(
        [&] { return ::write(fd_.number(), bytes.data(), bytes.size()); });
      if (n < 0)
        return problem_of("write", path_);
      if (n == 0) // never for a file; an endless loop would be worse
        return io_problem{"write", path_, EIO, "the system wrote nothing"};
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return std::nullopt;
  }

  void begin_sync() override {
    // To the end of the file, which is ours alone. What goes wrong is the next
    // fdatasync's to tell.
    auto end = ::lseek(fd_.number(), 0, SEEK_END);
    if (end > begun_)
      ::sync_file_range(fd_.number(), begun_, end - begun_,
                        SYNC_FILE_RANGE_WRITE);
    begun_ = end;
  }

  std::optional<io_problem> sync() override {
    using std::chrono::steady_clock;
    auto begin = steady_clock::now();
    if (uninterrupted([&] { return ::fdatasync(fd_.number()); }) != 0)
      return problem_of("fdatasync", path_);
    if (syncs_)
      syncs_->add(std::chrono::duration_cast<std::chrono::microseconds>(
                    steady_clock::now() - begin)
                    .count());
    return std::nullopt;
  }

 private:
  std::string path_;
  descriptor fd_;
  /// Up to here the disk was asked to begin.
  off_t begun_ = 0;
  std::shared_ptr<latency_histogram> syncs_;
};

file_system::opened
open_append(const std::string& path, int flags,
            const std::shared_ptr<latency_histogram>& syncs) {
  auto fd = open_path(path, O_WRONLY | O_APPEND | flags);
  if (!fd.is_open())
    return {nullptr, problem_of("open", path)};
  return {std::make_unique<posix_append_file>(path, std::move(fd), syncs),
          std::nullopt};
}

} // namespace

file_system::opened posix_file_system::create(const std::string& path) {
  return open_append(path, O_CREAT | O_EXCL, syncs_);
}

file_system::opened posix_file_system::open_existing(const std::string& path) {
  return open_append(path, 0, syncs_);
}

file_system::content posix_file_system::read(const std::string& path,
                                             uint64_t offset,
                                             uint64_t size_max) {
  auto fd = open_path(path, O_RDONLY);
  if (!fd.is_open())
    return {{}, problem_of("open", path)};
  content out;
  constexpr uint64_t step_max = 1 << 20;
  while (out.bytes.size() < size_max) {
    auto had = out.bytes.size();
    auto step = std::min<uint64_t>(step_max, size_max - had);
    out.bytes.resize(had + step);
    auto n = uninterrupted([&] {
      return ::pread(fd.number(), out.bytes.data() + had, step,
                     static_cast<off_t>(offset + had));
    });
    if (n < 0)
      return {{}, problem_of("read", path)};
    out.bytes.resize(had + static_cast<size_t>(n));
    if (n == 0)
      break;
  }
  return out;
}

std::optional<io_problem> posix_file_system::settle(const std::string& path,
                                                    uint64_t from) {
  auto fd = open_path(path, O_WRONLY);
  if (!fd.is_open())
    return problem_of("open", path);
  if (uninterrupted([&] { return ::fdatasync(fd.number()); }) != 0)
    return problem_of("fdatasync", path);
  // Advice: where it is not heeded, reads show the cache as before.
  ::posix_fadvise(fd.number(), static_cast<off_t>(from), 0,
                  POSIX_FADV_DONTNEED);
  return std::nullopt;
}

file_system::measured posix_file_system::size(const std::string& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0)
    return {0, problem_of("stat", path)};
  return {static_cast<uint64_t>(found.st_size), std::nullopt};
}

file_system::listing posix_file_system::list(const std::string& directory) {
  auto opened = ::opendir(directory.c_str());
  if (opened == nullptr) {
    if (errno == ENOENT)
      return {};
    return {{}, problem_of("opendir", directory), {}};
  }
  listing out;
  for (;;) {
    errno = 0;
    auto entry = ::readdir(opened);
    if (entry == nullptr) {
      if (errno != 0)
        out.problem = problem_of("readdir", directory);
      break;
    }
    std::string name = entry->d_name;
    struct stat found;
    auto path = directory + "/" + name;
    auto is_file = entry->d_type == DT_REG
                   || (entry->d_type == DT_UNKNOWN
                       && ::lstat(path.c_str(), &found) == 0
                       && S_ISREG(found.st_mode));
    if (is_file)
      out.names.push_back(std::move(name));
    else if (name != "." && name != "..")
      out.others.push_back(std::move(name));
  }
  ::closedir(opened);
  std::sort(out.names.begin(), out.names.end());
  std::sort(out.others.begin(), out.others.end());
  return out;
}

std::optional<io_problem> posix_file_system::truncate(const std::string& path,
                                                      uint64_t size) {
  auto fd = open_path(path, O_WRONLY);
  if (!fd.is_open())
    return problem_of("open", path);
  auto length = static_cast<off_t>(size);
  if (uninterrupted([&] { return ::ftruncate(fd.number(), length); }) != 0)
    return problem_of("ftruncate", path);
  if (uninterrupted([&] { return ::fsync(fd.number()); }) != 0)
    return problem_of("fsync", path);
  return std::nullopt;
}

std::optional<io_problem> posix_file_system::rename(const std::string& from,
                                                    const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return problem_of("rename", from);
  return std::nullopt;
}

std::optional<io_problem> posix_file_system::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0)
    return problem_of("unlink", path);
  return std::nullopt;
}

std::optional<io_problem>
posix_file_system::make_directory(const std::string& path) {
  struct stat found;
  auto parent = parent_of(path);
  if (::stat(path.c_str(), &found) != 0) {
    if (errno != ENOENT)
      return problem_of("stat", path);
    if (parent != "/" && parent != "." && ::stat(parent.c_str(), &found) != 0)
      if (auto bad = make_directory(parent))
        return bad;
    if (::mkdir(path.c_str(), directory_mode) != 0 && errno != EEXIST)
      return problem_of("mkdir", path);
  } else if (!S_ISDIR(found.st_mode)) {
    return io_problem{"mkdir", path, ENOTDIR, "a file has this name"};
  }
  // Also for one that is there: whoever made it may not have come so far.
  return sync_directory(parent);
}

std::optional<io_problem>
posix_file_system::sync_directory(const std::string& path) {
  return sync_path(path, O_RDONLY | O_DIRECTORY);
}

uint64_t posix_file_system::bytes_free(const std::string& path) {
  return free_at(path);
}

} // namespace observer
