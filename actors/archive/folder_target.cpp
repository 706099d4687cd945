#include "actors/archive/folder_target.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/archive/backup_names.hpp"
#include "actors/archive/backup_package.hpp"
#include "actors/archive/state_file.hpp"
#include "messages/journal_names.hpp"
#include "messages/outside_json.hpp"
#include "messages/outside_text.hpp"

namespace observer {

namespace {

constexpr std::string_view marker_kind = "observer-backup-target";
constexpr uint64_t marker_bytes_max = 4096;
constexpr size_t files_max = 100'000;

/// What a new disk has in it before anybody has put anything there.
bool is_of_no_one(std::string_view name) {
  static constexpr std::string_view names[] = {
    "lost+found", "System Volume Information", "$RECYCLE.BIN", "@eaDir",
    ".snapshot",  ".snapshots",                ".DS_Store",    ".Spotlight-V100",
    ".fseventsd", ".zfs",                      ".gitkeep"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names)
         || name.starts_with(".Trash");
}

std::string id_text(const std::string& name, const std::string& id) {
  nlohmann::ordered_json out{
    {"format", 1}, {"kind", marker_kind}, {"id", id}, {"name", name}};
  return out.dump(-1, ' ', false,
                  nlohmann::ordered_json::error_handler_t::replace)
         + "\n";
}

/// Empty if it is none.
std::string id_in(std::string_view text) {
  auto read = parse_outside_json(text);
  if (!read || !read->is_object() || !text.starts_with(state_file_head(marker_kind)))
    return {};
  auto id = read->find("id");
  return id != read->end() && id->is_string() ? id->get<std::string>()
                                              : std::string{};
}

} // namespace

folder_target::folder_target(file_system& fs, file_system& data_fs,
                             folder_target_options options)
  : fs_(fs), data_fs_(data_fs), options_(std::move(options)) {}

std::string folder_target::name() const {
  return options_.folder;
}

std::vector<std::string> folder_target::remarks() {
  return std::exchange(remarks_, {});
}

std::string folder_target::path_of(const std::string& name) const {
  return options_.folder + "/" + name;
}

std::string folder_target::memory_directory() const {
  return options_.data_dir + "/state/backups/targets";
}

std::string folder_target::memory_name() const {
  return sha256_of(options_.folder).substr(0, 16) + ".json";
}

result<std::string> folder_target::marker() const {
  auto path = path_of(std::string{folder_marker_name});
  auto got = fs_.read(path, 0, marker_bytes_max + 1);
  if (got.problem && got.problem->code == ENOENT)
    return std::string{};
  if (got.problem)
    return problem{got.problem->text()};
  auto id = id_in(got.bytes);
  if (id.empty())
    return problem{fmt::format("{} is no marker of a backup target: take it away, "
                               "or name another folder",
                               path)};
  return id;
}

result<std::string> folder_target::remembered() const {
  auto got = data_fs_.read(memory_directory() + "/" + memory_name(), 0,
                           marker_bytes_max + 1);
  if (got.problem && got.problem->code == ENOENT)
    return std::string{};
  if (got.problem)
    return problem{got.problem->text()};
  // What is damaged remembers something: who it was is then not known.
  auto id = id_in(got.bytes);
  return id.empty() ? std::string{"unknown"} : id;
}

result<bool> folder_target::is_empty() const {
  auto found = fs_.list(options_.folder);
  if (found.problem)
    return problem{found.problem->text()};
  for (auto& names : {found.names, found.others})
    for (auto& name : names)
      if (!is_of_no_one(name) && !name.starts_with(folder_marker_name))
        return false;
  return true;
}

result<> folder_target::begin() {
  auto done = put_state_file_into(fs_, options_.folder,
                                  std::string{folder_marker_name},
                                  state_file_head(marker_kind),
                                  id_text(options_.folder, options_.new_id));
  if (done) {
    id_ = options_.new_id;
    return done;
  }
  return problem{fmt::format("{} cannot be made a backup target: {}. The folder "
                             "must be there (make it, or mount what belongs "
                             "there) and ours to write in",
                             options_.folder, done.error().text)};
}

result<> folder_target::remember() {
  return put_state_file(data_fs_, memory_directory(), memory_name(),
                        state_file_head(marker_kind),
                        id_text(options_.folder, id_));
}

result<> folder_target::prepare() {
  auto there = marker();
  if (!there)
    return there.error();
  if (options_.reads_only) {
    if (there->empty())
      return problem{fmt::format("{} is no backup target: it has no {}. Is what "
                                 "belongs there mounted?",
                                 options_.folder, folder_marker_name)};
    id_ = *there;
    return {};
  }
  auto before = remembered();
  if (!before)
    return before.error();
  if (!there->empty() && (*there == *before || options_.may_begin)) {
    id_ = *there;
    return *there == *before ? result<>{} : remember();
  }
  if (!there->empty() && before->empty()) {
    id_ = *there;
    remarks_.push_back(fmt::format("{} is a backup target already (id {}): taken "
                                   "as ours from now on",
                                   options_.folder, outside_value(id_)));
    return remember();
  }
  if (!there->empty())
    return problem{fmt::format("{} is another backup target than before: is "
                               "another disk mounted there? `observer backup "
                               "--init` takes it",
                               options_.folder)};
  if (!before->empty() && !options_.may_begin)
    return problem{fmt::format("{} has no {}, and had one: what belongs there is "
                               "not mounted, and a backup would land on another "
                               "disk. Mount it; a new disk in its place is taken "
                               "by `observer backup --init`",
                               options_.folder, folder_marker_name)};
  if (!options_.may_begin) {
    auto empty = is_empty();
    if (!empty)
      return empty.error();
    if (!*empty)
      return problem{fmt::format("{} is not empty, and no backup target so far. "
                                 "If backups belong there: `observer backup "
                                 "--init`",
                                 options_.folder)};
  }
  if (auto ok = begin(); !ok)
    return ok;
  remarks_.push_back(fmt::format(
    "{} is a backup target from now on (marked by {}). If a disk or share should "
    "be mounted there and is not, the backups land on this machine's own disk: "
    "mount it and say `observer backup --init`",
    options_.folder, folder_marker_name));
  return remember();
}

result<> folder_target::put(const std::string& name, uint64_t bytes,
                            const bytes_source& from) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  auto path = path_of(name);
  auto directory = path.substr(0, path.rfind('/'));
  if (auto bad = fs_.make_directory(directory))
    return problem{bad->text()};
  auto temporary = temporary_name(path, 0);
  auto made = fs_.create(temporary);
  if (made.problem && made.problem->code == EEXIST) {
    // Half a file of a try that died: nobody else has names in here.
    if (auto bad = fs_.remove(temporary))
      return problem{bad->text()};
    made = fs_.create(temporary);
  }
  if (made.problem)
    return problem{made.problem->text()};
  auto write = [&]() -> result<> {
    uint64_t written = 0;
    for (;;) {
      if (!goes_on())
        return problem{"stopped"};
      auto part = from();
      if (!part)
        return part.error();
      if (part->empty())
        break;
      if (auto bad = made.file->write(*part))
        return problem{bad->text()};
      // The disk works while the next bytes are read.
      made.file->begin_sync();
      written += part->size();
    }
    if (written != bytes)
      return problem{fmt::format("{} bytes came of {} for {}", written, bytes,
                                 path)};
    if (auto bad = made.file->sync())
      return problem{bad->text()};
    made.file.reset();
    if (auto bad = fs_.rename(temporary, path))
      return problem{bad->text()};
    if (auto bad = fs_.sync_directory(directory))
      return problem{bad->text()};
    return {};
  };
  auto done = write();
  if (!done) {
    made.file.reset();
    // What stays is replaced by the next try.
    static_cast<void>(fs_.remove(temporary));
  }
  return done;
}

result<> folder_target::get(const std::string& name, const bytes_sink& to) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  auto path = path_of(name);
  if (auto bad = fs_.settle(path); bad && bad->code != EROFS)
    return problem{bad->text()};
  for (uint64_t offset = 0;;) {
    if (!goes_on())
      return problem{"stopped"};
    auto got = fs_.read(path, offset, transfer_step_bytes);
    if (got.problem)
      return problem{got.problem->text()};
    if (got.bytes.empty())
      return {};
    offset += got.bytes.size();
    if (auto ok = to(got.bytes); !ok)
      return ok;
  }
}

result<> folder_target::list_below(const std::string& folder,
                                   const std::string& shown, int levels,
                                   std::vector<stored_file>& out) const {
  auto found = fs_.list(folder);
  if (found.problem)
    return problem{found.problem->text()};
  for (auto& name : found.names) {
    // Temporaries of a try that died are nobody's files.
    if (name.ends_with(temporary_suffix))
      continue;
    auto size = fs_.size(folder + "/" + name);
    if (size.problem && size.problem->code == ENOENT)
      continue;
    if (size.problem)
      return problem{size.problem->text()};
    if (out.size() >= files_max)
      return problem{fmt::format("{} holds more than {} files", folder,
                                 files_max)};
    out.push_back({shown + name, size.bytes});
  }
  if (levels == 0)
    return {};
  std::set<std::string> folders{found.others.begin(), found.others.end()};
  if (shown.empty())
    folders.insert(backed_up_folders.begin(), backed_up_folders.end());
  for (auto& name : folders)
    if (is_package_path(name))
      if (auto ok = list_below(folder + "/" + name, shown + name + "/",
                               levels - 1, out);
          !ok)
        return ok;
  return {};
}

result<std::vector<backup_target::stored_file>>
folder_target::list(const std::string& folder) {
  if (auto ok = check_package_path(folder); !ok)
    return ok.error();
  std::vector<stored_file> out;
  if (auto ok = list_below(path_of(folder), "", 2, out); !ok)
    return ok.error();
  std::sort(out.begin(), out.end(),
            [](auto& a, auto& b) { return a.name < b.name; });
  return out;
}

result<> folder_target::remove(const std::string& name) {
  if (auto ok = check_package_path(name); !ok)
    return ok;
  auto path = path_of(name);
  auto bad = fs_.remove(path);
  if (bad && bad->code != ENOENT)
    return problem{bad->text()};
  if (!bad)
    bad = fs_.sync_directory(path.substr(0, path.rfind('/')));
  if (bad && bad->code != ENOENT)
    return problem{bad->text()};
  return {};
}

} // namespace observer
