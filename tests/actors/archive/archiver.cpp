#define CAF_SUITE actors_archive_archiver
#include "actors/archive/archiver.hpp"

#include "test.hpp"

#include <cerrno>

#include "actors/archive/days_fixture.hpp"
#include "support/spawn_bare.hpp"
#include "support/test_disks.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::days_test;
using namespace observer::test;
using namespace std::chrono_literals;

namespace {

int64_t at(const std::string& day_and_time) {
  return parse_timestamp(day_and_time + ":00.000000+09:00").value();
}

/// An archiver over a file system in memory, with others' work made up: a
/// compression that halves, a backup that notes what is there.
struct fixture : test_coordinator_fixture<>, data_directory {
  fixture() {
    clock->us = at("2026-09-14T22:00");
    config.data_dir = "data";
    config.run_id = "run-of-now";
    config.clock = clock;
    config.files = fs;
    config.worker = worker;
    config.health = health;
    config.memory = memory;
    config.work.compress = [this](file_system&, const std::string&,
                                  const std::string& name,
                                  const go_on_function&)
      -> result<compression> {
      compressions.push_back(name);
      if (compress_fails || name == damaged)
        return problem{name + ": write failed (errno 5)"};
      compress(name);
      return compression{100, 50};
    };
    config.work.back_up = [this](file_system&, const std::string&,
                                 const std::string& date,
                                 const go_on_function&)
      -> result<std::string> {
      rounds.push_back(date);
      if (backup_fails)
        return problem{"target: no route (errno 113)"};
      if (date == hopeless)
        return problem{date + ": another one is there"};
      backups[date] = data_directory::back_up(date);
      backups[date].verified_at_us = clock->us;
      emptied.erase(date);
      return std::string{"3 files"};
    };
    config.work.read_backup = [this](file_system&, const std::string&,
                                     const std::string& date)
      -> result<std::optional<proven_backup>> {
      auto found = backups.find(date);
      return found == backups.end() ? std::optional<proven_backup>{}
                                    : std::optional{found->second};
    };
    config.work.confirm_backup = [this](file_system&, const std::string&,
                                        const std::string& date,
                                        const go_on_function&)
      -> result<std::string> {
      asked.push_back(date);
      if (freed > 0)
        fs->free_bytes = freed;
      if (target_is_away)
        return problem{"target: not mounted"};
      return std::string{emptied.contains(date) ? date + " is not there" : ""};
    };
    config.retention.without_backup = false;
    fs->total_bytes = 0; // its fill is unknown
  }
  ~fixture() {
    kill(handle);
    kill(writer);
    sched.run();
    worker->queue.clear();
  }

  template <class Handle>
  void kill(const Handle& h) {
    if (h)
      caf::anon_send_exit(h, caf::exit_reason::kill);
  }

  void start() {
    handle = sys.spawn(archiver, config);
    sched.run();
    // Takes lines; they are durable when the test says so.
    auto takes = [this](journal_writer_actor::pointer)
      -> journal_writer_actor::behavior_type {
      return {
        [this](const line_batch_ptr& b, const producer_actor& from) {
          batches.emplace_back(b, from);
          if (acknowledges)
            acknowledge();
        },
        [](const disk_job_done_ptr&) {},
        [](const rotate&) {},
        [](const commit_due&) {},
        [](const seal_due&) {},
      };
    };
    writer = spawn_bare(sys, takes);
    caf::anon_send(handle, child_started{"system_writer",
                                         caf::actor_cast<caf::actor>(writer),
                                         1});
    sched.run();
  }
  void acknowledge() {
    for (auto& [b, from] : batches) {
      told += b->text;
      caf::anon_send(from, persisted{b->data, b->session->number, b->first_seq,
                                     b->last_seq(), nullptr});
    }
    batches.clear();
  }

  /// Time passes; the archive's disk works at once.
  void pass(std::chrono::minutes time) {
    for (auto left = 6 * time.count(); left > 0; --left) {
      step();
      work_off();
    }
  }
  void step() {
    clock->us += 10 * us_per_second;
    sched.advance_time(10s);
    sched.run();
  }
  void work_off() {
    while (worker->run_one())
      sched.run();
  }

  void day(const std::string& date) {
    seal("scalp/" + date + "_10.jsonl", "tick of " + date + "\n", "of " + date);
    seal("system/" + date + ".jsonl", "event of " + date + "\n", "of " + date);
  }
  void days(const std::string& first, const std::string& last) {
    for (auto d = day_of(first); d <= day_of(last); ++d)
      day(date_of_korean_day(d));
  }
  bool there(const std::string& name) const {
    return fs->exists("data/" + name);
  }
  bool says(const std::string& words) const {
    return told.find(words) != std::string::npos;
  }
  archive_view view() const {
    return memory->board->view();
  }

  const archiver_state& state() {
    using base = archiver_actor::stateful_base<archiver_state>;
    return deref<base>(handle).state;
  }

  std::shared_ptr<fake_clock> clock = std::make_shared<fake_clock>();
  std::shared_ptr<manual_disk> worker = std::make_shared<manual_disk>();
  std::shared_ptr<storage_health> health = std::make_shared<storage_health>();
  std::shared_ptr<archiver_memory> memory = std::make_shared<archiver_memory>(
    std::make_shared<const session_info>(session_info{"run-of-now-s0", 0}));
  archiver_config config;
  archiver_actor handle;
  journal_writer_actor writer;
  std::vector<std::pair<line_batch_ptr, producer_actor>> batches;
  bool acknowledges = true, compress_fails = false, backup_fails = false;
  std::string told;
  bool target_is_away = false;
  /// So much is free once the target was asked.
  uint64_t freed = 0;
  std::string hopeless, damaged;
  std::vector<std::string> compressions, rounds, asked;
  std::set<std::string> emptied;
  std::map<std::string, proven_backup> backups;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(archiver_tests, fixture)

CAF_TEST(closed files are compressed a day later and backed up and told) {
  days("20260912", "20260913");
  seal("scalp/20260914_10.jsonl", "of this morning\n");
  start();
  pass(20min);
  CAF_CHECK(there("scalp/20260912_10.jsonl.zst"));
  CAF_CHECK(!there("scalp/20260912_10.jsonl"));
  CAF_CHECK(there("scalp/20260914_10.jsonl"));
  CAF_CHECK(says("\"event\":\"compressed\""));
  CAF_CHECK(says("\"event\":\"backed_up\",\"detail\":\"20260912"));
  CAF_CHECK(backups.contains("20260913"));
  CAF_CHECK(!backups.contains("20260914")); // it is not over
  auto v = view();
  CAF_CHECK(v.surveyed);
  CAF_CHECK_EQUAL(v.pending_days, 0u);
  CAF_CHECK_EQUAL(v.backed_up_day, "20260913");
  CAF_CHECK(v.compressed_files >= 3);
  CAF_CHECK_EQUAL(v.errors, 0u);
  CAF_CHECK(v.doing.empty());
  pass(180min); // past midnight
  CAF_CHECK(backups.contains("20260914"));
  CAF_CHECK_EQUAL(view().errors, 0u);
}

CAF_TEST(old days go once they are backed up and their manifests stay) {
  days("20260908", "20260914");
  config.compress = false;
  start();
  pass(20min);
  for (auto gone : {"20260908", "20260909"}) {
    CAF_CHECK(!there("scalp/" + std::string{gone} + "_10.jsonl"));
    CAF_CHECK(there("scalp/" + std::string{gone} + "_10.jsonl.manifest.json"));
    CAF_CHECK(there("system/" + std::string{gone} + ".jsonl"));
  }
  CAF_CHECK(there("scalp/20260910_10.jsonl")); // two days an hour
  CAF_CHECK(says("\"event\":\"deleted\",\"detail\":\"scalp/20260908_10"));
  CAF_CHECK(says("it is in a folder"));
  pass(70min);
  CAF_CHECK(!there("scalp/20260911_10.jsonl"));
  CAF_CHECK(there("scalp/20260912_10.jsonl"));
  CAF_CHECK_EQUAL(view().deleted_files, 4u);
}

CAF_TEST(a file goes only when the event that says so is durable) {
  days("20260909", "20260914");
  config.compress = false;
  acknowledges = false;
  start();
  pass(30min);
  CAF_CHECK(there("scalp/20260909_10.jsonl"));
  acknowledges = true;
  acknowledge();
  sched.run();
  CAF_CHECK(says("deleted"));
  CAF_CHECK(there("scalp/20260909_10.jsonl"));
  work_off();
  CAF_CHECK(!there("scalp/20260909_10.jsonl"));
}

CAF_TEST(a disk too full for an event loses what is backed up) {
  days("20260909", "20260914");
  config.compress = false;
  acknowledges = false;
  start();
  pass(30min);
  CAF_CHECK(there("scalp/20260909_10.jsonl"));
  health->report(dataset::system, cause::disk_full, "no space");
  pass(1min);
  CAF_CHECK(!there("scalp/20260909_10.jsonl"));
}

CAF_TEST(without a target nothing goes and it is told once a day) {
  days("20260909", "20260914");
  config.work.back_up = nullptr;
  config.compress = false;
  start();
  pass(60min);
  CAF_CHECK(there("scalp/20260909_10.jsonl"));
  CAF_CHECK(says("there is no backup target"));
  auto at = told.find("not_deleted");
  CAF_CHECK(told.find("not_deleted", at + 1) == told.npos);
  CAF_CHECK(!view().has_target);
  CAF_CHECK(view().due_unbacked_bytes > 0);
  clock->us += 24 * us_per_hour;
  pass(20min);
  CAF_CHECK(told.find("not_deleted", at + 1) != told.npos);
}

CAF_TEST(a backup that fails is tried after five and fifteen minutes) {
  days("20260912", "20260913");
  backup_fails = true;
  start();
  pass(2min);
  CAF_CHECK_EQUAL(rounds.size(), 2u);
  CAF_CHECK(says("\"event\":\"backup_failed\",\"cause\":\"io_error\""));
  CAF_CHECK_EQUAL(view().errors, 2u);
  CAF_CHECK(view().trouble.find("no route") != std::string::npos);
  pass(3min);
  CAF_CHECK_EQUAL(rounds.size(), 2u);
  pass(2min);
  CAF_CHECK_EQUAL(rounds.size(), 4u);
  backup_fails = false;
  pass(12min);
  CAF_CHECK_EQUAL(rounds.size(), 6u);
  CAF_CHECK(backups.contains("20260912"));
  CAF_CHECK(backups.contains("20260913"));
  CAF_CHECK(view().trouble.empty());
}

CAF_TEST(a target that ails is left alone after two days) {
  days("20260908", "20260913");
  backup_fails = true;
  start();
  pass(2min);
  CAF_CHECK_EQUAL(rounds.size(), 2u);
  pass(5min);
  CAF_CHECK_EQUAL(rounds.size(), 4u);
}

CAF_TEST(a day that cannot be backed up holds up no other) {
  days("20260908", "20260913");
  hopeless = "20260908";
  start();
  pass(20min);
  for (auto day : {"20260909", "20260910", "20260911", "20260912", "20260913"})
    CAF_CHECK(backups.contains(day));
  CAF_CHECK(there("scalp/20260908_10.jsonl.zst"));
  CAF_CHECK_EQUAL(view().oldest_pending_day, "20260908");
  CAF_CHECK(view().trouble.find("20260908") != std::string::npos);
  hopeless.clear();
  pass(80min);
  CAF_CHECK(backups.contains("20260908"));
  CAF_CHECK_EQUAL(view().trouble, "");
}

CAF_TEST(a backup that is gone from its target counts no longer) {
  days("20260908", "20260914");
  config.compress = false;
  for (auto day : {"20260908", "20260909", "20260910", "20260911", "20260912",
                   "20260913"})
    backups[day] = data_directory::back_up(day);
  emptied = {"20260908"};
  start();
  pass(20min);
  CAF_CHECK(there("scalp/20260908_10.jsonl"));
  CAF_CHECK(!there("scalp/20260909_10.jsonl"));
  CAF_CHECK(!says("deleted\",\"detail\":\"scalp/20260908"));
  CAF_CHECK(says("not deleted: 20260908 is not there"));
  CAF_CHECK_EQUAL(view().oldest_pending_day, "20260908");
  clock->us += 24 * us_per_hour; // the next round
  pass(70min);
  CAF_CHECK(emptied.empty()); // it was made again
  CAF_CHECK_EQUAL(view().pending_days, 0u);
}

CAF_TEST(a target that does not answer confirms nothing) {
  days("20260908", "20260914");
  config.compress = false;
  target_is_away = true;
  start();
  pass(20min);
  CAF_CHECK(there("scalp/20260908_10.jsonl"));
  CAF_CHECK_EQUAL(asked.size(), 1u);
  CAF_CHECK_EQUAL(view().pending_days, 0u); // they may well be there
  CAF_CHECK(view().trouble.find("not mounted") != std::string::npos);
  target_is_away = false;
  pass(70min);
  CAF_CHECK(!there("scalp/20260908_10.jsonl"));
  CAF_CHECK_EQUAL(view().trouble, "");
}

CAF_TEST(without a target also what an earlier one has stays) {
  days("20260908", "20260914");
  config.compress = false;
  for (auto day : {"20260908", "20260909", "20260910", "20260911", "20260912",
                   "20260913"})
    backups[day] = data_directory::back_up(day);
  config.work.back_up = nullptr;
  config.work.confirm_backup = nullptr;
  start();
  pass(20min);
  CAF_CHECK(there("scalp/20260908_10.jsonl"));
  CAF_CHECK(says("there is no backup target"));
}

CAF_TEST(a file that stays damaged is told until it is not) {
  days("20260912", "20260913");
  damaged = "scalp/20260912_10.jsonl";
  start();
  pass(50min); // the others succeeded since
  CAF_CHECK(there("scalp/20260913_10.jsonl.zst"));
  CAF_CHECK(view().trouble.find(damaged) != std::string::npos);
  damaged.clear();
  pass(70min);
  CAF_CHECK(there("scalp/20260912_10.jsonl.zst"));
  CAF_CHECK_EQUAL(view().trouble, "");
}

CAF_TEST(a day whose backup fails three times is one with anomalies) {
  days("20260912", "20260913");
  backup_fails = true;
  start();
  pass(10min);
  CAF_CHECK(!read_day_notes(*fs, "data", day_of("20260912"))->is_anomaly());
  pass(10min);
  CAF_CHECK_EQUAL(read_day_notes(*fs, "data", day_of("20260912"))->why(),
                  "its backup failed 3 times");
  pass(120min);
  CAF_CHECK_EQUAL(read_day_notes(*fs, "data", day_of("20260912"))->why(),
                  "its backup failed 3 times");
}

CAF_TEST(a file that cannot be compressed stops no other and is tried hourly) {
  days("20260912", "20260913");
  compress_fails = true;
  start();
  pass(40min);
  CAF_CHECK_EQUAL(compressions.size(), 3u); // four, less today's system journal
  CAF_CHECK(backups.contains("20260913"));
  compress_fails = false;
  pass(60min);
  CAF_CHECK(there("scalp/20260913_10.jsonl.zst"));
}

CAF_TEST(a disk without room for a copy is told once an hour) {
  days("20260901", "20260913");
  config.work.compress = [this](file_system&, const std::string&,
                                const std::string& name, const go_on_function&)
    -> result<compression> {
    compressions.push_back(name);
    return problem{name + ": 5 bytes are free, and 9 are wanted (errno 28)"};
  };
  start();
  pass(50min);
  CAF_CHECK_EQUAL(compressions.size(), 1u);
  CAF_CHECK(says("\"event\":\"archive_failed\",\"cause\":\"disk_full\""));
  CAF_CHECK(view().trouble.find("are wanted") != std::string::npos);
  CAF_CHECK(backups.contains("20260913"));
  pass(60min);
  CAF_CHECK_EQUAL(compressions.size(), 2u);
}

CAF_TEST(no event of a busy pass is lost) {
  days("20260801", "20260831");
  days("20260901", "20260913");
  acknowledges = false;
  start();
  pass(20min);
  acknowledges = true;
  acknowledge();
  pass(1min);
  size_t n = 0;
  for (size_t at = 0; (at = told.find("\"event\":\"compressed\"", at)) != told.npos;
       ++at)
    ++n;
  CAF_CHECK_EQUAL(n, compressions.size());
  CAF_CHECK(n > 80);
}

CAF_TEST(a job that hangs is told and holds up the archive alone) {
  days("20260912", "20260913");
  start();
  for (int i = 0; i < 6 * 45; ++i)
    step(); // and the disk does nothing
  CAF_CHECK_EQUAL(worker->queue.size(), 1u);
  CAF_CHECK(view().hangs);
  CAF_CHECK(says("it has not come back for 30 min"));
  auto first = told.find("has not come back");
  CAF_CHECK(told.find("has not come back", first + 1) == told.npos);
  caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK(memory->stopping);
  handle = nullptr; // it has ended, and the job finds nobody
  work_off();
  CAF_CHECK(compressions.empty());
}

CAF_TEST(a writer with trouble comes first) {
  days("20260912", "20260913");
  health->report(dataset::scalp, cause::io_error, "a disk is ill");
  start();
  pass(30min);
  CAF_CHECK(compressions.empty());
  CAF_CHECK(rounds.empty());
  health->report(dataset::scalp, cause::none, "");
  pass(30min);
  CAF_CHECK(!compressions.empty());
}

CAF_TEST(an archiver that died goes on where its files are) {
  days("20260908", "20260914");
  start();
  for (int life = 0; life < 40; ++life) {
    for (int i = 0; i < 12; ++i) {
      step();
      worker->run_one();
      sched.run();
    }
    kill(handle);
    kill(writer);
    sched.run();
    start();
  }
  pass(180min);
  CAF_CHECK(!there("scalp/20260910_10.jsonl.zst"));
  CAF_CHECK(there("scalp/20260912_10.jsonl.zst"));
  CAF_CHECK_EQUAL(view().pending_days, 0u);
  CAF_CHECK(backups.contains("20260908"));
}

CAF_TEST(a clock that the exchange calls wrong deletes nothing by age) {
  days("20260909", "20260914");
  auto wrong = true;
  config.clock_is_wrong = [&] { return wrong; };
  start();
  pass(120min);
  CAF_CHECK_EQUAL(view().deleted_files, 0u);
  CAF_CHECK(view().held_because.find("exchange") != std::string::npos);
  wrong = false;
  pass(60min);
  CAF_CHECK(view().deleted_files > 0);
}

CAF_TEST(a clock that was set a year ahead deletes nothing for a day) {
  days("20260911", "20260914");
  start();
  pass(20min);
  auto before = fs->files().size();
  clock->set(clock->us + 365 * us_per_day);
  day("20270914"); // what a wrong clock names so
  pass(23h);
  CAF_CHECK(fs->files().size() >= before);
  for (auto date : {"20260912", "20260913", "20260914"})
    CAF_CHECK(there("scalp/" + std::string{date} + "_10.jsonl.zst"));
  CAF_CHECK(says("compressed"));
  pass(3h);
  // The doubt is over. What three later days of ticks bear witness for may go,
  // and what they do not stays.
  CAF_CHECK(there("scalp/20260913_10.jsonl.zst"));
  CAF_CHECK(there("scalp/20260914_10.jsonl.zst"));
  CAF_CHECK(there("system/20260911.jsonl.zst"));
}

CAF_TEST(a disk that fills is told and loses what is backed up before its time) {
  days("20260912", "20260914");
  config.compress = false;
  start();
  pass(20min); // backed up
  fs->total_bytes = 1'000;
  fs->free_bytes = 150;
  pass(11min);
  CAF_CHECK(says("\"event\":\"disk_pressure\",\"cause\":\"disk_full\""));
  CAF_CHECK(view().level == disk_level::warn);
  CAF_CHECK(there("scalp/20260912_10.jsonl"));
  fs->free_bytes = 90;
  pass(11min);
  CAF_CHECK(!there("scalp/20260912_10.jsonl"));
  CAF_CHECK(says("by pressure"));
  fs->free_bytes = 500;
  pass(11min);
  CAF_CHECK(says("disk_relieved"));
  CAF_CHECK(view().level == disk_level::fine);
}

CAF_TEST(what is shown of a disk is that after the deletions) {
  days("20260912", "20260914");
  config.compress = false;
  start();
  pass(20min); // backed up
  fs->total_bytes = 1'000;
  fs->free_bytes = 90;
  freed = 500;
  for (int i = 0; i < 120 && there("scalp/20260912_10.jsonl"); ++i) {
    step();
    work_off();
  }
  CAF_CHECK(!there("scalp/20260912_10.jsonl"));
  CAF_CHECK(view().level == disk_level::fine);
  auto seen = view();
  CAF_REQUIRE(seen.disk.has_value());
  CAF_CHECK_EQUAL(seen.disk->free_bytes, 500u);
}

CAF_TEST(under pressure files are compressed before their time) {
  seal("scalp/20260914_10.jsonl", "of this morning\n");
  fs->total_bytes = 1'000;
  fs->free_bytes = 50;
  start();
  pass(5min);
  CAF_CHECK(there("scalp/20260914_10.jsonl.zst"));
}

CAF_TEST(a day that is over is judged once and its anomalies are told) {
  day("20260911");
  std::string events;
  for (int i = 0; i < 25; ++i)
    for (auto what : {"connected", "disconnected"})
      events += R"({"timestamp":"2026-09-11T10:00:00.000000+09:00","event":")"
                + std::string{what} + "\"}\n";
  seal("system/20260911.jsonl", events);
  start();
  pass(30min);
  CAF_CHECK(says("\"event\":\"anomaly\",\"detail\":\"20260911: 25 disc"));
  CAF_CHECK(read_day_notes(*fs, "data", day_of("20260911"))->is_anomaly());
  auto first = told.find("25 disconnections");
  CAF_CHECK(told.find("25 disconnections", first + 1) == told.npos);
}

CAF_TEST(what somebody changed after its backup is not deleted) {
  days("20260909", "20260914");
  config.compress = false;
  for (auto d = day_of("20260909"); d <= day_of("20260914"); ++d)
    backups[date_of_korean_day(d)]
      = data_directory::back_up(date_of_korean_day(d));
  auto name = std::string{"data/scalp/20260909_10.jsonl"};
  auto text = fs->text(name);
  text[0] = 'T'; // of the same size
  fs->put(name, text);
  start();
  pass(30min);
  CAF_CHECK_EQUAL(fs->text(name), text);
  CAF_CHECK(!there("scalp/20260910_10.jsonl"));
  CAF_CHECK(says("is left alone"));
}

CAF_TEST(what cannot be deleted is planned in the place of no other) {
  days("20260906", "20260914");
  config.compress = false;
  for (auto d = day_of("20260906"); d <= day_of("20260914"); ++d)
    backups[date_of_korean_day(d)]
      = data_directory::back_up(date_of_korean_day(d));
  for (auto date : {"20260906", "20260907"})
    fs->put("data/scalp/" + std::string{date} + "_10.jsonl",
            "Tick of " + std::string{date} + "\n"); // of the same size
  start();
  pass(90min); // two days an hour
  CAF_CHECK(there("scalp/20260906_10.jsonl"));
  CAF_CHECK(there("scalp/20260907_10.jsonl"));
  CAF_CHECK(!there("scalp/20260908_10.jsonl"));
  CAF_CHECK(!there("scalp/20260909_10.jsonl"));
  CAF_CHECK(view().trouble.find("is left alone") != std::string::npos);
}

CAF_TEST(what cannot be deleted does not fill a disk) {
  days("20260912", "20260914");
  config.compress = false;
  std::string large(100, 'x');
  seal("scalp/20260912_09.jsonl", large, "of 20260912");
  for (auto date : {"20260912", "20260913"})
    backups[date] = data_directory::back_up(date);
  large[0] = 'y';
  fs->put("data/scalp/20260912_09.jsonl", large);
  fs->total_bytes = 1'000;
  fs->free_bytes = 100; // 50 too few
  start();
  pass(30min);
  CAF_CHECK(there("scalp/20260912_09.jsonl"));
  CAF_CHECK(!there("scalp/20260912_10.jsonl"));
}

CAF_TEST(what is left alone keeps its manifest) {
  days("20260901", "20260914");
  config.compress = false;
  for (auto d = day_of("20260901"); d <= day_of("20260914"); ++d)
    backups[date_of_korean_day(d)]
      = data_directory::back_up(date_of_korean_day(d));
  auto name = std::string{"data/scalp/20260901_10.jsonl"};
  auto text = fs->text(name);
  text[0] = 'T'; // of the same size
  fs->put(name, text);
  start();
  pass(30min);
  CAF_CHECK_EQUAL(fs->text(name), text);
  CAF_CHECK(there("scalp/20260901_10.jsonl.manifest.json"));
  CAF_CHECK(!there("system/20260901.jsonl"));
  CAF_CHECK(there("system/20260901.jsonl.manifest.json"));
  CAF_CHECK(!there("scalp/20260902_10.jsonl.manifest.json"));
}

CAF_TEST(a stop waits for its events and not for its disk) {
  days("20260912", "20260913");
  acknowledges = false;
  start();
  pass(5min);
  caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK(!memory->events.empty());
  acknowledge();
  sched.run();
  CAF_CHECK(memory->events.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
