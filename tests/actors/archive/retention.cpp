#define CAF_SUITE actors_archive_retention
#include "actors/archive/retention.hpp"

#include "test.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <fmt/format.h>

#include "actors/archive/days_fixture.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::days_test;

namespace {

/// A fortnight of days, each an hour of ticks, a system and a quarantine file.
struct fixture : data_directory {
  static constexpr auto today = "20260914";

  fixture() {
    now.today = day_of(today);
  }

  void day(const std::string& date) {
    seal("scalp/" + date + "_10.jsonl", "tick of " + date + "\n", "of " + date);
    seal("system/" + date + ".jsonl", "event of " + date + "\n", "of " + date);
    seal("quarantine/" + date + ".jsonl", "bad " + date + "\n", "of " + date);
  }
  /// From the first to today, each backed up.
  void days(const std::string& first, bool backed_up = true) {
    for (auto d = day_of(first); d <= now.today; ++d) {
      day(date_of_korean_day(d));
      if (backed_up)
        backed(date_of_korean_day(d));
    }
  }
  void backed(const std::string& date) {
    now.backups[day_of(date)] = back_up(date);
  }
  retention_plan plan() const {
    return plan_retention(survey(), rules, now);
  }
  /// Names and reasons, in order.
  std::string planned() const {
    std::string out;
    for (auto& d : plan().deletions)
      out += d.name + " " + std::string{to_string(d.why)} + "\n";
    return out;
  }
  void fill(uint64_t percent) {
    now.disk = disk_fill{800 - percent * 8, 800};
  }

  retention_rules rules;
  retention_situation now;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(retention_tests, fixture)

CAF_TEST(ticks go after three days and the rest of their day stays) {
  days("20260909");
  CAF_CHECK_EQUAL(planned(), "scalp/20260909_10.jsonl age\n"
                             "scalp/20260910_10.jsonl age\n");
  now.today = day_of("20260913"); // as a clock that is behind sees it
  CAF_CHECK_EQUAL(planned(), "scalp/20260909_10.jsonl age\n"
                             "scalp/20260910_10.jsonl age\n");
}

CAF_TEST(a few days go at a time) {
  days("20260906");
  auto p = plan();
  std::set<int64_t> seen;
  for (auto& d : p.deletions)
    seen.insert(d.day);
  CAF_CHECK_EQUAL(seen.size(), retention_rules::days_a_plan);
  CAF_CHECK(p.held_bytes > 0);
  CAF_CHECK_EQUAL(p.held_because, "a few days at a time");
}

CAF_TEST(days with anomalies stay for a week) {
  days("20260907");
  now.anomalies = {day_of("20260907"), day_of("20260908")};
  CAF_CHECK_EQUAL(planned(), "scalp/20260907_10.jsonl anomaly_age\n"
                             "scalp/20260909_10.jsonl age\n");
}

CAF_TEST(a day that was restored stays as long as a new one) {
  days("20260901");
  now.backups.erase(day_of("20260902"));
  auto first = std::string{"scalp/20260901_10.jsonl "};
  auto all = plan();
  CAF_REQUIRE(!all.deletions.empty());
  CAF_CHECK_EQUAL(all.deletions[0].day, day_of("20260901"));
  // Today, and the day before yesterday.
  for (auto when : {"20260914", "20260912"}) {
    now.restored = {{day_of("20260901"), day_of(when)}};
    for (auto& d : plan().deletions)
      CAF_CHECK(d.day != day_of("20260901"));
  }
  now.restored = {{day_of("20260901"), day_of("20260911")}};
  CAF_CHECK(planned().starts_with(first + "age\n"));
  // A clock that was wrong keeps nothing for years; a full disk is stronger.
  now.restored = {{day_of("20260901"), day_of("20300101")}};
  CAF_CHECK(planned().starts_with(first + "age\n"));
  now.restored = {{day_of("20260901"), day_of("20260914")}};
  now.by_age = false;
  fill(100);
  CAF_CHECK(planned().starts_with(first + "pressure\n"));
}

CAF_TEST(a whole day goes after ten days and its manifests last) {
  days("20260904");
  for (auto d = day_of("20260905"); d < day_of("20260912"); ++d)
    fs->take_away("data/scalp/" + date_of_korean_day(d) + "_10.jsonl");
  CAF_CHECK_EQUAL(planned(), "scalp/20260904_10.jsonl age\n"
                             "quarantine/20260904.jsonl max_age\n"
                             "system/20260904.jsonl max_age\n"
                             "quarantine/20260904.jsonl.manifest.json max_age\n"
                             "scalp/20260904_10.jsonl.manifest.json max_age\n"
                             "system/20260904.jsonl.manifest.json max_age\n");
}

CAF_TEST(manifests stay while a later day goes on with their session) {
  days("20260904");
  seal("system/20260914.jsonl", "event\n", "of 20260904");
  auto all = planned();
  CAF_CHECK(all.find("system/20260904.jsonl max_age") != all.npos);
  CAF_CHECK(all.find("manifest") == all.npos);
}

CAF_TEST(manifests of sessions of this run stay) {
  days("20260904");
  seal("system/20260904.jsonl", "event of 20260904\n", "run-of-now-s0");
  backed("20260904");
  CAF_CHECK(planned().find("manifest") == std::string::npos);
}

CAF_TEST(nothing goes that no backup has) {
  days("20260909", false);
  auto p = plan();
  CAF_CHECK(p.deletions.empty());
  CAF_CHECK_EQUAL(p.unbacked_days.size(), 3u);
  CAF_CHECK(p.unbacked_bytes > 0);
  rules.without_backup = true;
  CAF_CHECK(plan().deletions.size() == 2);
  CAF_CHECK(plan().deletions.at(0).backup.empty());
}

CAF_TEST(a backup of other bytes is none) {
  days("20260909");
  for (auto& copy : now.backups[day_of("20260909")].copies)
    copy.sha256[0] = copy.sha256[0] == '0' ? '1' : '0';
  for (auto& copy : now.backups[day_of("20260910")].copies)
    ++copy.bytes;
  CAF_CHECK_EQUAL(planned(), "scalp/20260911_10.jsonl age\n");
  CAF_CHECK_EQUAL(plan().unbacked_days.size(), 2u);
}

CAF_TEST(lines that were plain in the backup may be compressed here) {
  days("20260911");
  compress("scalp/20260911_10.jsonl");
  auto p = plan();
  CAF_REQUIRE_EQUAL(p.deletions.size(), 1u);
  CAF_CHECK_EQUAL(p.deletions[0].name, "scalp/20260911_10.jsonl.zst");
  CAF_CHECK(p.deletions[0].sha256.empty()); // to be read before it goes
  CAF_CHECK_EQUAL(p.deletions[0].plain_sha256, hash_of("tick of 20260911\n"));
  backed("20260911");
  CAF_CHECK(!plan().deletions.at(0).sha256.empty());
}

CAF_TEST(open and odd files and those of today stay) {
  days("20260909");
  fs->take_away("data/scalp/20260909_10.jsonl.manifest.json");
  put("scalp/20260910_10.jsonl", "somebody wrote this\n");
  rules.raw_days = 0;
  for (auto& d : plan().deletions) {
    CAF_CHECK(d.day != day_of("20260909"));
    CAF_CHECK(d.day != day_of("20260910"));
    CAF_CHECK(d.day < now.today);
  }
}

CAF_TEST(a clock that is a year ahead makes nothing old) {
  days("20260909");
  now.today += 365;
  CAF_CHECK_EQUAL(planned().find("scalp/20260912"), std::string::npos);
  CAF_CHECK_EQUAL(planned().find("max_age"), std::string::npos);
  // What the daemon itself writes on such a day are no ticks.
  auto ahead = date_of_korean_day(now.today);
  seal("system/" + ahead + ".jsonl", "event\n");
  CAF_CHECK_EQUAL(planned().find("scalp/20260912"), std::string::npos);
  // And one day of them is not enough.
  seal("scalp/" + ahead + "_10.jsonl", "tick\n");
  CAF_CHECK_EQUAL(planned().find("scalp/20260913"), std::string::npos);
  CAF_CHECK_EQUAL(planned().find("scalp/20260914"), std::string::npos);
}

CAF_TEST(a clock that is behind makes nothing old) {
  days("20260909");
  now.today = day_of("20250914");
  CAF_CHECK_EQUAL(planned(), "");
}

CAF_TEST(a clock in doubt holds back what would go by its age) {
  days("20260909");
  now.clock_doubt = "it was set";
  auto p = plan();
  CAF_CHECK(p.deletions.empty());
  CAF_CHECK_EQUAL(p.held_because, "it was set");
  CAF_CHECK(p.held_bytes > 0);
}

CAF_TEST(a disk under pressure loses what is backed up and oldest) {
  days("20260911");
  now.backups.erase(day_of("20260912"));
  now.anomalies = {day_of("20260911")};
  now.clock_doubt = "it was set"; // ages are not asked for
  fill(89);
  CAF_CHECK(plan().deletions.empty());
  CAF_CHECK(plan().level == disk_level::warn);
  fill(90); // 40 bytes of 800 are to be won
  CAF_CHECK_EQUAL(planned(), "scalp/20260913_10.jsonl pressure\n"
                             "quarantine/20260913.jsonl pressure\n"
                             "system/20260913.jsonl pressure\n");
  fill(95);
  CAF_CHECK_EQUAL(planned(), "scalp/20260913_10.jsonl pressure\n"
                             "quarantine/20260913.jsonl pressure\n"
                             "system/20260913.jsonl pressure\n"
                             "scalp/20260911_10.jsonl pressure\n"
                             "quarantine/20260911.jsonl pressure\n"
                             "system/20260911.jsonl pressure\n");
  CAF_CHECK(!plan().nothing_more);
  fill(99);
  CAF_CHECK(plan().nothing_more);
}

CAF_TEST(under pressure what has no backup goes last and only if it may) {
  days("20260912");
  now.backups.erase(day_of("20260912"));
  fill(99);
  CAF_CHECK_EQUAL(planned().find("20260912"), std::string::npos);
  rules.without_backup = true;
  auto p = plan();
  CAF_CHECK_EQUAL(p.deletions.at(0).day, day_of("20260913"));
  CAF_CHECK_EQUAL(p.deletions.back().day, day_of("20260912"));
}

CAF_TEST(percentages are exact at their bounds) {
  retention_rules r;
  CAF_CHECK_EQUAL((disk_fill{100, 1000}).percent(), 90);
  CAF_CHECK_EQUAL((disk_fill{101, 1000}).percent(), 90);
  CAF_CHECK_EQUAL((disk_fill{0, 1000}).percent(), 100);
  CAF_CHECK_EQUAL((disk_fill{1000, 1000}).percent(), 0);
  CAF_CHECK((disk_fill{0, 0}).level(r) == disk_level::unknown);
  CAF_CHECK((disk_fill{UINT64_MAX, 1ULL << 60}).level(r) == disk_level::fine);
}

CAF_TEST(the day of a full disk is told from the last week) {
  days("20260907");
  auto found = survey();
  uint64_t a_day = found.days.at(0).on_disk();
  auto today = now.today;
  CAF_CHECK_EQUAL(day_of_full_disk(found, {10 * a_day, 100 * a_day}, today)
                    .value_or(0),
                  today + 10);
  CAF_CHECK(!day_of_full_disk(found, {1'000 * a_day, 2'000 * a_day}, today));
  CAF_CHECK(!day_of_full_disk(found, {10, 100}, today + 100));
}

// -- of any catalogue -------------------------------------------------------------

namespace {

struct made_up {
  day_catalogue catalogue;
  retention_rules rules;
  retention_situation now;
};

made_up make_up(uint64_t seed) {
  std::mt19937_64 random{seed};
  auto upto = [&](uint64_t n) { return random() % n; };
  made_up out;
  out.now.today = 20'000 + static_cast<int64_t>(upto(3)) - 1;
  out.rules.raw_days = 1 + static_cast<int64_t>(upto(4));
  out.rules.anomaly_days = out.rules.raw_days + static_cast<int64_t>(upto(4));
  out.rules.max_days = out.rules.anomaly_days + static_cast<int64_t>(upto(4));
  out.rules.without_backup = upto(5) == 0;
  if (upto(4) == 0)
    out.now.clock_doubt = "it is";
  if (upto(2) == 0)
    out.now.disk = disk_fill{upto(40'000), 100'000};
  for (int64_t day = 19'980; day < 20'003; ++day) {
    if (upto(4) == 0)
      continue;
    archive_day d{day, {}};
    for (auto data : all_datasets)
      for (uint64_t i = upto(3); i > 0; --i) {
        catalogued_file f;
        f.name = fmt::format("{}/{}_{}", to_string(data), day, i);
        f.data = data;
        f.day = day;
        f.form = static_cast<day_form>(upto(4));
        f.sealed = upto(6) != 0;
        f.odd = upto(12) == 0 ? "odd" : "";
        f.lines = upto(3);
        f.bytes = 1 + upto(2'000);
        f.sha256 = f.name;
        f.manifest_bytes = 10;
        f.manifest_sha256 = f.name + "m";
        if (f.form == day_form::plain || f.form == day_form::both)
          f.plain_bytes = f.bytes;
        if (f.form == day_form::compressed || f.form == day_form::both)
          f.compressed_bytes = 1 + f.bytes / 10;
        if (upto(2) == 0)
          f.sessions = {upto(20)};
        f.of_this_run = upto(20) == 0;
        d.files.push_back(f);
      }
    proven_backup backup{"target", 1, {}};
    for (auto& f : d.files) {
      if (upto(3) != 0)
        backup.copies.push_back({f.name, f.bytes + (upto(9) == 0 ? 1 : 0),
                                 upto(9) == 0 ? "other" : f.sha256, {}});
      if (upto(3) != 0)
        backup.copies.push_back({f.name + ".zst", f.compressed_bytes, "zst",
                                 upto(9) == 0 ? "other" : f.sha256});
      if (upto(3) != 0)
        backup.copies.push_back({f.name + ".manifest.json", f.manifest_bytes,
                                 f.manifest_sha256, {}});
    }
    if (upto(4) != 0)
      out.now.backups.emplace(day, std::move(backup));
    if (upto(3) == 0)
      out.now.anomalies.insert(day);
    out.catalogue.days.push_back(std::move(d));
  }
  return out;
}

const catalogued_file* file_of(const day_catalogue& c, std::string name) {
  for (std::string_view suffix : {".manifest.json", ".zst"})
    if (name.ends_with(suffix))
      name.resize(name.size() - suffix.size());
  return c.find(name);
}

/// The catalogue once the plan was carried out.
day_catalogue carried_out(day_catalogue c, const retention_plan& plan) {
  for (auto& x : plan.deletions)
    for (auto& d : c.days)
      std::erase_if(d.files, [&](catalogued_file& f) {
        if (x.name == f.plain_name())
          f.plain_bytes = 0;
        else if (x.name == f.compressed_name())
          f.compressed_bytes = 0;
        else
          return x.name == f.name + ".manifest.json";
        f.form = f.plain_bytes > 0        ? day_form::plain
                 : f.compressed_bytes > 0 ? day_form::compressed
                                          : day_form::away;
        return false;
      });
  return c;
}

} // namespace

CAF_TEST(no plan of any catalogue has a file that is to stay) {
  uint64_t by_age = 0, by_pressure = 0, manifests = 0;
  for (uint64_t seed = 1; seed <= 1'500; ++seed) {
    auto m = make_up(seed);
    auto plan = plan_retention(m.catalogue, m.rules, m.now);
    auto wrong = [&](const planned_deletion& d, const char* why) {
      CAF_FAIL("seed " << seed << ": " << d.name << " " << why);
    };
    std::set<std::string> names;
    for (auto& d : plan.deletions) {
      auto f = file_of(m.catalogue, d.name);
      if (f == nullptr || !f->sealed || !f->odd.empty())
        wrong(d, "is not ours, or open, or odd");
      if (f->day >= m.now.today || f->day == m.catalogue.newest_tick_day())
        wrong(d, "is of today, or the newest");
      auto at = m.now.backups.find(f->day);
      auto manifest = d.name.ends_with(".manifest.json");
      if (!m.rules.without_backup
          && (at == m.now.backups.end()
              || !(manifest ? has_manifest(at->second, *f)
                            : has_lines(at->second, *f))))
        wrong(d, "is in no backup");
      if (d.why != deletion_reason::pressure && !m.now.clock_doubt.empty())
        wrong(d, "goes by a clock in doubt");
      if (d.why == deletion_reason::pressure
          && (!m.now.disk || m.now.disk->percent() < m.rules.act_percent))
        wrong(d, "goes without need");
      if (manifest && (f->of_this_run || m.now.today - f->day < m.rules.max_days))
        wrong(d, "is a manifest that is needed");
      if (manifest)
        for (auto s : f->sessions)
          for (auto& later : m.catalogue.days)
            for (auto& g : later.files)
              if (g.day > f->day
                  && std::find(g.sessions.begin(), g.sessions.end(), s)
                       != g.sessions.end())
                wrong(d, "is gone on with later");
      if (!names.insert(d.name).second)
        wrong(d, "goes twice");
      by_age += d.why != deletion_reason::pressure ? 1 : 0;
      by_pressure += d.why == deletion_reason::pressure ? 1 : 0;
      manifests += manifest ? 1 : 0;
    }
    // By age the oldest first; under pressure what has no backup last.
    for (size_t i = 1; i < plan.deletions.size(); ++i) {
      auto& a = plan.deletions[i - 1];
      auto& b = plan.deletions[i];
      if (b.why != deletion_reason::pressure && b.day < a.day)
        wrong(b, "comes too late");
      if (a.why == deletion_reason::pressure
          && (b.why != deletion_reason::pressure
              || (a.backup.empty() && !b.backup.empty())))
        wrong(b, "comes too late");
    }
    // The same again; and once it is done, nothing of it.
    auto again = plan_retention(m.catalogue, m.rules, m.now);
    CAF_CHECK(again.deletions.size() == plan.deletions.size());
    auto after = carried_out(m.catalogue, plan);
    for (auto& d : plan_retention(after, m.rules, m.now).deletions)
      if (names.contains(d.name))
        wrong(d, "is planned again when it is gone");
  }
  CAF_MESSAGE("by age " << by_age << ", by pressure " << by_pressure
                        << ", manifests " << manifests);
  CAF_CHECK(by_age > 100);
  CAF_CHECK(by_pressure > 100);
  CAF_CHECK(manifests > 10);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
