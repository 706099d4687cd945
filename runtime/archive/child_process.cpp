#include "runtime/archive/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messages/outside_text.hpp"

namespace observer {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t said_bytes_max = 2'000;
/// How often a stop is looked for.
constexpr int look_ms = 100;
/// For a process that was killed to be gone.
constexpr milliseconds death_patience{2'000};

class pipe_end {
 public:
  pipe_end() = default;
  explicit pipe_end(int fd) : fd_(fd) {}
  pipe_end(pipe_end&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  pipe_end& operator=(pipe_end&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~pipe_end() {
    close();
  }
  void close() {
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
  }
  int number() const {
    return fd_;
  }
  bool is_open() const {
    return fd_ >= 0;
  }

 private:
  int fd_ = -1;
};

struct pipe_pair {
  pipe_end read, write;
};

std::optional<pipe_pair> make_pipe(bool we_write) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return std::nullopt;
  pipe_pair out{pipe_end{ends[0]}, pipe_end{ends[1]}};
  auto ours = ends[we_write ? 1 : 0];
  ::fcntl(ours, F_SETFL, ::fcntl(ours, F_GETFL) | O_NONBLOCK);
  return out;
}

/// A recorder lets the kernel take its children away, and with them goes how they
/// ended. While this lives they are waited for; who else was to be taken away
/// meanwhile (the first process of a container inherits others) is at its end.
class children_are_waited_for {
 public:
  children_are_waited_for() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &action, &before_);
  }
  ~children_are_waited_for() {
    ::sigaction(SIGCHLD, &before_, nullptr);
    if (before_.sa_handler == SIG_IGN)
      while (::waitpid(-1, nullptr, WNOHANG) > 0)
        continue;
  }
  children_are_waited_for(const children_are_waited_for&) = delete;
  children_are_waited_for& operator=(const children_are_waited_for&) = delete;

 private:
  struct sigaction before_ {};
};

/// SIGPIPE is no end of ours, whatever the process does with it.
class no_broken_pipe {
 public:
  no_broken_pipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~no_broken_pipe() {
    timespec now{0, 0};
    if (sigismember(&before_, SIGPIPE) == 0)
      while (::sigtimedwait(&pipe_, nullptr, &now) > 0)
        continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  no_broken_pipe(const no_broken_pipe&) = delete;
  no_broken_pipe& operator=(const no_broken_pipe&) = delete;

 private:
  sigset_t pipe_, before_;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts)
    out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// 0, or errno.
int spawn(const child_job& job, int in, int out, int err, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  if (in < 0)
    ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  else
    ::posix_spawn_file_actions_adddup2(&files, in, 0);
  ::posix_spawn_file_actions_adddup2(&files, out, 1);
  ::posix_spawn_file_actions_adddup2(&files, err, 2);
  ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP
                                            | POSIX_SPAWN_SETSIGMASK
                                            | POSIX_SPAWN_SETSIGDEF);
  auto arguments = pointers(job.arguments);
  auto environment = pointers(job.environment);
  auto code = ::posix_spawnp(&pid, arguments.front(), &files, &attributes,
                             arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  return code;
}

class child {
 public:
  child(const child_job& job, pid_t pid, pipe_end in, pipe_end out, pipe_end err)
    : job_(job), pid_(pid), in_(std::move(in)), out_(std::move(out)),
      err_(std::move(err)), moved_at_(steady_clock::now()) {}

  result<child_end> attend() {
    while (out_.is_open() || err_.is_open() || in_.is_open()) {
      if (auto why = why_not_on(); !why.empty())
        return end_it(why);
      pollfd ends[3];
      nfds_t n = 0;
      for (auto* end : {&out_, &err_, &in_})
        if (end->is_open())
          ends[n++] = {end->number(),
                       static_cast<short>(end == &in_ ? POLLOUT : POLLIN), 0};
      if (::poll(ends, n, look_ms) < 0 && errno != EINTR)
        return end_it(fmt::format("poll: {}", std::strerror(errno)));
      for (nfds_t i = 0; i < n; ++i)
        if (ends[i].revents != 0)
          if (auto ok = serve(ends[i].fd); !ok)
            return end_it(ok.error().text);
      // It has ended, and what it leaves behind has its standard error still.
      if (!out_.is_open() && !in_.is_open() && has_ended())
        break;
    }
    while (!has_ended()) {
      if (auto why = why_not_on(); !why.empty())
        return end_it(why);
      ::usleep(10'000);
    }
    // Whatever it left in the background has no one to work for.
    ::kill(-pid_, SIGKILL);
    return child_end{*status_, outside_text(said_)};
  }

 private:
  std::string why_not_on() const {
    if (job_.go_on && !job_.go_on())
      return "stopped";
    if (steady_clock::now() - moved_at_ > job_.patience)
      return fmt::format("it took and gave nothing for {} s",
                         job_.patience.count() / 1'000);
    return {};
  }

  problem end_it(const std::string& why) {
    // First it, then its input's end: half a file must not look whole.
    ::kill(-pid_, SIGKILL);
    auto until = steady_clock::now() + death_patience;
    while (!has_ended() && steady_clock::now() < until)
      ::usleep(5'000);
    auto said = outside_text(said_);
    return {said.empty() ? why : fmt::format("{}; it said: {}", why, said)};
  }

  bool has_ended() {
    if (status_)
      return true;
    int how = 0;
    pid_t got;
    do {
      got = ::waitpid(pid_, &how, WNOHANG);
    } while (got < 0 && errno == EINTR);
    if (got == 0)
      return false;
    // Somebody else has taken its status: no success is claimed without one.
    status_ = got < 0            ? 127
              : WIFEXITED(how)   ? WEXITSTATUS(how)
              : WIFSIGNALED(how) ? 128 + WTERMSIG(how)
                                 : 127;
    return true;
  }

  result<> serve(int fd) {
    if (in_.is_open() && fd == in_.number())
      return feed();
    return take(fd == err_.number() ? err_ : out_);
  }

  result<> feed() {
    if (pending_.empty()) {
      auto next = job_.input();
      if (!next)
        return next.error();
      // Making it takes time which is not the program's.
      moved_at_ = steady_clock::now();
      if (next->empty()) {
        in_.close();
        return {};
      }
      pending_ = std::move(*next);
      written_ = 0;
    }
    auto n = ::write(in_.number(), pending_.data() + written_,
                     pending_.size() - written_);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      // It reads no more; its status says whether that is well.
      in_.close();
      return {};
    }
    if (n > 0) {
      moved_at_ = steady_clock::now();
      written_ += static_cast<size_t>(n);
      if (written_ == pending_.size())
        pending_.clear();
    }
    return {};
  }

  result<> take(pipe_end& from) {
    auto n = ::read(from.number(), buffer_.data(), buffer_.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return {};
    if (n <= 0) {
      from.close();
      return {};
    }
    std::string_view bytes{buffer_.data(), static_cast<size_t>(n)};
    if (&from == &err_) {
      said_ += bytes;
      if (said_.size() > said_bytes_max)
        said_.erase(0, said_.size() - said_bytes_max);
      return {};
    }
    moved_at_ = steady_clock::now();
    auto ok = job_.output ? job_.output(bytes) : result<>{};
    moved_at_ = steady_clock::now();
    return ok;
  }

  const child_job& job_;
  pid_t pid_;
  pipe_end in_, out_, err_;
  std::string pending_, said_;
  size_t written_ = 0;
  std::optional<int> status_;
  steady_clock::time_point moved_at_;
  std::array<char, 1 << 16> buffer_;
};

} // namespace

result<child_end> run_child(const child_job& job) {
  static std::mutex one_at_a_time;
  std::lock_guard guard{one_at_a_time};
  auto in = job.input ? make_pipe(true) : pipe_pair{};
  auto out = make_pipe(false), err = make_pipe(false);
  if (!in || !out || !err)
    return problem{fmt::format("pipe: {}", std::strerror(errno))};
  children_are_waited_for waiting;
  no_broken_pipe silence;
  pid_t pid = 0;
  auto code = spawn(job, in->read.number(), out->write.number(),
                    err->write.number(), pid);
  if (code != 0)
    return problem{fmt::format("cannot start {}: {}", job.arguments.front(),
                               std::strerror(code))};
  in->read.close();
  out->write.close();
  err->write.close();
  auto it = std::make_unique<child>(job, pid, std::move(in->write),
                                    std::move(out->read), std::move(err->read));
  return it->attend();
}

std::vector<std::string> plain_environment() {
  std::vector<std::string> out;
  for (auto name : {"PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
                    "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE",
                    "SSL_CERT_DIR", "TZ", "LANG", "LC_ALL"})
    if (auto value = std::getenv(name))
      out.push_back(fmt::format("{}={}", name, value));
  return out;
}

} // namespace observer
