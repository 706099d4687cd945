#include "actors/journal/journal_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

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

/// Would a restart of the writer change nothing?
bool is_environment(int code) {
  return code == ENOSPC || code == EDQUOT || code == EACCES || code == EPERM
         || code == EROFS;
}

bool is_power_of_two(uint64_t n) {
  return (n & (n - 1)) == 0;
}

// -- disk jobs ------------------------------------------------------------------

/// Cuts what failed. Nothing else may be written before.
std::optional<io_problem> mend(open_files& files, writer_memory& memory) {
  while (!files.damaged.empty()) {
    auto& file = files.damaged.back();
    if (auto bad = file->cut())
      return bad;
    // A disk that is full for an hour must not leave an empty part for every
    // attempt.
    if (file->committed_bytes() > 0 || file->discard())
      files.unsealed.push_back({std::move(file), "failure"});
    else
      memory.trusted.erase(file->path());
    files.damaged.pop_back();
  }
  return std::nullopt;
}

/// Seals what is closed, as far as it goes.
std::optional<io_problem> seal_closed(open_files& files, writer_memory& memory,
                                      int64_t now_us,
                                      std::vector<std::string>& said) {
  while (!files.unsealed.empty()) {
    auto& [file, because] = files.unsealed.back();
    if (auto bad = file->seal(now_us, because))
      return bad;
    memory.trusted.erase(file->path());
    said.push_back(fmt::format("{} sealed ({})", *file->name(), because));
    files.unsealed.pop_back();
  }
  return std::nullopt;
}

/// Writes parts of one period to its file, or to a new one if that one fails.
std::optional<io_problem> commit_to_period(file_system& fs,
                                           const std::string& data_dir,
                                           dataset data, writer_memory& memory,
                                           open_files& files, disk* worker,
                                           int64_t period,
                                           const std::vector<commit_part>& parts,
                                           disk_job_done& done) {
  auto& file = files.by_period[period];
  for (int attempt = 0;; ++attempt) {
    if (!file) {
      auto base = file_base(data, parts.front().batch->first_received_us);
      auto made = journal_file::create(fs, data_dir, data, base);
      if (made.problem) {
        if (made.file)
          files.unsealed.push_back({std::move(made.file), "failure"});
        files.by_period.erase(period);
        return made.problem;
      }
      file = std::move(made.file);
      memory.trusted[file->path()] = 0;
    }
    auto bad = file->commit(parts, files.buffer, worker);
    if (!bad) {
      memory.trusted[file->path()] = file->committed_bytes();
      return std::nullopt;
    }
    done.said.push_back(
      fmt::format("{}; {} ends at its last good offset {}", bad->text(),
                  *file->name(), file->committed_bytes()));
    file->close();
    files.damaged.push_back(std::move(file));
    auto worse = mend(files, memory);
    // A new file helps against a bad descriptor, not against a full disk.
    if (worse || attempt > 0 || is_environment(bad->code)) {
      files.by_period.erase(period);
      return worse ? worse : bad;
    }
  }
}

/// Parts that are written together, in the order of writing: each stream's in
/// its own order, and otherwise by file.
std::vector<std::vector<size_t>> groups_of(dataset data,
                                           const std::vector<commit_part>& parts) {
  // The clock may step back over an hour: then a stream goes on in an older
  // file, but not before its records in the newer one are durable.
  using turn_and_period = std::pair<int, int64_t>;
  std::map<std::pair<std::string_view, int>, turn_and_period> at;
  std::map<turn_and_period, std::vector<size_t>> groups;
  for (size_t i = 0; i < parts.size(); ++i) {
    auto& batch = *parts[i].batch;
    auto period = file_period(data, batch.first_received_us);
    auto& [turn, last]
      = at.try_emplace({batch.session->id, batch.slot}, 0, period)
          .first->second;
    if (period < last)
      ++turn;
    last = period;
    groups[{turn, period}].push_back(i);
  }
  std::vector<std::vector<size_t>> out;
  for (auto& [key, indexes] : groups)
    out.push_back(std::move(indexes));
  return out;
}

} // namespace

std::shared_ptr<disk_job_done> commit_job(file_system& fs,
                                          const std::string& data_dir,
                                          dataset data, writer_memory& memory,
                                          open_files& files, disk* worker,
                                          const std::vector<commit_part>& parts) {
  auto done = std::make_shared<disk_job_done>();
  done->part_files.resize(parts.size());
  done->problem = mend(files, memory);
  if (done->problem)
    return done;
  for (auto& indexes : groups_of(data, parts)) {
    std::vector<commit_part> chosen;
    for (auto i : indexes)
      chosen.push_back(parts[i]);
    auto period = file_period(data, chosen.front().batch->first_received_us);
    done->problem = commit_to_period(fs, data_dir, data, memory, files, worker,
                                     period, chosen, *done);
    if (done->problem)
      return done; // what was written before is durable all the same
    auto& file = files.by_period[period]->name();
    for (auto i : indexes) {
      auto& batch = *parts[i].batch;
      memory.durable[{batch.session->id, batch.slot}]
        = {batch.last_seq(), file};
      done->part_files[i] = file;
    }
  }
  return done;
}

namespace {

/// Seals the files of periods before `before`, and those left from failures.
std::shared_ptr<disk_job_done> seal_job(open_files& files,
                                        writer_memory& memory, int64_t before,
                                        int64_t now_us,
                                        std::string_view because) {
  auto done = std::make_shared<disk_job_done>();
  auto& open = files.by_period;
  while (!open.empty() && open.begin()->first < before) {
    open.begin()->second->close();
    files.unsealed.push_back({std::move(open.begin()->second), because});
    open.erase(open.begin());
  }
  done->problem = mend(files, memory);
  if (!done->problem)
    done->problem = seal_closed(files, memory, now_us, done->said);
  return done;
}

/// Learns what the disk has, from the files and from this process's memory.
std::shared_ptr<disk_job_done> recovery_job(file_system& fs,
                                            const std::string& data_dir,
                                            dataset data, int64_t now_us,
                                            writer_memory& memory) {
  auto done = std::make_shared<disk_job_done>();
  done->recovery = recover_dataset(fs, data_dir, data, now_us, memory.trusted);
  done->problem = done->recovery.problem;
  if (done->problem)
    return done;
  memory.trusted.clear(); // all is sealed
  done->durable = memory.durable;
  for (auto& [key, last_seq] : done->recovery.last_seq) {
    auto& known = done->durable[key];
    known.last_seq = std::max(known.last_seq, last_seq);
  }
  return done;
}

} // namespace

// -- state --------------------------------------------------------------------------

void journal_writer_state::submit(
  disk_job_done::kind_type kind,
  std::function<std::shared_ptr<disk_job_done>()> job) {
  busy = true;
  busy_since_us = config.clock->steady_us();
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self->ctrl());
  config.worker->submit([kind, job = std::move(job), weak, life = life,
                         memory = config.memory, dir = config.data_dir] {
    std::shared_ptr<disk_job_done> done;
    std::optional<io_problem> unable;
    if (life < memory->life) {
      unable = io_problem{"journal job", dir, ESTALE,
                          "a later life of this writer has begun"};
    } else {
      memory->life = life;
      try {
        done = job();
      } catch (...) {
        // No answer would leave the writer busy for ever.
        unable = io_problem{"journal job", dir, EIO,
                            in_words(std::current_exception())};
      }
    }
    if (unable) {
      done = std::make_shared<disk_job_done>();
      done->problem = unable;
    }
    done->kind = kind;
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
      caf::anon_send(caf::actor_cast<journal_writer_actor>(strong),
                     disk_job_done_ptr{std::move(done)});
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
          worker = std::weak_ptr{config.worker}] {
           auto helper = worker.lock();
           return commit_job(*fs, dir, data, *memory, *files, helper.get(),
                             parts);
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
  auto holds = is_environment(bad.code);
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
  held = true;
  ++held_count;
  retry_at = self->clock().now() + config.retry_interval;
  wake_in(config.retry_interval);
}

void journal_writer_state::on_done(const disk_job_done& done) {
  busy = false;
  if (std::exchange(stall_told, false)) {
    spdlog::warn("[{}] the disk goes on", log_name);
    report(cause::none, {});
  }
  if (done.kind == disk_job_done::committed)
    acknowledge(done.part_files);
  if (done.problem && done.kind != disk_job_done::sealed) {
    give_up_or_hold(*done.problem, done.said);
    return;
  }
  report(cause::none, {});
  if (done.kind != disk_job_done::sealed && held) {
    spdlog::warn("[{}] goes on after {} attempts", log_name, held_count + 1);
    held = false;
    held_count = 0;
  }
  switch (done.kind) {
    case disk_job_done::recovered:
      for (auto& line : done.recovery.said)
        spdlog::warn("[{}] {}", log_name, line);
      ready = true;
      for (auto& [key, known] : done.durable) {
        auto& s = streams[key];
        s.accepted = s.durable = known.last_seq;
        s.file = known.file;
      }
      for (auto& [batch, producer] : std::exchange(early, {}))
        on_batch(batch, producer);
      break;
    case disk_job_done::committed:
      for (auto& line : done.said)
        spdlog::error("[{}] {}", log_name, line);
      if (config.counters)
        config.counters->commit_latency.add(config.clock->steady_us()
                                            - commit_begin_us);
      break;
    case disk_job_done::sealed:
      for (auto& line : done.said)
        spdlog::info("[{}] {}", log_name, line);
      seal_failed = done.problem.has_value();
      if (!seal_failed)
        seal_failures = 0;
      else if (is_power_of_two(++seal_failures))
        spdlog::error("[{}] cannot seal ({} attempts so far): {}; tried again "
                      "in a second",
                      log_name, seal_failures, done.problem->text());
      break;
  }
  show_files();
  if (std::exchange(seal_pending, false))
    begin_seal(false);
  begin_rotation();
  commit_when_due();
  finish_if_stopped();
}

void journal_writer_state::on_seal_due() {
  self->delayed_send(self, std::chrono::seconds{1}, seal_due{});
  check_stall();
  seal_failed = false;
  if (!ready || held)
    return;
  if (stopping)
    finish_if_stopped();
  else if (busy)
    seal_pending = true;
  else
    begin_seal(false);
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

void journal_writer_state::begin_rotation() {
  if (!rotate_wanted || busy || held || !ready || stopping)
    return;
  rotate_wanted = false;
  submit(disk_job_done::sealed,
         [files = files, memory = config.memory, now = config.clock->now_us()] {
           return seal_job(*files, *memory, INT64_MAX, now, "operator");
         });
}

void journal_writer_state::show_files() {
  if (!config.board || busy)
    return;
  std::vector<open_file_view> open;
  for (auto& [period, file] : files->by_period)
    if (file)
      open.push_back({*file->name(), file->committed_lines(),
                      file->committed_bytes(), file->first_received_us(),
                      file->last_received_us()});
  config.board->writers[static_cast<size_t>(config.data)].set_open(
    std::move(open));
}

void journal_writer_state::begin_seal(bool all) {
  if (busy)
    return;
  auto now = config.clock->now_us();
  auto linger_us = std::chrono::microseconds{config.seal_linger}.count();
  auto before = all ? INT64_MAX : file_period(config.data, now - linger_us);
  // Between jobs the files are ours to look at.
  auto& f = *files;
  auto any = !f.unsealed.empty() || !f.damaged.empty()
             || (!f.by_period.empty() && f.by_period.begin()->first < before);
  if (!any)
    return;
  submit(disk_job_done::sealed, [files = files, memory = config.memory, before,
                                 now, all] {
    return seal_job(*files, *memory, before, now, all ? "stop" : "hour");
  });
}

void journal_writer_state::on_exit(const caf::error& reason) {
  if (reason != caf::exit_reason::user_shutdown) {
    self->quit(reason);
    return;
  }
  stopping = true;
  commit_when_due();
  finish_if_stopped();
}

void journal_writer_state::finish_if_stopped() {
  if (!stopping || busy || held || !ready || !waiting.empty() || seal_failed)
    return;
  begin_seal(true);
  if (busy)
    return;
  ended = true;
  self->quit(caf::exit_reason::user_shutdown);
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
