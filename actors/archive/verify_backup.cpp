#include "actors/archive/verify_backup.hpp"

#include <fmt/format.h>

#include "actors/archive/backup_names.hpp"
#include "actors/archive/backup_package.hpp"
#include "messages/journal_names.hpp"

namespace observer {

result<backup_check> verify_backup(const std::string& day,
                                   backup_target& target,
                                   const std::function<bool()>& go_on) {
  if (!is_calendar_date(day))
    return problem{fmt::format("{} is not a day; write it as 20260914", day)};
  target.heed(go_on);
  if (auto ok = target.prepare(); !ok)
    return ok.error();
  auto package = read_package(target, day);
  if (!package)
    return package.error();
  backup_check out{.day = day, .target = target.name()};
  out.absent = package->empty();
  out.doubt = package->doubt;
  if (!package->list) {
    for (auto& [name, bytes] : package->present)
      out.extra.push_back(name);
    return out;
  }
  for (auto& [name, sum] : *package->list) {
    if (!go_on())
      return problem{fmt::format("the check of {} was stopped", day)};
    if (!package->present.contains(name)) {
      out.missing.push_back(name);
      continue;
    }
    auto proof = prove_stored(target, fmt::format("{}/{}", day, name));
    if (!proof)
      return proof.error();
    if (proof->sha256 != sum) {
      out.changed.push_back(name);
      continue;
    }
    ++out.files;
    out.bytes += proof->bytes;
  }
  for (auto& [name, bytes] : package->present)
    if (!package->list->contains(name) && name != package_list_name
        && name != package_success_name)
      out.extra.push_back(name);
  return out;
}

result<std::string> missing_of(const backup_record& record,
                               backup_target& target,
                               const std::function<bool()>& go_on) {
  target.heed(go_on);
  if (auto ok = target.prepare(); !ok)
    return ok.error();
  auto out = [&](const std::string& why) {
    return fmt::format("the backup of {} that was verified in {} {}; the next "
                       "backup makes it again",
                       record.day, record.target, why);
  };
  if (record.target_id != target.id())
    return out(fmt::format("is not in {}", target.name()));
  auto package = read_package(target, record.day);
  if (!package)
    return package.error();
  if (package->empty())
    return out("is not there any more");
  if (!package->success)
    return out("does not count any more: " + package->doubt);
  if (package->sha256_of_list != record.sha256_of_list)
    return out("was replaced by another one");
  for (auto& f : record.files)
    if (auto at = package->present.find(f.name); at == package->present.end())
      return out("lacks " + f.name);
    else if (at->second != f.bytes)
      return out(fmt::format("has {} bytes of {}, not {}", at->second, f.name,
                             f.bytes));
  return std::string{};
}

} // namespace observer
