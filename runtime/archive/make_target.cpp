#include "runtime/archive/make_target.hpp"

#include <filesystem>
#include <random>

#include <fmt/format.h>
#include <sys/stat.h>

#include "actors/archive/folder_target.hpp"
#include "messages/outside_text.hpp"
#include "runtime/archive/hook_target.hpp"
#include "runtime/archive/s3_target.hpp"

namespace observer {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view s3_scheme = "s3://", hook_scheme = "command:";

/// Whether the folder is that directory or lies in it, by what the system says:
/// a link or a second mount of it is the same one.
bool lies_in(const fs::path& folder, const fs::path& directory) {
  struct stat inner, outer;
  if (::stat(directory.c_str(), &outer) != 0)
    return false;
  for (auto at = folder;; at = at.parent_path()) {
    if (::stat(at.c_str(), &inner) == 0 && inner.st_dev == outer.st_dev
        && inner.st_ino == outer.st_ino)
      return true;
    if (at == at.parent_path())
      return false;
  }
}

std::string new_id() {
  std::random_device random;
  std::string out;
  for (int i = 0; i < 4; ++i)
    out += fmt::format("{:08x}", random());
  return out;
}

result<std::unique_ptr<backup_target>>
folder_of(file_system& files, const config& c, const std::string& text,
          const target_choice& choice) {
  std::error_code error;
  auto folder = fs::weakly_canonical(text, error);
  if (error)
    return problem{fmt::format("backup.target {}: {}", outside_value(text),
                               error.message())};
  auto data = fs::weakly_canonical(c.data.dir, error);
  if (error)
    data = c.data.dir;
  if (folder == data || lies_in(folder, data))
    return problem{fmt::format("backup.target {} lies in the data directory {}: "
                               "a backup belongs on another disk",
                               outside_value(text), data.string())};
  return std::make_unique<folder_target>(
    files, folder_target_options{folder.string(), data.string(),
                                 choice.may_begin, choice.reads_only, new_id()});
}

} // namespace

result<std::unique_ptr<backup_target>> make_target(file_system& files,
                                                   const config& c,
                                                   const target_choice& choice) {
  auto& text = choice.target.empty() ? c.backup.target : choice.target;
  auto patience = std::chrono::seconds{c.backup.timeout_s};
  if (text.empty())
    return problem{"there is no target for backups: set backup.target "
                   "(OBSERVER_BACKUP_TARGET) to a folder, s3://BUCKET/PREFIX or "
                   "command:/PROGRAM"};
  if (text.find('\0') != text.npos || text.find('\n') != text.npos)
    return problem{fmt::format("backup.target {} is no name of one",
                               outside_value(text))};
  if (text.starts_with(s3_scheme)) {
    auto place = text.substr(s3_scheme.size());
    while (place.ends_with('/'))
      place.pop_back();
    if (auto ok = check_s3_place(place); !ok)
      return ok.error();
    return std::make_unique<s3_target>(
      s3_settings{place, c.backup.s3_endpoint, c.backup.s3_region,
                  c.backup.s3_key_id, c.backup.s3_secret, patience});
  }
  if (text.starts_with(hook_scheme)) {
    auto program = text.substr(hook_scheme.size());
    if (!program.starts_with('/'))
      return problem{fmt::format("backup.target {}: expected command: and the "
                                 "whole path of a program",
                                 outside_value(text))};
    return std::make_unique<hook_target>(program, patience);
  }
  if (text.starts_with('~'))
    return problem{fmt::format("backup.target {}: `~` is replaced by a shell "
                               "alone; write the whole path",
                               outside_value(text))};
  if (text.find("://") != text.npos)
    return problem{fmt::format("backup.target {}: expected a folder, "
                               "s3://BUCKET/PREFIX or command:/PROGRAM",
                               outside_value(text))};
  return folder_of(files, c, text, choice);
}

} // namespace observer
