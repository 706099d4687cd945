#include "actors/archive/archiver.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/journal/disk_errors.hpp"
#include "messages/exceptions.hpp"
#include "messages/journal_event.hpp"
#include "messages/korean_time.hpp"

namespace observer {

// The clock and jobs that hang, and what the archiver says: board, events, log.

cause archiver_state::cause_in(const std::string& text) {
  constexpr std::string_view mark = "(errno ";
  auto at = text.find(mark);
  return at == text.npos ? cause::io_error
                         : cause_of_errno(std::atoi(text.c_str() + at
                                                    + mark.size()));
}

void archiver_state::check_clock() {
  auto& clock = *config.clock;
  auto steady = clock.steady_us(); // before the rest: it may find a pause
  auto ahead = clock.now_us() - steady - clock.asleep_us();
  auto step = ahead - std::exchange(clock_ahead_us, ahead);
  if (std::exchange(ahead_known, true) && std::abs(step) >= us_per_hour)
    config.memory->doubt_until_us = steady + us_per_day;
}

std::string archiver_state::clock_doubt() const {
  if (config.clock_is_wrong && config.clock_is_wrong())
    return "the exchange's clock says that ours is wrong";
  if (config.clock->steady_us() < config.memory->doubt_until_us)
    return "the clock was set in the last 24 hours";
  return {};
}

void archiver_state::check_hang() {
  if (!busy || hang_told
      || config.clock->steady_us() - busy_since_us < us_of(config.hang_after))
    return;
  hang_told = true;
  config.memory->board->change([](archive_view& v) { v.hangs = true; });
  failed(doing, doing.what == archive_step::back_up ? "backup_failed"
                                                    : "archive_failed",
         fmt::format("it has not come back for {} min; recording goes on, and "
                     "the archive waits for it",
                     us_of(config.hang_after) / us_per_second / 60));
}

// -- what it says -----------------------------------------------------------------

void archiver_state::show_survey() {
  auto today = korean_day(config.clock->now_us());
  auto backlog = backlog_of(*survey, today - 1);
  config.memory->board->change([&](archive_view& v) {
    v.surveyed = true;
    v.pending_days = backlog.days.size();
    v.pending_bytes = backlog.bytes;
    v.oldest_pending_day
      = backlog.days.empty() ? "" : date_of_korean_day(backlog.days.front());
    for (auto& [day, b] : survey->backups)
      if (b.verified_at_us >= v.backed_up_at_us.value_or(0)) {
        v.backed_up_at_us = b.verified_at_us;
        v.backed_up_day = date_of_korean_day(day);
      }
    v.disk = survey->disk;
    v.full_day.clear();
    if (survey->disk)
      if (auto day = day_of_full_disk(survey->catalogue, *survey->disk, today))
        v.full_day = date_of_korean_day(*day);
  });
  for (auto& text : survey->catalogue.problems)
    spdlog::debug("[archiver] {}", text);
}

void archiver_state::tell_level(const retention_plan& plan) {
  auto level = plan.level;
  auto before = std::exchange(config.memory->told_level, level);
  if (level == before || level == disk_level::unknown || !survey->disk)
    return;
  auto& disk = *survey->disk;
  auto figures = fmt::format("{} % of {} bytes are used, {} are free",
                             disk.percent(), disk.total_bytes, disk.free_bytes);
  if (level == disk_level::fine) {
    if (before != disk_level::unknown) {
      spdlog::warn("[archiver] the disk has room again: {}", figures);
      event("disk_relieved", cause::none, figures);
    }
    return;
  }
  if (level == disk_level::act)
    figures += plan.deletions.empty()
                 ? "; nothing may be deleted"
                 : fmt::format("; {} bytes are deleted{}", plan.bytes,
                               plan.nothing_more ? ", and no more may be" : "");
  spdlog::warn("[archiver] disk_full is near: {}", figures);
  event("disk_pressure", cause::disk_full, figures);
}

void archiver_state::tell_daily(const retention_plan& plan) {
  auto today = korean_day(config.clock->now_us());
  if (plan.unbacked_bytes == 0 || today == config.memory->told_day)
    return;
  config.memory->told_day = today;
  auto full = config.memory->board->view().full_day;
  auto text = fmt::format(
    "{} bytes of {} days would be deleted by their age and are not: {}{}",
    plan.unbacked_bytes, plan.unbacked_days.size(),
    config.work.back_up ? "no verified backup has them"
                        : "there is no backup target (backup.target, or "
                          "retention.without_backup)",
    full.empty() ? "" : "; at this rate the disk is full on " + full);
  spdlog::warn("[archiver] {}", text);
  event("not_deleted", cause::none, text);
}

void archiver_state::failed(const step& s, std::string_view what,
                            const std::string& text) {
  auto why = cause_in(text);
  failed_steps.insert(s.what);
  config.memory->trouble_name = s.name;
  spdlog::error("[archiver] {}: {} {}: {}", to_string(why), to_string(s.what),
                s.name, text);
  config.memory->board->change([&](archive_view& v) {
    ++v.errors;
    v.trouble = s.name.empty() ? text : s.name + ": " + text;
    v.trouble_of = to_string(s.what);
    v.trouble_why = why;
    v.trouble_at_us = config.clock->now_us();
  });
  event(what, why, fmt::format("{} {}: {}", to_string(s.what), s.name, text));
}

void archiver_state::succeeded(const step& s) {
  if (config.memory->board->view().trouble_of == to_string(s.what)
      && config.memory->trouble_name == s.name)
    forget_trouble();
}

void archiver_state::forget_trouble() {
  config.memory->board->change([](archive_view& v) {
    v.trouble.clear();
    v.trouble_of.clear();
    v.trouble_why = cause::none;
  });
}

void archiver_state::event(std::string_view what, cause why,
                           const std::string& detail) {
  // As many as a pass may tell before the disk has any.
  constexpr size_t batches_max = 1'024;
  auto& box = config.memory->events;
  journal_event e{.event = what, .why = why, .detail = detail};
  auto now = config.clock->now_us();
  if (config.board)
    config.board->events.add(e, daemon_slot, now);
  // A journal that takes none for long has the log's lines in its place; what
  // is deleted waits.
  if (box.batches() >= batches_max && what != "deleted")
    return;
  auto& batch = box.open(now, std::nullopt);
  append_event_line(batch.text, e,
                    {now, box.session()->id, daemon_slot, box.next_seq()});
  box.line_added();
}

void archiver_state::flush() {
  auto me = producer_actor{archiver_actor{self}};
  if (writer)
    config.memory->events.flush(
      [&](const line_batch_ptr& b) { self->send(writer, b, me); });
}

} // namespace observer
