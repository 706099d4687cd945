#pragma once

// The package of a day in a target, format 1:
//
//   20260914/scalp/20260914_15.jsonl.zst …   the day's files, plain or compressed
//   20260914/scalp/20260914_15.jsonl.manifest.json …
//   20260914/certificate.json                what the audit said of the day
//   20260914/config.toml                     the settings, without secrets
//   20260914/manifest.json                   the list, with what is known of each
//   20260914/SHA256SUMS                      all of the above, for `sha256sum -c`
//   20260914/SUCCESS                         SHA-256 of SHA256SUMS; written last
//
// Whoever has the folder proves it without any program of ours:
// `sha256sum -c SUCCESS SHA256SUMS`. While there is a SUCCESS that fits
// SHA256SUMS, each file of that list was read back from the target and was
// right: before one of them is written again, SUCCESS is removed.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/archive/backup_target.hpp"
#include "messages/result.hpp"

namespace observer {

/// A file of a day in a package.
struct backup_file {
  std::string name;
  uint64_t bytes = 0;
  std::string sha256;
  /// Of a journal's file: what its manifest says of the plain lines. Empty where
  /// that could not be proven, or there are none.
  uint64_t lines = 0;
  std::string plain_sha256 = {};
};

/// What is told of a package in its manifest.json.
struct package_head {
  std::string day;
  int64_t written_at_us = 0;
  std::string run, observer_version;
};

std::string manifest_json(const package_head& head,
                          const std::vector<backup_file>& files);
/// The files of such a manifest, as far as they are files of this day. Of a text
/// that is none: none.
std::vector<backup_file> parse_package_manifest(std::string_view day,
                                                std::string_view text);

/// From name to SHA-256.
using sha256_list = std::map<std::string, std::string>;
std::string sha256_list_text(const sha256_list& list);
/// A problem for whatever is not that of a package of this day.
result<sha256_list> parse_sha256_list(std::string_view day,
                                      std::string_view text);
/// What SUCCESS holds for a list of this SHA-256.
std::string success_text(std::string_view sha256_of_list);

std::string sha256_of(std::string_view bytes);
/// Of a file in a target; what was read is counted.
struct stored_proof {
  uint64_t bytes = 0;
  std::string sha256;
};
result<stored_proof> prove_stored(backup_target& target,
                                  const std::string& path);
/// A small file as a whole; one of more than `bytes_max` is a problem.
result<std::string> stored_text(backup_target& target, const std::string& path,
                                uint64_t bytes_max);
/// Lists and manifests are not longer.
inline constexpr uint64_t package_text_bytes_max = 16 << 20;

/// A package as a target has it now.
struct stored_package {
  /// Of all files there, whatever they are.
  std::map<std::string, uint64_t> present;
  /// Nothing if there is none, or none that can be read.
  std::optional<sha256_list> list;
  std::string sha256_of_list;
  /// What has the list's name is not even a damaged list, or a part of one.
  bool list_is_foreign = false;
  /// Why there is no list, or no success; empty if all is well.
  std::string doubt;
  /// SUCCESS fits the list: each file of it was once proven.
  bool success = false;
  /// The day's files in the list, with what manifest.json adds.
  std::map<std::string, backup_file> files;
  /// Those in manifest.json, whatever the list says of it: a second witness where
  /// there is no success.
  std::vector<backup_file> told;

  bool empty() const {
    return present.empty();
  }
};
/// A problem only if the target does not answer.
result<stored_package> read_package(backup_target& target,
                                    const std::string& day);

} // namespace observer
