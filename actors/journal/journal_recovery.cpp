#include "actors/journal/journal_recovery.hpp"

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "actors/journal/journal_checkpoint.hpp"
#include "actors/journal/journal_file.hpp"
#include "actors/journal/journal_line.hpp"
#include "actors/journal/storage_health.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

namespace observer {

namespace {

constexpr uint64_t back_read_bytes = 1 << 20;
/// A file is sealed long before its manifest grows to that.
constexpr uint64_t manifest_bytes_max = 16 << 20;
/// A clock that is set is off by less, unless it was wrong altogether.
constexpr int64_t ahead_max_us = us_per_hour;

/// What is of a day to come was received by a wrong clock, and is not the past of
/// what comes now. Within the day volumes tell what came last, clocks do not.
void learn(recovered_journal& out, const manifest& m, int64_t now_us) {
  for (auto& s : m.streams) {
    auto& last = out.last_seq[{s.session_id, s.slot}];
    last = std::max(last, s.last_seq);
    auto day = s.last_day.value_or(korean_day(s.last_received_us));
    if (!s.last_accumulated || day > korean_day(now_us + ahead_max_us))
      continue;
    auto& base = out.baselines[{s.tr_id, s.symbol}];
    tick_baseline tick{*s.last_accumulated, s.last_received_us, s.last_day};
    if (is_newer(tick, base))
      base = tick;
  }
}

/// Does the file's name say today or yesterday? Names of the future are those
/// of a run whose clock was wrong.
bool is_recent(const journal_name& name, int64_t now_us) {
  return name.date >= korean_date(now_us - us_per_day)
         && name.date <= korean_date(now_us + ahead_max_us);
}

// -- reading from the end -----------------------------------------------------

/// Adds to `into` the last line of each stream between `floor` and `size`,
/// read from the end. With `wanted` no further than it takes to know these.
std::optional<io_problem> read_back(file_system& fs, const std::string& path,
                                    dataset data, uint64_t floor,
                                    uint64_t size, bool until_all_are_known,
                                    const past_wanted& wanted,
                                    manifest& into) {
  using stream_name = std::tuple<std::string, int, std::string, std::string>;
  std::set<stream_name> seen;
  auto missing = wanted.baselines;
  auto take = [&](std::string_view text) {
    auto line = parse_line(data, text);
    if (!line)
      return;
    auto& s = line->stream;
    if (!s.last_accumulated)
      return; // no tick, or one whose volume is in doubt
    if (!seen.insert({s.session_id, s.slot, s.tr_id, s.symbol}).second)
      return;
    missing.erase({s.tr_id, s.symbol});
    std::erase_if(into.streams, [&](const manifest_stream& older) {
      return older.slot == s.slot && older.session_id == s.session_id
             && older.tr_id == s.tr_id && older.symbol == s.symbol;
    });
    into.streams.push_back(std::move(s));
  };
  /// The rest of a line that begins before what was read.
  std::string rest;
  for (auto end = size; end > floor;) {
    if (until_all_are_known
        && (missing.empty() || (wanted.enough && wanted.enough())))
      return std::nullopt;
    auto begin = end - std::min(end - floor, back_read_bytes);
    auto got = fs.read(path, begin, end - begin);
    if (!got.problem && got.bytes.size() != end - begin)
      got.problem = io_problem{"read", path, EIO, "the file shrinks"};
    if (got.problem)
      return got.problem;
    end = begin;
    auto text = std::move(got.bytes) + rest;
    size_t first = 0;
    if (begin > floor) {
      auto newline = text.find('\n');
      first = newline == text.npos ? text.size() : newline + 1;
    }
    rest = text.substr(0, first);
    if (rest.size() > journal_scan::line_bytes_max)
      rest.clear();
    for (auto to = text.rfind('\n'); to != text.npos && to >= first;) {
      auto before = to == 0 ? text.npos : text.rfind('\n', to - 1);
      auto from = before == text.npos || before + 1 < first ? first
                                                            : before + 1;
      take(std::string_view{text}.substr(from, to - from));
      to = before;
    }
  }
  return std::nullopt;
}

// -- a look -------------------------------------------------------------------

/// What stands in the folder under the names of one file.
struct family {
  journal_name name;
  bool file = false, manifest = false, earlier = false, archive = false;
  std::optional<std::string> checkpoint;
};

class look {
 public:
  enum learning { nothing, last_lines, whole_files };

  look(file_system& fs, const std::string& data_dir, dataset data,
       int64_t now_us, learning how_much, const past_wanted* wanted)
    : fs_(fs),
      data_(data),
      folder_(to_string(data)),
      directory_(data_dir + "/" + folder_),
      now_us_(now_us),
      how_much_(how_much),
      wanted_(wanted) {}

  recovered_journal take(const trusted_offsets& trusted) {
    auto listed = fs_.list(directory_);
    if (listed.problem) {
      out_.problem = listed.problem;
      return std::move(out_);
    }
    for (auto& [path, offset] : trusted)
      if (path.starts_with(directory_ + "/"))
        if ((out_.problem = cut_at(path, offset)))
          return std::move(out_);
    for (auto& name : listed.others)
      out_.strangers.push_back(folder_ + "/" + name);
    std::map<journal_name, std::pair<std::string, family>> families;
    for (auto& name : listed.names) {
      auto entry = parse_journal_entry(name_period_of(data_), name);
      if (!entry) {
        out_.strangers.push_back(folder_ + "/" + name);
        continue;
      }
      auto& [file, f] = families[entry->name];
      file = entry->file;
      f.name = entry->name;
      switch (entry->kind) {
        case journal_entry_kind::file:
          f.file = true;
          break;
        case journal_entry_kind::manifest:
          f.manifest = true;
          break;
        case journal_entry_kind::earlier_manifest:
          f.earlier = true;
          break;
        case journal_entry_kind::checkpoint:
          f.checkpoint = name;
          break;
        case journal_entry_kind::temporary:
          out_.remains.push_back(name);
          break;
        case journal_entry_kind::archive:
          f.archive = true;
          break;
      }
    }
    for (auto& [name, found] : families)
      look_at(found.first, found.second);
    return std::move(out_);
  }

 private:
  /// Cuts off what this process wrote and does not know to be durable.
  std::optional<io_problem> cut_at(const std::string& path, uint64_t offset) {
    auto size = fs_.size(path);
    if (size.problem && size.problem->code == ENOENT) {
      out_.said.push_back(fmt::format("{} is gone, with the {} bytes that were "
                                      "durable in it",
                                      path, offset));
      return std::nullopt;
    }
    if (size.problem)
      return size.problem;
    if (auto bad = fs_.settle(path))
      return bad;
    size = fs_.size(path);
    if (size.problem)
      return size.problem;
    return size.bytes > offset ? fs_.truncate(path, offset) : std::nullopt;
  }

  void look_at(const std::string& file, const family& f) {
    auto drop_checkpoint = [&] {
      if (f.checkpoint)
        out_.remains.push_back(*f.checkpoint);
    };
    auto path = directory_ + "/" + file;
    auto recent = is_recent(f.name, now_us_);
    if (!f.file) {
      if (f.checkpoint && !f.manifest && !f.archive)
        out_.open.push_back({.name = file, .gone = true});
      else
        drop_checkpoint();
      // Compressed, or taken to another place: its word is left.
      if (f.manifest && recent && how_much_ != nothing)
        if (auto m = read_manifest(path))
          learn(out_, *m, now_us_);
      return;
    }
    if (!f.manifest) {
      left_open({.name = file}, path, recent);
      return;
    }
    drop_checkpoint();
    if (!recent)
      return;
    std::string why;
    bool is_void = false;
    auto m = read_manifest(path, &why, &is_void);
    if (is_void) {
      left_open({.name = file, .void_manifest = true}, path, recent);
      return;
    }
    if (m) {
      auto size = fs_.size(path);
      if (!size.problem && size.bytes == m->bytes) {
        if (how_much_ != nothing)
          learn(out_, *m, now_us_);
        return;
      }
      if (!size.problem && !f.earlier && is_of_another_file(path, *m)) {
        left_open({.name = file, .foreign_manifest = true}, path, recent);
        return;
      }
      why = size.problem
              ? size.problem->text()
              : fmt::format("{}/{} has {} bytes and {} in its manifest",
                            folder_, file, size.bytes, m->bytes);
    }
    learn_from_lines(path, why);
  }

  std::optional<manifest> read_manifest(const std::string& path,
                                        std::string* why = nullptr,
                                        bool* is_void = nullptr) {
    auto beside = path + std::string{manifest_suffix};
    auto got = fs_.read(beside, 0, manifest_bytes_max + 1);
    std::optional<manifest> m;
    if (!got.problem && got.bytes.size() <= manifest_bytes_max)
      m = parse_manifest(got.bytes);
    if (is_void)
      *is_void = !got.problem && holds_nothing(got.bytes);
    if (!m && why)
      *why = got.problem ? got.problem->text()
                         : fmt::format("{} is no manifest",
                                       beside.substr(beside.find(folder_)));
    return m;
  }

  /// A manifest whose file was moved away before another one took its name
  /// knows nothing of that one's first line.
  bool is_of_another_file(const std::string& path, const manifest& m) {
    auto got = fs_.read(path, 0, back_read_bytes);
    if (got.problem)
      return false;
    size_t from = 0;
    for (size_t to; (to = got.bytes.find('\n', from)) != got.bytes.npos;
         from = to + 1) {
      auto line = parse_line(data_, std::string_view{got.bytes}.substr(
                                      from, to - from));
      if (!line)
        continue;
      auto& s = line->stream;
      return std::none_of(m.streams.begin(), m.streams.end(), [&](auto& of) {
        return of.session_id == s.session_id && of.slot == s.slot
               && of.first_seq <= s.last_seq && s.last_seq <= of.last_seq;
      });
    }
    return false;
  }

  void left_open(open_past what, const std::string& path, bool recent) {
    auto name = what.name;
    out_.open.push_back(std::move(what));
    if (how_much_ != last_lines || !recent)
      return;
    if (auto bad = learn_from_end(path))
      out_.set_aside.push_back(fmt::format(
        "{}/{} was left open and cannot be read: {}; gaps after its records may "
        "be wrong or missing",
        folder_, name, bad->text()));
  }

  std::optional<io_problem> learn_from_end(const std::string& path) {
    auto known = read_checkpoint(fs_, path, data_);
    auto floor = known ? known->bytes : 0;
    // Whose file may not be written may be read all the same; what a disk
    // could not keep is not to be believed.
    if (auto bad = fs_.settle(path, floor);
        bad && bad->code != EACCES && bad->code != EPERM)
      return bad;
    auto size = fs_.size(path);
    if (size.problem)
      return size.problem;
    if (size.bytes < floor)
      known.reset(), floor = 0;
    auto m = known.value_or(manifest{});
    if (auto bad = read_back(fs_, path, data_, floor, size.bytes, !known,
                             *wanted_, m))
      return bad;
    learn(out_, m, now_us_);
    return std::nullopt;
  }

  /// A sealed file of the past that cannot be read at all must not keep the
  /// present from being recorded.
  void learn_from_lines(const std::string& path, const std::string& why) {
    if (how_much_ == nothing)
      return;
    std::optional<io_problem> bad;
    for (int attempt = 0; attempt < 2; ++attempt) { // a fault may pass
      if (how_much_ == last_lines) {
        bad = learn_from_end(path);
      } else {
        journal_scan lines{fs_, path, data_};
        while (!lines.step(back_read_bytes)) {
        }
        bad = lines.problem();
        if (!bad)
          learn(out_, lines.builder().so_far(), now_us_);
      }
      if (!bad)
        break;
    }
    if (bad)
      out_.set_aside.push_back(fmt::format(
        "{}; nor can its file be read: {}; gaps after its records may be wrong "
        "or missing; `observer audit` says more",
        why, bad->text()));
    else
      out_.said.push_back(why + ": its file's lines are looked at instead");
  }

  file_system& fs_;
  dataset data_;
  std::string folder_, directory_;
  int64_t now_us_;
  learning how_much_;
  const past_wanted* wanted_;
  recovered_journal out_;
};

} // namespace

recovered_journal look_at_past(file_system& fs, const std::string& data_dir,
                               dataset data, int64_t now_us,
                               const trusted_offsets& trusted,
                               const past_wanted* wanted) {
  look at{fs,     data_dir, data, now_us,
          wanted ? look::last_lines : look::nothing, wanted};
  return at.take(trusted);
}

std::vector<std::string> remove_remains(file_system& fs,
                                        const std::string& data_dir,
                                        dataset data,
                                        const std::vector<std::string>& remains) {
  std::vector<std::string> said;
  for (auto& name : remains)
    if (auto bad = remove_own(fs, data_dir + "/" + std::string{to_string(data)}
                                    + "/" + name))
      said.push_back(bad->text());
  return said;
}

// -- file_sealer --------------------------------------------------------------

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

recovered_journal recover_dataset(file_system& fs, const std::string& data_dir,
                                  dataset data, int64_t now_us,
                                  const trusted_offsets& trusted) {
  look at{fs, data_dir, data, now_us, look::whole_files, nullptr};
  auto out = at.take(trusted);
  if (out.problem)
    return out;
  for (auto& line : remove_remains(fs, data_dir, data, out.remains))
    out.said.push_back(line);
  for (auto& what : out.open) {
    file_sealer sealer{fs, data_dir, data, what};
    while (!sealer.step(back_read_bytes, now_us)) {
    }
    out.torn_bytes += sealer.torn_bytes();
    out.lost.insert(out.lost.end(), sealer.lost().begin(), sealer.lost().end());
    for (auto& line : sealer.said())
      out.said.push_back(line);
    if (auto& bad = sealer.problem())
      out.set_aside.push_back(fmt::format("{}: cannot be sealed: {}",
                                          sealer.shown(), bad->text()));
    if (sealer.sealed())
      learn(out, *sealer.sealed(), now_us);
  }
  return out;
}

} // namespace observer
