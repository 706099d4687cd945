// A journal file of any bytes, recovered in a file system in memory.

#include "actors/journal/journal_recovery.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/journal/journal_file.hpp"
#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "fuzz/texts.hpp"
#include "messages/manifest.hpp"
#include "messages/redact.hpp"
#include "support/memory_file_system.hpp"

namespace observer::fuzz {

namespace {

/// 2026-09-14T10:00:00+09:00.
constexpr int64_t now_us = 1'789'347'600'000'000;

std::map<std::string, std::string>
contents(const test::memory_file_system& fs) {
  std::map<std::string, std::string> out;
  for (auto& path : fs.files())
    out[path] = fs.text(path);
  return out;
}

/// The raw text of the quarantine's one line, as JSON holds it.
std::string kept_tail(const test::memory_file_system& fs,
                      const std::string& beside) {
  std::string text;
  for (auto& path : fs.files())
    if (path.starts_with("data/quarantine/") && path.ends_with(".jsonl")
        && path != beside)
      text += fs.text(path);
  auto line = nlohmann::json::parse(text, nullptr, false);
  require(line.is_object() && line.contains("raw")
            && (line["reason"] == "torn_line"
                || line["reason"] == "foreign_text"),
          "a torn tail is one line of the quarantine", text);
  return line["raw"];
}

void recover(dataset data, std::string_view input) {
  auto name = file_base(data, now_us - 1) + ".jsonl";
  auto path = "data/" + std::string{to_string(data)} + "/" + name;
  test::memory_file_system fs;
  fs.put(path, std::string{input});
  auto first = recover_dataset(fs, "data", data, now_us, {});
  require(!first.problem, "a sound disk is recovered");

  auto whole = fs.text(path);
  if (!fs.exists(path + ".manifest.json")) {
    require(whole == input && first.torn_bytes == 0 && fs.files().size() == 1,
            "what is not ours is left as it is");
    return;
  }
  require(input.starts_with(whole), "recovery only cuts");
  require(whole.empty() || whole.back() == '\n', "what stays is whole lines");
  auto tail = input.substr(whole.size());
  require(first.torn_bytes == tail.size(), "what is cut is counted");
  require(tail.empty()
            || holds_bytes(kept_tail(fs, path),
                           redacted(tail, std::string::npos, text_kind::data)),
          "what is cut is in the quarantine, but for secrets");

  auto text = fs.text(path + ".manifest.json");
  auto m = parse_manifest(text);
  require(m.has_value(), "a recovered file has a manifest", text);
  sha256 hash;
  hash.add(whole);
  auto lines = static_cast<uint64_t>(
    std::count(whole.begin(), whole.end(), '\n'));
  require(m->file == name && m->lines == lines && m->bytes == whole.size()
            && m->sha256 == hash.hex() && m->sealed_because == "recovery",
          "a recovered file's manifest is its own", text);
  uint64_t records = 0;
  for (auto& s : m->streams)
    records += s.records;
  // Damaged lines may stand before whole ones, never behind them.
  require(records <= lines && (records > 0 || lines == 0),
          "what stays ends in a line of a stream", text);

  auto before = contents(fs);
  auto second = recover_dataset(fs, "data", data, now_us, {});
  require(!second.problem && second.torn_bytes == 0,
          "a second recovery finds nothing to do");
  require(contents(fs) == before, "a second recovery changes nothing");
  // The manifest's JSON cannot hold other bytes.
  if (!is_utf8(whole))
    return;
  // What was cut and what is lost was told in files of those two.
  auto more = data == dataset::quarantine || data == dataset::system;
  require(more ? std::includes(second.last_seq.begin(), second.last_seq.end(),
                               first.last_seq.begin(), first.last_seq.end())
               : second.last_seq == first.last_seq,
          "a second recovery knows the same records");
  for (auto& [what, base] : first.baselines) {
    if (what.second.empty())
      continue; // of no symbol: nobody asks for it
    auto at = second.baselines.find(what);
    require(at != second.baselines.end()
              && at->second.accumulated == base.accumulated
              && at->second.received_us == base.received_us,
            "a second recovery knows the same volumes", what.second);
  }
}

} // namespace

void recovery(std::string_view input) {
  for (auto data : all_datasets)
    recover(data, input);
}

} // namespace observer::fuzz
