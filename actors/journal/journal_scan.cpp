#include "actors/journal/journal_scan.hpp"

#include <algorithm>
#include <utility>

#include "actors/journal/journal_line.hpp"

namespace observer {

namespace {

constexpr uint64_t scan_read_bytes = 1 << 20;

} // namespace

bool journal_scan::step(uint64_t bytes) {
  for (auto end = offset_ + bytes; offset_ < end && !problem_;) {
    auto got = fs_.read(path_, offset_, scan_read_bytes);
    if (got.problem) {
      problem_ = got.problem;
      return true;
    }
    auto& read = got.bytes;
    if (read.empty()) {
      look_at_beginning();
      return true;
    }
    if (lines_ == 0) {
      if (offset_ == 0)
        begins_like_ours_ = begins_like_a_line(read);
      auto is_zero = [](char c) { return c == '\0'; };
      all_zeros_ = all_zeros_ && std::all_of(read.begin(), read.end(), is_zero);
      any_zero_ = any_zero_ || std::any_of(read.begin(), read.end(), is_zero);
    }
    offset_ += read.size();
    pending_ += read;
    size_t from = 0;
    for (size_t at; (at = pending_.find('\n', from)) != pending_.npos;
         from = at + 1) {
      take_line(std::string_view{pending_}.substr(from, at + 1 - from));
      if (problem_)
        return true;
    }
    pending_.erase(0, from);
    if (pending_.size() > line_bytes_max) {
      torn_bytes_ += std::exchange(pending_, {}).size();
      too_long_ = true;
    }
  }
  return problem_.has_value();
}

void journal_scan::take_line(std::string_view text) {
  auto line = std::exchange(too_long_, false)
                ? std::nullopt
                : parse_line(data_, text.substr(0, text.size() - 1));
  if (!line) {
    torn_bytes_ += text.size();
    ++torn_lines_;
    return;
  }
  if (torn_bytes_ > 0)
    take_damage();
  if (problem_)
    return;
  look_for_hole(line->stream);
  ++lines_;
  builder_.add_line(line->stream, text, line->gap, line->moves_by);
}

void journal_scan::take_damage() {
  for (auto& s : builder_.streams()) {
    auto& at = interrupted_[{s.session_id, s.slot}];
    if (at.last_seq < s.last_seq)
      at = {s.last_seq, s.last_received_us};
  }
  builder_.note_damage(torn_lines_, torn_bytes_);
  damaged_bytes_ += torn_bytes_;
  // Damaged lines with a whole one behind them stay. They are read once more
  // rather than kept: they may be any number.
  for (auto left = std::exchange(torn_bytes_, 0); left > 0;) {
    auto got = fs_.read(path_, good_bytes(), std::min(left, scan_read_bytes));
    if (!got.problem && got.bytes.empty())
      got.problem = io_problem{"read", path_, 0, "the file shrinks"};
    if (got.problem) {
      problem_ = got.problem;
      return;
    }
    left -= got.bytes.size();
    builder_.add_foreign(got.bytes);
  }
  foreign_lines_ += std::exchange(torn_lines_, 0);
}

void journal_scan::look_for_hole(const manifest_stream& line) {
  constexpr size_t holes_max = 4'096;
  /// No line of ours is shorter: more cannot have stood there.
  constexpr uint64_t line_bytes_min = 100;
  if (interrupted_.empty())
    return;
  auto before = interrupted_.find({line.session_id, line.slot});
  if (before == interrupted_.end())
    return;
  auto& at = before->second;
  if (line.last_seq > at.last_seq + 1
      && line.last_seq - at.last_seq - 1 <= damaged_bytes_ / line_bytes_min
      && holes_.size() < holes_max)
    holes_.push_back(
      {line, at.last_seq + 1, line.last_seq - 1, at.received_us});
  interrupted_.erase(before);
}

void journal_scan::look_at_beginning() {
  // The first commit, torn: a beginning of a line, or a file that a power cut
  // left at its size with holes.
  torn_beginning_ = lines_ == 0
                    && (all_zeros_
                        || (begins_like_ours_
                            && (torn_lines_ == 0 || any_zero_)));
}

} // namespace observer
