// A writer's files that are not written to any more: sealed when their period
// is over, at an operator's word, and at the stop.

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "actors/journal/journal_writer.hpp"
#include "messages/korean_time.hpp"

namespace observer {

// -- sealing ------------------------------------------------------------------

void journal_writer_state::on_seal_due() {
  self->delayed_send(self, std::chrono::seconds{1}, seal_due{});
  check_stall();
  seal_failed = false;
  if (!ready || held)
    return;
  if (past && !past_busy && !stopping && self->clock().now() >= past_retry_at) {
    past_retry_at = time_point::max();
    if (past->again())
      step_past();
  }
  if (stopping)
    finish_if_stopped();
  else if (busy)
    seal_pending = true;
  else
    begin_seal(false);
  files_seen = false;
}

void journal_writer_state::begin_rotation() {
  if (!rotate_wanted || busy || held || !ready || stopping)
    return;
  rotate_wanted = false;
  submit_seal(INT64_MAX, "operator");
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
  auto any = !f.unsealed.empty() || !f.damaged.empty() || taken_wait
             || (!f.by_period.empty()
                 && (f.by_period.begin()->first < before || !files_seen));
  if (any)
    submit_seal(before, all ? "stop" : "hour");
}

std::vector<std::string> journal_writer_state::to_seal() const {
  std::vector<std::string> out;
  for (auto& [period, file] : files->by_period)
    if (file)
      out.push_back(*file->name());
  for (auto& file : files->damaged)
    out.push_back(*file->name());
  for (auto& closed : files->unsealed)
    out.push_back(*closed.file->name());
  return out;
}

void journal_writer_state::submit_seal(int64_t before,
                                       std::string_view because) {
  files_seen = true;
  unsealed = to_seal();
  submit(disk_job_done::sealed,
         [fs = config.files, dir = config.data_dir, data = config.data,
          memory = config.memory, files = files, before,
          now = config.clock->now_us(), because] {
           return seal_job(*fs, dir, data, *files, *memory, before, now,
                           because);
         });
}

// -- stop ---------------------------------------------------------------------

void journal_writer_state::on_exit(const caf::error& reason) {
  if (reason != caf::exit_reason::user_shutdown) {
    self->quit(reason);
    return;
  }
  stopping = true;
  stop_us = config.clock->steady_us();
  if (held && !busy) { // once more, at once
    if (ready)
      begin_commit();
    else
      recover();
  }
  commit_when_due();
  finish_if_stopped();
}

bool journal_writer_state::stopped_for(std::chrono::milliseconds time) const {
  return config.clock->steady_us() - stop_us
         >= std::chrono::microseconds{time}.count();
}

void journal_writer_state::end() {
  ended = true;
  self->quit(caf::exit_reason::user_shutdown);
}

void journal_writer_state::finish_if_stopped() {
  if (!stopping || held || !ready || !waiting.empty() || !committing.empty())
    return;
  // What was taken away is on no disk yet.
  auto late = stopped_for(config.seal_patience) && !taken_wait;
  if (!late && !seal_failed)
    begin_seal(true);
  if ((busy || seal_failed) && !late)
    return; // on_seal_due looks again
  if (!busy)
    unsealed = to_seal();
  if (!unsealed.empty())
    spdlog::warn("[{}] stops before it has sealed {}: all lines are on disk, and "
                 "the next run seals what is not",
                 log_name, fmt::join(unsealed, ", "));
  // What could not be sealed so far may be by now.
  if (past && !past_busy && !std::exchange(past_tried_at_end, true)
      && past->again())
    step_past();
  if (past_busy && !stopped_for(config.past_patience))
    return; // on_seal_due looks again
  if (past_busy)
    spdlog::warn("[{}] stops before all files of the past are sealed: the next "
                 "run goes on with them",
                 log_name);
  end();
}

} // namespace observer
