#include "actors/archive/day_files.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include <fmt/format.h>

#include "actors/archive/backup_names.hpp"
#include "messages/journal_names.hpp"
#include "messages/manifest.hpp"
#include "messages/outside_text.hpp"

namespace observer {

namespace {

constexpr uint64_t day_manifest_bytes_max = 16 << 20;

/// Takes what the manifest says of a journal's file; false if it has none.
result<bool> take_manifest(file_system& fs, const std::string& data_dir,
                           const std::string& plain, day_files& out,
                           day_file& file) {
  auto name = plain + std::string{manifest_suffix};
  auto got = fs.read(data_dir + "/" + name, 0, day_manifest_bytes_max + 1);
  if (got.problem && got.problem->code == ENOENT)
    return false;
  if (got.problem)
    return problem{got.problem->text()};
  auto m = parse_manifest(got.bytes);
  if (!m) {
    out.remarks.push_back(fmt::format("{} is no manifest: {} is backed up "
                                      "without proof of its lines",
                                      name, file.name));
    return true;
  }
  file.plain_sha256 = m->sha256;
  file.lines = m->lines;
  file.is_plain_journal = file.name == plain;
  return true;
}

} // namespace

result<day_files> files_of_day(file_system& fs, const std::string& data_dir,
                               const std::string& day) {
  day_files out;
  for (auto folder : backed_up_folders) {
    auto directory = fmt::format("{}/{}", data_dir, folder);
    auto listed = fs.list(directory);
    if (listed.problem)
      return problem{listed.problem->text()};
    std::set<std::string> here{listed.names.begin(), listed.names.end()};
    for (auto& name : listed.names) {
      day_file file{.name = fmt::format("{}/{}", folder, name)};
      if (name.starts_with(day) && !is_package_path(file.name))
        out.remarks.push_back(fmt::format("{} is not backed up: its name has "
                                          "other than plain characters",
                                          outside_value(file.name)));
      if (!is_day_file(day, file.name))
        continue;
      auto plain = plain_name_of(file.name);
      if (plain && file.name != *plain
          && here.contains(plain->substr(folder.size() + 1)))
        continue; // on its way to take the plain one's place
      auto size = fs.size(data_dir + "/" + file.name);
      if (size.problem)
        return problem{size.problem->text()};
      file.bytes = size.bytes;
      if (plain) {
        auto sealed = take_manifest(fs, data_dir, *plain, out, file);
        if (!sealed)
          return sealed.error();
        if (!*sealed) {
          out.open.push_back(file.name);
          continue;
        }
      }
      out.files.push_back(std::move(file));
    }
  }
  std::sort(out.files.begin(), out.files.end(),
            [](auto& a, auto& b) { return a.name < b.name; });
  return out;
}

} // namespace observer
