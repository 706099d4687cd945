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
