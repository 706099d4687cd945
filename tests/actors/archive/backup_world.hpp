#pragma once

// A data directory with a day in it, and a folder for its backups, each a machine
// of its own; and a judge who knows nothing of the program: he reads what lies in
// the folder.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "actors/archive/back_up_day.hpp"
#include "actors/archive/folder_target.hpp"
#include "actors/archive/restore_day.hpp"
#include "actors/archive/verify_backup.hpp"
#include "messages/korean_time.hpp"
#include "messages/manifest.hpp"
#include "support/memory_file_system.hpp"

namespace observer::test {

inline std::string digest(std::string_view bytes) {
  unsigned char sum[32];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), sum, &size, EVP_sha256(), nullptr);
  std::string out;
  for (auto byte : sum)
    out += fmt::format("{:02x}", byte);
  return out;
}

/// What is wrong with a package in words, empty if nothing: there is a SUCCESS
/// that fits and a file that does not.
inline std::string lie_in(const memory_file_system& there,
                          const std::string& folder) {
  auto list = there.text(folder + "/SHA256SUMS");
  if (!there.exists(folder + "/SUCCESS")
      || there.text(folder + "/SUCCESS") != digest(list) + "  SHA256SUMS\n")
    return "";
  for (size_t at = 0; at < list.size();) {
    auto end = list.find('\n', at);
    auto sum = list.substr(at, 64), name = list.substr(at + 66, end - at - 66);
    if (digest(there.text(folder + "/" + name)) != sum)
      return "SUCCESS, and " + name + " is not as the list says";
    at = end + 1;
  }
  return "";
}

inline bool is_complete(const memory_file_system& there,
                        const std::string& folder) {
  return there.exists(folder + "/SUCCESS")
         && there.text(folder + "/SUCCESS")
              == digest(there.text(folder + "/SHA256SUMS")) + "  SHA256SUMS\n"
         && lie_in(there, folder).empty();
}

struct backup_world {
  memory_file_system here, there;
  const std::string day = "20260914";
  backup_extras extras;
  std::unique_ptr<folder_target> target;

  explicit backup_world(uint64_t seed = 1) : here(seed), there(seed + 1) {
    extras.certificate = "{\"sound\":true}\n";
    extras.config = "[data]\ndir = \"/d\"\n";
    extras.now_us = (*parse_korean_date(day) + 2) * us_per_day;
    extras.observer_version = "0.1.0";
    journal("scalp/20260914_09.jsonl", "{\"a\":1}\n{\"a\":2}\n");
    journal("scalp/20260914_10.jsonl", "{\"a\":3}\n");
    compress("scalp/20260914_10.jsonl");
    journal("system/20260914.jsonl", "{\"event\":\"start\"}\n");
    here.put("/d/universe/20260914_kr_stocks.json", "[\"005930\"]\n");
    here.put("/d/scalp/20260915_00.jsonl", "of another day\n");
    here.put("/d/scalp/notes.txt", "of somebody else\n");
    there.make_directory("/b");
    connect();
  }

  /// As a process begins.
  void connect(bool may_begin = false) {
    target = std::make_unique<folder_target>(
      there, here, folder_target_options{"/b", "/d", may_begin, false, "id-1"});
  }

  void journal(const std::string& name, const std::string& lines) {
    manifest m;
    m.file = name.substr(name.find('/') + 1);
    m.dataset = name.substr(0, name.find('/'));
    m.lines = 1;
    m.bytes = lines.size();
    m.sha256 = digest(lines);
    here.put("/d/" + name, lines);
    here.put("/d/" + name + ".manifest.json", to_json(m));
  }
  /// Not that of any compressor: a backup looks into none.
  void compress(const std::string& name) {
    here.put("/d/" + name + ".zst", "zst of " + here.text("/d/" + name));
    here.take_away("/d/" + name);
  }

  result<backup_outcome> back_up(backup_target& to) {
    return back_up_day(here, "/d", day, to, extras, [] { return true; });
  }
  result<backup_outcome> back_up() {
    return back_up(*target);
  }

  /// What is claimed and not so, by the package or the record; empty if nothing.
  std::string lie() {
    if (auto bad = lie_in(there, "/b/" + day); !bad.empty())
      return bad;
    auto record = read_backup_record(here, "/d", day);
    if (!record)
      return "";
    for (auto& f : record->files)
      if (digest(there.text("/b/" + day + "/" + f.name)) != f.sha256)
        return "the record claims " + f.name;
    return "";
  }
  /// All of the day here is in the package and the record.
  std::string lack() {
    if (!is_complete(there, "/b/" + day))
      return "the package is not complete";
    auto record = read_backup_record(here, "/d", day);
    if (!record)
      return record.error().text;
    for (auto& path : here.files())
      if (auto name = path.substr(3);
          path.find("/20260914") != path.npos && !path.starts_with("/d/state/")) {
        auto known = is_backed_up(here, "/d", *record, name);
        if (!known || !*known)
          return name + " is not in the record";
      }
    return "";
  }
};

} // namespace observer::test
