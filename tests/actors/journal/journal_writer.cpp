#define CAF_SUITE actors_journal_journal_writer
#include "actors/journal/journal_fixture.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::journal_test;

CAF_TEST_FIXTURE_SCOPE(journal_writer_tests, fixture)

// -- group commit -------------------------------------------------------------

CAF_TEST(lines wait for company until the commit interval is over) {
  start_writer();
  add(1, 3);
  pass(2ms);
  add(2, 2);
  pass(2ms);
  CAF_CHECK_EQUAL(records(), 0u);
  auto syncs = fs->syncs();
  pass(1ms);
  CAF_CHECK_EQUAL(records(), 5u);
  CAF_CHECK_EQUAL(fs->syncs(), syncs + 1);
}

CAF_TEST(what a record waited elsewhere counts) {
  start_writer();
  auto old = batch(1, 1, 1);
  pass(3ms);
  give(old);
  pass(1ms);
  CAF_CHECK_EQUAL(records(), 0u);
  pass(1ms);
  CAF_CHECK_EQUAL(records(), 1u);
}

CAF_TEST(a record from a clock that was set waits no longer than others) {
  start_writer();
  auto future = batch(1, 1, 1);
  clock->us -= 3'600'000'000;
  give(future);
  pass(4ms);
  CAF_CHECK_EQUAL(records(), 0u);
  pass(1ms);
  CAF_CHECK_EQUAL(records(), 1u);
  auto past = batch(1, 2, 1);
  clock->us += 3'600'000'000;
  give(past);
  CAF_CHECK_EQUAL(records(), 2u);
}

CAF_TEST(a large commit does not wait) {
  config.commit_bytes = 1'000;
  start_writer();
  add(1);
  CAF_CHECK_EQUAL(records(), 0u);
  add(1, 2);
  CAF_CHECK_EQUAL(records(), 3u);
  CAF_CHECK_EQUAL(acked(1), 3u);
}

CAF_TEST(without a commit interval nothing waits) {
  config.commit_interval = 0ms;
  start_writer();
  add(1);
  CAF_CHECK_EQUAL(acked(1), 1u);
}

CAF_TEST(what came during a commit has waited already) {
  use_manual_disk();
  start_writer();
  disk_works();
  add(1);
  pass(5ms);
  add(1);
  pass(10ms);
  CAF_CHECK_EQUAL(manual->queue.size(), 1u);
  disk_works();
  CAF_CHECK_EQUAL(manual->queue.size(), 1u);
  disk_works();
  CAF_CHECK_EQUAL(acked(1), 2u);
}

CAF_TEST(one job is under way at a time) {
  use_manual_disk();
  config.commit_bytes = 1;
  start_writer();
  disk_works();
  for (int i = 0; i < 10; ++i)
    add(1);
  CAF_CHECK_EQUAL(manual->queue.size(), 1u);
  disk_works();
  CAF_CHECK_EQUAL(manual->queue.size(), 1u);
  disk_works();
  CAF_CHECK_EQUAL(acked(1), 10u);
  CAF_CHECK_EQUAL(manual->queue.size(), 0u);
}

CAF_TEST(a backlog is written in pieces) {
  use_manual_disk();
  config.commit_bytes = 1;
  start_writer();
  disk_works();
  add(1);
  for (int i = 0; i < 60; ++i)
    add(1, 1'000);
  disk_works();
  CAF_CHECK_EQUAL(acked(1), 1u);
  disk_works();
  auto first_piece = acked(1);
  CAF_CHECK_GREATER(first_piece, 1'000u);
  CAF_CHECK_LESS(first_piece, 60'001u);
  while (disk_works())
    ;
  CAF_CHECK_EQUAL(acked(1), 60'001u);
}

// -- acknowledgements ---------------------------------------------------------

CAF_TEST(an acknowledgement names the range and the file) {
  start_writer();
  add(1, 3);
  add(1, 2);
  pass(5ms);
  CAF_CHECK_EQUAL(acks(1), "1-5 in scalp/20260914_10.jsonl");
}

CAF_TEST(each producer and session gets one acknowledgement) {
  start_writer();
  add(1, 2);
  add(2, 1);
  begin_session(2);
  add(1, 3);
  pass(5ms);
  CAF_REQUIRE_EQUAL(ack_count(1), 2u);
  CAF_CHECK_EQUAL(from(1).acks[0].session_number, 1u);
  CAF_CHECK_EQUAL(from(1).acks[0].last_seq, 2u);
  CAF_CHECK_EQUAL(from(1).acks[1].session_number, 2u);
  CAF_CHECK_EQUAL(from(1).acks[1].last_seq, 3u);
  CAF_CHECK_EQUAL(ack_count(2), 1u);
  CAF_CHECK(all_acked());
}

CAF_TEST(nothing is acknowledged before it is synced) {
  use_manual_disk();
  start_writer();
  disk_works();
  add(1, 3);
  pass(50ms);
  CAF_CHECK_EQUAL(ack_count(1), 0u);
  disk_works();
  CAF_CHECK_EQUAL(acked(1), 3u);
  auto path = "data/scalp/20260914_10.jsonl";
  CAF_CHECK_EQUAL(fs->synced_bytes(path), fs->text(path).size());
  CAF_CHECK(fs->synced_bytes(path) > 0);
}

CAF_TEST(the entry of a file is durable before its first acknowledgement) {
  start_writer();
  add(1);
  pass(5ms);
  CAF_CHECK_EQUAL(acked(1), 1u);
  CAF_CHECK(fs->entry_is_durable("data/scalp/20260914_10.jsonl"));
}

CAF_TEST(what the disk has is acknowledged again and not written again) {
  start_writer();
  give(batch(1, 1, 4));
  pass(5ms);
  give(batch(1, 1, 4));
  give(batch(1, 2, 2));
  pass(5ms);
  CAF_CHECK_EQUAL(acks(1), "1-4 in scalp/20260914_10.jsonl, "
                           "1-4 in scalp/20260914_10.jsonl, "
                           "2-4 in scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(records(), 4u);
}

CAF_TEST(what is on its way is not written again and acknowledged once) {
  use_manual_disk();
  start_writer();
  disk_works();
  add(1, 2);
  pass(5ms);
  resend(1);
  pass(5ms);
  disk_works();
  CAF_CHECK_EQUAL(ack_count(1), 1u);
  CAF_CHECK_EQUAL(acked(1), 2u);
  CAF_CHECK_EQUAL(records(), 2u);
}

CAF_TEST(of a batch that is partly on disk only the rest is written) {
  start_writer();
  give(batch(1, 1, 2));
  pass(5ms);
  give(batch(1, 1, 5));
  pass(5ms);
  CAF_CHECK_EQUAL(records(), 5u);
  CAF_CHECK_EQUAL(from(1).acks.back().last_seq, 5u);
  stop_writer();
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a producer that restarts while its lines are on their way is told) {
  use_manual_disk();
  start_writer();
  disk_works();
  add(1, 2);
  pass(5ms);
  restart_producer(1);
  disk_works();
  CAF_CHECK_EQUAL(acked(1), 2u);
  CAF_CHECK(from(1).box.empty());
}

CAF_TEST(sessions are told apart by their names) {
  start_writer();
  add(1, 2);
  for (uint32_t number = 2; number <= 12; ++number) {
    begin_session(number);
    add(1, 2);
  }
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(records(), 24u);
}

// -- order --------------------------------------------------------------------

CAF_TEST(a hole is refused and asked for) {
  start_writer();
  add(1, 2);
  pass(5ms);
  give(batch(1, 5, 2));
  CAF_CHECK_EQUAL(from(1).resend_requests, 1);
  pass(5ms);
  CAF_CHECK_EQUAL(records(), 2u);
}

CAF_TEST(batches behind a hole that were on their way ask no second time) {
  start_writer();
  auto first = batch(1, 1, 2), second = batch(1, 3, 2), third = batch(1, 5, 2);
  give(second);
  give(third);
  CAF_CHECK_EQUAL(from(1).resend_requests, 1);
  give(first);
  give(second);
  give(third);
  pass(5ms);
  CAF_CHECK_EQUAL(from(1).resend_requests, 1);
  CAF_CHECK_EQUAL(acks(1), "1-6 in scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a hole that nobody can fill does not stop the journal) {
  start_writer();
  for (int i = 0; i < 5; ++i)
    give(batch(1, 5, 2));
  pass(5ms);
  CAF_CHECK_EQUAL(from(1).resend_requests, 1);
  CAF_CHECK_EQUAL(records(), 2u);
  CAF_CHECK(!from(1).acks.empty());
}

// -- sealing ------------------------------------------------------------------

CAF_TEST(a file is sealed on time however busy the disk is) {
  at("10:59:59.900000");
  use_manual_disk();
  config.commit_bytes = 1;
  start_writer();
  disk_works();
  add(1);
  for (int i = 0; i < 800; ++i) {
    add(1); // before the job before is done
    disk_works();
    pass(10ms, 10ms);
  }
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "hour");
}

// -- recovery -----------------------------------------------------------------

CAF_TEST(what comes before the recovery is done waits for it) {
  use_manual_disk();
  start_writer();
  add(1, 2);
  pass(20ms);
  CAF_CHECK_EQUAL(manual->queue.size(), 1u);
  disk_works();
  pass(5ms);
  disk_works();
  CAF_CHECK_EQUAL(acked(1), 2u);
}

// -- failures -----------------------------------------------------------------

CAF_TEST(a writer whose new file fails too waits for the disk) {
  start_writer();
  fs->fail_nth(fs_op::write, 1, EIO, true);
  add(1, 3);
  pass(100s, 100ms);
  CAF_CHECK_EQUAL(acked(1), 0u);
  fs->mend();
  pass(2s, 10ms);
  CAF_CHECK_EQUAL(acked(1), 3u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a full disk is waited for) {
  start_writer();
  add(1, 2);
  pass(5ms);
  fs->fail_nth(fs_op::write, 1, ENOSPC, true);
  add(1, 3);
  pass(2s);
  add(1, 1);
  CAF_CHECK(alive());
  CAF_CHECK_EQUAL(acked(1), 2u);
  fs->mend();
  pass(105ms);
  CAF_CHECK_EQUAL(acked(1), 6u);
  pass(1s, 10ms);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a full disk is tried once an interval) {
  start_writer();
  fs->fail_nth(fs_op::create, 1, ENOSPC, true);
  add(1, 3);
  auto jobs = worker->jobs;
  pass(1'005ms);
  CAF_CHECK_EQUAL(worker->jobs - jobs, 11u);
}

CAF_TEST(a disk that is full at the start is waited for) {
  fs->put("data/scalp/20260914_09.jsonl", batch(1, 1, 2)->text);
  fs->fail_nth(fs_op::create, 1, ENOSPC, true);
  start_writer();
  add(2, 1);
  pass(500ms);
  CAF_CHECK(alive());
  CAF_CHECK_EQUAL(acked(2), 0u);
  fs->mend();
  pass(110ms);
  CAF_CHECK_EQUAL(acked(2), 1u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a job that throws ends the writer instead of silencing it) {
  struct broken_file_system : memory_file_system {
    listing list(const std::string&) override {
      throw std::runtime_error{"out of luck"};
    }
  };
  config.files = std::make_shared<broken_file_system>();
  start_writer();
  CAF_CHECK(end().find("out of luck") != std::string::npos);
}

CAF_TEST(a writer that cannot read what is there tries again) {
  fs->fail_nth(fs_op::list, 1, EIO);
  start_writer();
  add(1, 3);
  pass(5s, 10ms);
  CAF_CHECK_EQUAL(acked(1), 3u);
}

CAF_TEST(an invalid writer quits with the problem and does nothing) {
  config.files = nullptr;
  start_writer();
  CAF_CHECK(end().find("a port is missing") != std::string::npos);
  CAF_CHECK_EQUAL(worker->jobs, 0u);
}

// -- stop ---------------------------------------------------------------------

CAF_TEST(a writer that is asked to stop writes and seals and quits) {
  start_writer();
  add(1, 3);
  stop_writer();
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  CAF_CHECK_EQUAL(acked(1), 3u);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "stop");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a writer without files quits at once) {
  start_writer();
  stop_writer();
  CAF_CHECK_EQUAL(end(), "asked to shut down");
}

CAF_TEST(a writer that stops while it recovers finishes that first) {
  use_manual_disk();
  start_writer();
  add(1, 2);
  stop_writer();
  CAF_CHECK(alive());
  while (disk_works()) {
  }
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  CAF_CHECK_EQUAL(acked(1), 2u);
}

CAF_TEST(a manifest that cannot be written at the stop is tried each second) {
  start_writer();
  add(1, 3);
  pass(5ms);
  fs->fail_nth(fs_op::rename, 1, ENOSPC, true);
  auto jobs = worker->jobs;
  stop_writer();
  pass(3s, 10ms);
  CAF_CHECK(alive());
  CAF_CHECK(worker->jobs - jobs <= 4u);
  fs->mend();
  pass(1s, 10ms);
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "stop");
}

CAF_TEST(a stop waits for lines and not for ever for a manifest) {
  use_manual_disk();
  start_writer();
  while (disk_works()) {
  }
  add(1, 3);
  pass(5ms);
  while (disk_works()) {
  }
  CAF_REQUIRE_EQUAL(acked(1), 3u);
  add(1, 2);
  stop_writer();
  pass(5s, 10ms);
  CAF_CHECK(alive()); // two lines are not on disk
  CAF_CHECK(disk_works());
  CAF_CHECK_EQUAL(acked(1), 5u);
  pass(1s, 10ms);
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "not sealed");
}

CAF_TEST(a manifest that hangs at the stop is left to the next run) {
  use_manual_disk();
  start_writer();
  while (disk_works()) {
  }
  add(1, 3);
  pass(5ms);
  while (disk_works()) {
  }
  stop_writer();
  pass(3s, 10ms);
  CAF_CHECK(alive());
  pass(2s, 10ms);
  CAF_CHECK_EQUAL(end(), "asked to shut down");
  while (disk_works()) {
  }
  config.worker = worker;
  manual.reset();
  start_new_run();
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(at a stop ticks wait for a disk that refuses and other lines do not) {
  for (auto data : {dataset::scalp, dataset::system, dataset::quarantine}) {
    config.data = data;
    producers.clear();
    start_new_run();
    fs->fail_nth(fs_op::create, 1, EACCES, true);
    add(1, 2);
    pass(50ms);
    CAF_REQUIRE(alive());
    stop_writer();
    pass(10ms);
    CAF_CHECK_EQUAL(alive(), data == dataset::scalp);
    fs->mend();
    pass(200ms);
    CAF_CHECK_EQUAL(end(), "asked to shut down");
    CAF_CHECK_EQUAL(acked(1), data == dataset::scalp ? 2u : 0u);
  }
}

CAF_TEST(commits are measured) {
  use_manual_disk();
  start_writer();
  disk_works();
  add(1, 3);
  pass(5ms);
  pass(8ms);
  disk_works();
  CAF_CHECK_EQUAL(config.counters->commit_latency.count(), 1u);
  CAF_CHECK(config.counters->commit_latency.quantile_us(1) >= 8'000);
}

// -- rotation -----------------------------------------------------------------

CAF_TEST(an order to rotate seals the file and the next lines begin a part) {
  start_writer();
  add(1, 3);
  pass(5ms);
  caf::anon_send(writer, rotate{});
  sched.run();
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "operator");
  add(1, 2);
  pass(5ms);
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 3u);
  CAF_CHECK_EQUAL(lines_of("20260914_10.1.jsonl"), 2u);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.1.jsonl"), "not sealed");
  CAF_CHECK_EQUAL(acks(1), "1-3 in scalp/20260914_10.jsonl, "
                           "4-5 in scalp/20260914_10.1.jsonl");
  CAF_CHECK(all_acked());
  stop_writer();
  CAF_CHECK_EQUAL(records(), 5u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a rotation waits for the commit that is under way) {
  use_manual_disk();
  start_writer();
  disk_works();
  add(1, 3);
  pass(5ms);
  caf::anon_send(writer, rotate{});
  sched.run();
  add(1, 2);
  pass(20ms);
  CAF_CHECK_EQUAL(manual->queue.size(), 1u);
  CAF_CHECK_EQUAL(ack_count(1), 0u);
  while (disk_works() || !all_acked())
    pass(1ms);
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 3u);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "operator");
  CAF_CHECK_EQUAL(lines_of("20260914_10.1.jsonl"), 2u);
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(records(), 5u);
}

CAF_TEST(lines that wait for company go to the new part) {
  start_writer();
  add(1, 2);
  pass(5ms);
  add(1, 3);
  caf::anon_send(writer, rotate{});
  sched.run();
  pass(10ms);
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 2u);
  CAF_CHECK_EQUAL(lines_of("20260914_10.1.jsonl"), 3u);
  CAF_CHECK(all_acked());
}

CAF_TEST(orders to rotate what is not there leave nothing behind) {
  start_writer();
  caf::anon_send(writer, rotate{});
  caf::anon_send(writer, rotate{});
  sched.run();
  CAF_CHECK_EQUAL(journal_files(), "");
  add(1);
  pass(5ms);
  CAF_CHECK_EQUAL(journal_files(), "20260914_10.jsonl");
  CAF_CHECK(all_acked());
}

CAF_TEST(every rotation makes one part more and the next hour begins its own) {
  start_writer();
  for (int i = 0; i < 3; ++i) {
    add(1);
    pass(5ms);
    caf::anon_send(writer, rotate{});
    caf::anon_send(writer, rotate{});
    sched.run();
  }
  at("11:00:00.000000");
  add(1);
  pass(5ms);
  for (auto file : {"20260914_10.jsonl", "20260914_10.1.jsonl",
                    "20260914_10.2.jsonl"})
    CAF_CHECK_EQUAL(sealed_because(file), "operator");
  CAF_CHECK_EQUAL(lines_of("20260914_11.jsonl"), 1u);
  CAF_CHECK(all_acked());
  stop_writer();
  CAF_CHECK_EQUAL(records(), 4u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a writer that dies after a rotation goes on in the same part) {
  start_writer();
  add(1, 2);
  pass(5ms);
  caf::anon_send(writer, rotate{});
  sched.run();
  add(1, 2);
  restart_writer();
  pass(10ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(lines_of("20260914_10.jsonl"), 2u);
  CAF_CHECK_EQUAL(records(), 4u);
  stop_writer();
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(the board shows the files that are open) {
  config.board = std::make_shared<live_board>();
  auto& shown = config.board->writers[static_cast<size_t>(config.data)];
  start_writer();
  CAF_CHECK(shown.open().empty());
  auto first_us = clock->us;
  add(1, 3);
  pass(5ms);
  auto open = shown.open();
  CAF_REQUIRE_EQUAL(open.size(), 1u);
  CAF_CHECK_EQUAL(open[0].file, "scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(open[0].lines, 3u);
  CAF_CHECK_EQUAL(open[0].bytes, fs->text("data/" + open[0].file).size());
  CAF_CHECK_EQUAL(open[0].first_us, first_us);
  CAF_CHECK_EQUAL(shown.bytes.value(), open[0].bytes);
  caf::anon_send(writer, rotate{});
  sched.run();
  CAF_CHECK(shown.open().empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
