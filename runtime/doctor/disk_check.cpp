#include "runtime/doctor/disk_check.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/journal/file_system.hpp"
#include "messages/numbers.hpp"
#include "runtime/storage/posix_file_system.hpp"

namespace observer {

namespace {

/// 41 of the most traded issues on a wild day, of README's table; and an ordinary
/// one.
constexpr uint64_t wild_day_bytes = 4'700'000'000, usual_day_bytes = 930'000'000;
/// 24 hours, three datasets, a manifest each, and parts.
constexpr uint64_t day_inodes = 200;
constexpr int appends = 20;
/// A commit takes so long at least; above it, records wait for the disk.
constexpr int64_t slow_sync_us = 20'000, bad_sync_us = 200'000;

std::string bytes_of(uint64_t n) {
  return n < (uint64_t{1} << 30)
           ? fmt::format("{} MiB", n >> 20)
           : fmt::format("{:.1f} GiB",
                         static_cast<double>(n) / (uint64_t{1} << 30));
}

/// A folder of this check alone, removed with what it made there.
class own_folder {
 public:
  explicit own_folder(const std::string& parent)
    : path_(parent + "/.doctor-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
      code_ = errno;
      path_.clear();
    }
  }
  ~own_folder() {
    if (path_.empty())
      return;
    for (auto name : {"/a", "/b"})
      ::unlink((path_ + name).c_str());
    ::rmdir(path_.c_str());
  }
  own_folder(const own_folder&) = delete;
  own_folder& operator=(const own_folder&) = delete;

  const std::string& path() const {
    return path_;
  }
  int code() const {
    return code_;
  }

 private:
  std::string path_;
  int code_ = 0;
};

void check_syncs(posix_file_system& files, const std::string& path,
                 check_report& out) {
  using std::chrono::steady_clock;
  auto made = files.create(path);
  if (made.problem)
    return out.fail("sync", made.problem->text());
  std::vector<int64_t> took;
  for (int i = 0; i < appends; ++i) {
    auto begin = steady_clock::now();
    auto bad = made.file->write(std::string(465, 'x') + "\n");
    if (!bad)
      bad = made.file->sync();
    if (bad)
      return out.fail("sync", bad->text());
    took.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
                     steady_clock::now() - begin)
                     .count());
  }
  judge_syncs(std::move(took), out);
}

void check_names(posix_file_system& files, const std::string& folder,
                 check_report& out) {
  auto from = folder + "/a", to = folder + "/b";
  { auto other = files.create(to); }
  if (auto bad = files.rename(from, to))
    return out.fail("rename", fmt::format("{}; a file cannot take the place of "
                                          "another one there",
                                          bad->text()));
  if (::access(from.c_str(), F_OK) == 0)
    return out.fail("rename", "a renamed file is still seen under its old name: "
                              "this file system shows what was, look for its "
                              "options (cache)");
  if (auto bad = files.sync_directory(folder))
    return out.fail("rename", bad->text());
  out.ok("rename", "a file takes another one's place, and folders are synced");
}

void check_locks(const std::string& path, check_report& out) {
  auto first = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                      0640);
  auto second = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (first < 0 || second < 0) {
    out.fail("lock", fmt::format("{}: {}", path, std::strerror(errno)));
  } else if (::flock(first, LOCK_EX | LOCK_NB) != 0) {
    out.warn("lock", fmt::format("{}: nothing there keeps a second observer away "
                                 "(NFS: is lockd there? mount it without nolock)",
                                 std::strerror(errno)));
  } else if (::flock(second, LOCK_EX | LOCK_NB) == 0) {
    out.warn("lock", "a lock is given twice: nothing there keeps a second "
                     "observer away");
  } else {
    out.ok("lock", "keeps a second observer away");
  }
  for (auto fd : {first, second})
    if (fd >= 0)
      ::close(fd);
}

/// A folder or a regular file of ours, of which this user lacks rights.
void give_back(const std::string& path, bool folder, check_report& out) {
  auto fd = ::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC
                                   | (folder ? O_DIRECTORY : 0));
  if (fd < 0)
    return;
  struct stat found;
  mode_t wanted = folder ? 0700 : 0600;
  auto right_kind = ::fstat(fd, &found) == 0
                    && (folder ? S_ISDIR(found.st_mode)
                               : S_ISREG(found.st_mode) && found.st_nlink == 1);
  if (right_kind && found.st_uid == ::geteuid()
      && (found.st_mode & wanted) != wanted) {
    auto mode = (found.st_mode | wanted) & 07777;
    // By the descriptor, which no other name can take.
    auto self = fmt::format("/proc/self/fd/{}", fd);
    if (::chmod(self.c_str(), mode) == 0)
      out.ok("fixed", fmt::format("{}: mode {:04o} is {:04o} now", path,
                                  found.st_mode & 07777, mode));
    else
      out.fail("fix", fmt::format("{}: {}", path, std::strerror(errno)));
  }
  ::close(fd);
}

/// A name that the journal gives: `20260914_15.jsonl`, its parts, and what lies
/// beside them.
bool is_journal_name(std::string_view name) {
  constexpr std::string_view digits = "0123456789";
  return name.size() > 8 && name.substr(0, 8).find_first_not_of(digits)
                              == std::string_view::npos
         && name.find(".jsonl") != std::string_view::npos;
}

/// Folders of the data directory, and how many names of each are looked at.
constexpr const char* own_folders[] = {"scalp",         "quarantine",
                                       "system",        "state",
                                       "state/backups", "state/backups/targets",
                                       "state/days"};
constexpr size_t names_looked_at = 10'000;

} // namespace

void check_owners(const std::string& dir, check_report& out) {
  struct stat top;
  if (::stat(dir.c_str(), &top) != 0)
    return;
  std::string first;
  size_t strange = 0;
  auto look = [&](const std::string& path, int rights) {
    struct stat found;
    if (::lstat(path.c_str(), &found) != 0 || S_ISLNK(found.st_mode))
      return;
    // Root may everything, and the service is whom the directory belongs to.
    auto fine = ::geteuid() == 0
                  ? top.st_uid == 0 || found.st_uid == top.st_uid
                  : ::access(path.c_str(), rights) == 0;
    if (fine)
      return;
    if (++strange == 1)
      first = fmt::format("{} (uid {} gid {} mode {:04o})", path, found.st_uid,
                          found.st_gid, found.st_mode & 07777);
  };
  posix_file_system files;
  for (auto name : own_folders) {
    auto folder = dir + "/" + name;
    look(folder, R_OK | W_OK | X_OK);
    auto names = files.list(folder).names;
    names.resize(std::min(names.size(), names_looked_at));
    for (auto& file : names)
      look(folder + "/" + file, R_OK | W_OK);
  }
  if (strange == 0)
    return;
  auto root = ::geteuid() == 0;
  out.fail("inside",
           fmt::format("{} of {}'s files and folders are not for {} to write, "
                       "such as {}: a command that another user called made "
                       "them: as root: chown -R {}:{} {}",
                       strange, dir,
                       root ? fmt::format("its owner (uid {})", top.st_uid)
                            : fmt::format("uid {}", ::geteuid()),
                       first, root ? top.st_uid : ::geteuid(),
                       root ? top.st_gid : ::getegid(), dir));
}

void judge_place(const volume_facts& seen, bool must_be_mounted,
                 check_report& out) {
  auto owner = fmt::format("{}: uid {} gid {} mode {:04o}; this is uid {} gid {}",
                           seen.nearest, seen.uid, seen.gid, seen.mode,
                           seen.self.uid, seen.self.gid);
  if (!seen.self.groups.empty())
    owner += fmt::format(" groups {}", fmt::join(seen.self.groups, ","));
  auto bad = false;
  for (auto& remark : judge_volume(seen, must_be_mounted)) {
    if (remark.level == volume_remark::note)
      continue;
    bad = true;
    if (remark.level == volume_remark::refusal)
      out.fail("volume", remark.text);
    else
      out.warn("volume", remark.text);
  }
  if (!bad)
    out.ok("volume", fmt::format("{}: {} ({})", seen.path, volume_words(seen),
                                 seen.mount ? seen.mount->options : "?"));
  if (seen.write_refused != 0)
    out.fail("owner", fmt::format("{}; {}: {}", owner,
                                  std::strerror(seen.write_refused),
                                  access_advice(seen, seen.write_refused)));
  else if (!seen.exists)
    out.warn("owner", fmt::format("{} is not there; a run makes it, and so does "
                                  "--fix",
                                  seen.path));
  else if (!seen.closed_folders.empty() || !seen.closed_notes.empty())
    out.fail("owner", fmt::format("{}; what lies in it belongs to another user: "
                                  "{}",
                                  owner, chown_advice(seen, seen.nearest)));
  else
    out.ok("owner", owner);
}

void judge_space(const volume_facts& seen, check_report& out) {
  auto words = fmt::format("{} of {} free at {}; a day takes {} usually, {} at "
                           "its wildest",
                           bytes_of(seen.free_bytes), bytes_of(seen.total_bytes),
                           seen.nearest, bytes_of(usual_day_bytes),
                           bytes_of(wild_day_bytes));
  if (seen.total_bytes == 0)
    out.skip("space", "the file system does not say what is free");
  else if (seen.free_bytes < usual_day_bytes)
    out.fail("space", words + "; free space there, or take a larger volume");
  else if (seen.free_bytes < wild_day_bytes)
    out.warn("space", words);
  else
    out.ok("space", words);
  if (!seen.free_inodes)
    return out.ok("inodes", "made as they are needed");
  words = fmt::format("{} free", with_commas(
                                   static_cast<int64_t>(*seen.free_inodes)));
  if (*seen.free_inodes < day_inodes)
    out.fail("inodes", fmt::format("{}; a day takes {}: remove files there, or "
                                   "make the file system anew with more",
                                   words, day_inodes));
  else
    out.ok("inodes", words);
}

void judge_syncs(std::vector<int64_t> took_us, check_report& out) {
  if (took_us.empty())
    return out.skip("sync", "nothing was measured");
  std::sort(took_us.begin(), took_us.end());
  auto at = [&](double part) {
    auto last = static_cast<double>(took_us.size() - 1);
    return took_us[static_cast<size_t>(part * last + 0.5)];
  };
  auto middle = at(0.5), worst = at(0.99);
  auto words = fmt::format("a small append is durable after {:.2f} ms, at worst "
                           "{:.2f} ms ({} times)",
                           static_cast<double>(middle) / 1000,
                           static_cast<double>(worst) / 1000, took_us.size());
  if (middle > bad_sync_us)
    out.fail("sync", words + "; that disk is too slow for a feed: take another, "
                             "or look at what else uses it (iostat)");
  else if (middle > slow_sync_us || worst > bad_sync_us)
    out.warn("sync", words + "; records wait for it: a local SSD takes 1 ms");
  else
    out.ok("sync", words);
}

void check_volume(const config& c, check_report& out) {
  auto seen = look_at_volume(c.data.dir);
  judge_place(seen, c.data.must_be_mounted, out);
  judge_space(seen, out);
  check_owners(c.data.dir, out);
}

void check_disk(const config& c, check_report& out) {
  auto seen = look_at_volume(c.data.dir);
  if (!seen.exists)
    return out.skip("sync", fmt::format("{} is not there", c.data.dir));
  own_folder folder{seen.nearest};
  if (folder.path().empty())
    return out.fail("sync", fmt::format("nothing can be made in {}: {}",
                                        seen.nearest,
                                        std::strerror(folder.code())));
  posix_file_system files;
  check_syncs(files, folder.path() + "/a", out);
  check_names(files, folder.path(), out);
  check_locks(folder.path() + "/b", out);
}

void mend_directory(const config& c, check_report& out) {
  posix_file_system files;
  auto& dir = c.data.dir;
  auto before = look_at_volume(dir);
  if (!before.exists) {
    // What would go with the container is not made to look like a volume.
    for (auto& remark : judge_volume(before, c.data.must_be_mounted))
      if (remark.level == volume_remark::refusal)
        return out.fail("fix", remark.text);
    if (auto bad = files.make_directory(dir))
      return out.fail("fix", bad->text());
    out.ok("fixed", fmt::format("{} is made", dir));
  }
  give_back(dir, true, out);
  for (auto name : {"scalp", "quarantine", "system", "state"}) {
    auto folder = dir + "/" + name;
    give_back(folder, true, out);
    for (auto& file : files.list(folder).names)
      if (is_journal_name(file))
        give_back(folder + "/" + file, false, out);
  }
}

} // namespace observer
