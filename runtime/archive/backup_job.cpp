#include "runtime/archive/backup_job.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/archive/backup_names.hpp"
#include "actors/archive/day_files.hpp"
#include "actors/archive/verify_backup.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "runtime/archive/backup_lock.hpp"
#include "runtime/audit/command.hpp"
#include "runtime/settings/table.hpp"
#include "runtime/settings/value.hpp"

namespace observer {

result<std::string> certificate_of_day(const std::string& data_dir,
                                       const std::string& day,
                                       const std::function<bool()>& go_on) {
  std::atomic<bool> stop{false};
  std::ostringstream out, err;
  audit_options options;
  options.path = data_dir;
  options.day = day;
  options.json = true;
  options.threads = 1;
  options.stop = &stop;
  auto audit = std::async(std::launch::async,
                          [&] { return run_audit(options, out, err); });
  while (audit.wait_for(std::chrono::milliseconds{100})
         != std::future_status::ready)
    if (!go_on())
      stop = true;
  auto status = audit.get();
  if (status == 0 || status == 1)
    return out.str();
  return problem{status == 130 ? std::string{"stopped"}
                               : fmt::format("audit of {}: {}", day, err.str())};
}

std::string config_without_secrets(const config& c) {
  std::string out = "# The settings at the time of this backup, without secrets.\n";
  std::string_view section;
  for (auto& s : settings()) {
    if (s.is_secret())
      continue;
    if (s.section() != section) {
      section = s.section();
      out += fmt::format("\n[{}]\n", section);
    }
    // JSON's texts and lists are TOML's, too.
    out += fmt::format("{} = {}\n", s.name(),
                       value_json(s, c).dump(
                         -1, ' ', false,
                         nlohmann::ordered_json::error_handler_t::replace));
  }
  return redacted(out, std::string::npos, text_kind::own);
}

result<std::vector<std::string>> closed_days(file_system& fs,
                                             const std::string& data_dir,
                                             int64_t now_us) {
  std::set<std::string> days;
  for (auto folder : backed_up_folders) {
    auto found = fs.list(fmt::format("{}/{}", data_dir, folder));
    if (found.problem)
      return problem{found.problem->text()};
    for (auto& name : found.names) {
      auto day = name.substr(0, 8);
      auto number = parse_korean_date(day);
      if (number && *number < korean_day(now_us)
          && is_day_file(day, fmt::format("{}/{}", folder, name)))
        days.insert(day);
    }
  }
  return std::vector<std::string>{days.begin(), days.end()};
}

result<bool> is_day_backed_up(file_system& fs, const std::string& data_dir,
                              const std::string& day,
                              const std::string& target_id) {
  auto record = read_backup_record(fs, data_dir, day);
  if (!record || record->target_id != target_id)
    return false;
  auto here = files_of_day(fs, data_dir, day);
  if (!here)
    return here.error();
  for (auto& file : here->files) {
    auto known = is_backed_up(fs, data_dir, *record, file.name);
    if (!known || !*known)
      return known;
  }
  return true;
}

result<std::string> missing_backup(file_system& fs, const config& c,
                                   const std::string& day,
                                   target_choice choice,
                                   const std::function<bool()>& go_on) {
  auto record = read_backup_record(fs, c.data.dir, day);
  if (!record)
    return record.error();
  choice.reads_only = true;
  auto target = make_target(fs, c, choice);
  if (!target)
    return target.error();
  // Whoever backs up takes SUCCESS away meanwhile.
  auto lock = backup_lock::take(c.data.dir);
  if (!lock)
    return lock.error();
  return missing_of(*record, **target, go_on);
}

result<backup_outcome>
back_up_with(file_system& fs, const config& c, const backup_order& order,
             const std::function<bool()>& go_on,
             decltype(backup_extras::plain_sha256) plain_sha256) {
  auto target = make_target(fs, c, order.choice);
  if (!target)
    return target.error();
  auto lock = backup_lock::take(c.data.dir);
  if (!lock)
    return lock.error();
  using namespace std::chrono;
  auto now = duration_cast<microseconds>(
  std::chrono::system_clock::now().time_since_epoch());
  backup_extras extras;
  extras.now_us = now.count();
  extras.config = config_without_secrets(c);
  extras.run = order.run;
  extras.observer_version = OBSERVER_VERSION;
  extras.anew = order.anew;
  extras.plain_sha256 = std::move(plain_sha256);
  extras.certify = [&]() -> result<std::string> {
    auto made = certificate_of_day(c.data.dir, order.day, go_on);
    // The data are worth keeping without it.
    if (!made && go_on())
      return nlohmann::json{{"problem", outside_text(made.error().text)}}.dump()
             + "\n";
    return made;
  };
  return back_up_day(fs, c.data.dir, order.day, **target, extras, go_on);
}

} // namespace observer
