#include "runtime/process/shortage.hpp"

#include <cerrno>
#include <cstring>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "messages/exceptions.hpp"

namespace observer {

namespace {

constexpr const char* raise_threads
  = "raise the limit on processes and threads (pids limit of the container, "
    "TasksMax of the service, ulimit -u)";

/// Why a thread cannot be made, and what to do.
std::string explain_threads(int code) {
  if (code == EPERM)
    return "something forbids it, no limit: the seccomp profile of an old "
           "container runtime (update it)";
  rlimit limit{};
  ::getrlimit(RLIMIT_STACK, &limit);
  constexpr rlim_t usual = 64 << 20;
  return limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur <= usual
           ? raise_threads
           : fmt::format("{}; or its stack of {} bytes is too large (ulimit -s)",
                         raise_threads, limit.rlim_cur);
}

uint64_t descriptors_allowed() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

} // namespace

std::string explain_descriptors(int code) {
  if (code == EMFILE)
    return fmt::format("this process may have {} descriptors (ulimit -n)",
                       descriptors_allowed());
  if (code == ENFILE)
    return "all processes of this machine together have too many (fs.file-max)";
  return {};
}

std::optional<problem> check_threads(size_t needed) {
  std::promise<void> end;
  auto ended = end.get_future().share();
  std::vector<std::jthread> made;
  made.reserve(needed);
  std::optional<problem> bad;
  try {
    while (made.size() < needed)
      made.emplace_back([ended] { ended.wait(); });
  } catch (const std::system_error& e) {
    bad = problem{fmt::format("cannot make a thread: {}; {} more are needed, and "
                              "{} can be had: {}",
                              std::strerror(e.code().value()), needed,
                              made.size(),
                              explain_threads(e.code().value()))};
  }
  end.set_value();
  return bad;
}

std::optional<problem> check_descriptors(size_t needed) {
  std::vector<int> made;
  made.reserve(needed);
  int code = 0;
  while (made.size() < needed && code == 0) {
    auto fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      code = errno;
    else
      made.push_back(fd);
  }
  for (auto fd : made)
    ::close(fd);
  if (code == EMFILE)
    return problem{fmt::format(
      "cannot open enough files: {}, and needs {}: raise that limit",
      explain_descriptors(code),
      descriptors_allowed() + needed - made.size())};
  if (code == ENFILE)
    return problem{fmt::format("cannot open enough files: {}: raise that limit, "
                               "or end what has them",
                               explain_descriptors(code))};
  return std::nullopt; // no /dev/null here, for one: not for us to say
}

std::string words_of_failed_start(const std::exception_ptr& thrown) {
  auto words = words_of_exception(thrown);
  auto about = [&](int code) {
    // The one call of ours that fails so is the making of a thread.
    if (code == EAGAIN || code == EPERM)
      return fmt::format("cannot make a thread: {}; {}", words,
                         explain_threads(code));
    auto more = explain_descriptors(code);
    return fmt::format("cannot start: {}{}{}", words, more.empty() ? "" : "; ",
                       more);
  };
  try {
    std::rethrow_exception(thrown);
  } catch (const std::system_error& e) {
    return about(e.code().value());
  } catch (...) {
    return about(0);
  }
}

} // namespace observer
