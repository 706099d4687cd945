#include "actors/journal/journal_disk_jobs.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <exception>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "messages/exceptions.hpp"

namespace observer {

std::optional<session_place> place_of_session(std::string_view id) {
  auto mark = id.rfind("-s");
  if (mark == id.npos)
    return std::nullopt;
  session_place out{id.substr(0, mark)};
  auto digits = id.substr(mark + 2);
  auto [end, bad] = std::from_chars(digits.data(),
                                    digits.data() + digits.size(), out.number);
  if (bad != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  return out;
}

bool is_environment(int code) {
  return code == ENOSPC || code == EDQUOT || code == EACCES || code == EPERM
         || code == EROFS || code == ENOTDIR || code == EISDIR
         || code == ELOOP;
}

namespace {

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

/// Notes whose lines these are, before any of them is on disk.
void note_sessions(writer_memory& memory,
                   const std::vector<commit_part>& parts) {
  for (auto& part : parts) {
    auto& batch = *part.batch;
    if (!place_of_session(batch.session->id))
      continue;
    auto& oldest = memory.oldest_sessions[batch.slot];
    if (oldest >= batch.oldest_session)
      continue;
    oldest = batch.oldest_session;
    forget_former_sessions(memory.durable, batch,
                           [](auto&) { return true; });
  }
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
  if (file && file->streams_and_gaps() >= journal_file::streams_and_gaps_max) {
    file->close();
    files.unsealed.push_back({std::move(file), "streams"});
  }
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
  note_sessions(memory, parts);
  done->problem = mend(files, memory);
  if (done->problem)
    return done;
  for (auto& indexes : groups_of(data, parts)) {
    std::vector<commit_part> chosen;
    std::vector<durable_stream*> marks;
    // Nothing may fail between the sync and these marks.
    for (auto i : indexes) {
      chosen.push_back(parts[i]);
      auto& batch = *parts[i].batch;
      marks.push_back(&memory.durable[{batch.session->id, batch.slot}]);
    }
    auto period = file_period(data, chosen.front().batch->first_received_us);
    done->problem = commit_to_period(fs, data_dir, data, memory, files, worker,
                                     period, chosen, *done);
    if (done->problem)
      return done; // what was written before is durable all the same
    auto& file = files.by_period[period]->name();
    for (size_t n = 0; n < indexes.size(); ++n) {
      *marks[n] = {chosen[n].batch->last_seq(), file};
      done->part_files[indexes[n]] = file;
    }
  }
  return done;
}

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

std::shared_ptr<disk_job_done> recovery_job(file_system& fs,
                                            const std::string& data_dir,
                                            dataset data, int64_t now_us,
                                            writer_memory& memory) {
  auto done = std::make_shared<disk_job_done>();
  done->recovery
    = look_at_past(fs, data_dir, data, now_us, memory.trusted, nullptr);
  done->problem = done->recovery.problem;
  if (done->problem)
    return done;
  memory.trusted.clear(); // all is cut, and nobody writes there any more
  done->durable = memory.durable;
  return done;
}

std::shared_ptr<disk_job_done>
run_disk_job(disk_job_done::kind_type kind, writer_memory& memory,
             uint64_t life, const std::string& data_dir,
             const std::function<std::shared_ptr<disk_job_done>()>& job,
             std::shared_ptr<disk_job_done> spare) noexcept {
  auto unable = [&](int code, const char* words) {
    auto& bad = spare->problem.emplace();
    bad.code = code;
    tries([&] {
      bad.operation = "journal job";
      bad.path = data_dir;
      bad.detail = words;
    });
    return spare;
  };
  std::shared_ptr<disk_job_done> done;
  if (life < memory.life) {
    done = unable(ESTALE, "a later life of this writer has begun");
  } else {
    memory.life = life;
    try {
      done = job();
    } catch (...) {
      // No answer would leave the writer busy for ever.
      auto thrown = std::current_exception();
      done = unable(EIO, words_of_exception(thrown));
    }
  }
  done->kind = kind;
  return done;
}

} // namespace observer
