#include "actors/archive/backup_record.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/archive/backup_names.hpp"
#include "actors/archive/state_file.hpp"
#include "actors/journal/manifest_builder.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"
#include "messages/manifest.hpp"
#include "messages/outside_json.hpp"

namespace observer {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view record_kind = "observer-backup-record";
constexpr uint64_t record_bytes_max = 16 << 20;
constexpr std::string_view check_key = ",\"check\":\"";

/// The text is no record.
struct no_record {
  std::string why;
};

std::string demanded_text(const nlohmann::json& from, const char* key) {
  auto at = from.find(key);
  if (at == from.end() || !at->is_string())
    throw no_record{fmt::format("{} is no text", key)};
  return at->get<std::string>();
}

uint64_t number_at(const nlohmann::json& from, const char* key) {
  auto at = from.find(key);
  if (at == from.end() || !at->is_number_unsigned())
    throw no_record{fmt::format("{} is no number", key)};
  return at->get<uint64_t>();
}

std::string sum_at(const nlohmann::json& from, const char* key) {
  auto out = demanded_text(from, key);
  if (!is_sha256(out))
    throw no_record{fmt::format("{} is no SHA-256", key)};
  return out;
}

backup_record record_of(const nlohmann::json& from) {
  backup_record out;
  out.day = demanded_text(from, "day");
  if (!is_calendar_date(out.day))
    throw no_record{"day is none"};
  out.target = demanded_text(from, "target");
  out.target_id = demanded_text(from, "target_id");
  auto at = parse_timestamp(demanded_text(from, "verified_at"));
  if (!at)
    throw no_record{"verified_at is no time"};
  out.verified_at_us = *at;
  out.sha256_of_list = sum_at(from, "sha256_of_list");
  auto files = from.find("files");
  if (files == from.end() || !files->is_array())
    throw no_record{"files is no list"};
  for (auto& entry : *files) {
    if (!entry.is_object())
      throw no_record{"a file is no object"};
    backup_file f{demanded_text(entry, "name"), number_at(entry, "bytes"),
                  sum_at(entry, "sha256")};
    if (!is_day_file(out.day, f.name))
      throw no_record{"it names what is no file of its day"};
    if (!out.files.empty() && out.files.back().name >= f.name)
      throw no_record{"its files are not in order"};
    if (entry.contains("plain_sha256")) {
      f.lines = number_at(entry, "lines");
      f.plain_sha256 = sum_at(entry, "plain_sha256");
    }
    out.files.push_back(std::move(f));
  }
  return out;
}

std::string path_of(const std::string& data_dir, const std::string& day) {
  return backup_state_directory(data_dir) + "/" + day + ".json";
}

} // namespace

const backup_file* backup_record::find(const std::string& name) const {
  auto at = std::lower_bound(
    files.begin(), files.end(), name,
    [](const backup_file& f, const std::string& n) { return f.name < n; });
  return at != files.end() && at->name == name ? &*at : nullptr;
}

bool backup_record::covers_lines(const std::string& name,
                                 const std::string& plain_sha256) const {
  auto plain = plain_name_of(name);
  if (!plain || plain_sha256.empty())
    return false;
  for (auto& form : {*plain, *plain + ".zst"})
    if (auto f = find(form); f && f->plain_sha256 == plain_sha256)
      return true;
  return false;
}

bool backup_record::covers_file(const std::string& name, uint64_t bytes,
                                const std::string& sha256) const {
  auto f = find(name);
  return f && f->bytes == bytes && f->sha256 == sha256;
}

result<bool> is_backed_up(file_system& fs, const std::string& data_dir,
                          const backup_record& record,
                          const std::string& name) {
  if (auto plain = plain_name_of(name)) {
    auto got = fs.read(data_dir + "/" + *plain + std::string{manifest_suffix},
                       0, package_text_bytes_max);
    if (got.problem)
      return got.problem->code == ENOENT ? result<bool>{false}
                                         : problem{got.problem->text()};
    auto m = parse_manifest(got.bytes);
    if (!m)
      return false;
    // A plain file that somebody changed is not what its manifest tells of.
    auto here = fs.size(data_dir + "/" + name);
    if (here.problem)
      return problem{here.problem->text()};
    if (name == *plain && here.bytes != m->bytes)
      return false;
    return record.covers_lines(name, m->sha256);
  }
  sha256 hash;
  uint64_t bytes = 0;
  for (;;) {
    auto got = fs.read(data_dir + "/" + name, bytes, 1 << 20);
    if (got.problem)
      return problem{got.problem->text()};
    if (got.bytes.empty())
      break;
    hash.add(got.bytes);
    bytes += got.bytes.size();
  }
  return record.covers_file(name, bytes, hash.hex());
}

std::string backup_state_directory(const std::string& data_dir) {
  return data_dir + "/state/backups";
}

std::string to_json(const backup_record& record) {
  json files = json::array();
  for (auto& f : record.files) {
    json entry{{"name", f.name}, {"bytes", f.bytes}, {"sha256", f.sha256}};
    if (!f.plain_sha256.empty()) {
      entry["lines"] = f.lines;
      entry["plain_sha256"] = f.plain_sha256;
    }
    files.push_back(std::move(entry));
  }
  json out{{"format", 1},
           {"kind", record_kind},
           {"day", record.day},
           {"target", record.target},
           {"target_id", record.target_id},
           {"verified_at", timestamp(record.verified_at_us)},
           {"sha256_of_list", record.sha256_of_list},
           {"files", std::move(files)}};
  auto text = out.dump(-1, ' ', false, json::error_handler_t::replace);
  text.pop_back();
  auto check = sha256_of(text);
  return text + std::string{check_key} + check + "\"}\n";
}

result<backup_record> parse_backup_record(std::string_view text) {
  auto at = text.rfind(check_key);
  if (!text.starts_with(state_file_head(record_kind)) || at == text.npos)
    return problem{"it is no backup record of format 1"};
  if (text.substr(at)
      != std::string{check_key} + sha256_of(text.substr(0, at)) + "\"}\n")
    return problem{"it is damaged: its check does not fit"};
  auto read = parse_outside_json(text);
  if (!read || !read->is_object())
    return problem{"it is no JSON"};
  try {
    return record_of(*read);
  } catch (const no_record& bad) {
    return problem{bad.why};
  }
}

bool has_backup_record(file_system& fs, const std::string& data_dir,
                       const std::string& day) {
  auto found = fs.size(path_of(data_dir, day));
  return !found.problem || found.problem->code != ENOENT;
}

result<backup_record> read_backup_record(file_system& fs,
                                         const std::string& data_dir,
                                         const std::string& day) {
  auto path = path_of(data_dir, day);
  if (!is_calendar_date(day))
    return problem{fmt::format("there is no day {}", day)};
  auto got = fs.read(path, 0, record_bytes_max + 1);
  if (got.problem)
    return problem{got.problem->code == ENOENT
                     ? fmt::format("{} is not backed up: there is no {}", day,
                                   path)
                     : got.problem->text()};
  if (got.bytes.size() > record_bytes_max)
    return problem{fmt::format("{} is too long for a backup record", path)};
  auto record = parse_backup_record(got.bytes);
  if (record && record->day != day)
    record = problem{fmt::format("it is that of {}", record->day)};
  if (!record)
    return problem{fmt::format("{} is not believed: {}; `observer backup {}` "
                               "makes it anew",
                               path, record.error().text, day)};
  return record;
}

result<> write_backup_record(file_system& fs, const std::string& data_dir,
                             const backup_record& record) {
  return put_state_file(fs, backup_state_directory(data_dir),
                        record.day + ".json", state_file_head(record_kind),
                        to_json(record));
}

} // namespace observer
