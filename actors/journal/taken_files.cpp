#include "actors/journal/taken_files.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "actors/journal/journal_line.hpp"

namespace observer {

namespace {

constexpr uint64_t copy_piece_bytes = 1 << 20;
/// Is left free for what comes: the present before the past.
constexpr uint64_t room_left_bytes = 64 << 20;
constexpr int save_attempts_max = 60;

/// Reads an open file whose end is gone; how many bytes it has.
uint64_t read_last_lines(journal_file& file, last_lines& out) {
  std::string pending;
  uint64_t offset = 0;
  for (;;) {
    auto got = file.read_own(offset, copy_piece_bytes);
    if (got.problem || got.bytes.empty())
      return offset;
    offset += got.bytes.size();
    pending += got.bytes;
    size_t from = 0;
    for (size_t end; (end = pending.find('\n', from)) != pending.npos;
         from = end + 1) {
      auto line = parse_line(
        file.data(), std::string_view{pending}.substr(from, end - from));
      if (!line)
        continue;
      auto& last = out[{line->stream.session_id, line->stream.slot}];
      last = std::max(last, line->stream.last_seq);
    }
    pending.erase(0, from);
  }
}

} // namespace

std::vector<lost_records> records_lost(const journal_file& file,
                                       const std::string& found,
                                       const last_lines& remains) {
  std::vector<lost_records> out;
  for (auto& s : file.streams()) {
    lost_records lost{*file.name(),  found,    s.session_id,
                      s.slot,        s.tr_id,  s.symbol,
                      s.first_seq,   s.last_seq, s.records,
                      file.first_received_us(), s.last_received_us};
    auto there = remains.find({s.session_id, s.slot});
    if (there != remains.end() && there->second >= s.first_seq) {
      auto kept = std::min(there->second, s.last_seq) - s.first_seq + 1;
      lost.first_seq += kept;
      lost.records -= std::min(lost.records, kept);
    }
    if (lost.records > 0)
      out.push_back(std::move(lost));
  }
  return out;
}

void taken_files::add(std::unique_ptr<journal_file> file, io_problem found) {
  if (file->committed_bytes() > 0)
    entries_.push_back({std::move(file), std::move(found)});
}

void taken_files::save(file_system& fs, const std::string& data_dir,
                       dataset data, uint64_t bytes_max,
                       trusted_offsets& trusted, outcome& out) {
  for (size_t i = 0; i < entries_.size();) {
    auto now = save_one(entries_[i], fs, data_dir, data, bytes_max, trusted,
                        out);
    if (now == step::more) {
      out.more = true;
      return;
    }
    if (now == step::done)
      entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
}

taken_files::step taken_files::save_one(entry& e, file_system& fs,
                                        const std::string& data_dir,
                                        dataset data, uint64_t& bytes_left,
                                        trusted_offsets& trusted,
                                        outcome& out) {
  auto bytes = e.file->committed_bytes();
  if (!e.copy) {
    auto room = fs.free_room(data_dir);
    if (!room.problem && room.bytes < bytes + room_left_bytes)
      return lose(e, fmt::format("there is no room to write it again ({} bytes "
                                 "free)",
                                 room.bytes),
                  trusted, out);
    auto made = journal_file::create(
      fs, data_dir, data, file_base(data, e.file->first_received_us()));
    if (made.problem)
      return try_later(e, *made.problem, trusted, out);
    e.copy = std::move(made.file);
    e.copied = 0;
    e.hash = {};
    trusted[e.copy->path()] = 0;
  }
  while (e.copied < bytes) {
    if (bytes_left == 0)
      return step::more;
    auto step_bytes = std::min({copy_piece_bytes, bytes - e.copied, bytes_left});
    auto got = e.file->read_own(e.copied, step_bytes);
    if (got.problem || got.bytes.empty())
      return lose(e, got.problem ? got.problem->text()
                                 : "what was in it is not there any more",
                  trusted, out);
    if (auto bad = e.copy->append(got.bytes))
      return try_later(e, *bad, trusted, out);
    e.hash.add(got.bytes);
    e.copied += got.bytes.size();
    bytes_left -= std::min<uint64_t>(bytes_left, got.bytes.size());
  }
  if (e.hash.hex() != e.file->hash())
    return lose(e, "its bytes are others than were written", trusted, out);
  if (auto bad = e.copy->stand_for(*e.file))
    return try_later(e, *bad, trusted, out);
  trusted[e.copy->path()] = bytes;
  out.said.push_back(fmt::format("{}: its {} lines are written again, in {}",
                                 *e.file->name(), e.file->committed_lines(),
                                 *e.copy->name()));
  out.saved.push_back(std::move(e.copy));
  e.file->drop_checkpoint();
  return step::done;
}

bool taken_files::holds(const std::string& path) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](auto& e) { return e.file->path() == path; });
}

void taken_files::give_up(trusted_offsets& trusted, outcome& out) {
  for (auto& e : entries_)
    lose(e, "it could not be written again before the end", trusted, out);
  entries_.clear();
}

void taken_files::start_over(trusted_offsets& trusted) {
  for (auto& e : entries_)
    drop_copy(e, trusted);
}

void taken_files::drop_copy(entry& e, trusted_offsets& trusted) {
  if (!e.copy)
    return;
  trusted.erase(e.copy->path());
  e.copy->discard();
  e.copy = nullptr;
}

taken_files::step taken_files::try_later(entry& e, const io_problem& bad,
                                         trusted_offsets& trusted,
                                         outcome& out) {
  drop_copy(e, trusted);
  auto full = bad.code == ENOSPC || bad.code == EDQUOT;
  if (full || ++e.attempts >= save_attempts_max)
    return lose(e, bad.text(), trusted, out);
  return step::later;
}

taken_files::step taken_files::lose(entry& e, const std::string& why,
                                    trusted_offsets& trusted, outcome& out) {
  drop_copy(e, trusted);
  last_lines remains;
  uint64_t bytes = 0;
  // What is under another name no reader of the journal finds.
  auto named = e.file->stands() == journal_file::standing::shorter;
  if (named)
    bytes = read_last_lines(*e.file, remains);
  auto lost = records_lost(*e.file, e.found.detail + "; " + why, remains);
  out.lost.insert(out.lost.end(), lost.begin(), lost.end());
  if (named && bytes == 0)
    e.file->discard(); // ours, and empty
  return step::done;
}

} // namespace observer
