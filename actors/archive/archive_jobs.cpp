#include "actors/archive/archive_jobs.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "actors/journal/manifest_builder.hpp"
#include "messages/korean_time.hpp"

namespace observer {

std::set<int64_t> archive_survey::anomalies() const {
  auto out = unknown;
  for (auto& [day, n] : notes)
    if (n.is_anomaly())
      out.insert(day);
  return out;
}

std::map<int64_t, int64_t> archive_survey::restored() const {
  std::map<int64_t, int64_t> out;
  for (auto& [day, n] : notes)
    if (n.restored_at_us)
      out.emplace(day, korean_day(*n.restored_at_us));
  return out;
}

archive_survey survey_archive(file_system& fs, const std::string& data_dir,
                              const std::string& run_id,
                              const archive_work& work,
                              const go_on_function& go_on) {
  archive_survey out;
  out.catalogue = survey_days(fs, data_dir, run_id, go_on);
  auto& problems = out.catalogue.problems;
  auto note = [&](std::string text) {
    if (problems.size() < day_catalogue::problems_max)
      problems.push_back(std::move(text));
  };
  for (auto& d : out.catalogue.days) {
    if (go_on && !go_on())
      break; // what has no backup here is not deleted
    auto notes = read_day_notes(fs, data_dir, d.day);
    if (notes) {
      out.notes.emplace(d.day, std::move(notes).value());
    } else {
      out.unknown.insert(d.day);
      note(notes.error().text);
    }
    if (!work.read_backup)
      continue;
    auto backup = work.read_backup(fs, data_dir, d.date());
    if (!backup)
      note(backup.error().text);
    else if (*backup)
      out.backups.emplace(d.day, std::move(**backup));
  }
  auto room = fs.free_room(data_dir);
  if (!room.problem && room.total_bytes > 0)
    out.disk = disk_fill{room.bytes, room.total_bytes};
  return out;
}

backup_backlog backlog_of(const archive_survey& s, int64_t last) {
  backup_backlog out;
  for (auto& d : s.catalogue.days) {
    if (d.day > last)
      break;
    auto at = s.backups.find(d.day);
    auto lacks = false;
    for (auto& f : d.files) {
      if (!f.sealed || !f.odd.empty())
        continue;
      auto there = at != s.backups.end() && has_manifest(at->second, f)
                   && (f.on_disk() == 0 || has_lines(at->second, f));
      // The manifest alone of lines that are away is no day to back up.
      if (there || (f.on_disk() == 0 && at == s.backups.end()))
        continue;
      lacks = true;
      out.bytes += f.on_disk();
    }
    if (lacks)
      out.days.push_back(d.day);
  }
  return out;
}

result<> prove_deletion(file_system& fs, const std::string& data_dir,
                        const planned_deletion& what, const archive_work& work,
                        const go_on_function& go_on) {
  auto path = data_dir + "/" + what.name;
  auto measured = fs.size(path);
  if (measured.problem)
    return problem{measured.problem->text()};
  if (measured.bytes != what.bytes)
    return problem{fmt::format("{}: it has {} bytes now and had {}: somebody "
                               "changes it, and it is left alone",
                               what.name, measured.bytes, what.bytes)};
  auto differs = [&](const std::string& found, const std::string& wanted) {
    return problem{fmt::format("{}: its SHA-256 is {} and should be {}: it is "
                               "not what its manifest and backup speak of, and "
                               "is left alone",
                               what.name, found, wanted)};
  };
  if (what.sha256.empty()) {
    if (!work.plain_sha256)
      return problem{what.name + ": what is in it cannot be proven"};
    auto found = work.plain_sha256(fs, data_dir, what.name, go_on);
    if (!found)
      return found.error();
    if (*found != what.plain_sha256)
      return differs(*found, what.plain_sha256);
    return {};
  }
  constexpr uint64_t piece = 1 << 20;
  sha256 hash;
  for (uint64_t offset = 0; offset < what.bytes;) {
    if (go_on && !go_on())
      return problem{what.name + ": interrupted"};
    auto got = fs.read(path, offset, piece);
    if (got.problem)
      return problem{got.problem->text()};
    if (got.bytes.empty())
      break;
    hash.add(got.bytes);
    offset += got.bytes.size();
  }
  if (auto found = hash.hex(); found != what.sha256)
    return differs(found, what.sha256);
  return {};
}

result<> carry_out(file_system& fs, const std::string& data_dir,
                   const planned_deletion& what) {
  auto path = data_dir + "/" + what.name;
  auto measured = fs.size(path);
  if (measured.problem && measured.problem->code == ENOENT)
    return {};
  if (measured.problem)
    return problem{measured.problem->text()};
  if (measured.bytes != what.bytes)
    return problem{fmt::format("{}: it has {} bytes now and had {}: it is left "
                               "alone",
                               what.name, measured.bytes, what.bytes)};
  if (auto bad = fs.remove(path); bad && bad->code != ENOENT)
    return problem{bad->text()};
  if (auto bad = fs.sync_directory(path.substr(0, path.rfind('/'))))
    return problem{bad->text()};
  return {};
}

} // namespace observer
