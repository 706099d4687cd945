#define CAF_SUITE simulation_archives
#include "simulation/world.hpp"

#include "test.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "actors/archive/days_fixture.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulation;

// The whole daemon with an archive whose parts fail at random, under kills and
// power cuts: what is recorded is as without one, and nothing is deleted that no
// verified backup has.

namespace {

constexpr int64_t second_us = us_per_second;

struct archived_life {
  explicit archived_life(uint64_t seed) : random(seed) {
    world_config c;
    c.seed = seed;
    c.market.symbols = 3;
    c.market.rate = 2;
    c.identity_at_each_message = false;
    c.archive = [this](world& w) { return work(w); };
    life = std::make_unique<world>(c);
    put_past();
  }

  bool chance(int of_a_hundred) {
    return random() % 100 < static_cast<uint64_t>(of_a_hundred);
  }

  /// A week of closed days, as an earlier run left them.
  void put_past() {
    days.fs = life->files;
    for (auto date : {"20260907", "20260908", "20260909", "20260910",
                      "20260911", "20260912", "20260913"}) {
      put("scalp/" + std::string{date} + "_10.jsonl", 2'000);
      put("system/" + std::string{date} + ".jsonl", 300);
    }
  }
  void put(const std::string& name, size_t bytes) {
    auto text = std::string(bytes, 'x') + name + "\n";
    life->files->put("/data/" + name, text);
    manifest m;
    m.file = name.substr(name.find('/') + 1);
    m.dataset = name.substr(0, name.find('/'));
    m.lines = 1;
    m.bytes = text.size();
    m.sha256 = days_test::hash_of(text);
    m.streams.push_back({"old-s1", 3, "H0STCNT0", "005930", 1, 1, 1, {}, 0, {}});
    life->files->put("/data/" + name + ".manifest.json", to_json(m));
    lines[name] = m.sha256;
  }

  archive_work work(world&) {
    archive_work out;
    out.compress = [this](file_system& fs, const std::string& dir,
                          const std::string& name, const go_on_function&)
      -> result<compression> {
      // What this world recorded it reads back itself, as it was written.
      if (!lines.contains(name) || chance(30))
        return problem{"compression: no luck (errno 5)"};
      auto got = fs.read(dir + "/" + name, 0, 1 << 20);
      if (got.problem)
        return problem{got.problem->text()};
      auto path = dir + "/" + name + ".zst";
      static_cast<void>(fs.remove(path));
      auto made = fs.create(path);
      if (made.problem)
        return problem{made.problem->text()};
      auto bytes = std::string{"\x28\xb5\x2f\xfd", 4} + got.bytes.substr(0, 90);
      if (made.file->write(bytes) || made.file->sync())
        return problem{"compression: no room (errno 28)"};
      made.file.reset();
      auto folder = path.substr(0, path.rfind('/'));
      if (fs.sync_directory(folder) || fs.remove(dir + "/" + name)
          || fs.sync_directory(folder))
        return problem{"compression: the folder (errno 5)"};
      return compression{got.bytes.size(), bytes.size()};
    };
    out.back_up = [this](file_system& fs, const std::string& dir,
                         const std::string& date, const go_on_function&)
      -> result<std::string> {
      if (chance(30))
        return problem{"target: unreachable (errno 113)"};
      proven_backup made{"a target", 1, {}};
      for (std::string folder : {"scalp", "system"}) {
        auto listed = fs.list(dir + "/" + folder);
        for (auto& entry : listed.names)
          if (entry.starts_with(date) && !entry.ends_with(".tmp")) {
            auto name = folder + "/" + entry;
            auto got = fs.read(dir + "/" + name, 0, 1 << 24);
            proven_copy copy{name, got.bytes.size(),
                             days_test::hash_of(got.bytes), {}};
            if (name.ends_with(".zst"))
              copy.plain_sha256 = lines[name.substr(0, name.size() - 4)];
            // A byte that the target corrupted.
            if (chance(5))
              copy.sha256 = copy.plain_sha256 = "something else";
            made.copies.push_back(std::move(copy));
          }
      }
      // What it proved once and is no longer here stays in it.
      for (auto& c : verified[date].copies)
        if (std::none_of(made.copies.begin(), made.copies.end(),
                         [&](auto& x) { return x.name == c.name; }))
          made.copies.push_back(c);
      verified[date] = made;
      return std::string{"made"};
    };
    out.read_backup = [this](file_system&, const std::string&,
                             const std::string& date)
      -> result<std::optional<proven_backup>> {
      if (chance(5))
        return problem{"the record cannot be read"};
      auto at = verified.find(date);
      return at == verified.end() ? std::optional<proven_backup>{}
                                  : std::optional{at->second};
    };
    out.confirm_backup = [this](file_system&, const std::string&,
                                const std::string& date, const go_on_function&)
      -> result<std::string> {
      if (chance(20))
        return problem{"target: unreachable (errno 113)"};
      // Somebody emptied it: then what is gone is gone, and no more may go.
      if (chance(5))
        return date + " is not there";
      confirmed.insert(date);
      return std::string{};
    };
    out.plain_sha256 = [this](file_system&, const std::string&,
                              const std::string& name, const go_on_function&)
      -> result<std::string> {
      return lines[name.substr(0, name.size() - 4)];
    };
    return out;
  }

  /// What is gone must be in a backup, of other days than the last three, and
  /// its manifest must be there.
  void check() {
    for (auto& [name, hash] : lines) {
      auto path = "/data/" + name;
      if (life->files->exists(path) || life->files->exists(path + ".zst"))
        continue;
      gone.insert(name);
      auto date = name.substr(name.find('/') + 1, 8);
      auto& copies = verified[date].copies;
      auto proven = std::any_of(copies.begin(), copies.end(), [&](auto& c) {
        return (c.name == name && c.sha256 == hash)
               || (c.name == name + ".zst" && c.plain_sha256 == hash);
      });
      if (!confirmed.contains(date))
        problems += name + " is gone and its target was not asked; ";
      if (!proven)
        problems += name + " is gone and in no backup; ";
      if (date >= "20260912" || !name.starts_with("scalp"))
        problems += name + " is gone before its time; ";
      if (!life->files->exists(path + ".manifest.json"))
        problems += name + " is gone with its manifest; ";
    }
  }

  void live() {
    for (int i = 0; i < 8; ++i) {
      if (!life->running() && !life->start())
        continue;
      life->pass(static_cast<int64_t>(30 + random() % 120) * second_us);
      check();
      if (chance(25))
        life->kill_process();
      else if (chance(20))
        life->cut_power();
      else if (chance(25))
        life->kill_actor("archiver");
      else if (chance(20))
        life->clock->set(life->clock->now_us()
                         + (chance(50) ? 365 : -365) * us_per_day);
      check();
    }
    if (life->running())
      life->stop();
    check();
    for (auto& f : life->findings)
      problems += f + "; ";
  }

  std::mt19937_64 random;
  std::unique_ptr<world> life;
  days_test::data_directory days;
  std::map<std::string, std::string> lines;
  std::map<std::string, proven_backup> verified;
  std::set<std::string> gone, confirmed;
  std::string problems;
};

} // namespace

CAF_TEST(an archive that fails at random loses nothing and holds up nobody) {
  size_t gone = 0, backups = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    archived_life a{seed};
    a.live();
    if (!a.problems.empty())
      CAF_ERROR("seed " << seed << ": " << a.problems);
    gone += a.gone.size();
    backups += a.verified.size();
  }
  CAF_MESSAGE(gone << " files deleted, " << backups << " days backed up");
  CAF_CHECK(gone > 20);
  CAF_CHECK(backups > 50);
}

} // namespace CAF_SUITE
