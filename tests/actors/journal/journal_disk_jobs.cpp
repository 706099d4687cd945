#define CAF_SUITE actors_journal_journal_disk_jobs
#include "actors/journal/journal_fixture.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::journal_test;

// What the jobs leave on the disk, given by a writer as it lives.

CAF_TEST_FIXTURE_SCOPE(journal_disk_jobs_tests, fixture)

// -- files --------------------------------------------------------------------

CAF_TEST(each hour has its file and the old one is sealed after the linger) {
  at("10:59:59.900000");
  start_writer();
  add(1, 2);
  pass(200ms);
  add(1, 3);
  pass(5ms);
  CAF_CHECK_EQUAL(journal_files(), "20260914_10.jsonl 20260914_11.jsonl");
  pass(4s, 10ms);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "not sealed");
  pass(2s, 10ms);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "hour");
  CAF_CHECK_EQUAL(sealed_because("20260914_11.jsonl"), "not sealed");
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 2u);
  CAF_CHECK_EQUAL(lines_of("20260914_11.jsonl"), 3u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(lines of both hours may wait for one commit) {
  at("10:59:59.999000");
  start_writer();
  add(1, 2);
  add(2, 1);
  pass(2ms);
  add(1, 3);
  add(2, 1);
  pass(5ms);
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 3u);
  CAF_CHECK_EQUAL(lines_of("20260914_11.jsonl"), 4u);
  CAF_CHECK(all_acked());
}

CAF_TEST(a line that is later than the linger makes a part) {
  at("10:59:59.900000");
  start_writer();
  auto late = batch(1, 2, 1);
  give(batch(1, 1, 1));
  pass(7s, 10ms);
  give(late);
  pass(5ms);
  CAF_CHECK_EQUAL(acks(1), "1-1 in scalp/20260914_10.jsonl, "
                           "2-2 in scalp/20260914_10.1.jsonl");
  pass(2s, 10ms);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.1.jsonl"), "hour");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a second run in the same hour makes a part) {
  start_writer();
  add(1, 2);
  pass(5ms);
  stop_writer();
  start_new_run();
  add(1, 1);
  pass(5ms);
  CAF_CHECK_EQUAL(journal_files(), "20260914_10.1.jsonl 20260914_10.jsonl");
  stop_writer();
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(events and rejected records have a file a day) {
  for (auto data : {dataset::system, dataset::quarantine}) {
    config.data = data;
    config.memory = std::make_shared<writer_memory>();
    producers.clear();
    at("23:59:59.900000");
    start_writer();
    add(1, 2);
    pass(200ms);
    add(1, 1);
    pass(6s, 10ms);
    CAF_CHECK_EQUAL(journal_files(), "20260914.jsonl 20260915.jsonl");
    CAF_CHECK_EQUAL(sealed_because("20260914.jsonl"), "hour");
    CAF_CHECK_EQUAL(problems(), "");
    kill(writer);
    sched.run();
  }
}

// -- lives --------------------------------------------------------------------

CAF_TEST(a writer that dies is followed by one that knows what is on disk) {
  start_writer();
  give(batch(1, 1, 3));
  pass(5ms);
  restart_writer();
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "recovery");
  give(batch(1, 1, 3));
  give(batch(1, 4, 2));
  pass(5ms);
  CAF_CHECK_EQUAL(acks(1), "1-3 in scalp/20260914_10.jsonl, "
                           "1-3 in scalp/20260914_10.jsonl, "
                           "4-5 in scalp/20260914_10.1.jsonl");
  CAF_CHECK_EQUAL(records(), 5u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(lines that were never acknowledged come again after a crash) {
  start_writer();
  add(1, 2);
  restart_writer(); // before the commit
  pass(5ms);
  CAF_CHECK_EQUAL(acked(1), 2u);
  CAF_CHECK_EQUAL(records(), 2u);
}

CAF_TEST(a commit that outlives its writer is neither lost nor doubled) {
  use_manual_disk();
  start_writer();
  disk_works();
  add(1, 3);
  pass(5ms);
  restart_writer();
  CAF_CHECK_EQUAL(manual->queue.size(), 2u);
  disk_works(); // the commit of the dead
  CAF_CHECK_EQUAL(acked(1), 0u);
  disk_works(); // the recovery
  CAF_CHECK_EQUAL(acked(1), 3u);
  CAF_CHECK_EQUAL(records(), 3u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a job behind the recovery of the next life does nothing) {
  use_manual_disk();
  start_writer();
  disk_works();
  add(1, 3);
  pass(5ms);
  restart_writer();
  std::swap(manual->queue[0], manual->queue[1]);
  disk_works(); // the recovery
  auto before = fs->operations();
  disk_works(); // the commit of the dead
  CAF_CHECK_EQUAL(fs->operations(), before);
  pass(5ms);
  disk_works();
  CAF_CHECK_EQUAL(acked(1), 3u);
  CAF_CHECK_EQUAL(records(), 3u);
}

CAF_TEST(a stream may be silent for longer than files are looked at) {
  start_writer();
  give(batch(1, 1, 3));
  pass(5ms);
  clock->us += 5 * us_per_day;
  restart_writer();
  give(batch(1, 4, 2));
  pass(5ms);
  CAF_CHECK_EQUAL(from(1).resend_requests, 0);
  CAF_CHECK_EQUAL(from(1).acks.back().last_seq, 5u);
}

CAF_TEST(a torn last line is cut into the quarantine at start) {
  auto whole = batch(1, 1, 2)->text;
  fs->put("data/scalp/20260914_09.jsonl", whole + R"({"timestamp":"2026)");
  start_writer();
  CAF_CHECK_EQUAL(fs->text("data/scalp/20260914_09.jsonl"), whole);
  CAF_CHECK_EQUAL(sealed_because("20260914_09.jsonl"), "recovery");
  auto kept = fs->text("data/quarantine/20260914.jsonl");
  CAF_CHECK(kept.find(R"("reason":"torn_line")") != kept.npos);
  CAF_CHECK(kept.find(R"("raw":"{\"timestamp\":\"2026")") != kept.npos);
}

// -- failures -----------------------------------------------------------------

CAF_TEST(a failed sync ends the file at its last good offset) {
  start_writer();
  add(1, 2);
  pass(5ms);
  fs->fail_nth(fs_op::sync, 1, EIO);
  add(1, 3);
  pass(5ms);
  CAF_CHECK_EQUAL(acked(1), 5u);
  pass(1s, 10ms);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "failure");
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 2u);
  CAF_CHECK_EQUAL(lines_of("20260914_10.1.jsonl"), 3u);
  CAF_CHECK_EQUAL(problems(), "");
  CAF_CHECK(alive());
}

CAF_TEST(a failed write ends the file at its last good offset) {
  start_writer();
  add(1, 2);
  pass(5ms);
  fs->fail_nth(fs_op::write, 1, EIO);
  add(1, 3);
  pass(5ms);
  CAF_CHECK_EQUAL(acked(1), 5u);
  pass(1s, 10ms);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "failure");
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 2u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a file that failed empty leaves nothing behind) {
  start_writer();
  fs->fail_nth(fs_op::write, 1, EIO);
  add(1, 3);
  pass(5ms);
  CAF_CHECK_EQUAL(acked(1), 3u);
  CAF_CHECK_EQUAL(journal_files(), "20260914_10.jsonl");
}

CAF_TEST(lines of a file that cannot be cut are not written elsewhere) {
  start_writer();
  add(1, 2);
  pass(5ms);
  fs->fail_nth(fs_op::sync, 1, EIO);
  fs->fail_nth(fs_op::truncate, 1, EROFS, true);
  add(1, 3);
  pass(300ms);
  CAF_CHECK_EQUAL(acked(1), 2u);
  CAF_CHECK_EQUAL(journal_files(), "20260914_10.jsonl");
  fs->mend();
  pass(100ms);
  CAF_CHECK_EQUAL(acked(1), 5u);
  pass(1s, 10ms);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a full disk is not littered with parts) {
  start_writer();
  add(1, 2);
  pass(5ms);
  fs->fail_nth(fs_op::write, 1, ENOSPC, true);
  add(1, 3);
  pass(5s, 10ms);
  CAF_CHECK_EQUAL(journal_files(), "20260914_10.jsonl");
}

CAF_TEST(what was written before a failure is not written again) {
  at("10:59:59.999000");
  start_writer();
  add(1, 2);
  pass(2ms);
  add(1, 3);
  add(2, 1);
  fs->fail_nth(fs_op::create, 2, ENOSPC, true); // the file of eleven o'clock
  pass(5ms);
  CAF_CHECK_EQUAL(acks(1), "1-2 in scalp/20260914_10.jsonl");
  fs->mend();
  pass(200ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(problems(), "");
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 2u);
}

CAF_TEST(a clock that steps back over the hour changes no order) {
  at("11:00:00.001000");
  start_writer();
  add(1, 2);
  at("10:59:59.999000");
  add(1, 3);
  // The second file fails: of the first records alone there may be word.
  fs->fail_nth(fs_op::create, 2, ENOSPC, true);
  pass(5ms);
  CAF_CHECK_EQUAL(acks(1), "1-2 in scalp/20260914_11.jsonl");
  fs->mend();
  pass(200ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a late line finds a file that waits for its manifest) {
  at("10:59:59.900000");
  start_writer();
  auto late = batch(1, 2, 1);
  give(batch(1, 1, 1));
  pass(5ms);
  fs->fail_nth(fs_op::rename, 1, ENOSPC, true);
  pass(7s, 10ms);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "not sealed");
  give(late);
  pass(5ms);
  CAF_CHECK_EQUAL(from(1).acks.back().last_seq, 2u);
  fs->mend();
  pass(1s, 10ms);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "hour");
  CAF_CHECK_EQUAL(sealed_because("20260914_10.1.jsonl"), "hour");
  CAF_CHECK_EQUAL(problems(), "");
}

// -- the brake ----------------------------------------------------------------

CAF_TEST(whoever takes each file away gets few and loses nothing) {
  start_writer();
  size_t taken = 0, seen = 0;
  for (int i = 0; i < 2'000; ++i) {
    add(1);
    pass(20ms, 10ms);
    if (ack_count(1) == seen)
      continue;
    seen = ack_count(1);
    fs->take_away("data/" + *from(1).acks.back().file);
    ++taken;
  }
  // In 40 s: five at once, then after 1, 2, 4, 8 and 16 s.
  CAF_CHECK_GREATER(taken, 7u);
  CAF_CHECK_LESS(taken, 13u);
  pass(65s, 10ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a stop does not wait for the brake) {
  start_writer();
  for (size_t seen = 0; seen < 5;) {
    add(1);
    pass(10ms);
    CAF_REQUIRE(ack_count(1) > seen);
    seen = ack_count(1);
    fs->take_away("data/" + *from(1).acks.back().file);
  }
  add(1, 3);
  pass(10ms);
  CAF_REQUIRE(!all_acked());
  stop_writer();
  pass(500ms, 10ms);
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  CAF_CHECK(all_acked());
}

CAF_TEST(the brake lets go once nothing was taken for a while) {
  part_brake brake;
  int64_t now = 1'000 * us_per_second;
  for (int i = 0; i < 4; ++i)
    brake.taken(now);
  CAF_CHECK_EQUAL(brake.wait_us(now), 0);
  brake.taken(now);
  CAF_CHECK_EQUAL(brake.wait_us(now), us_per_second);
  for (int i = 0; i < 1'000; ++i)
    brake.taken(now);
  CAF_CHECK_EQUAL(brake.wait_us(now), 64 * us_per_second);
  CAF_CHECK_EQUAL(brake.wait_us(now - us_per_hour), 0); // a clock that was set
  now += 121 * us_per_second;
  brake.taken(now);
  CAF_CHECK_EQUAL(brake.wait_us(now), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
