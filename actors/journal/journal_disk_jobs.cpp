#include "actors/journal/journal_disk_jobs.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <exception>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "actors/journal/disk_errors.hpp"
#include "actors/journal/own_files.hpp"
#include "messages/exceptions.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

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

void part_brake::taken(int64_t now_us) {
  constexpr int64_t calm_us = 120 * us_per_second;
  auto since_us = now_us - last_us_;
  in_row_ = since_us < 0 || since_us > calm_us ? 1 : in_row_ + 1;
  last_us_ = now_us;
}

int64_t part_brake::wait_us(int64_t now_us) const {
  constexpr uint64_t free = 4, doublings_max = 6;
  if (in_row_ <= free || now_us < last_us_)
    return 0;
  auto pause_us = us_per_second << std::min(in_row_ - free - 1, doublings_max);
  return std::max<int64_t>(0, last_us_ + pause_us - now_us);
}

namespace {

/// Its room is made first: a lack of memory leaves the file where it was.
void keep_unsealed(open_files& files, std::unique_ptr<journal_file>&& file,
                   std::string_view because) {
  auto& all = files.unsealed;
  if (all.size() == all.capacity())
    all.reserve(2 * all.size() + 4);
  all.push_back({std::move(file), because});
}

/// Of files that were taken away, written again within a commit, and within a
/// job that has nothing else to do.
constexpr uint64_t saved_in_commit_bytes = 4 << 20;
constexpr uint64_t saved_in_seal_bytes = 64 << 20;

/// Where a job works, and when.
struct job_place {
  file_system& fs;
  const std::string& data_dir;
  dataset data;
  int64_t now_us = 0;
};

/// Behind our lines there may be what somebody wrote to the file: that is kept
/// before it is cut off. False if it cannot be: then the file stays as it is,
/// for the next run.
bool keep_foreign_end(const job_place& at, const journal_file& file,
                      disk_job_done& done) {
  auto good = file.committed_bytes();
  auto size = at.fs.size(file.path());
  if (size.problem || size.bytes <= good)
    return true;
  auto end = look_at_end(at.fs, file.path(), at.data, good,
                         std::min(size.bytes, good + torn_tail_bytes_max));
  if (end.problem || !end.foreign)
    return true; // nothing of somebody else's is known to be there
  auto bytes = size.bytes - good;
  auto note = bytes > torn_tail_bytes_max
                ? journal_note{{}, io_problem{"keep", file.path(), EFBIG, {}}}
                : note_cut(at.fs, at.data_dir,
                           {file.path(), *file.name(), good, size.bytes, true},
                           at.now_us);
  if (!note.problem) {
    done.said.push_back(
      fmt::format("{}: {} bytes that somebody wrote behind our lines are cut "
                  "off and kept in {}",
                  *file.name(), bytes, note.file));
    return true;
  }
  done.said.push_back(
    fmt::format("{}: {} bytes that somebody wrote behind our lines cannot be "
                "kept: {}{}",
                *file.name(), bytes, note.problem->text(),
                end.any_ours ? "" : "; the file is left as it is, and sealed by "
                                    "the next run"));
  return end.any_ours; // our own must not be found twice
}

/// Cuts what failed. Nothing else may be written before.
std::optional<io_problem> mend(const job_place& at, open_files& files,
                               writer_memory& memory, disk_job_done& done) {
  while (!files.damaged.empty()) {
    auto& file = files.damaged.back();
    // What has its name now may be somebody else's.
    auto bad = file->check_name();
    if (!bad && !keep_foreign_end(at, *file, done)) {
      memory.trusted.erase(file->path());
      files.damaged.pop_back();
      continue;
    }
    if (!bad)
      bad = file->cut();
    if (bad && bad->code != ESTALE)
      return bad;
    if (bad) {
      // It failed, and is gone or emptied besides.
      done.taken = bad;
      memory.brake.taken(at.now_us);
      memory.trusted.erase(file->path());
      memory.taken.add(std::move(file), *bad);
      done.taken_wait = !memory.taken.empty();
      files.damaged.pop_back();
      continue;
    }
    // A disk that is full for an hour must not leave an empty part for every
    // attempt.
    if (file->committed_bytes() > 0 || file->discard())
      keep_unsealed(files, std::move(file), "failure");
    else
      memory.trusted.erase(file->path());
    files.damaged.pop_back();
  }
  return std::nullopt;
}

/// After a problem with an open file: where it goes. The file is gone from
/// where it was.
void put_aside(std::unique_ptr<journal_file>&& file, const io_problem& bad,
               open_files& files, writer_memory& memory, disk_job_done& done,
               int64_t now_us) {
  using standing = journal_file::standing;
  auto stands = file->stands();
  if (stands == standing::whole || stands == standing::unknown) {
    done.said.push_back(
      fmt::format("{}; {} ends at its last good offset {}", bad.text(),
                  *file->name(), file->committed_bytes()));
    if (bad.code == ESTALE)
      done.taken = bad; // somebody writes to our files
    files.damaged.push_back(std::move(file));
    return;
  }
  auto found = bad;
  if (found.code != ESTALE)
    if (auto gone = file->verify())
      found = *gone;
  done.said.push_back(fmt::format("{}; a new part is begun", found.text()));
  done.taken = found;
  memory.brake.taken(now_us);
  memory.trusted.erase(file->path());
  memory.taken.add(std::move(file), std::move(found));
}

/// Writes again what was taken away, as far as `bytes_max` goes.
void save_taken(file_system& fs, const std::string& data_dir, dataset data,
                uint64_t bytes_max, open_files& files, writer_memory& memory,
                disk_job_done& done) {
  if (memory.taken.empty())
    return;
  taken_files::outcome out;
  memory.taken.save(fs, data_dir, data, bytes_max, memory.trusted, out);
  for (auto& line : out.said)
    done.said.push_back(std::move(line));
  done.lost.insert(done.lost.end(), out.lost.begin(), out.lost.end());
  for (auto& file : out.saved)
    keep_unsealed(files, std::move(file), "failure");
  done.taken_wait = !memory.taken.empty();
  done.more = out.more;
}

/// So many files that wait for their manifests keep their descriptors: of a disk
/// that is full again and again there may be more.
constexpr size_t unsealed_open_max = 16;

/// Seals what is closed; one that cannot be does not keep the others waiting.
/// The first problem.
std::optional<io_problem> seal_closed(open_files& files, writer_memory& memory,
                                      int64_t now_us, disk_job_done& done) {
  std::optional<io_problem> first;
  std::erase_if(files.unsealed, [&](auto& closed) {
    auto& [file, because] = closed;
    auto bad = file->seal(now_us, because);
    if (bad && bad->code == ESTALE) {
      put_aside(std::move(file), *bad, files, memory, done, now_us);
      done.taken_wait = !memory.taken.empty();
      return true;
    }
    if (bad) {
      done.unsealed.push_back({*file->name(), bad->text()});
      if (!first)
        first = bad;
      return false;
    }
    memory.trusted.erase(file->path());
    done.said.push_back(fmt::format("{} sealed ({})", *file->name(), because));
    return true;
  });
  for (size_t i = 0; i + unsealed_open_max < files.unsealed.size(); ++i)
    files.unsealed[i].file->let_go();
  return first;
}

/// Tells on disk what is gone. If that cannot be, the events do.
void tell_lost(const job_place& at, disk_job_done& done) {
  if (done.lost.empty())
    return;
  auto note = note_lost(at.fs, at.data_dir, std::string{to_string(at.data)},
                        done.lost, at.now_us);
  for (auto& lost : done.lost) {
    lost.told_in = note.problem ? std::string{} : note.file;
    remove_own(at.fs, at.data_dir + "/" + lost.file
                        + std::string{checkpoint_suffix});
  }
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
std::optional<io_problem> commit_to_period(const job_place& at,
                                           writer_memory& memory,
                                           open_files& files, disk* worker,
                                           int64_t period,
                                           const std::vector<commit_part>& parts,
                                           disk_job_done& done, bool stopping) {
  auto& file = files.by_period[period];
  if (file && file->streams_and_gaps() >= journal_file::streams_and_gaps_max)
    keep_unsealed(files, std::move(file), "streams");
  // Whoever takes files away as fast as they are made is waited for.
  constexpr int taken_max = 3;
  for (int failed = 0, taken = 0;;) {
    if (!file) {
      if (auto wait = memory.brake.wait_us(at.now_us); wait > 0 && !stopping) {
        files.by_period.erase(period);
        return io_problem{
          "create", at.data_dir + "/" + std::string{to_string(at.data)}, ESTALE,
          fmt::format("{} files in a row were taken away; a new one is made in "
                      "{} s",
                      memory.brake.taken_in_row(),
                      (wait + us_per_second - 1) / us_per_second)};
      }
      auto base = file_base(at.data, parts.front().batch->first_received_us);
      auto made = journal_file::create(at.fs, at.data_dir, at.data, base);
      if (made.problem) {
        if (made.file)
          keep_unsealed(files, std::move(made.file), "failure");
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
    put_aside(std::move(file), *bad, files, memory, done, at.now_us);
    auto worse = mend(at, files, memory, done);
    // A new file helps against a bad descriptor, not against a full disk.
    auto again = bad->code == ESTALE ? ++taken <= taken_max : ++failed <= 1;
    if (worse || !again
        || (bad->code != ESTALE && is_environment(bad->code))) {
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

/// As far as it goes.
void commit_parts(const job_place& at, writer_memory& memory,
                  open_files& files, disk* worker,
                  const std::vector<commit_part>& parts, bool stopping,
                  disk_job_done& done) {
  done.part_files.resize(parts.size());
  note_sessions(memory, parts);
  done.problem = mend(at, files, memory, done);
  if (done.problem)
    return;
  for (auto& indexes : groups_of(at.data, parts)) {
    std::vector<commit_part> chosen;
    std::vector<durable_stream*> marks;
    // Nothing may fail between the sync and these marks.
    for (auto i : indexes) {
      chosen.push_back(parts[i]);
      auto& batch = *parts[i].batch;
      marks.push_back(&memory.durable[{batch.session->id, batch.slot}]);
    }
    auto period = file_period(at.data, chosen.front().batch->first_received_us);
    done.problem = commit_to_period(at, memory, files, worker, period, chosen,
                                    done, stopping);
    if (done.problem) {
      // What was written before is durable all the same; what was taken away
      // does not wait for the brake.
      if (done.problem->code == ESTALE)
        save_taken(at.fs, at.data_dir, at.data, saved_in_commit_bytes, files,
                   memory, done);
      return;
    }
    auto& file = files.by_period[period]->name();
    for (size_t n = 0; n < indexes.size(); ++n) {
      *marks[n] = {chosen[n].batch->last_seq(), file};
      done.part_files[indexes[n]] = file;
    }
  }
  save_taken(at.fs, at.data_dir, at.data, saved_in_commit_bytes, files, memory,
             done);
}

} // namespace

std::shared_ptr<disk_job_done> commit_job(file_system& fs,
                                          const std::string& data_dir,
                                          dataset data, writer_memory& memory,
                                          open_files& files, disk* worker,
                                          const std::vector<commit_part>& parts,
                                          int64_t now_us, bool stopping) {
  auto done = std::make_shared<disk_job_done>();
  job_place at{fs, data_dir, data, now_us};
  commit_parts(at, memory, files, worker, parts, stopping, *done);
  tell_lost(at, *done);
  return done;
}

std::shared_ptr<disk_job_done> seal_job(file_system& fs,
                                        const std::string& data_dir,
                                        dataset data, open_files& files,
                                        writer_memory& memory, int64_t before,
                                        int64_t now_us,
                                        std::string_view because) {
  auto done = std::make_shared<disk_job_done>();
  job_place place{fs, data_dir, data, now_us};
  auto& open = files.by_period;
  for (auto at = open.begin(); at != open.end();) {
    if (!at->second) { // the job that moved it away ended by an exception
      at = open.erase(at);
      continue;
    }
    auto bad = at->second->verify();
    if (bad)
      put_aside(std::move(at->second), *bad, files, memory, *done, now_us);
    at = bad ? open.erase(at) : std::next(at);
  }
  while (!open.empty() && open.begin()->first < before) {
    keep_unsealed(files, std::move(open.begin()->second), because);
    open.erase(open.begin());
  }
  done->problem = mend(place, files, memory, *done);
  auto all = before == INT64_MAX;
  save_taken(fs, data_dir, data, all ? UINT64_MAX : saved_in_seal_bytes, files,
             memory, *done);
  if (!done->problem)
    done->problem = seal_closed(files, memory, now_us, *done);
  tell_lost(place, *done);
  return done;
}

std::vector<lost_records> give_up_job(file_system& fs,
                                      const std::string& data_dir,
                                      dataset data, writer_memory& memory,
                                      int64_t now_us) {
  disk_job_done done;
  taken_files::outcome out;
  memory.taken.give_up(memory.trusted, out);
  done.lost = std::move(out.lost);
  tell_lost({fs, data_dir, data, now_us}, done);
  return std::move(done.lost);
}

std::shared_ptr<disk_job_done> recovery_job(file_system& fs,
                                            const std::string& data_dir,
                                            dataset data, int64_t now_us,
                                            writer_memory& memory) {
  auto done = std::make_shared<disk_job_done>();
  memory.taken.start_over(memory.trusted);
  done->taken_wait = !memory.taken.empty();
  done->recovery
    = look_at_past(fs, data_dir, data, now_us, memory.trusted, nullptr);
  done->problem = done->recovery.problem;
  if (done->problem)
    return done;
  std::erase_if(done->recovery.open, [&](auto& past) {
    return past.gone
           && memory.taken.holds(data_dir + "/" + std::string{to_string(data)}
                                 + "/" + past.name);
  });
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
    done = unable(ECANCELED, "a later life of this writer has begun");
  } else {
    memory.life = life;
    try {
      done = job();
    } catch (...) {
      // No answer would leave the writer busy for ever.
      auto thrown = std::current_exception();
      done = unable(ENOTRECOVERABLE, words_of_exception(thrown));
    }
  }
  done->kind = kind;
  return done;
}

} // namespace observer
