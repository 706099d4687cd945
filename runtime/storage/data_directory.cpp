#include "runtime/storage/data_directory.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "actors/journal/storage_health.hpp"
#include "runtime/storage/posix_file_system.hpp"

namespace observer {

data_directory_lock::~data_directory_lock() {
  ::close(descriptor_);
}

problem unusable_directory(const std::string& path, const std::string& why,
                           int code) {
  auto full = cause_of_errno(code) == cause::disk_full;
  return problem{fmt::format("data directory {} cannot be used: {}; {}, or "
                             "name another one with OBSERVER_DATA_DIR",
                             path, why,
                             full ? "free space there"
                                  : "give this user the right to write there")};
}

result<std::unique_ptr<data_directory_lock>>
claim_data_directory(const std::string& path) {
  posix_file_system files;
  auto unusable = [&](const std::string& why, int code) {
    return unusable_directory(path, why, code);
  };
  if (auto bad = files.make_directory(path))
    return unusable(bad->text(), bad->code);
  auto probe = path + "/.write-test";
  files.remove(probe);
  auto made = files.create(probe);
  auto bad = made.problem;
  if (!bad)
    bad = made.file->write("x");
  if (!bad)
    bad = made.file->sync();
  files.remove(probe);
  if (bad)
    return unusable(bad->text(), bad->code);
  auto lock = path + "/.lock";
  auto descriptor = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) {
    auto code = errno;
    return unusable(fmt::format("open {}: {}", lock, std::strerror(code)),
                    code);
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    auto n = ::read(descriptor, holder, sizeof holder - 1);
    ::close(descriptor);
    std::string pid{holder, n > 0 ? static_cast<size_t>(n) : 0};
    return problem{fmt::format("data directory {} is in use by another "
                               "observer (process {}); stop that one, or give "
                               "this one its own OBSERVER_DATA_DIR",
                               path, pid.empty() ? "unknown" : pid)};
  }
  auto pid = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0
      || ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
    // Only the number in a message is lost.
  }
  return std::make_unique<data_directory_lock>(descriptor);
}

} // namespace observer
