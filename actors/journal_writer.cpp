#include "actors/journal_writer.hpp"

#include <cerrno>

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

/// Would a restart of the writer change nothing?
bool is_environment(int code) {
  return code == ENOSPC || code == EDQUOT || code == EACCES || code == EPERM
         || code == EROFS;
}

} // namespace

// -- disk jobs ------------------------------------------------------------------

std::shared_ptr<disk_job_done> commit_job(file_system& fs,
                                          const std::string& data_dir,
                                          dataset data, int64_t now_us,
                                          writer_memory& memory,
                                          open_files& files,
                                          const std::vector<commit_part>& parts) {
  auto done = std::make_shared<disk_job_done>();
  done->part_files.resize(parts.size());
  // Parts of one period go to one file in one write.
  std::map<int64_t, std::vector<size_t>> by_period;
  for (size_t i = 0; i < parts.size(); ++i)
    by_period[file_period(data, parts[i].batch->first_received_us)].push_back(i);
  for (auto& [period, indexes] : by_period) {
    std::vector<commit_part> chosen;
    for (auto i : indexes)
      chosen.push_back(parts[i]);
    auto& file = files.by_period[period];
    std::optional<io_problem> bad;
    // The second round is for a file that failed: never that descriptor again.
    for (int round = 0; round < 2; ++round) {
      if (!file) {
        auto base = file_base(data, chosen.front().batch->first_received_us);
        auto made = journal_file::create(fs, data_dir, data, base);
        if (made.problem) {
          bad = made.problem;
          break;
        }
        file = std::move(made.file);
        memory.trusted[file->path()] = 0;
      }
      bad = file->commit(chosen, files.buffer);
      if (!bad) {
        memory.trusted[file->path()] = file->committed_bytes();
        break;
      }
      auto failed = bad->text();
      if (auto worse = file->abandon(now_us))
        failed += fmt::format("; sealing {} failed too: {}", *file->name(),
                              worse->text());
      else
        failed += fmt::format("; {} sealed at its last good offset {}",
                              *file->name(), file->committed_bytes());
      done->said.push_back(failed);
      file.reset();
    }
    if (bad) {
      files.by_period.erase(period);
      done->problem = bad;
      return done;
    }
    for (auto i : indexes)
      done->part_files[i] = file->name();
  }
  return done;
}

namespace {

/// Seals the files of periods before `before`.
std::shared_ptr<disk_job_done> seal_job(open_files& files, int64_t before,
                                        int64_t now_us,
                                        std::string_view because) {
  auto done = std::make_shared<disk_job_done>();
  done->kind = disk_job_done::sealed;
  for (auto i = files.by_period.begin(); i != files.by_period.end();) {
    if (i->first >= before) {
      ++i;
      continue;
    }
    if (auto bad = i->second->seal(now_us, because)) {
      done->problem = bad;
      return done; // tried again: the file is still in the list
    }
    done->said.push_back(*i->second->name());
    i = files.by_period.erase(i);
  }
  return done;
}

} // namespace

// -- state --------------------------------------------------------------------------

void journal_writer_state::submit(
  std::function<std::shared_ptr<disk_job_done>()> job) {
  busy = true;
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self->ctrl());
  config.worker->submit([job = std::move(job), weak] {
    disk_job_done_ptr done = job();
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
      caf::anon_send(caf::actor_cast<journal_writer_actor>(strong),
                     std::move(done));
  });
}

void journal_writer_state::start() {
  submit([fs = config.files, dir = config.data_dir, data = config.data,
          now = config.clock->now_us(), memory = config.memory] {
    auto done = std::make_shared<disk_job_done>();
    done->kind = disk_job_done::recovered;
    done->recovery = recover_dataset(*fs, dir, data, now, memory->trusted);
    done->problem = done->recovery.problem;
    return done;
  });
  self->delayed_send(self, std::chrono::seconds{1}, seal_due{});
}

journal_writer_state::stream&
journal_writer_state::stream_of(const line_batch& batch) {
  auto [at, added]
    = streams.try_emplace({batch.session->number, batch.slot}, stream{});
  if (added) {
    auto known = recovered.find({batch.session->id, batch.slot});
    if (known != recovered.end())
      at->second.accepted = at->second.durable = known->second;
  }
  return at->second;
}

void journal_writer_state::on_batch(const line_batch_ptr& batch,
                                    const producer_actor& producer) {
  auto& s = stream_of(*batch);
  if (!ready) {
    // What the disk has is not known yet: decided when the recovery is done.
    waiting.push_back({{batch, 0}, producer});
    waiting_bytes += batch->text.size();
    return;
  }
  if (batch->last_seq() <= s.durable) {
    self->send(producer, persisted{config.data, batch->session->number,
                                   batch->first_seq, s.durable, s.file});
    return;
  }
  if (batch->last_seq() <= s.accepted)
    return; // on its way; acknowledged when it is durable
  if (batch->first_seq > s.accepted + 1) {
    spdlog::warn("[{}] session {} slot {}: records {} to {} are missing before "
                 "{}: asked to send again",
                 log_name, batch->session->id, batch->slot, s.accepted + 1,
                 batch->first_seq - 1, batch->first_seq);
    self->send(producer, resend_request{config.data});
    return;
  }
  auto skip = static_cast<uint32_t>(s.accepted + 1 - batch->first_seq);
  s.accepted = batch->last_seq();
  if (waiting.empty())
    commit_begin_us = config.clock->now_us();
  waiting.push_back({{batch, skip}, producer});
  waiting_bytes += batch->text.size();
  commit_when_due();
}

void journal_writer_state::commit_when_due() {
  if (!ready || busy || held || waiting.empty())
    return;
  if (stopping || waiting_bytes >= config.commit_bytes
      || config.commit_interval.count() == 0) {
    begin_commit();
  } else if (!timer_set) {
    timer_set = true;
    self->delayed_send(self, config.commit_interval, commit_due{});
  }
}

void journal_writer_state::on_commit_due() {
  timer_set = false;
  if (ready && !busy && (held || !waiting.empty()))
    begin_commit();
}

void journal_writer_state::begin_commit() {
  if (!held) {
    committing.swap(waiting);
    waiting.clear();
    waiting_bytes = 0;
  }
  std::vector<commit_part> parts;
  parts.reserve(committing.size());
  for (auto& p : committing)
    parts.push_back(p.what);
  submit([fs = config.files, dir = config.data_dir, data = config.data,
          now = config.clock->now_us(), memory = config.memory, files = files,
          parts = std::move(parts)] {
    return commit_job(*fs, dir, data, now, *memory, *files, parts);
  });
}

void journal_writer_state::acknowledge(
  const std::vector<std::shared_ptr<const std::string>>& part_files) {
  // One acknowledgement per producer and session, for the whole range.
  struct range {
    const part* first;
    uint64_t last_seq;
    std::shared_ptr<const std::string> file;
  };
  std::map<std::pair<uint32_t, int>, range> ranges;
  for (size_t i = 0; i < committing.size(); ++i) {
    auto& p = committing[i];
    auto& batch = *p.what.batch;
    auto& s = stream_of(batch);
    s.durable = std::max(s.durable, batch.last_seq());
    s.file = part_files[i];
    auto [at, added] = ranges.try_emplace({batch.session->number, batch.slot},
                                          range{&p, 0, nullptr});
    at->second.last_seq = batch.last_seq();
    at->second.file = part_files[i];
  }
  for (auto& [key, r] : ranges)
    self->send(r.first->producer,
               persisted{config.data, key.first,
                         r.first->what.batch->first_seq, r.last_seq, r.file});
  committing.clear();
}

void journal_writer_state::give_up_or_hold(const io_problem& bad) {
  if (!is_environment(bad.code)) {
    spdlog::error("[{}] {}; giving up this writer, its supervisor starts "
                  "another",
                  log_name, bad.text());
    self->quit(caf::make_error(caf::sec::runtime_error, bad.text()));
    return;
  }
  held = true;
  if ((held_count & (held_count - 1)) == 0) // 1, 2, 4, 8, …
    spdlog::error("[{}] cannot write, {} lines held: {}", log_name,
                  committing.size() + waiting.size(), bad.text());
  ++held_count;
  timer_set = true;
  self->delayed_send(self, config.retry_interval, commit_due{});
}

void journal_writer_state::on_done(const disk_job_done& done) {
  busy = false;
  switch (done.kind) {
    case disk_job_done::recovered: {
      for (auto& line : done.recovery.said)
        spdlog::warn("[{}] {}", log_name, line);
      if (done.problem) {
        spdlog::error("[{}] cannot recover what earlier runs left: {}",
                      log_name, done.problem->text());
        self->quit(
          caf::make_error(caf::sec::runtime_error, done.problem->text()));
        return;
      }
      recovered = done.recovery.last_seq;
      ready = true;
      streams.clear();
      auto early = std::move(waiting);
      waiting.clear();
      waiting_bytes = 0;
      for (auto& p : early)
        on_batch(p.what.batch, p.producer);
      break;
    }
    case disk_job_done::committed:
      for (auto& line : done.said)
        spdlog::error("[{}] {}", log_name, line);
      if (done.problem) {
        give_up_or_hold(*done.problem);
        return;
      }
      if (held) {
        spdlog::warn("[{}] writing again after {} attempts", log_name,
                     held_count + 1);
        held = false;
        held_count = 0;
      }
      acknowledge(done.part_files);
      break;
    case disk_job_done::sealed:
      if (done.problem)
        spdlog::error("[{}] cannot seal: {}; tried again in a second",
                      log_name, done.problem->text());
      for (auto& line : done.said)
        spdlog::info("[{}] sealed {}", log_name, line);
      break;
  }
  commit_when_due();
  finish_if_stopped();
}

void journal_writer_state::on_seal_due() {
  self->delayed_send(self, std::chrono::seconds{1}, seal_due{});
  if (!ready || busy || held)
    return;
  if (!stopping)
    begin_seal(false);
  else
    finish_if_stopped();
}

void journal_writer_state::begin_seal(bool all) {
  auto now = config.clock->now_us();
  auto linger_us = std::chrono::microseconds{config.seal_linger}.count();
  auto before = all ? INT64_MAX : file_period(config.data, now - linger_us);
  // Between jobs the files are ours to look at.
  if (!all
      && (files->by_period.empty() || files->by_period.begin()->first >= before))
    return;
  submit([files = files, before, now, all] {
    return seal_job(*files, before, now, all ? "stop" : "hour");
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
  if (!stopping || busy || held || !ready || !waiting.empty())
    return;
  // Between jobs the files are ours to look at.
  if (files->by_period.empty())
    self->quit(caf::exit_reason::user_shutdown);
  else
    begin_seal(true);
}

journal_writer_actor::behavior_type
journal_writer(journal_writer_actor::stateful_pointer<journal_writer_state> self,
               journal_writer_config config) {
  auto& state = self->state;
  state.log_name = writer_name(config.data);
  install_house_handlers(self, state.log_name, &state.house);
  self->set_exit_handler(
    [self](const caf::exit_msg& msg) { self->state.on_exit(msg.reason); });
  if (auto bad = config.validate())
    self->quit(caf::make_error(caf::sec::invalid_argument, *bad));
  state.config = std::move(config);
  if (state.config.worker)
    state.start();
  return {
    [self](const line_batch_ptr& batch, const producer_actor& producer) {
      self->state.on_batch(batch, producer);
    },
    [self](const disk_job_done_ptr& done) { self->state.on_done(*done); },
    [self](const commit_due&) { self->state.on_commit_due(); },
    [self](const seal_due&) { self->state.on_seal_due(); },
  };
}

} // namespace observer
