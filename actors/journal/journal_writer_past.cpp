// A writer's past: files that earlier lives left open, sealed behind what is
// recorded, and checkpoints for whoever comes after a kill.

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/journal/journal_checkpoint.hpp"
#include "actors/journal/journal_writer.hpp"
#include "messages/exceptions.hpp"

namespace observer {

void journal_writer_state::begin_past(const recovered_journal& found) {
  for (auto& line : found.said)
    spdlog::warn("[{}] {}", log_name, line);
  // Once a run, and not all of a folder that is full of them.
  constexpr size_t strangers_max = 10;
  auto& strangers = found.strangers;
  if (life == 1)
    for (size_t i = 0; i < std::min(strangers.size(), strangers_max); ++i)
      spdlog::warn("[{}] {} is no name of the journal's: left alone{}",
                   log_name, strangers[i],
                   i + 1 == strangers_max && strangers.size() > strangers_max
                     ? fmt::format(", as are {} more",
                                   strangers.size() - strangers_max)
                     : std::string{});
  if (found.open.empty() && found.remains.empty())
    return;
  past = std::make_shared<past_work>(config.files, config.data_dir,
                                     config.data, found.open, found.remains);
  step_past();
}

void journal_writer_state::step_past() {
  past_busy = true;
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self->ctrl());
  auto& place = config.background ? config.background : config.worker;
  place->submit([weak, work = past, clock = config.clock,
                 folder = std::string{to_string(config.data)},
                 done = std::make_shared<disk_job_done>()] {
    done->kind = disk_job_done::past;
    try {
      done->news = work->step(clock->now_us());
    } catch (...) {
      // Whatever it was, it is no reason not to record.
      done->news.broke_off = true;
      auto thrown = std::current_exception();
      tries([&] {
        done->news.set_aside.push_back(
          {folder, cause::io_error,
           fmt::format("files of the past are not sealed: {}",
                       words_of_exception(thrown))});
      });
    }
    insists([&] {
      if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
        caf::anon_send(caf::actor_cast<journal_writer_actor>(strong),
                       disk_job_done_ptr{done});
    });
  });
}

void journal_writer_state::on_past(const past_news& news) {
  past_busy = false;
  for (auto& line : news.said)
    spdlog::warn("[{}] {}", log_name, line);
  tell_lost(news.lost);
  if (config.health)
    for (auto& remark : news.remarks)
      config.health->remark(config.data, remark.why, remark.text);
  for (auto& bad : news.set_aside) {
    spdlog::error("[{}] {}", log_name, bad.text);
    if (config.health)
      config.health->set_aside(config.data, bad.file, bad.why, bad.text);
    past_retry_at = self->clock().now() + config.past_retry;
  }
  auto folder = std::string{to_string(config.data)};
  if (news.broke_off) {
    past_retry_at = self->clock().now() + config.past_retry;
    if (config.health && news.set_aside.empty())
      config.health->set_aside(config.data, folder, cause::out_of_resources,
                               "files of the past are not sealed: out of "
                               "memory");
  } else if (config.health) {
    config.health->mended(config.data, folder);
  }
  if (config.health)
    for (auto& file : news.mended)
      config.health->mended(config.data, file);
  if (news.more && (!stopping || !stopped_for(config.past_patience)))
    step_past();
  else if (!news.more && past_retry_at == time_point::max())
    past.reset();
  finish_if_stopped();
}

void journal_writer_state::write_checkpoints() {
  // Only ticks have a past that the next run needs at once.
  if (!config.background || config.data != dataset::scalp)
    return;
  constexpr uint64_t little_bytes = 256 << 10;
  auto now = self->clock().now();
  for (auto& [period, file] : files->by_period) {
    if (!file || *checkpoint_busy)
      continue;
    auto [at, fresh]
      = checkpoints.try_emplace(file->path(), checkpoint_mark{0, now});
    auto& mark = at->second;
    auto grown = file->committed_bytes() - mark.bytes;
    if (grown < config.checkpoint_bytes
        && (grown < little_bytes || now - mark.at < config.checkpoint_interval))
      continue;
    mark = {file->committed_bytes(), now};
    file->note_checkpoint();
    *checkpoint_busy = true;
    config.background->submit(
      [fs = config.files, path = file->path(), busy = checkpoint_busy,
       foreign_told = checkpoint_foreign_told, name = log_name,
       said = checkpoint_of(*file, config.data, config.clock->now_us())] {
        // Without it the next start takes longer, and cannot tell what was in a
        // file that is gone.
        try {
          if (auto bad = write_checkpoint(*fs, path, said);
              bad && bad->code == EEXIST && !*foreign_told) {
            *foreign_told = true;
            spdlog::warn("[{}] no checkpoints: {}", name, bad->text());
          }
        } catch (...) {
        }
        *busy = false;
      });
  }
}

} // namespace observer
