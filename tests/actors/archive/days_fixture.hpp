#pragma once

// Days of a journal as the writers leave them, in a file system in memory.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "actors/archive/days.hpp"
#include "actors/archive/retention.hpp"
#include "actors/journal/manifest_builder.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"
#include "messages/manifest.hpp"
#include "support/memory_file_system.hpp"

namespace observer::days_test {

inline std::string hash_of(std::string_view bytes) {
  sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

inline int64_t day_of(std::string_view date) {
  return parse_korean_date(date).value();
}

/// A data directory, `data`.
struct data_directory {
  std::shared_ptr<test::memory_file_system> fs
    = std::make_shared<test::memory_file_system>();

  /// `scalp/20260914_10.jsonl` with so many lines, sealed.
  void seal(const std::string& name, const std::string& text,
            const std::string& session = "s1") {
    fs->put("data/" + name, text);
    put_manifest(name, text, session);
  }

  void put_manifest(const std::string& name, const std::string& text,
                    const std::string& session = "s1") {
    manifest m;
    m.file = name.substr(name.find('/') + 1);
    m.dataset = name.substr(0, name.find('/'));
    m.lines = static_cast<uint64_t>(
      std::count(text.begin(), text.end(), '\n'));
    m.bytes = text.size();
    m.sha256 = hash_of(text);
    m.sealed_because = "hour";
    m.streams.push_back(
      {session, 3, "H0STCNT0", "005930", 1, m.lines, m.lines, {}, 0, {}});
    fs->put("data/" + name + ".manifest.json", to_json(m));
  }

  /// As a compression does: another content, under another name.
  void compress(const std::string& name) {
    auto text = fs->text("data/" + name);
    fs->put("data/" + name + ".zst",
            std::string{"\x28\xb5\x2f\xfd", 4} + text.substr(0, text.size() / 2));
    fs->take_away("data/" + name);
  }

  void put(const std::string& name, const std::string& text) {
    fs->put("data/" + name, text);
  }

  day_catalogue survey(std::string_view run = "run-of-now") const {
    return survey_days(*fs, "data", run);
  }

  /// All that is there of a day, read back and in order.
  proven_backup back_up(const std::string& date) const {
    proven_backup out{"a folder", 1, {}};
    for (auto& path : fs->files()) {
      auto name = path.substr(std::string{"data/"}.size());
      auto at = name.find('/');
      if (at == name.npos || name.compare(at + 1, 8, date) != 0)
        continue;
      auto bytes = fs->text(path);
      proven_copy copy{name, bytes.size(), hash_of(bytes), {}};
      if (name.ends_with(".zst"))
        if (auto m = parse_manifest(fs->text(
              path.substr(0, path.size() - 4) + ".manifest.json")))
          copy.plain_sha256 = m->sha256;
      out.copies.push_back(std::move(copy));
    }
    return out;
  }
};

} // namespace observer::days_test
