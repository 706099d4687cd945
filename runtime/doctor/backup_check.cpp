#include "runtime/doctor/backup_check.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messages/outside_text.hpp"
#include "runtime/storage/volume.hpp"

namespace observer {

namespace {

constexpr std::string_view s3_scheme = "s3://", hook_scheme = "command:";

bool is_program(const std::string& path) {
  struct stat found;
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode)
         && ::access(path.c_str(), X_OK) == 0;
}

/// Where a program of this name is found; empty if nowhere.
std::string program_in_path(std::string_view name) {
  auto path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
  for (;;) {
    auto end = rest.find(':');
    auto program = fmt::format("{}/{}", rest.substr(0, end), name);
    if (is_program(program))
      return program;
    if (end == rest.npos)
      return {};
    rest.remove_prefix(end + 1);
  }
}

bool on_one_file_system(const std::string& a, const std::string& b) {
  struct stat one, other;
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0
         && one.st_dev == other.st_dev;
}

/// By their names, without links: the folder need not be there.
bool lies_in(const std::string& inner, const std::string& outer) {
  std::error_code error;
  auto from = std::filesystem::weakly_canonical(outer, error);
  auto to = std::filesystem::weakly_canonical(inner, error);
  auto way = to.lexically_relative(from);
  return !error && !way.empty() && *way.begin() != "..";
}

void check_folder(const config& c, check_report& out) {
  auto seen = look_at_volume(c.backup.target);
  auto name = outside_value(c.backup.target);
  if (c.backup.target.find("://") != std::string::npos)
    out.fail("backup", fmt::format("{}: expected a folder, s3://BUCKET/PREFIX or "
                                   "command:/PROGRAM",
                                   name));
  else if (lies_in(c.backup.target, c.data.dir))
    out.fail("backup", fmt::format("{} lies in the data directory: a backup "
                                   "belongs on another disk",
                                   name));
  else if (!seen.exists)
    out.fail("backup", fmt::format("{} is not there: mount the disk that belongs "
                                   "there, or make it for this user (install -d "
                                   "-o {} -g {} {})",
                                   name, seen.self.uid, seen.self.gid,
                                   shell_word(c.backup.target)));
  else if (seen.write_refused != 0)
    out.fail("backup", fmt::format("{}: {}: {}", name,
                                   std::strerror(seen.write_refused),
                                   access_advice(seen, seen.write_refused)));
  else if (on_one_file_system(c.backup.target, c.data.dir))
    out.warn("backup", fmt::format("{} lies on the disk of the data ({}): who "
                                   "loses the one loses both",
                                   name, volume_words(seen)));
  else
    out.ok("backup", fmt::format("{} can be written to: {}", name,
                                 volume_words(seen)));
}

} // namespace

void check_backup(const config& c, check_report& out) {
  auto& target = c.backup.target;
  auto name = outside_value(target);
  if (target.empty())
    return out.skip("backup", fmt::format(
      "no backup.target: what is recorded has no copy{}",
      c.retention.without_backup ? ""
                                 : ", and nothing is deleted to make room"));
  if (target.starts_with(s3_scheme)) {
    auto rclone = program_in_path("rclone");
    if (rclone.empty())
      return out.fail("backup", fmt::format(
        "{} wants rclone, which is not in the PATH: apt install rclone (an "
        "image: --build-arg EXTRA_PACKAGES=rclone)",
        name));
    return out.ok("backup", fmt::format("{} by {}; `observer backup verify` asks "
                                        "it",
                                        name, rclone));
  }
  if (target.starts_with(hook_scheme)) {
    auto program = target.substr(hook_scheme.size());
    if (!is_program(program))
      return out.fail("backup", fmt::format("{}: this user can execute no program "
                                            "of that name",
                                            name));
    return out.ok("backup", fmt::format("{}; `observer backup verify` asks it",
                                        name));
  }
  check_folder(c, out);
}

} // namespace observer
