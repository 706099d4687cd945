#include "actors/journal/journal_recovery.hpp"

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "actors/journal/journal_checkpoint.hpp"
#include "actors/journal/journal_file.hpp"
#include "actors/journal/journal_line.hpp"
#include "actors/journal/own_files.hpp"
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
        case journal_entry_kind::archive_temporary:
          break; // whoever compresses the file sees to it
      }
    }
    for (auto& [name, found] : families)
      look_at(found.first, found.second);
    learn_from_ends();
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
    if (how_much_ == last_lines && recent)
      to_learn_.emplace_back(std::move(name), path);
  }

  /// The newest first: of a folder that is full of them not all are waited for.
  void learn_from_ends() {
    for (auto at = to_learn_.rbegin(); at != to_learn_.rend(); ++at) {
      auto& [name, path] = *at;
      if (wanted_->enough && wanted_->enough()) {
        out_.said.push_back(fmt::format(
          "{}/: {} files that were left open are not looked at before it is "
          "recorded: gaps after their records may be wrong or missing",
          folder_, to_learn_.rend() - at));
        return;
      }
      if (auto bad = learn_from_end(path))
        out_.set_aside.push_back(fmt::format(
          "{}/{} was left open and cannot be read: {}; gaps after its records "
          "may be wrong or missing",
          folder_, name, bad->text()));
    }
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
  /// Names and paths of files that were left open.
  std::vector<std::pair<std::string, std::string>> to_learn_;
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
