#pragma once

// A hand-made journal in a folder of its own, and the audit's answer to it.

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <unistd.h>

#include "runtime/audit/command.hpp"
#include "runtime/audit/line_fixture.hpp"

namespace audit_test {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

inline const std::string hour_15 = "scalp/20260914_15.jsonl";
inline const std::string hour_16 = "scalp/20260914_16.jsonl";

inline std::string sha256_of(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i)
    hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

/// What a writer would seal `text` with.
inline json manifest_of(const std::string& name, const std::string& text) {
  auto slash = name.find('/');
  json manifest{{"format", 1},
                {"file", name.substr(slash + 1)},
                {"dataset", name.substr(0, slash)},
                {"lines", 0},
                {"bytes", text.size()},
                {"sha256", sha256_of(text)},
                {"first_received", nullptr},
                {"last_received", nullptr},
                {"sealed_at", "2026-09-14T16:00:00.000000+09:00"},
                {"sealed_because", "hour"}};
  std::map<std::string, json> streams;
  auto gaps = json::array();
  std::istringstream in{text};
  int64_t lines = 0;
  for (std::string one; std::getline(in, one); ++lines) {
    auto tick = json::parse(one, nullptr, false);
    if (!tick.is_object() || !tick.contains("seq"))
      continue;
    if (lines == 0)
      manifest["first_received"] = tick["timestamp"];
    manifest["last_received"] = tick["timestamp"];
    auto key = tick["session_id"].dump() + tick["slot"].dump()
               + tick.value("symbol", "");
    auto& stream = streams[key];
    if (stream.is_null())
      stream = {{"session_id", tick["session_id"]},
                {"slot", tick["slot"]},
                {"tr_id", tick.value("tr_id", "")},
                {"symbol", tick.value("symbol", "")},
                {"first_seq", tick["seq"]},
                {"last_seq", tick["seq"]},
                {"records", 0},
                {"last_accumulated", 0}};
    stream["first_seq"] = std::min(stream["first_seq"].get<int64_t>(),
                                   tick["seq"].get<int64_t>());
    stream["last_seq"] = std::max(stream["last_seq"].get<int64_t>(),
                                  tick["seq"].get<int64_t>());
    stream["records"] = stream["records"].get<int64_t>() + 1;
    if (tick.contains("volume"))
      stream["last_accumulated"] = tick["volume"]["accumulated"];
    if (tick.contains("gap"))
      gaps.push_back({{"session_id", tick["session_id"]},
                      {"slot", tick["slot"]},
                      {"seq", tick["seq"]},
                      {"symbol", tick["symbol"]},
                      {"cause", tick["gap"]["cause"]},
                      {"missing_shares", tick["gap"]["missing_shares"]}});
  }
  manifest["lines"] = lines;
  manifest["streams"] = json::array();
  for (auto& [key, stream] : streams)
    manifest["streams"].push_back(stream);
  manifest["gaps"] = gaps;
  return manifest;
}

struct answer {
  int status = 0;
  /// What was printed, and with --json that as a value.
  std::string text;
  std::string error;
  json report;

  /// Every finding as `kind file:line`, in the order of the report.
  std::vector<std::string> findings() const {
    std::vector<std::string> result;
    for (auto& kind : report["findings"])
      for (auto& one : kind["shown"])
        result.push_back(
          fmt::format("{} {}{}", kind["kind"].get<std::string>(),
                      one["file"].get<std::string>(),
                      one["line"].is_null() ? "" : ":" + one["line"].dump()));
    return result;
  }
  std::string what(size_t kind = 0, size_t index = 0) const {
    return report["findings"][kind]["shown"][index]["what"];
  }
};

inline answer audit(const observer::audit_options& options) {
  answer result;
  std::ostringstream out;
  std::ostringstream error;
  result.status = observer::run_audit(options, out, error);
  result.text = out.str();
  result.error = error.str();
  if (options.json)
    result.report = json::parse(result.text, nullptr, false);
  return result;
}

/// A data directory that goes when the test does.
class journal {
public:
  journal() {
    std::string form = (fs::temp_directory_path() / "audit_XXXXXX").string();
    root_ = mkdtemp(form.data());
    fs::create_directory(root_ / "scalp");
  }
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;
  ~journal() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  fs::path path(const std::string& name = "") const {
    return root_ / name;
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    // Some file systems flush a file that is cut and written again.
    fs::remove(root_ / name);
    std::ofstream{root_ / name, std::ios::binary} << text;
  }
  void write_manifest(const std::string& name, const json& manifest) const {
    write(name + ".manifest.json", manifest.dump());
  }
  void seal(const std::string& name, const std::string& text) const {
    write(name, text);
    write_manifest(name, manifest_of(name, text));
  }

  answer audit(observer::audit_options options = {}) const {
    options.path = root_.string();
    options.json = true;
    return audit_test::audit(options);
  }
  answer audit_text(observer::audit_options options = {}) const {
    options.path = root_.string();
    return audit_test::audit(options);
  }

private:
  fs::path root_;
};

using found = std::vector<std::string>;

} // namespace audit_test
