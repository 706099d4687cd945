#pragma once

// The names of a day's files, in the data directory and in its package: what
// has none of them is neither packed nor restored.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace observer {

/// Folders of the data directory whose files belong to days.
inline constexpr std::array<std::string_view, 7> backed_up_folders{
  "scalp",  "swing",    "quarantine", "system",
  "backfill", "universe", "symbols"};

inline constexpr std::string_view package_list_name = "SHA256SUMS";
inline constexpr std::string_view package_success_name = "SUCCESS";
inline constexpr std::string_view package_manifest_name = "manifest.json";
inline constexpr std::string_view package_certificate_name = "certificate.json";
inline constexpr std::string_view package_config_name = "config.toml";

/// Of a file that a restore writes, until it is proven.
inline constexpr std::string_view restoring_suffix = ".restoring";

/// `scalp/20260914_15.jsonl` of the day `20260914`: a file of one of the folders
/// above, named by that day, in plain characters, nothing half-made.
bool is_day_file(std::string_view day, std::string_view name);
/// That, or one of the package's own.
bool is_package_name(std::string_view day, std::string_view name);
/// A path that may be handed to a target: parts of plain characters, none of
/// which begins with a dot or a dash, and no more than 512 bytes.
bool is_package_path(std::string_view path);

/// A problem that shows what is none.
result<> check_package_path(std::string_view path);

/// `scalp/20260914_15.jsonl` of that or of `scalp/20260914_15.jsonl.zst`, if the
/// name is one of a journal's files; nothing if not.
std::optional<std::string> plain_name_of(std::string_view name);

/// 64 lower-case hexadecimal digits.
bool is_sha256(std::string_view text);

} // namespace observer
