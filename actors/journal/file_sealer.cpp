#include "actors/journal/file_sealer.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "actors/journal/journal_checkpoint.hpp"
#include "actors/journal/journal_file.hpp"
#include "actors/journal/own_files.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

namespace observer {

file_sealer::file_sealer(file_system& fs, const std::string& data_dir,
                         dataset data, open_past what)
  : fs_(fs),
    data_dir_(data_dir),
    directory_(data_dir + "/" + std::string{to_string(data)}),
    path_(directory_ + "/" + what.name),
    shown_(std::string{to_string(data)} + "/" + what.name),
    data_(data),
    what_(std::move(what)) {}

bool file_sealer::begin() {
  auto manifest_path = path_ + std::string{manifest_suffix};
  if (!what_.foreign_manifest && !what_.void_manifest
      && !fs_.size(manifest_path).problem)
    return false; // by an earlier life of this writer
  if ((problem_ = fs_.settle(path_)))
    return false;
  scan_.emplace(fs_, path_, data_);
  return true;
}

bool file_sealer::step(uint64_t bytes, int64_t now_us) {
  if (what_.gone) {
    finish_gone(now_us);
    return true;
  }
  if (!scan_ && !begin())
    return true;
  if (!scan_->step(bytes))
    return false;
  problem_ = scan_->problem();
  if (!problem_)
    finish(now_us);
  return true;
}

void file_sealer::finish_gone(int64_t now_us) {
  auto checkpoint = path_ + std::string{checkpoint_suffix};
  auto is = fs_.size(path_);
  if (!is.problem)
    return; // somebody brought it back: the next run sees to it
  if (is.problem->code != ENOENT) {
    problem_ = is.problem;
    return;
  }
  auto witness = word_of_checkpoint(fs_, path_, data_);
  if (!witness) {
    if (!fs_.size(checkpoint).problem)
      said_.push_back(fmt::format("{} is no checkpoint, and {} is gone: what "
                                  "was in it is not known",
                                  checkpoint.substr(data_dir_.size() + 1),
                                  shown_));
    return;
  }
  miss(*witness, {},
       fmt::format("the file is gone; its checkpoint of {} is what is left of "
                   "it, and what came after that is gone, too",
                   timestamp(witness->sealed_at_us)));
  if (tell_lost(now_us))
    problem_ = remove_own(fs_, checkpoint);
}

void file_sealer::miss(const manifest& witness,
                       const std::vector<manifest_stream>& streams,
                       const std::string& found) {
  for (auto& was : witness.streams) {
    auto is = std::find_if(streams.begin(), streams.end(), [&](auto& s) {
      return s.session_id == was.session_id && s.slot == was.slot
             && s.tr_id == was.tr_id && s.symbol == was.symbol;
    });
    auto add = [&](uint64_t first, uint64_t last) {
      for (auto& l : lost_)
        if (l.session_id == was.session_id && l.slot == was.slot
            && l.first_seq <= first && last <= l.last_seq)
          return; // a hole that reaches over the change of a registration
      lost_.push_back({shown_, found, was.session_id, was.slot, was.tr_id,
                       was.symbol, first, last,
                       std::min(last - first + 1, was.records),
                       witness.first_received_us.value_or(was.last_received_us),
                       was.last_received_us});
    };
    if (is == streams.end()) {
      add(was.first_seq, was.last_seq);
      continue;
    }
    if (is->first_seq > was.first_seq)
      add(was.first_seq, is->first_seq - 1);
    if (is->last_seq < was.last_seq)
      add(is->last_seq + 1, was.last_seq);
  }
}

void file_sealer::miss_holes() {
  for (auto& h : scan_->holes()) {
    auto& s = h.after;
    lost_.push_back({shown_, "the file is damaged there", s.session_id, s.slot,
                     s.tr_id, s.symbol, h.first_seq, h.last_seq,
                     h.last_seq - h.first_seq + 1, h.from_us,
                     s.last_received_us, cause::io_error});
  }
}

bool file_sealer::tell_lost(int64_t now_us) {
  if (what_.lost_told)
    lost_.clear();
  if (lost_.empty())
    return true;
  auto note = note_lost(fs_, data_dir_, std::string{to_string(data_)}, lost_,
                        now_us);
  if ((problem_ = note.problem)) {
    lost_.clear();
    return false;
  }
  for (auto& l : lost_)
    l.told_in = note.file;
  what_.lost_told = true;
  return true;
}

bool file_sealer::cut_tail(uint64_t good, uint64_t size, int64_t now_us) {
  auto tail = look_at_end(fs_, path_, data_, good, size);
  if ((problem_ = tail.problem))
    return false;
  auto note = note_cut(fs_, data_dir_, {path_, shown_, good, size, tail.foreign},
                       now_us);
  if ((problem_ = note.problem))
    return false;
  torn_bytes_ = size - good;
  said_.push_back(fmt::format("{}: the last {} bytes were {}; cut off into the "
                              "quarantine, {}",
                              shown_, torn_bytes_,
                              tail.foreign ? "written by somebody else"
                                           : "no whole line",
                              note.file));
  if (tail.foreign)
    remarks_.push_back({cause::file_taken, said_.back()});
  problem_ = fs_.truncate(path_, good);
  return !problem_;
}

void file_sealer::finish(int64_t now_us) {
  auto size = scan_->bytes();
  auto good = scan_->good_bytes();
  auto torn = size - good;
  auto checkpoint = path_ + std::string{checkpoint_suffix};
  auto witness = word_of_checkpoint(fs_, path_, data_);
  if (scan_->is_foreign() || torn > torn_tail_bytes_max) {
    if (witness && scan_->is_foreign()) {
      miss(*witness, {}, "another file has its name");
      if (!tell_lost(now_us) || (problem_ = remove_own(fs_, checkpoint)))
        return;
    }
    left_alone_ = true;
    said_.push_back(fmt::format(
      "{}: {} of its {} bytes are no lines of ours: it is left as it is and not "
      "sealed; move it to another folder",
      shown_, torn, size));
    return;
  }
  if (torn > 0 && !cut_tail(good, size, now_us))
    return;
  if (scan_->foreign_lines() > 0) {
    said_.push_back(fmt::format(
      "{}: {} lines in its middle are damaged; they stay, and so do the whole "
      "lines behind them; its manifest says which",
      shown_, scan_->foreign_lines()));
    remarks_.push_back({cause::io_error, said_.back()});
  }
  miss_holes();
  if (witness)
    miss(*witness, scan_->builder().streams(),
         "the checkpoint beside the file knows of them");
  if (!tell_lost(now_us))
    return;
  auto manifest_path = path_ + std::string{manifest_suffix};
  if (what_.foreign_manifest && !fs_.size(manifest_path).problem) {
    auto aside = manifest_path + std::string{earlier_suffix};
    if (!fs_.size(aside).problem) {
      problem_ = io_problem{"rename", manifest_path, EEXIST,
                            "its new name is taken: " + aside};
      return;
    }
    if ((problem_ = fs_.rename(manifest_path, aside)))
      return;
    said_.push_back(fmt::format("{}: the manifest beside it was of another "
                                "file of that name; it is now called {}",
                                shown_, aside.substr(directory_.size() + 1)));
  }
  auto m = scan_->builder().finish(what_.name, to_string(data_), now_us,
                                   "recovery");
  if ((problem_ = write_manifest(fs_, directory_, path_, m)))
    return;
  if (auto bad = remove_own(fs_, checkpoint))
    said_.push_back(bad->text());
  said_.push_back(fmt::format("{}: {}; sealed with {} lines", shown_,
                              what_.void_manifest
                                ? "its manifest held nothing but zeros"
                                : "was left open",
                              m.lines));
  sealed_ = std::move(m);
}

} // namespace observer
