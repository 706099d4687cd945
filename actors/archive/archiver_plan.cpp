#include "actors/archive/archiver.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

namespace observer {

// What is to be done next: files to compress, days to back up, files to delete.

void archiver_state::on_survey(const archive_job_done& done) {
  if (done.bad) {
    failed(doing, "archive_failed", done.bad->text);
    round_failed = true;
    return end_pass();
  }
  succeeded(doing);
  survey = done.survey;
  if (auto& lost = config.memory->lost_backups; !lost.empty()) {
    auto known = std::make_shared<archive_survey>(*survey);
    std::erase_if(known->backups, [&](auto& b) {
      auto at = lost.find(b.first);
      return at != lost.end() && at->second == b.second.verified_at_us;
    });
    survey = known;
  }
  show_survey();
  if (std::exchange(look_again, false)) {
    plan_steps();
    if (!steps.empty()) {
      steps.push_back({archive_step::survey, {}, 0});
      return;
    }
  }
  plan_deletions();
}

void archiver_state::plan_steps() {
  constexpr size_t judged_max = 8, compressed_max = 500;
  auto now = config.clock->now_us();
  auto today = korean_day(now);
  for (auto& d : survey->catalogue.days) {
    auto notes = survey->notes.find(d.day);
    // What an earlier run left open may stay so.
    if (d.day < today && (d.open() == 0 || d.day < today - 1)
        && notes != survey->notes.end() && !notes->second.judged
        && steps.size() < judged_max)
      steps.push_back({archive_step::judge, d.date(), d.day});
  }
  auto full = survey->disk && survey->disk->level(config.retention)
                                == disk_level::act;
  auto after = full ? 0 : us_of(config.compress_after);
  if (config.compress && config.work.compress && !failed_us.contains(no_room))
    for (auto& d : survey->catalogue.days)
      for (auto& f : d.files)
        if (f.sealed && f.odd.empty() && f.plain_bytes > 0
            && now - f.period_end_us >= after && !failed_us.contains(f.name)
            && steps.size() < compressed_max)
          steps.push_back({archive_step::compress, f.name, d.day});
  if (in_round)
    plan_backups();
}

void archiver_state::plan_backups() {
  auto now = config.clock->now_us();
  auto today = korean_day(now);
  auto last = korean_day(config.memory->schedule.round_at(now));
  // A day is backed up when it is over: its system journal ends with it.
  round_waits = last >= today;
  auto days = backlog_of(*survey, std::min(last, today - 1)).days;
  // A day that cannot be backed up holds up no other.
  auto& failures = config.memory->failed_backups;
  std::stable_sort(days.begin(), days.end(), [&](int64_t a, int64_t b) {
    auto of = [&](int64_t day) {
      auto at = failures.find(day);
      return at == failures.end() ? 0 : at->second;
    };
    return of(a) < of(b);
  });
  for (auto day : days)
    steps.push_back(
      {archive_step::back_up, date_of_korean_day(day), day});
}

void archiver_state::plan_deletions() {
  auto& m = *config.memory;
  auto steady = config.clock->steady_us();
  retention_situation now;
  now.today = korean_day(config.clock->now_us());
  now.disk = survey->disk;
  if (config.work.confirm_backup)
    now.backups = survey->backups;
  now.anomalies = survey->anomalies();
  now.restored = survey->restored();
  now.clock_doubt = clock_doubt();
  now.by_age = m.aged_us == 0 || steady - m.aged_us >= us_of(config.age_interval);
  // What could not be deleted would be planned for ever in the place of others.
  auto catalogue = survey->catalogue;
  if (!left_us.empty())
    for (auto& d : catalogue.days)
      for (auto& f : d.files)
        for (auto& name : {f.plain_name(), f.compressed_name(),
                           f.name + std::string{manifest_suffix}})
          if (left_us.contains(name))
            f.odd = "left alone";
  auto plan = plan_retention(catalogue, config.retention, now);
  if ((by_age = now.by_age))
    m.aged_us = steady;
  deletions.assign(plan.deletions.begin(), plan.deletions.end());
  m.board->change([&](archive_view& v) {
    v.due_unbacked_bytes = plan.unbacked_bytes;
    if (now.by_age) {
      v.held_bytes = plan.held_bytes;
      v.held_because = plan.held_because;
    }
    v.level = plan.level;
    v.nothing_more = plan.nothing_more;
  });
  tell_level(plan);
  tell_daily(plan);
}

} // namespace observer
