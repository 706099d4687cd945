#include "runtime/storage/holder.hpp"

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <climits>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messages/exceptions.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_json.hpp"
#include "messages/outside_text.hpp"
#include "runtime/storage/folder_owner.hpp"
#include "runtime/storage/mount_table.hpp"

namespace observer {

namespace {

using nlohmann::json;

constexpr size_t note_bytes = 512;
constexpr std::string_view begins = "{\"observer\":\"holder\"";
constexpr size_t word_bytes_max = 64;

std::string path_of(const std::string& data_dir) {
  return data_dir + "/.holder";
}

/// A descriptor of a regular file without other names; -1 if it is none.
int open_own(const std::string& path, int flags) {
  auto fd = ::open(path.c_str(),
                   flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
  struct stat found;
  if (fd >= 0
      && (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)
          || found.st_nlink != 1)) {
    ::close(fd);
    return -1;
  }
  return fd;
}

std::string text_in(int fd) {
  char text[note_bytes + 1];
  auto n = ::pread(fd, text, sizeof text, 0);
  return {text, n > 0 ? static_cast<size_t>(n) : 0};
}

std::string first_line(const std::string& path) {
  auto text = kernel_text(path, 256);
  return text.substr(0, text.find('\n'));
}

std::string pid_space_of_this() {
  char text[word_bytes_max];
  auto n = ::readlink("/proc/self/ns/pid", text, sizeof text);
  return {text, n > 0 ? static_cast<size_t>(n) : 0};
}

template <class T>
T value_at(const json& object, const char* key) {
  auto at = object.find(key);
  T out{};
  if (at == object.end())
    return out;
  if constexpr (std::is_same_v<T, std::string>) {
    if (at->is_string())
      out = outside_text(at->template get_ref<const std::string&>(),
                         word_bytes_max);
  } else if constexpr (std::is_same_v<T, bool>) {
    out = at->is_boolean() && at->template get<bool>();
  } else if (at->is_number_integer()) {
    out = at->template get<T>();
  }
  return out;
}

} // namespace

bool holder_note::is_of(const holder_note& other) const {
  return host == other.host && pid == other.pid && pid_space == other.pid_space
         && boot == other.boot && since_us == other.since_us;
}

std::string holder_text(const holder_note& note) {
  auto word = [](const std::string& text) {
    return json(outside_text(text, word_bytes_max))
      .dump(-1, ' ', false, json::error_handler_t::replace);
  };
  auto out = fmt::format(
    "{},\"host\":{},\"pid\":{},\"pid_space\":{},\"boot\":{},\"version\":{},"
    "\"since_us\":{},\"since\":\"{}\",\"beat\":{},\"ended\":{}}}",
    begins, word(note.host), note.pid, word(note.pid_space), word(note.boot),
    word(note.version), note.since_us, timestamp(note.since_us), note.beat,
    note.ended);
  if (out.size() < note_bytes)
    out.append(note_bytes - 1 - out.size(), ' ');
  return out + '\n';
}

std::optional<holder_note> parse_holder(std::string_view text) {
  if (!text.starts_with(begins))
    return std::nullopt;
  auto parsed = parse_outside_json(text);
  if (!parsed || !parsed->is_object())
    return std::nullopt;
  auto& body = *parsed;
  holder_note out;
  out.host = value_at<std::string>(body, "host");
  out.pid = value_at<int64_t>(body, "pid");
  out.pid_space = value_at<std::string>(body, "pid_space");
  out.boot = value_at<std::string>(body, "boot");
  out.version = value_at<std::string>(body, "version");
  out.since_us = value_at<int64_t>(body, "since_us");
  out.beat = value_at<uint64_t>(body, "beat");
  out.ended = value_at<bool>(body, "ended");
  return out;
}

std::string holder_words(const holder_note& note, const holder_note& reader) {
  auto near = note.pid_space == reader.pid_space && note.boot == reader.boot
              && !note.boot.empty();
  constexpr int64_t year_9999_us = 253'402'300'799 * us_per_second;
  auto since = note.since_us > 0 && note.since_us < year_9999_us
                 ? fmt::format(", since {}", timestamp(note.since_us).substr(0, 19))
                 : std::string{};
  if (near)
    return fmt::format("process {}{}", note.pid, since);
  return fmt::format("process {} of {} \"{}\"{}, version {}", note.pid,
                     note.boot == reader.boot && !note.boot.empty()
                       ? "another container of this machine, host name"
                       : "another machine, host name",
                     note.host, since, note.version);
}

holder_note own_holder(int64_t now_us) {
  holder_note out;
  char name[HOST_NAME_MAX + 1] = "";
  ::gethostname(name, sizeof name - 1);
  out.host = name;
  out.pid = ::getpid();
  out.pid_space = pid_space_of_this();
  out.boot = first_line("/proc/sys/kernel/random/boot_id");
  out.version = OBSERVER_VERSION;
  out.since_us = now_us;
  return out;
}

std::optional<holder_note> read_holder(const std::string& data_dir) {
  auto fd = open_own(path_of(data_dir), O_RDONLY);
  if (fd < 0)
    return std::nullopt;
  auto text = text_in(fd);
  ::close(fd);
  return parse_holder(text);
}

bool write_holder(const std::string& data_dir, const holder_note& note) {
  auto fd = open_own(path_of(data_dir), O_RDWR | O_CREAT);
  if (fd < 0)
    return false;
  leave_to_folder_owner(fd, path_of(data_dir));
  auto there = text_in(fd);
  auto text = holder_text(note);
  auto ours = there.empty()
              || (there.size() <= note_bytes && there.starts_with(begins));
  auto done = ours
              && ::pwrite(fd, text.data(), text.size(), 0)
                   == static_cast<ssize_t>(text.size());
  // On a network file system the close is what others see.
  return ::close(fd) == 0 && done;
}

std::optional<holder_note> watch_holder(const std::string& data_dir,
                                        const holder_note& own,
                                        std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds step{200};
  auto first = read_holder(data_dir);
  if (!first || first->ended || first->is_of(own))
    return std::nullopt;
  for (std::chrono::milliseconds waited{0}; waited < patience; waited += step) {
    std::this_thread::sleep_for(step);
    auto now = read_holder(data_dir);
    if (now && now->ended)
      return std::nullopt;
    if (now && (!now->is_of(*first) || now->beat != first->beat))
      return now;
  }
  return std::nullopt;
}

/// Of the mark and of its thread, which a disk may hold up for ever.
struct holder_mark::state {
  std::string data_dir;
  holder_note note;
  bool renew = false;
  std::mutex mutex;
  std::condition_variable changed;
  bool ending = false, done = false;
};

holder_mark::holder_mark(std::string data_dir, holder_note note, bool renew)
  : state_(std::make_shared<state>()) {
  state_->data_dir = std::move(data_dir);
  state_->note = std::move(note);
  state_->renew = renew;
  // Without a thread only words of a message are lost.
  try {
    std::thread{[s = state_] { keep(s); }}.detach();
  } catch (const std::system_error&) {
    state_->done = true;
  }
}

holder_mark::~holder_mark() {
  constexpr std::chrono::milliseconds patience{300};
  std::unique_lock lock{state_->mutex};
  state_->ending = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, patience, [&] { return state_->done; });
}

void holder_mark::keep(const std::shared_ptr<state>& s) {
  tries([&] {
    std::optional<holder_note> told;
    for (auto ending = false; !ending;) {
      if (auto there = s->renew && s->note.beat > 0 ? read_holder(s->data_dir)
                                                    : std::nullopt;
          there && !there->is_of(s->note) && !there->ended
          && !(told && told->is_of(*there))) {
        told = there;
        spdlog::error("[storage] {} is held by another observer too ({}), which "
                      "its locks do not keep away there: stop one of them",
                      s->data_dir, holder_words(*there, s->note));
      }
      ++s->note.beat;
      write_holder(s->data_dir, s->note);
      std::unique_lock lock{s->mutex};
      auto over = [&] { return s->ending; };
      if (s->renew)
        s->changed.wait_for(lock, beat_period, over);
      else
        s->changed.wait(lock, over);
      ending = s->ending;
    }
    // Another one's is not ours to end.
    if (auto there = read_holder(s->data_dir); there && there->is_of(s->note)) {
      s->note.ended = true;
      write_holder(s->data_dir, s->note);
    }
  });
  std::lock_guard guard{s->mutex};
  s->done = true;
  s->changed.notify_all();
}

} // namespace observer
