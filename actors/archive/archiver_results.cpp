#include "actors/archive/archiver.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/korean_time.hpp"

namespace observer {

// What a step brought, and what follows from it.

void archiver_state::on_compressed(const archive_job_done& done) {
  if (done.bad) {
    auto room = cause_in(done.bad->text) == cause::disk_full;
    if (room || failed_us.size() < failed_max)
      failed_us[room ? no_room : doing.name] = config.clock->steady_us();
    // Of room, and whatever fails so often: it is no matter of this file.
    if (room || failed_us.size() >= failed_max)
      std::erase_if(steps, [](auto& s) {
        return s.what == archive_step::compress;
      });
    return failed(doing, "archive_failed", done.bad->text);
  }
  failed_us.erase(doing.name);
  auto& c = done.compressed;
  config.memory->board->change([&](archive_view& v) {
    v.compressed_at_us = config.clock->now_us();
    ++v.compressed_files;
    v.compressed_plain_bytes += c.plain_bytes;
    v.compressed_bytes += c.bytes;
  });
  event("compressed", cause::none,
        fmt::format("{}: {} bytes to {}", doing.name, c.plain_bytes, c.bytes));
}

void archiver_state::on_backed_up(const archive_job_done& done) {
  auto& failures = config.memory->failed_backups;
  if (!done.bad) {
    failed_in_a_row = 0;
    failures.erase(doing.day);
    config.memory->lost_backups.erase(doing.day);
    succeeded(doing);
    event("backed_up", cause::none,
          fmt::format("{}: {}", doing.name, done.said));
    return;
  }
  round_failed = true;
  ++failures[doing.day];
  if (++failed_in_a_row >= failed_in_a_row_max)
    std::erase_if(steps,
                  [](auto& s) { return s.what == archive_step::back_up; });
  failed(doing, "backup_failed", done.bad->text);
}

void archiver_state::on_confirmed(const archive_job_done& done) {
  if (!done.bad && done.said.empty()) {
    confirmed.insert(doing.day);
    return succeeded(doing);
  }
  auto day = doing.day;
  if (!done.bad)
    if (auto at = survey->backups.find(day); at != survey->backups.end())
      config.memory->lost_backups[day] = at->second.verified_at_us;
  // A target that does not answer speaks for no day.
  std::erase_if(deletions, [&](auto& d) {
    return !d.backup.empty() && (done.bad || d.day == day);
  });
  failed(doing, "archive_failed",
         "not deleted: " + (done.bad ? done.bad->text : done.said));
}

void archiver_state::on_proven(const archive_job_done& done) {
  if (done.bad) {
    failed(doing, "archive_failed", done.bad->text);
    return leave_alone();
  }
  auto& d = deletions.front();
  event("deleted", cause::none,
        fmt::format("{}: {} bytes, by {}; {}", d.name, d.bytes,
                    to_string(d.why),
                    d.backup.empty() ? std::string{"no backup has it"}
                                     : "it is in " + d.backup));
  telling = true;
  flush();
  remove_when_told();
}

void archiver_state::remove_when_told() {
  if (!telling || busy || stopping)
    return;
  if (deletions.empty()) {
    telling = false;
    return;
  }
  auto& d = deletions.front();
  auto cannot = config.health->of(dataset::system) == cause::disk_full
                && !d.backup.empty();
  if (!config.memory->events.empty() && !cannot)
    return;
  telling = false;
  submit({archive_step::remove, d.name, d.day},
         [fs = config.files, dir = config.data_dir,
          d](archive_job_done& done, const go_on_function&) {
           if (auto ok = carry_out(*fs, dir, d); !ok)
             done.bad = ok.error();
           if (auto room = fs->free_room(dir);
               !room.problem && room.total_bytes > 0)
             done.disk = disk_fill{room.bytes, room.total_bytes};
         });
}

void archiver_state::leave_alone() {
  auto day = deletions.front().day;
  if (left_us.size() < left_max)
    left_us[deletions.front().name] = config.clock->steady_us();
  deletions.pop_front();
  std::erase_if(deletions, [&](auto& d) {
    return d.day == day && d.name.ends_with(manifest_suffix);
  });
}

void archiver_state::on_removed(const archive_job_done& done) {
  auto d = deletions.front();
  if (done.bad) {
    failed(doing, "archive_failed", "not deleted: " + done.bad->text);
    return leave_alone();
  }
  deletions.pop_front();
  succeeded(doing);
  config.memory->board->change([&](archive_view& v) {
    ++v.deleted_files;
    v.deleted_bytes += d.bytes;
    if (done.disk) {
      v.disk = done.disk;
      v.level = done.disk->level(config.retention);
    }
  });
}

void archiver_state::on_persisted(const persisted& ack) {
  config.memory->events.acknowledge(ack, [](const line_batch&) {});
  remove_when_told();
  finish_if_stopped();
}

} // namespace observer
