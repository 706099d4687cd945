#include "actors/archive/archiver.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/journal/disk_errors.hpp"
#include "messages/exceptions.hpp"
#include "messages/journal_event.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

namespace observer {

using std::chrono::milliseconds;

namespace {

/// Among the files that failed: all of them, for want of room.
constexpr const char* no_room = "";

} // namespace

std::string_view to_string(archive_step s) {
  switch (s) {
    case archive_step::survey:
      return "survey";
    case archive_step::judge:
      return "judge";
    case archive_step::compress:
      return "compress";
    case archive_step::back_up:
      return "back_up";
    case archive_step::confirm:
      return "confirm";
    case archive_step::prove:
      return "prove";
    case archive_step::remove:
      break;
  }
  return "remove";
}

std::optional<std::string> archiver_config::validate() const {
  if (!clock || !files || !worker || !memory || !health)
    return "clock, files, worker, memory and health must be there";
  if (look <= milliseconds{0} || pass_interval <= milliseconds{0})
    return "intervals must be above 0";
  if (backup_at_minute < 0 || backup_at_minute >= 24 * 60)
    return "the backup's minute must be one of the day";
  return std::nullopt;
}

namespace {

int64_t us_of(milliseconds m) {
  return m.count() * 1'000;
}

/// A day whose backup failed three times stays longer once it has one. What
/// cannot be noted is no matter: without a backup it stays anyway.
void note_failed_backup(file_system& fs, const std::string& data_dir,
                        int64_t day, int64_t now_us) {
  constexpr std::string_view kind = "backup_failed";
  auto notes = read_day_notes(fs, data_dir, day);
  if (!notes || !notes->judged)
    return;
  auto judged = *notes->judged;
  for (auto& a : judged.anomalies)
    if (a.kind == kind)
      return;
  judged.judged_at_us = now_us;
  judged.anomalies.push_back({std::string{kind}, "its backup failed 3 times"});
  static_cast<void>(write_judgement(fs, data_dir, day, judged));
}

/// What the system said, in the words of io_problem::text.
cause cause_in(const std::string& text) {
  constexpr std::string_view mark = "(errno ";
  auto at = text.find(mark);
  return at == text.npos ? cause::io_error
                         : cause_of_errno(std::atoi(text.c_str() + at
                                                    + mark.size()));
}

} // namespace

// -- life -----------------------------------------------------------------------

void archiver_state::start() {
  auto& m = *config.memory;
  m.stopping = false;
  life = ++m.lives;
  started_us = config.clock->steady_us();
  m.schedule.set_time(config.backup_at_minute);
  m.board->change([&](archive_view& v) {
    v.compresses = config.compress && config.work.compress;
    v.has_target = static_cast<bool>(config.work.back_up);
    v.without_backup = config.retention.without_backup;
    v.doing.clear();
    v.hangs = false;
  });
  self->delayed_send(self, config.look, archive_due{});
}

void archiver_state::on_exit(const caf::error& reason) {
  config.memory->stopping = true;
  if (reason != caf::exit_reason::user_shutdown) {
    self->quit(reason);
    return;
  }
  stopping = true;
  steps.clear();
  deletions.clear();
  flush();
  finish_if_stopped();
}

void archiver_state::finish_if_stopped() {
  auto& events = config.memory->events;
  if (stopping && (events.empty() || config.health->refuses(dataset::system)))
    self->quit(caf::exit_reason::user_shutdown);
}

// -- passes ---------------------------------------------------------------------

void archiver_state::on_due() {
  self->delayed_send(self, config.look, archive_due{});
  if (stopping)
    return;
  check_clock();
  check_hang();
  flush();
  if (telling)
    remove_when_told();
  if (busy || telling)
    return;
  if (in_pass)
    return next_step();
  auto steady = config.clock->steady_us();
  auto& m = *config.memory;
  auto waited = m.passed_us == 0
                  ? steady - started_us >= us_of(config.first_pass)
                  : steady - m.passed_us
                      >= us_of(disk_is_full() ? milliseconds{60'000}
                                              : config.pass_interval);
  auto round = m.passed_us != 0 && config.work.back_up
               && m.schedule.due(config.clock->now_us(), steady);
  if ((waited || round) && !writers_have_trouble())
    begin_pass();
}

void archiver_state::begin_pass() {
  auto& m = *config.memory;
  auto now = config.clock->now_us();
  m.passed_us = config.clock->steady_us();
  in_pass = look_again = true;
  round_failed = round_waits = false;
  by_age = false;
  failed_in_a_row = 0;
  confirmed.clear();
  failed_steps.clear();
  in_round = config.work.back_up && m.schedule.due(now, m.passed_us);
  if (in_round)
    m.schedule.begin(now);
  std::erase_if(failed_us, [&](auto& x) {
    return m.passed_us - x.second >= us_of(milliseconds{3'600'000});
  });
  std::erase_if(left_us, [&](auto& x) {
    return m.passed_us - x.second >= us_per_day;
  });
  steps.push_back({archive_step::survey, {}, 0});
  next_step();
}

void archiver_state::end_pass(bool whole) {
  using outcome = backup_schedule::outcome;
  // What failed and was tried again, or is no more to be done, is over.
  auto of = config.memory->board->view().trouble_of;
  auto still = [&](archive_step s) {
    return failed_steps.contains(s)
           || (s == archive_step::compress && !failed_us.empty())
           || (s == archive_step::back_up && !in_round)
           || (s >= archive_step::confirm && !by_age)
           || (s > archive_step::confirm && !left_us.empty());
  };
  for (auto s : {archive_step::judge, archive_step::compress,
                 archive_step::back_up, archive_step::confirm,
                 archive_step::prove, archive_step::remove})
    if (whole && of == to_string(s) && !still(s))
      forget_trouble();
  if (in_round)
    config.memory->schedule.end(round_failed  ? outcome::failed
                                : round_waits ? outcome::waits
                                              : outcome::done,
                                config.clock->steady_us());
  in_pass = in_round = false;
  steps.clear();
  deletions.clear();
  survey = nullptr;
}

go_on_function archiver_state::go_on() const {
  return [memory = config.memory, health = config.health] {
    if (memory->stopping)
      return false;
    for (auto d : all_datasets)
      if (auto why = health->of(d);
          why != cause::none && why != cause::disk_full)
        return false;
    return true;
  };
}

bool archiver_state::writers_have_trouble() const {
  return !go_on()();
}

bool archiver_state::disk_is_full() const {
  return std::any_of(std::begin(all_datasets), std::end(all_datasets),
                     [&](dataset d) {
                       return config.health->of(d) == cause::disk_full;
                     });
}

void archiver_state::submit(
  const step& s,
  std::function<void(archive_job_done&, const go_on_function&)> job) {
  busy = true;
  hang_told = false;
  doing = s;
  busy_since_us = config.clock->steady_us();
  config.memory->board->change([&](archive_view& v) {
    v.doing = fmt::format("{}{}{}", to_string(s.what), s.name.empty() ? "" : " ",
                          s.name);
    v.doing_since_us = busy_since_us;
    v.hangs = false;
  });
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self->ctrl());
  config.worker->submit([weak, what = s.what, life = life, goes = go_on(),
                         memory = config.memory, job = std::move(job)] {
    auto done = std::make_shared<archive_job_done>();
    done->step = what;
    done->life = life;
    if (memory->stopping) {
      done->interrupted = true;
    } else {
      try {
        job(*done, goes);
      } catch (...) {
        done->bad = problem{words_of_exception(std::current_exception())};
      }
      done->interrupted = done->bad && !goes();
    }
    insists([&] {
      if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
        caf::anon_send(caf::actor_cast<archiver_actor>(strong),
                       archive_job_done_ptr{done});
    });
  });
}

void archiver_state::next_step() {
  if (busy || telling || stopping || !in_pass)
    return;
  if (writers_have_trouble())
    return end_pass(); // they come first; the next pass goes on
  auto fs = config.files;
  auto dir = config.data_dir;
  auto& work = config.work;
  if (steps.empty() && !deletions.empty()) {
    auto& d = deletions.front();
    if (!d.backup.empty() && !confirmed.contains(d.day))
      return submit(
        {archive_step::confirm, date_of_korean_day(d.day), d.day},
        [fs, dir, work, day = date_of_korean_day(d.day)](
          archive_job_done& done, const go_on_function& goes) {
          if (auto got = work.confirm_backup(*fs, dir, day, goes); got)
            done.said = *got;
          else
            done.bad = got.error();
        });
    return submit({archive_step::prove, d.name, d.day},
                  [fs, dir, work, d](archive_job_done& done,
                                     const go_on_function& goes) {
                    if (auto ok = prove_deletion(*fs, dir, d, work, goes); !ok)
                      done.bad = ok.error();
                  });
  }
  if (steps.empty())
    return end_pass(true);
  auto s = std::move(steps.front());
  steps.pop_front();
  switch (s.what) {
    case archive_step::survey:
      return submit(s, [fs, dir, work, run = config.run_id](
                         archive_job_done& done, const go_on_function& goes) {
        done.survey = std::make_shared<archive_survey>(
          survey_archive(*fs, dir, run, work, goes));
      });
    case archive_step::judge:
      return submit(s, [fs, dir, work, s, known = survey, hours = config.hours,
                        rules = config.anomalies,
                        now = config.clock->now_us()](
                         archive_job_done& done, const go_on_function&) {
        auto day = known->catalogue.find(s.day);
        auto judged = judge_day(*fs, dir, *day, hours, rules, now,
                                work.read_lines);
        auto written = judged ? write_judgement(*fs, dir, s.day, *judged)
                              : result<>{judged.error()};
        if (!written)
          done.bad = written.error();
        else
          done.judged = *judged;
      });
    case archive_step::compress:
      return submit(s, [fs, dir, work, s](archive_job_done& done,
                                          const go_on_function& goes) {
        if (auto got = work.compress(*fs, dir, s.name, goes); got)
          done.compressed = *got;
        else
          done.bad = got.error();
      });
    case archive_step::back_up:
      return submit(s, [fs, dir, work, s, now = config.clock->now_us(),
                        last = config.memory->failed_backups[s.day] >= 2](
                         archive_job_done& done, const go_on_function& goes) {
        if (auto got = work.back_up(*fs, dir, s.name, goes); got)
          done.said = *got;
        else
          done.bad = got.error();
        if (done.bad && last && goes())
          note_failed_backup(*fs, dir, s.day, now);
      });
    case archive_step::confirm:
    case archive_step::prove:
    case archive_step::remove:
      return; // not among the steps
  }
}

void archiver_state::on_done(const archive_job_done& done) {
  if (done.life != life)
    return;
  busy = false;
  config.memory->board->change([](archive_view& v) {
    v.doing.clear();
    v.hangs = false;
  });
  if (stopping)
    return;
  if (done.interrupted) {
    round_failed = true;
    telling = false;
    end_pass();
    return;
  }
  switch (done.step) {
    case archive_step::survey:
      on_survey(done);
      break;
    case archive_step::judge:
      if (done.bad)
        failed(doing, "archive_failed", done.bad->text);
      else
        for (auto& a : done.judged.anomalies)
          event("anomaly", cause::none,
                fmt::format("{}: {}", date_of_korean_day(doing.day), a.detail));
      break;
    case archive_step::compress:
      on_compressed(done);
      break;
    case archive_step::back_up:
      on_backed_up(done);
      break;
    case archive_step::confirm:
      on_confirmed(done);
      break;
    case archive_step::prove:
      on_proven(done);
      break;
    case archive_step::remove:
      on_removed(done);
      break;
  }
  flush();
  next_step();
}

// -- what is to be done ---------------------------------------------------------

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

// -- what was done --------------------------------------------------------------

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

// -- the clock, and jobs that hang ------------------------------------------------

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

archiver_actor::behavior_type
archiver(measured_pointer<archiver_actor, archiver_state> self,
         archiver_config config) {
  auto& state = self->state;
  install_house_handlers(self, "archiver", &state.house);
  self->set_exit_handler(
    [self](const caf::exit_msg& msg) { self->state.on_exit(msg.reason); });
  auto bad = config.validate();
  state.config = std::move(config);
  if (bad) {
    self->quit(caf::make_error(caf::sec::invalid_argument, *bad));
  } else {
    if (state.config.persistence)
      self->send(state.config.persistence,
                 watch_child{writer_name(dataset::system),
                             caf::actor_cast<caf::actor>(self)});
    state.start();
  }
  return {
    [self](const persisted& ack) { self->state.on_persisted(ack); },
    [self](const resend_request&) {
      auto& s = self->state;
      auto me = producer_actor{archiver_actor{self}};
      if (s.writer)
        s.config.memory->events.resend(
          [&](const line_batch_ptr& b) { self->send(s.writer, b, me); });
    },
    [self](const archive_job_done_ptr& done) { self->state.on_done(*done); },
    [self](const child_started& child) {
      auto& s = self->state;
      s.writer = caf::actor_cast<journal_writer_actor>(child.handle);
      auto me = producer_actor{archiver_actor{self}};
      s.config.memory->events.resend(
        [&](const line_batch_ptr& b) { self->send(s.writer, b, me); });
    },
    [self](const archive_due&) { self->state.on_due(); },
  };
}

} // namespace observer
