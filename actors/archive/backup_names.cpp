#include "actors/archive/backup_names.hpp"

#include <algorithm>

#include "messages/journal_names.hpp"
#include "messages/outside_text.hpp"

namespace observer {

namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// What holds the lines of the journal, rather than any file of a day.
bool is_journal_folder(std::string_view folder) {
  return folder == "scalp" || folder == "swing" || folder == "quarantine"
         || folder == "system";
}

name_period period_of(std::string_view folder) {
  return folder == "scalp" ? name_period::hour : name_period::day;
}

} // namespace

bool is_package_path(std::string_view path) {
  if (path.empty() || path.size() > 512)
    return false;
  for (;;) {
    auto part = path.substr(0, path.find('/'));
    if (part.empty() || part.front() == '.' || part.front() == '-'
        || !std::all_of(part.begin(), part.end(), is_plain))
      return false;
    if (part.size() == path.size())
      return true;
    path.remove_prefix(part.size() + 1);
  }
}

bool is_day_file(std::string_view day, std::string_view name) {
  auto slash = name.find('/');
  if (!is_calendar_date(day) || slash == name.npos || !is_package_path(name))
    return false;
  auto folder = name.substr(0, slash), file = name.substr(slash + 1);
  if (std::find(backed_up_folders.begin(), backed_up_folders.end(), folder)
        == backed_up_folders.end()
      || file.find('/') != file.npos || !file.starts_with(day)
      || file.size() == day.size())
    return false;
  if (is_journal_folder(folder)) {
    auto entry = parse_journal_entry(period_of(folder), file);
    return entry && entry->kind != journal_entry_kind::checkpoint
           && entry->kind != journal_entry_kind::temporary;
  }
  auto next = file[day.size()];
  return (next < '0' || next > '9') && !file.ends_with(temporary_suffix)
         && !file.ends_with(checkpoint_suffix)
         && !file.ends_with(restoring_suffix);
}

bool is_package_name(std::string_view day, std::string_view name) {
  return is_day_file(day, name) || name == package_list_name
         || name == package_success_name || name == package_manifest_name
         || name == package_certificate_name || name == package_config_name;
}

result<> check_package_path(std::string_view path) {
  if (is_package_path(path))
    return {};
  return problem{outside_value(path) + " is no name of a backup"};
}

std::optional<std::string> plain_name_of(std::string_view name) {
  auto slash = name.find('/');
  if (slash == name.npos || !is_journal_folder(name.substr(0, slash)))
    return std::nullopt;
  if (name.ends_with(zstd_suffix))
    name.remove_suffix(zstd_suffix.size());
  if (!parse_journal_name(period_of(name.substr(0, slash)),
                          name.substr(slash + 1)))
    return std::nullopt;
  return std::string{name};
}

bool is_sha256(std::string_view text) {
  return text.size() == 64
         && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            });
}

} // namespace observer
