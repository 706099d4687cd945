#include "runtime/storage/posix_file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/storage/folder_owner.hpp"
#include "runtime/storage/io_words.hpp"

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

/// Does the file system have no such call, rather than a disk that failed?
bool is_unsupported(int code) {
  return code == EINVAL || code == ENOTSUP || code == EOPNOTSUPP
         || code == ENOSYS || code == ENOTTY || code == EBADF;
}

/// What a name leads to when it is no file of ours; null if it is one.
const char* not_ours(const struct stat& found) {
  return S_ISREG(found.st_mode)    ? nullptr
         : S_ISLNK(found.st_mode)  ? "a symbolic link"
         : S_ISDIR(found.st_mode)  ? "a directory"
         : S_ISFIFO(found.st_mode) ? "a pipe"
         : S_ISSOCK(found.st_mode) ? "a socket"
                                   : "a device";
}

struct opened_path {
  descriptor fd;
  std::optional<io_problem> problem;
};

/// Opens a regular file whose name is no link. `device` lets a device pass: it
/// takes what is written, and answers at once.
opened_path open_file(const std::string& path, int flags, bool device = false) {
  // Without O_NONBLOCK a pipe of this name would hold us for ever.
  auto fd = open_path(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat found;
  if (!fd.is_open()) {
    auto bad = problem_of("open", path);
    if (::lstat(path.c_str(), &found) == 0)
      if (auto what = not_ours(found))
        bad.detail = fmt::format("this name is {}, which is left alone", what);
    return {std::move(fd), std::move(bad)};
  }
  if (::fstat(fd.number(), &found) != 0)
    return {descriptor{-1}, problem_of("fstat", path)};
  auto what = not_ours(found);
  if (what == nullptr || (device && S_ISCHR(found.st_mode)))
    return {std::move(fd), std::nullopt};
  return {descriptor{-1},
          io_problem{"open", path, S_ISDIR(found.st_mode) ? EISDIR : ELOOP,
                     fmt::format("this name is {}, which is left alone", what)}};
}

/// Some file systems know only the one that is asked second.
int sync_data(int fd) {
  auto done = uninterrupted([&] { return ::fdatasync(fd); });
  if (done != 0 && is_unsupported(errno) && errno != EBADF)
    done = uninterrupted([&] { return ::fsync(fd); });
  return done;
}

file_system::content read_at(int fd, const std::string& path, uint64_t offset,
                             uint64_t size_max) {
  file_system::content out;
  constexpr uint64_t step_max = 1 << 20;
  while (out.bytes.size() < size_max) {
    auto had = out.bytes.size();
    auto step = std::min<uint64_t>(step_max, size_max - had);
    out.bytes.resize(had + step);
    auto n = uninterrupted([&] {
      return ::pread(fd, out.bytes.data() + had, step,
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

class posix_append_file : public append_file {
 public:
  using claim_ptr = std::shared_ptr<const posix_file_system::claim_function>;

  posix_append_file(std::string path, descriptor fd,
                    std::shared_ptr<latency_histogram> syncs, claim_ptr claim)
    : path_(std::move(path)), fd_(std::move(fd)), syncs_(std::move(syncs)),
      claim_(std::move(claim)) {}

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
    if (sync_data(fd_.number()) != 0)
      return problem_of("fdatasync", path_);
    if (syncs_)
      syncs_->add(std::chrono::duration_cast<std::chrono::microseconds>(
                    steady_clock::now() - begin)
                    .count());
    return std::nullopt;
  }

  std::optional<io_problem> verify(uint64_t bytes) override {
    struct stat ours, named;
    if (::fstat(fd_.number(), &ours) != 0)
      return problem_of("fstat", path_);
    std::string found;
    if (::lstat(path_.c_str(), &named) != 0) {
      auto code = errno;
      if (code != ENOENT && code != ENOTDIR && code != ELOOP)
        return problem_of("lstat", path_);
      found = ours.st_nlink == 0
                ? std::string{"it was deleted"}
                : fmt::format("this name leads nowhere any more; the file is {} "
                              "now",
                              own_name());
    } else if (auto other = prove_same(ours, named)) {
      return other;
    } else if (static_cast<uint64_t>(ours.st_size) != bytes) {
      found = fmt::format("it has {} bytes, and {} were written: somebody {} it",
                          ours.st_size, bytes,
                          static_cast<uint64_t>(ours.st_size) < bytes
                            ? "emptied or cut"
                            : "else has written to");
    }
    if (!found.empty())
      return io_problem{"verify", path_, ESTALE, std::move(found)};
    return claim_ ? (*claim_)() : std::nullopt;
  }

  content read(uint64_t offset, uint64_t size_max) override {
    return read_at(fd_.number(), path_, offset, size_max);
  }

 private:
  /// Numbers that differ are a suspicion and no proof: some network, shared and
  /// FUSE file systems give one and the same file others at each look. What
  /// has our size and our last bytes under our name is our file, or a copy of
  /// it: that one will not show what is written next.
  std::optional<io_problem> prove_same(const struct stat& ours,
                                       const struct stat& named) const {
    if (named.st_dev == ours.st_dev && named.st_ino == ours.st_ino)
      return std::nullopt;
    constexpr uint64_t proof_bytes = 4096;
    auto size = static_cast<uint64_t>(ours.st_size);
    auto from = size - std::min(size, proof_bytes);
    // A file system may count no names at all.
    auto gone = ours.st_nlink == 0 && named.st_nlink > 0;
    if (!gone && named.st_size == ours.st_size && S_ISREG(named.st_mode)) {
      auto [fd, bad] = open_file(path_, O_RDONLY);
      auto shown = bad ? content{{}, bad}
                       : read_at(fd.number(), path_, from, proof_bytes);
      auto written = read_at(fd_.number(), path_, from, proof_bytes);
      for (auto* got : {&shown, &written})
        if (got->problem && got->problem->code != ENOENT)
          return got->problem;
      if (!shown.problem && !written.problem && shown.bytes == written.bytes)
        return std::nullopt;
    }
    return io_problem{"verify", path_, ESTALE,
                      named.st_dev != ours.st_dev
                        ? "another file system lies at this name"
                        : "another file has this name"};
  }

  /// As the system calls it, wherever it was moved.
  std::string own_name() const {
    auto link = fmt::format("/proc/self/fd/{}", fd_.number());
    char name[4096];
    auto n = ::readlink(link.c_str(), name, sizeof name);
    return n > 0 ? std::string(name, static_cast<size_t>(n))
                 : std::string{"elsewhere"};
  }

  std::string path_;
  descriptor fd_;
  /// Up to here the disk was asked to begin.
  off_t begun_ = 0;
  std::shared_ptr<latency_histogram> syncs_;
  claim_ptr claim_;
};

} // namespace

file_system::opened posix_file_system::create(const std::string& path) {
  if (claim_)
    if (auto bad = (*claim_)())
      return {nullptr, bad};
  // Whatever has this name already, a link too, is left alone. Readable for
  // whoever must save what is in it; see append_file::read.
  auto fd = open_path(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL);
  if (!fd.is_open())
    return {nullptr, problem_of("open", path)};
  leave_to_folder_owner(fd.number(), path);
  return {std::make_unique<posix_append_file>(path, std::move(fd), syncs_,
                                              claim_),
          std::nullopt};
}

file_system::opened posix_file_system::open_existing(const std::string& path) {
  auto [fd, bad] = open_file(path, O_WRONLY | O_APPEND, true);
  if (bad)
    return {nullptr, bad};
  return {std::make_unique<posix_append_file>(path, std::move(fd), syncs_,
                                              claim_),
          std::nullopt};
}

file_system::content posix_file_system::read(const std::string& path,
                                             uint64_t offset,
                                             uint64_t size_max) {
  auto [fd, bad] = open_file(path, O_RDONLY);
  if (bad)
    return {{}, bad};
  return read_at(fd.number(), path, offset, size_max);
}

std::optional<io_problem> posix_file_system::settle(const std::string& path,
                                                    uint64_t from) {
  // For reading: whoever may not write it, or cannot because another process
  // holds a lease on it, may still learn from it.
  auto [fd, bad] = open_file(path, O_RDONLY);
  if (bad)
    return bad;
  if (sync_data(fd.number()) != 0)
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
  auto [fd, bad] = open_file(path, O_WRONLY);
  if (bad)
    return bad;
  struct stat found;
  if (::fstat(fd.number(), &found) != 0)
    return problem_of("fstat", path);
  if (static_cast<uint64_t>(found.st_size) < size)
    return io_problem{"ftruncate", path, ESTALE,
                      fmt::format("it has {} bytes, and {} were written: "
                                  "somebody emptied or cut it",
                                  found.st_size, size)};
  auto length = static_cast<off_t>(size);
  auto number = fd.number();
  if (uninterrupted([&] { return ::ftruncate(number, length); }) != 0)
    return problem_of("ftruncate", path);
  if (uninterrupted([&] { return ::fsync(number); }) != 0)
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
    if (::mkdir(path.c_str(), directory_mode) == 0)
      leave_to_folder_owner(
        open_path(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).number(), path);
    else if (errno != EEXIST)
      return problem_of("mkdir", path);
  } else if (!S_ISDIR(found.st_mode)) {
    return io_problem{"mkdir", path, ENOTDIR, "a file has this name"};
  }
  // Also for one that is there: whoever made it may not have come so far.
  return sync_entries(parent, path);
}

std::optional<io_problem>
posix_file_system::sync_directory(const std::string& path) {
  return sync_entries(path, path);
}

std::optional<io_problem>
posix_file_system::sync_entries(const std::string& path,
                                const std::string& inside) {
  auto fd = open_path(path, O_RDONLY | O_DIRECTORY);
  if (!fd.is_open()) {
    auto bad = problem_of("open", path);
    if (bad.code != EACCES && bad.code != EPERM)
      return bad;
    auto below = open_path(inside, O_RDONLY | O_DIRECTORY);
    if (!below.is_open())
      return bad;
    return sync_all_of(below.number(), path, bad.code);
  }
  if (uninterrupted([&] { return ::fsync(fd.number()); }) == 0)
    return std::nullopt;
  auto bad = problem_of("fsync", path);
  if (!is_unsupported(bad.code))
    return bad;
  return sync_all_of(fd.number(), path, bad.code);
}

std::optional<io_problem>
posix_file_system::sync_all_of(int descriptor, const std::string& path,
                               int refused) {
  if (uninterrupted([&] { return ::syncfs(descriptor); }) == 0)
    return std::nullopt;
  auto bad = problem_of("syncfs", path);
  if (!is_unsupported(bad.code))
    return bad;
  if (!unsynced_told_.exchange(true))
    spdlog::warn("[storage] {} cannot be synced ({}), as on some network and "
                 "shared folders: what is in a file is synced all the same, but "
                 "a power cut may take the name of a new one",
                 path, std::strerror(refused));
  return std::nullopt;
}

file_system::room posix_file_system::free_room(const std::string& path) {
  auto space = free_at(path);
  if (!space.known)
    return {0, std::nullopt, problem_of("statvfs", path)};
  return {space.bytes,
          space.inodes_max > 0 ? std::optional{space.inodes} : std::nullopt,
          std::nullopt, space.total};
}

} // namespace observer
