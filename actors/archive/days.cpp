#include "actors/archive/days.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "actors/journal/manifest_builder.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"
#include "messages/manifest.hpp"

namespace observer {

std::string_view to_string(day_form f) {
  switch (f) {
    case day_form::plain:
      return "plain";
    case day_form::compressed:
      return "compressed";
    case day_form::both:
      return "both";
    case day_form::away:
      break;
  }
  return "away";
}

std::string archive_day::date() const {
  return date_of_korean_day(day);
}

uint64_t archive_day::on_disk() const {
  uint64_t out = 0;
  for (auto& f : files)
    out += f.on_disk() + f.manifest_bytes;
  return out;
}

uint64_t archive_day::lines(dataset d) const {
  uint64_t out = 0;
  for (auto& f : files)
    out += f.data == d ? f.lines : 0;
  return out;
}

uint64_t archive_day::gaps() const {
  uint64_t out = 0;
  for (auto& f : files)
    out += f.gaps;
  return out;
}

size_t archive_day::open() const {
  return static_cast<size_t>(
    std::count_if(files.begin(), files.end(),
                  [](const catalogued_file& f) { return !f.sealed; }));
}

size_t archive_day::count(day_form form) const {
  return static_cast<size_t>(
    std::count_if(files.begin(), files.end(),
                  [&](const catalogued_file& f) { return f.form == form; }));
}

bool archive_day::has_ticks() const {
  return std::any_of(files.begin(), files.end(), [](const catalogued_file& f) {
    return f.data == dataset::scalp
           && (f.lines > 0 || (!f.sealed && f.on_disk() > 0));
  });
}

const archive_day* day_catalogue::find(int64_t day) const {
  auto at = std::lower_bound(
    days.begin(), days.end(), day,
    [](const archive_day& d, int64_t wanted) { return d.day < wanted; });
  return at != days.end() && at->day == day ? &*at : nullptr;
}

const catalogued_file* day_catalogue::find(std::string_view name) const {
  for (auto& d : days)
    for (auto& f : d.files)
      if (f.name == name)
        return &f;
  return nullptr;
}

uint64_t day_catalogue::on_disk() const {
  uint64_t out = 0;
  for (auto& d : days)
    out += d.on_disk();
  return out;
}

int64_t day_catalogue::newest_tick_day() const {
  for (auto d = days.rbegin(); d != days.rend(); ++d)
    if (d->has_ticks())
      return d->day;
  return -1;
}

namespace {

/// Which entries stand for one file.
struct found_entries {
  bool plain = false, compressed = false, manifest = false;
  journal_name name;
};

/// Nobody chooses how long what is shown of a name is.
std::string shown(const std::string& name) {
  return name.substr(0, 200);
}

class surveyor {
 public:
  surveyor(file_system& fs, const std::string& data_dir,
           std::string_view run_id, const std::function<bool()>& go_on)
    : fs_(fs), data_dir_(data_dir), run_id_(run_id), go_on_(go_on) {}

  day_catalogue survey() {
    for (auto data : all_datasets)
      look_at(data);
    day_catalogue out = std::move(out_);
    for (auto& [day, files] : by_day_) {
      std::sort(files.begin(), files.end(),
                [](auto& a, auto& b) { return a.name < b.name; });
      out.days.push_back({day, std::move(files)});
    }
    return out;
  }

 private:
  void problem(std::string text) {
    if (out_.problems.size() < day_catalogue::problems_max)
      out_.problems.push_back(std::move(text));
  }

  void look_at(dataset data) {
    auto folder = std::string{to_string(data)};
    auto listed = fs_.list(data_dir_ + "/" + folder);
    if (listed.problem) {
      problem(listed.problem->text());
      out_.partial = true;
      return;
    }
    out_.foreign += listed.others.size();
    std::map<std::string, found_entries> found;
    for (auto& name : listed.names) {
      auto entry = parse_journal_entry(name_period_of(data), name);
      if (!entry || !note(found, *entry, name))
        ++out_.foreign;
    }
    for (auto& [file, entries] : found) {
      if (kept_ >= day_catalogue::files_max) {
        out_.partial = true;
        problem(fmt::format("more than {} files: the newest are not looked at",
                            day_catalogue::files_max));
        return;
      }
      if (go_on_ && !go_on_()) {
        out_.partial = true;
        problem("the look at the folders was cut short");
        return;
      }
      add(data, folder + "/" + file, entries);
    }
  }

  /// False for what belongs to a file and is no form of it that we made.
  bool note(std::map<std::string, found_entries>& found,
            const journal_entry& entry, const std::string& name) {
    switch (entry.kind) {
      case journal_entry_kind::file:
        found[entry.file].plain = true;
        break;
      case journal_entry_kind::manifest:
        found[entry.file].manifest = true;
        break;
      case journal_entry_kind::archive:
        if (!name.ends_with(zstd_suffix))
          return false; // an operator's own
        found[entry.file].compressed = true;
        break;
      case journal_entry_kind::checkpoint:
      case journal_entry_kind::temporary:
      case journal_entry_kind::earlier_manifest:
      case journal_entry_kind::archive_temporary:
        return true; // the journal's own business
    }
    found[entry.file].name = entry.name;
    return true;
  }

  void add(dataset data, std::string name, const found_entries& entries) {
    auto day = parse_korean_date(entries.name.date);
    if (!day) {
      ++out_.foreign; // of a year that no run of ours has seen
      return;
    }
    catalogued_file f{.name = std::move(name), .data = data, .day = *day};
    auto hours = entries.name.hour < 0 ? 24 : entries.name.hour + 1;
    f.period_end_us = korean_hour_begin_us(*day * 24 + hours);
    f.form = entries.plain ? entries.compressed ? day_form::both
                                                : day_form::plain
             : entries.compressed ? day_form::compressed
                                  : day_form::away;
    if (entries.plain)
      f.plain_bytes = size_of(f, f.plain_name());
    if (entries.compressed)
      look_at_compressed(f);
    if (entries.manifest)
      look_at_manifest(f);
    else if (entries.compressed)
      odd(f, "it has no manifest");
    ++kept_;
    by_day_[*day].push_back(std::move(f));
  }

  void odd(catalogued_file& f, std::string why) {
    f.sealed = false;
    if (!f.odd.empty())
      return;
    problem(fmt::format("{}: {}", shown(f.name), why));
    f.odd = std::move(why);
  }

  uint64_t size_of(catalogued_file& f, const std::string& name) {
    auto measured = fs_.size(data_dir_ + "/" + name);
    if (measured.problem)
      odd(f, measured.problem->text());
    return measured.bytes;
  }

  void look_at_compressed(catalogued_file& f) {
    f.compressed_bytes = size_of(f, f.compressed_name());
    // Of a frame, and of one that readers pass over.
    constexpr std::string_view frame{"\x28\xb5\x2f\xfd", 4};
    constexpr std::string_view skipped{"\x2a\x4d\x18", 3};
    auto got = fs_.read(data_dir_ + "/" + f.compressed_name(), 0, 4);
    if (got.problem)
      odd(f, got.problem->text());
    else if (got.bytes != frame
             && (got.bytes.size() < 4 || got.bytes.substr(1) != skipped
                 || (got.bytes[0] & 0xf0) != 0x50))
      odd(f, "what is called .zst does not begin as one");
  }

  void look_at_manifest(catalogued_file& f) {
    f.sealed = f.odd.empty();
    auto path = data_dir_ + "/" + f.name + std::string{manifest_suffix};
    auto got = fs_.read(path, 0, day_catalogue::manifest_bytes_max + 1);
    if (got.problem)
      return odd(f, got.problem->text());
    if (got.bytes.size() > day_catalogue::manifest_bytes_max)
      return odd(f, "its manifest is too large to be one");
    f.manifest_bytes = got.bytes.size();
    class sha256 hash;
    hash.add(got.bytes);
    f.manifest_sha256 = hash.hex();
    auto m = parse_manifest(got.bytes);
    if (!m || std::string{to_string(f.data)} + "/" + m->file != f.name
        || m->dataset != to_string(f.data))
      return odd(f, "its manifest is none, or of another file");
    f.lines = m->lines;
    f.bytes = m->bytes;
    f.gaps = m->gaps.size();
    f.sha256 = m->sha256;
    f.sealed_at_us = m->sealed_at_us;
    note_sessions(f, *m);
    if ((f.form == day_form::plain || f.form == day_form::both)
        && f.plain_bytes != f.bytes)
      odd(f, fmt::format("it has {} bytes, and its manifest says {}",
                         f.plain_bytes, f.bytes));
  }

  void note_sessions(catalogued_file& f, const manifest& m) {
    std::set<uint64_t> ids;
    for (auto& s : m.streams) {
      ids.insert(std::hash<std::string>{}(s.session_id));
      f.of_this_run = f.of_this_run
                      || (!run_id_.empty() && s.session_id.starts_with(run_id_));
    }
    f.sessions.assign(ids.begin(), ids.end());
  }

  file_system& fs_;
  const std::string& data_dir_;
  std::string_view run_id_;
  const std::function<bool()>& go_on_;
  day_catalogue out_;
  std::map<int64_t, std::vector<catalogued_file>> by_day_;
  size_t kept_ = 0;
};

} // namespace

day_catalogue survey_days(file_system& fs, const std::string& data_dir,
                          std::string_view run_id,
                          const std::function<bool()>& go_on) {
  return surveyor{fs, data_dir, run_id, go_on}.survey();
}

} // namespace observer
