#include "actors/journal/journal_writer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/journal/disk_errors.hpp"
#include "messages/exceptions.hpp"
#include "messages/korean_time.hpp"

namespace observer {

std::optional<std::string> journal_writer_config::validate() const {
  if (data_dir.empty())
    return "journal writer: no data directory";
  if (!clock || !files || !worker || !memory)
    return "journal writer: a port is missing";
  if (commit_interval.count() < 0 || commit_bytes == 0
      || retry_interval.count() <= 0)
    return "journal writer: commit interval, commit bytes or retry interval "
           "out of range";
  return std::nullopt;
}

namespace {

/// A backlog is written in pieces of so much, or of `commit_bytes` if larger.
constexpr uint64_t backlog_piece_bytes = 2 << 20;

bool is_power_of_two(uint64_t n) {
  return (n & (n - 1)) == 0;
}

} // namespace

// -- life ---------------------------------------------------------------------

void journal_writer_state::submit(
  disk_job_done::kind_type kind,
  std::function<std::shared_ptr<disk_job_done>()> job) {
  busy = true;
  busy_since_us = config.clock->steady_us();
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self->ctrl());
  config.worker->submit([kind, job = std::move(job), weak, life = life,
                         memory = config.memory, dir = config.data_dir,
                         spare = std::make_shared<disk_job_done>()] {
    auto done = run_disk_job(kind, *memory, life, dir, job, spare);
    insists([&] {
      if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
        caf::anon_send(caf::actor_cast<journal_writer_actor>(strong),
                       disk_job_done_ptr{done});
    });
  });
}

journal_writer_state::~journal_writer_state() {
  if (!ended && config.health
      && config.health->of(config.data) == cause::none)
    report(cause::writer_restarting,
           log_name + " failed; its supervisor starts another");
}

void journal_writer_state::report(cause why, std::string text) {
  if (config.health)
    config.health->report(config.data, why, std::move(text));
}

void journal_writer_state::start() {
  life = ++config.memory->lives;
  recover();
  self->delayed_send(self, std::chrono::seconds{1}, seal_due{});
}

void journal_writer_state::recover() {
  submit(disk_job_done::recovered,
         [fs = config.files, dir = config.data_dir, data = config.data,
          now = config.clock->now_us(), memory = config.memory] {
           return recovery_job(*fs, dir, data, now, *memory);
         });
}

// -- order --------------------------------------------------------------------

journal_writer_state::stream&
journal_writer_state::stream_of(const line_batch& batch) {
  return streams[{batch.session->id, batch.slot}];
}

void journal_writer_state::on_batch(const line_batch_ptr& batch,
                                    const producer_actor& producer) {
  if (!ready) {
    // What the disk has is not known yet: decided when the recovery is done.
    early.emplace_back(batch, producer);
    return;
  }
  auto& s = stream_of(*batch);
  if (batch->last_seq() <= s.durable) {
    self->send(producer, persisted{config.data, batch->session->number,
                                   batch->first_seq, s.durable, s.file});
    return;
  }
  s.producer = producer;
  if (batch->last_seq() <= s.accepted)
    return; // on its way; acknowledged when it is durable
  auto next = s.accepted + 1;
  if (batch->first_seq > next) {
    auto asked = s.hole_before.has_value();
    // Batches behind the one that showed the hole were on their way already;
    // a resend begins at that one again, or before it.
    if (asked && batch->first_seq > *s.hole_before)
      return;
    if (!asked) {
      s.hole_before = batch->first_seq;
      spdlog::warn("[{}] session {} slot {}: records {} to {} are missing "
                   "before {}: asked to send again",
                   log_name, batch->session->id, batch->slot, next,
                   batch->first_seq - 1, batch->first_seq);
      self->send(producer, resend_request{config.data});
      return;
    }
    spdlog::error("[{}] session {} slot {}: records {} to {} are nowhere: the "
                  "journal goes on without them",
                  log_name, batch->session->id, batch->slot, next,
                  batch->first_seq - 1);
    next = batch->first_seq;
  }
  s.hole_before.reset();
  if (s.accepted == 0)
    forget_former_sessions(streams, *batch, [](auto& former) {
      return former.durable == former.accepted;
    });
  s.accepted = batch->last_seq();
  auto since = self->clock().now() - age_of(*batch);
  waiting_since = waiting.empty() ? since : std::min(waiting_since, since);
  waiting.push_back(
    {batch, static_cast<uint32_t>(next - batch->first_seq)});
  waiting_bytes += batch->text.size();
  commit_when_due();
}

caf::timespan
journal_writer_state::age_of(const line_batch& batch) const {
  // By the wall clock, which somebody may have set: within bounds.
  auto age_us = config.clock->now_us() - batch.first_received_us;
  auto most_us = std::chrono::microseconds{config.commit_interval}.count();
  return std::chrono::microseconds{
    std::clamp<int64_t>(age_us, 0, most_us)};
}

// -- commits ------------------------------------------------------------------

void journal_writer_state::wake_in(caf::timespan delay) {
  if (timer_set)
    return; // what it finds too early to do is put off again
  timer_set = true;
  self->delayed_send(self, delay, commit_due{});
}

void journal_writer_state::commit_when_due() {
  if (!ready || busy || held || waiting.empty())
    return;
  auto due = waiting_since + config.commit_interval;
  auto now = self->clock().now();
  if (stopping || waiting_bytes >= config.commit_bytes || now >= due)
    begin_commit();
  else
    wake_in(due - now);
}

void journal_writer_state::on_commit_due() {
  timer_set = false;
  if (!held) {
    commit_when_due();
    return;
  }
  if (busy)
    return;
  auto now = self->clock().now();
  if (now < retry_at)
    wake_in(retry_at - now);
  else if (ready)
    begin_commit();
  else
    recover();
}

void journal_writer_state::take_waiting() {
  auto most = std::max<uint64_t>(config.commit_bytes, backlog_piece_bytes);
  if (waiting_bytes <= most) {
    committing.swap(waiting);
    waiting.clear();
    waiting_bytes = 0;
    return;
  }
  // What gathered while the disk was full goes in pieces: a disk that has
  // space again for a part of it takes that part.
  auto end = waiting.begin();
  for (uint64_t bytes = 0; end != waiting.end(); ++end) {
    bytes += end->batch->text.size();
    if (end != waiting.begin() && bytes > most)
      break;
    waiting_bytes -= end->batch->text.size();
  }
  committing.assign(waiting.begin(), end);
  waiting.erase(waiting.begin(), end);
}

void journal_writer_state::begin_commit() {
  if (!held)
    take_waiting();
  commit_begin_us = config.clock->steady_us();
  submit(disk_job_done::committed,
         [fs = config.files, dir = config.data_dir, data = config.data,
          memory = config.memory, files = files, parts = committing,
          worker = std::weak_ptr{config.worker}, now = config.clock->now_us(),
          stopping = stopping] {
           auto helper = worker.lock();
           return commit_job(*fs, dir, data, *memory, *files, helper.get(),
                             parts, now, stopping);
         });
}

void journal_writer_state::acknowledge(
  const std::vector<std::shared_ptr<const std::string>>& part_files) {
  // One acknowledgement per producer and session, for the whole range.
  struct range {
    stream* of;
    uint32_t session_number;
    uint64_t first_seq;
  };
  std::vector<range> ranges;
  std::vector<commit_part> left;
  for (size_t i = 0; i < committing.size(); ++i) {
    auto& batch = *committing[i].batch;
    if (i >= part_files.size() || !part_files[i]) {
      left.push_back(committing[i]);
      continue;
    }
    auto& s = stream_of(batch);
    s.durable = batch.last_seq();
    s.file = part_files[i];
    if (config.board)
      config.board->writers[static_cast<size_t>(config.data)].bytes.add(
        committing[i].text().size());
    auto known = [&](const range& r) { return r.of == &s; };
    if (std::none_of(ranges.begin(), ranges.end(), known))
      ranges.push_back({&s, batch.session->number, batch.first_seq});
  }
  for (auto& r : ranges) {
    auto& s = *r.of;
    self->send(s.producer, persisted{config.data, r.session_number,
                                     r.first_seq, s.durable, s.file});
    if (s.durable == s.accepted)
      s.producer = nullptr;
  }
  committing = std::move(left);
}

// -- a disk that refuses or hangs ---------------------------------------------

uint64_t journal_writer_state::lines_held() const {
  uint64_t n = 0;
  for (auto& [batch, producer] : early)
    n += batch->lines;
  for (auto* parts : {&committing, &waiting})
    for (auto& p : *parts)
      n += p.batch->lines - p.skip_lines;
  return n;
}

void journal_writer_state::give_up_or_hold(
  const io_problem& bad, const std::vector<std::string>& said) {
  // A folder that cannot be looked at is no reason to end the ticks' writers
  // with this one.
  auto holds = !is_fault_of_ours(bad.code)
               || (!ready && config.data != dataset::scalp);
  auto why = cause_of_errno(bad.code);
  report(why, bad.text());
  if (!holds || is_power_of_two(held_count)) // attempts 1, 2, 3, 5, 9, …
    for (auto& line : said)
      spdlog::error("[{}] {}", log_name, line);
  if (!holds) {
    spdlog::error("[{}] {}: {}; giving up this writer, its supervisor starts "
                  "another",
                  log_name, to_string(why), bad.text());
    self->quit(caf::make_error(caf::sec::runtime_error, bad.text()));
    return;
  }
  if (is_power_of_two(held_count))
    spdlog::error("[{}] {}: cannot {}, {} lines held, tried again every {} ms: "
                  "{}",
                  log_name, to_string(why), ready ? "write" : "recover what is on disk",
                  lines_held(), config.retry_interval.count(), bad.text());
  if (held && stopping && config.data != dataset::scalp) {
    spdlog::error("[{}] cannot be written at the stop: {} lines are not on disk; "
                  "none of them is a tick",
                  log_name, lines_held());
    end();
    return;
  }
  held = true;
  ++held_count;
  retry_at = self->clock().now() + config.retry_interval;
  wake_in(config.retry_interval);
}

void journal_writer_state::check_stall() {
  constexpr int64_t stall_us = 5 * us_per_second;
  auto busy_us = config.clock->steady_us() - busy_since_us;
  if (!busy || busy_us < stall_us)
    return;
  auto text = fmt::format("the disk has not finished a job in {} for {} s",
                          config.data_dir, busy_us / us_per_second);
  if (!stall_told)
    spdlog::error("[{}] {}: {}", log_name, to_string(cause::io_error), text);
  stall_told = true;
  report(cause::io_error, std::move(text));
}

void journal_writer_state::tell_taken(const disk_job_done& done) {
  taken_wait = done.taken_wait;
  if (done.taken) {
    auto text = done.taken->text();
    spdlog::error("[{}] {}: {}", log_name, to_string(cause::file_taken), text);
    report(cause::file_taken, std::move(text));
  }
  tell_lost(done.lost);
}

void journal_writer_state::tell_lost(const std::vector<lost_records>& all) {
  for (auto& lost : all) {
    auto detail = lost.text();
    spdlog::error("[{}] {}: {} records lost: {}{}", log_name,
                  to_string(lost.why), lost.records, detail,
                  lost.told_in.empty() ? std::string{}
                                       : "; told in " + lost.told_in);
    if (config.counters)
      config.counters->lost[static_cast<size_t>(config.data)].add(lost.records);
    if (config.health)
      config.health->report_loss(loss_of(config.data, lost));
  }
}

// -- what a job brought back --------------------------------------------------

void journal_writer_state::on_done(const disk_job_done& done) {
  if (done.kind == disk_job_done::past) {
    on_past(done.news);
    return;
  }
  busy = false;
  if (std::exchange(stall_told, false)) {
    spdlog::warn("[{}] the disk goes on", log_name);
    report(cause::none, {});
  }
  if (done.kind == disk_job_done::committed)
    acknowledge(done.part_files);
  tell_taken(done);
  if (done.problem && done.kind != disk_job_done::sealed) {
    give_up_or_hold(*done.problem, done.said);
    return;
  }
  // While lines wait, only a commit shows that they can be written.
  if (done.kind == disk_job_done::committed || lines_held() == 0)
    report(cause::none, {});
  if (done.kind != disk_job_done::sealed && held) {
    spdlog::warn("[{}] goes on after {} attempts", log_name, held_count + 1);
    held = false;
    held_count = 0;
  }
  switch (done.kind) {
    case disk_job_done::recovered:
      ready = true;
      if (config.health) // those of a former life are of the past now
        config.health->set_unsealed(config.data, {});
      begin_past(done.recovery);
      for (auto& [key, known] : done.durable) {
        auto& s = streams[key];
        s.accepted = s.durable = known.last_seq;
        s.file = known.file;
      }
      for (auto& [batch, producer] : std::exchange(early, {}))
        on_batch(batch, producer);
      break;
    case disk_job_done::committed:
      files_seen = true;
      for (auto& line : done.said)
        spdlog::error("[{}] {}", log_name, line);
      if (config.counters)
        config.counters->commit_latency.add(config.clock->steady_us()
                                            - commit_begin_us);
      write_checkpoints();
      break;
    case disk_job_done::sealed:
      for (auto& line : done.said)
        spdlog::info("[{}] {}", log_name, line);
      std::erase_if(checkpoints, [this](auto& mark) {
        for (auto& [period, file] : files->by_period)
          if (file && file->path() == mark.first)
            return false;
        return true;
      });
      if (config.health) {
        std::vector<std::string> unsealed;
        for (auto& [file, why] : done.unsealed)
          unsealed.push_back(file + " is not sealed: " + why);
        config.health->set_unsealed(config.data, std::move(unsealed));
      }
      seal_failed = done.problem.has_value();
      if (!seal_failed)
        seal_failures = 0;
      else if (is_power_of_two(++seal_failures))
        spdlog::error("[{}] cannot seal ({} attempts so far): {}; tried again "
                      "in a second",
                      log_name, seal_failures, done.problem->text());
      break;
    case disk_job_done::past:
      break; // see above
  }
  show_files();
  if (std::exchange(seal_pending, false))
    begin_seal(false);
  begin_rotation();
  commit_when_due();
  if (done.more)
    begin_seal(false);
  finish_if_stopped();
}

journal_writer_actor::behavior_type
journal_writer(measured_pointer<journal_writer_actor, journal_writer_state> self,
               journal_writer_config config) {
  auto& state = self->state;
  state.log_name = writer_name(config.data);
  install_house_handlers(self, state.log_name, &state.house);
  self->set_exit_handler(
    [self](const caf::exit_msg& msg) { self->state.on_exit(msg.reason); });
  auto bad = config.validate();
  state.config = std::move(config);
  if (bad)
    self->quit(caf::make_error(caf::sec::invalid_argument, *bad));
  else
    state.start();
  return {
    [self](const line_batch_ptr& batch, const producer_actor& producer) {
      self->state.on_batch(batch, producer);
    },
    [self](const disk_job_done_ptr& done) { self->state.on_done(*done); },
    [self](const rotate&) {
      self->state.rotate_wanted = true;
      self->state.begin_rotation();
    },
    [self](const commit_due&) { self->state.on_commit_due(); },
    [self](const seal_due&) { self->state.on_seal_due(); },
  };
}

} // namespace observer
