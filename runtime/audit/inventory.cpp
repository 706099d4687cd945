#include "runtime/audit/inventory.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include <fmt/format.h>

namespace observer::audit {

namespace {

namespace fs = std::filesystem;

/// Strangers' names that look like those of interrupted writes.
bool is_leftover(std::string_view name) {
  return name.ends_with(".tmp") || name.ends_with("~")
         || name.find(".tmp.") != std::string_view::npos
         || name.ends_with(".partial");
}

/// Names in a folder, sorted. Sets `error` when it cannot be read.
std::vector<std::string> names_in(const fs::path& folder,
                                  std::error_code& error) {
  std::vector<std::string> names;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end;
       at.increment(error))
    names.push_back(at->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) && !error;
}

/// The manifest first: a file may be sealed, and cut, after its size was taken.
void look_at(journal_file& file) {
  file.sealed = is_there(file.path + std::string{manifest_suffix});
  std::error_code error;
  auto where = file.path;
  if (file.zstd)
    where += zstd_suffix;
  auto bytes = fs::file_size(where, error);
  file.bytes = error ? 0 : bytes;
}

/// What stands in a folder under names made of one file's.
struct family {
  journal_name name;
  bool file = false, manifest = false;
  /// Names; empty if there is none.
  std::string archive, zstd, checkpoint;
};

void take_folder(inventory& found, const fs::path& folder, dataset which,
                 const std::string& day) {
  std::error_code error;
  auto names = names_in(folder, error);
  if (error) {
    found.problem = fmt::format("cannot read the directory {}: {}; run the "
                                "audit as the user who records, or grant "
                                "that permission",
                                folder.string(), error.message());
    return;
  }
  auto prefix = std::string{to_string(which)} + "/";
  auto begin = static_cast<ptrdiff_t>(found.files.size());
  std::map<std::string, family> families;
  for (auto& name : names) {
    auto entry = parse_journal_entry(which, name);
    if (!entry) {
      (is_leftover(name) ? found.leftovers : found.unknown)
        .push_back(prefix + name);
      continue;
    }
    if (!day.empty() && entry->name.date != day)
      continue;
    auto& of = families[entry->file];
    of.name = entry->name;
    switch (entry->kind) {
      case journal_entry_kind::file:
        of.file = true;
        break;
      case journal_entry_kind::manifest:
        of.manifest = true;
        break;
      case journal_entry_kind::archive:
        (name.ends_with(zstd_suffix) ? of.zstd : of.archive) = name;
        break;
      case journal_entry_kind::checkpoint:
        of.checkpoint = name;
        break;
      case journal_entry_kind::temporary:
      case journal_entry_kind::archive_temporary:
        found.leftovers.push_back(prefix + name);
        break;
      case journal_entry_kind::earlier_manifest:
        found.unknown.push_back(prefix + name);
        break;
    }
  }
  for (auto& [name, of] : families) {
    journal_file file;
    file.which = which;
    file.name = of.name;
    file.path = (folder / name).string();
    file.shown = prefix + name;
    // Asked again, in case the file came after the names were listed.
    auto there = of.file || is_there(file.path);
    file.zstd = !there && of.manifest
                && (!of.zstd.empty()
                    || is_there(file.path + std::string{zstd_suffix}));
    if (!there && of.manifest && !file.zstd)
      file.kept = of.archive.empty() ? keeping::away : keeping::compressed;
    if (there && of.manifest && !of.zstd.empty()) // its file goes next
      found.leftovers.push_back(prefix + of.zstd);
    for (auto archive : {&of.archive, &of.zstd})
      if (!there && !of.manifest && !archive->empty()) // nothing tells of it
        found.unknown.push_back(prefix + *archive);
    if (!of.checkpoint.empty() && (of.manifest || !there))
      found.leftovers.push_back(prefix + of.checkpoint);
    if (there || of.manifest)
      found.files.push_back(std::move(file));
  }
  std::sort(found.files.begin() + begin, found.files.end(),
            [](const journal_file& a, const journal_file& b) {
              return a.name < b.name;
            });
  for (auto at = static_cast<ptrdiff_t>(found.files.size()); at-- > begin;)
    look_at(found.files[static_cast<size_t>(at)]);
}

inventory take_file(const fs::path& path) {
  inventory found;
  found.extent = scope::one_file;
  journal_file file;
  auto name = path.filename().string();
  if (name.ends_with(zstd_suffix)) {
    file.zstd = true;
    name.resize(name.size() - zstd_suffix.size());
  }
  auto folder = fs::absolute(path).parent_path().filename().string();
  auto which = dataset_of(folder);
  if (!which && parse_journal_name(dataset::scalp, name))
    which = dataset::scalp;
  if (!which) {
    found.problem = fmt::format("{}: its data set cannot be told; put it in "
                                "a folder named scalp, swing, system or "
                                "quarantine",
                                path.string());
    return found;
  }
  auto parsed = parse_journal_name(*which, name);
  if (!parsed) {
    found.problem = fmt::format("{}: not the name of a {} journal; give a "
                                "file such as {}, or the data directory",
                                path.string(), to_string(*which),
                                *which == dataset::scalp
                                  ? "20260914_15.jsonl"
                                  : "20260914.jsonl");
    return found;
  }
  file.which = *which;
  file.name = *parsed;
  file.path = (path.parent_path() / name).string();
  file.shown = fmt::format("{}/{}", to_string(*which), name);
  look_at(file);
  found.files.push_back(std::move(file));
  return found;
}

} // namespace

inventory take_inventory(const std::string& path, const std::string& day) {
  inventory found;
  std::error_code error;
  auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found
      && path.ends_with(".jsonl") && is_there(path + std::string{zstd_suffix}))
    return take_file(path + std::string{zstd_suffix});
  if (status.type() == fs::file_type::not_found) {
    found.problem = fmt::format("no such directory: {}; give the data "
                                "directory, the one that holds scalp/",
                                path);
    return found;
  }
  if (error) {
    found.problem = fmt::format("cannot look at {}: {}; run the audit as the "
                                "user who records",
                                path, error.message());
    return found;
  }
  if (status.type() == fs::file_type::regular)
    return take_file(path);
  auto names = fs::is_directory(status) ? names_in(path, error)
                                        : std::vector<std::string>{};
  if (error || !fs::is_directory(status)) {
    found.problem = fmt::format("cannot read {} as a directory: {}; run the "
                                "audit as the user who records",
                                path,
                                error ? error.message()
                                      : "neither a directory nor a file");
    return found;
  }
  if (!day.empty())
    found.extent = scope::one_day;
  bool any = false;
  for (auto which : all_datasets) {
    auto folder = fs::path{path} / to_string(which);
    if (!std::binary_search(names.begin(), names.end(), to_string(which)))
      continue;
    any = true;
    take_folder(found, folder, which, day);
    if (!found.problem.empty())
      return found;
  }
  // A fresh volume holds lost+found and perhaps dot files, and is empty.
  auto foreign = std::any_of(names.begin(), names.end(), [](auto& name) {
    return name != "lost+found" && !name.starts_with('.');
  });
  if (!any && foreign) {
    auto own = fs::absolute(path).lexically_normal();
    auto last = own.has_filename() ? own.filename() : own.parent_path()
                                                        .filename();
    found.problem = fmt::format(
      "{} is not a data directory: it holds no scalp, swing, system or "
      "quarantine; {}",
      path,
      dataset_of(last.string()) ? "give its parent"
                                : "give the data directory (data.dir, OBSERVER_DATA_DIR)");
    return found;
  }
  for (auto& name : names)
    if (!dataset_of(name))
      found.unknown.push_back(name);
  return found;
}

} // namespace observer::audit
