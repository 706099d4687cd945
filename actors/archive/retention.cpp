#include "actors/archive/retention.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

namespace observer {

std::string_view to_string(disk_level l) {
  switch (l) {
    case disk_level::fine:
      return "fine";
    case disk_level::warn:
      return "warn";
    case disk_level::act:
      return "act";
    case disk_level::unknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(deletion_reason r) {
  switch (r) {
    case deletion_reason::age:
      return "age";
    case deletion_reason::anomaly_age:
      return "anomaly_age";
    case deletion_reason::max_age:
      return "max_age";
    case deletion_reason::pressure:
      break;
  }
  return "pressure";
}

int64_t disk_fill::percent() const {
  if (total_bytes == 0)
    return 0;
  auto used = total_bytes - std::min(free_bytes, total_bytes);
  // By hundredths first: bytes times 100 may not fit.
  auto whole = total_bytes / 100;
  return whole == 0 ? static_cast<int64_t>(used * 100 / total_bytes)
                    : static_cast<int64_t>((used + whole - 1) / whole);
}

disk_level disk_fill::level(const retention_rules& r) const {
  if (total_bytes == 0)
    return disk_level::unknown;
  return percent() >= r.act_percent    ? disk_level::act
         : percent() >= r.warn_percent ? disk_level::warn
                                       : disk_level::fine;
}

namespace {

const proven_copy* copy_of(const proven_backup& b, std::string_view name) {
  for (auto& c : b.copies)
    if (c.name == name)
      return &c;
  return nullptr;
}

} // namespace

bool has_lines(const proven_backup& b, const catalogued_file& f) {
  if (f.sha256.empty())
    return false;
  if (auto c = copy_of(b, f.plain_name()))
    if (c->bytes == f.bytes && c->sha256 == f.sha256)
      return true;
  auto c = copy_of(b, f.compressed_name());
  return c && c->plain_sha256 == f.sha256;
}

bool has_manifest(const proven_backup& b, const catalogued_file& f) {
  auto c = copy_of(b, f.name + std::string{manifest_suffix});
  return c && !f.manifest_sha256.empty() && c->bytes == f.manifest_bytes
         && c->sha256 == f.manifest_sha256;
}

namespace {

class planner {
 public:
  planner(const day_catalogue& catalogue, const retention_rules& rules,
          const retention_situation& now)
    : catalogue_(catalogue), rules_(rules), now_(now) {
    for (auto& d : catalogue.days)
      for (auto& f : d.files)
        for (auto s : f.sessions)
          last_day_of_[s] = d.day; // ascending: the last one stays
  }

  retention_plan plan() {
    for (auto& d : catalogue_.days) {
      if (protects(d))
        continue;
      auto deletions = out_.deletions.size();
      plan_lines(d);
      plan_manifests(d);
      if (out_.deletions.size() != deletions)
        ++days_;
    }
    plan_pressure();
    return std::move(out_);
  }

 private:
  bool protects(const archive_day& d) const {
    return d.day >= now_.today || d.day == catalogue_.newest_tick_day();
  }
  static bool is_ours(const catalogued_file& f) {
    return f.sealed && f.odd.empty();
  }
  const proven_backup* backup_of(const archive_day& d) const {
    auto at = now_.backups.find(d.day);
    return at == now_.backups.end() ? nullptr : &at->second;
  }
  bool is_anomaly(const archive_day& d) const {
    return now_.anomalies.contains(d.day);
  }

  /// Is it `days` old, and not by the word of the clock alone?
  bool is_old(const archive_day& d, int64_t days) const {
    if (now_.today - d.day < days)
      return false;
    // Of a day to come is the word of a clock that was wrong.
    if (auto at = now_.restored.find(d.day);
        at != now_.restored.end() && at->second <= now_.today
        && now_.today - at->second < days)
      return false;
    auto wanted = tick_days_wanted(days);
    for (auto& later : catalogue_.days)
      if (later.day > d.day && later.day <= now_.today && later.has_ticks())
        --wanted;
    return wanted <= 0;
  }

  /// Counts what is held back; whether it is.
  bool held(uint64_t bytes) {
    auto why = !now_.clock_doubt.empty() ? now_.clock_doubt
               : !now_.by_age ? std::string{"once an hour"}
               : days_ >= retention_rules::days_a_plan
                 ? std::string{"a few days at a time"}
                 : std::string{};
    if (why.empty())
      return false;
    out_.held_bytes += bytes;
    if (out_.held_because.empty())
      out_.held_because = why;
    return true;
  }

  void plan_lines(const archive_day& d) {
    // Ticks first, then what tells of them: see all_datasets.
    for (auto data : all_datasets)
      for (auto& f : d.files) {
        if (f.data != data || !is_ours(f) || f.on_disk() == 0)
          continue;
        auto ticks = data == dataset::scalp;
        auto days = !ticks           ? rules_.max_days
                    : is_anomaly(d) ? rules_.anomaly_days
                                    : rules_.raw_days;
        if (!is_old(d, days))
          continue;
        auto backup = backup_of(d);
        if (!(backup && has_lines(*backup, f)) && !rules_.without_backup) {
          out_.unbacked_days.insert(d.day);
          out_.unbacked_bytes += f.on_disk();
          continue;
        }
        if (held(f.on_disk()))
          continue;
        take_lines(d, f,
                   !ticks          ? deletion_reason::max_age
                   : is_anomaly(d) ? deletion_reason::anomaly_age
                                   : deletion_reason::age);
      }
  }

  void take_lines(const archive_day& d, const catalogued_file& f,
                  deletion_reason why) {
    auto backup = backup_of(d);
    auto proven = backup && has_lines(*backup, f);
    if (f.form == day_form::plain || f.form == day_form::both)
      take({f.plain_name(), d.day, f.plain_bytes, why, f.sha256, f.sha256, {}},
           proven ? backup : nullptr);
    if (f.form == day_form::compressed || f.form == day_form::both) {
      planned_deletion x{f.compressed_name(), d.day, f.compressed_bytes, why,
                         {},  f.sha256, {}};
      if (auto c = backup ? copy_of(*backup, x.name) : nullptr;
          c && c->bytes == x.bytes && c->plain_sha256 == f.sha256)
        x.sha256 = c->sha256;
      take(std::move(x), proven ? backup : nullptr);
    }
    gone_.insert(&f);
  }

  void take(planned_deletion x, const proven_backup* backup) {
    if (backup)
      x.backup = fmt::format("{}, verified {}", backup->target,
                             timestamp(backup->verified_at_us));
    out_.bytes += x.bytes;
    out_.deletions.push_back(std::move(x));
  }

  /// All of them or none: a day is known, or it is not.
  void plan_manifests(const archive_day& d) {
    // Which sessions go on, only the whole catalogue knows.
    if (catalogue_.partial || !is_old(d, rules_.max_days))
      return;
    auto backup = backup_of(d);
    uint64_t bytes = 0;
    for (auto& f : d.files) {
      auto goes_on = std::any_of(
        f.sessions.begin(), f.sessions.end(),
        [&](uint64_t s) { return last_day_of_.at(s) > d.day; });
      if (!is_ours(f) || f.of_this_run || goes_on
          || (f.on_disk() > 0 && !gone_.contains(&f))
          || (!(backup && has_manifest(*backup, f))
              && !rules_.without_backup))
        return;
      bytes += f.manifest_bytes;
    }
    if (held(bytes))
      return;
    for (auto& f : d.files)
      take({f.name + std::string{manifest_suffix}, d.day, f.manifest_bytes,
            deletion_reason::max_age, f.manifest_sha256, {}, {}},
           backup && has_manifest(*backup, f) ? backup : nullptr);
  }

  void plan_pressure() {
    if (!now_.disk)
      return;
    auto& disk = *now_.disk;
    out_.level = disk.level(rules_);
    if (out_.level != disk_level::act)
      return;
    auto used = disk.total_bytes - std::min(disk.free_bytes, disk.total_bytes);
    auto aim = disk.total_bytes / 100
               * static_cast<uint64_t>(rules_.act_percent
                                       - retention_rules::relief_percent);
    auto wanted = used > aim ? used - aim : 0;
    using candidate = std::tuple<bool, bool, int64_t, const archive_day*,
                                 const catalogued_file*>;
    std::vector<candidate> candidates;
    for (auto& d : catalogue_.days)
      for (auto& f : d.files) {
        auto backup = backup_of(d);
        auto proven = backup && has_lines(*backup, f);
        if (!protects(d) && is_ours(f) && f.on_disk() > 0
            && !gone_.contains(&f) && (proven || rules_.without_backup))
          candidates.emplace_back(!proven, is_anomaly(d), d.day, &d, &f);
      }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](auto& a, auto& b) {
                       return std::tuple{std::get<0>(a), std::get<1>(a),
                                         std::get<2>(a), std::get<4>(a)->data}
                              < std::tuple{std::get<0>(b), std::get<1>(b),
                                           std::get<2>(b),
                                           std::get<4>(b)->data};
                     });
    for (auto& [unproven, anomaly, day, d, f] : candidates) {
      if (out_.bytes >= wanted)
        break;
      take_lines(*d, *f, deletion_reason::pressure);
    }
    out_.nothing_more = out_.bytes < wanted;
  }

  const day_catalogue& catalogue_;
  const retention_rules& rules_;
  const retention_situation& now_;
  retention_plan out_;
  /// Whose lines this plan deletes.
  std::set<const catalogued_file*> gone_;
  /// The last day of each session that is not open.
  std::map<uint64_t, int64_t> last_day_of_;
  /// Of which something goes by its age.
  size_t days_ = 0;
};

} // namespace

retention_plan plan_retention(const day_catalogue& catalogue,
                              const retention_rules& rules,
                              const retention_situation& now) {
  return planner{catalogue, rules, now}.plan();
}

std::optional<int64_t> day_of_full_disk(const day_catalogue& catalogue,
                                        const disk_fill& disk, int64_t today) {
  constexpr int64_t week = 7, year = 366;
  if (disk.total_bytes == 0)
    return std::nullopt;
  uint64_t bytes = 0;
  for (auto& d : catalogue.days)
    if (d.day >= today - week && d.day < today)
      bytes += d.on_disk();
  if (bytes == 0)
    return std::nullopt;
  auto left = static_cast<double>(disk.free_bytes)
              / (static_cast<double>(bytes) / static_cast<double>(week));
  if (left > static_cast<double>(year))
    return std::nullopt;
  return today + static_cast<int64_t>(left);
}

} // namespace observer
