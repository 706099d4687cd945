#define CAF_SUITE actors_journal_journal_faults
#include "actors/journal/journal_morning.hpp"

#include "test.hpp"

#include <random>

namespace CAF_SUITE {

using namespace observer;
using namespace observer::journal_test;

// The writer under every fault that a file system can have, one at a time in a
// loop over all operations, and at random. Whatever happens: what was
// acknowledged is there, nothing is there twice, no line is torn.

namespace {

/// Fails the n-th operation, for each n until a run meets no fault.
void fail_each_operation(int code, bool for_good) {
  uint64_t n = 1;
  for (;; ++n) {
    morning w;
    w.fs->fail_nth(n, code, for_good);
    w.live();
    w.check_end("operation " + std::to_string(n) + " fails");
    if (w.fs->failures() == 0)
      break;
  }
  CAF_MESSAGE(n - 1 << " operations failed in turn");
  CAF_CHECK(n > 40); // the loop met operations to fail
}

/// Stops the machine at the n-th operation, for each n, and looks at what the
/// next run finds.
void stop_at_each_operation(uint64_t seed) {
  uint64_t n = 1;
  for (;; ++n) {
    morning w;
    auto what = "seed " + std::to_string(seed) + ", power cut at "
                + std::to_string(n);
    *w.fs = memory_file_system{seed * 1'000 + n};
    w.fs->stop_at(n);
    w.supervised = false; // a machine that stopped starts nothing
    w.live();
    auto stopped = w.fs->stopped();
    w.kill(w.writer);
    w.sched.run();
    w.fs->cut_power();
    w.config.memory = std::make_shared<writer_memory>();
    auto acked_before = std::move(w.producers);
    w.producers.clear();
    w.run = 100;
    w.session = make_session(100);
    w.supervised = true;
    w.start_writer();
    w.add(1, 2);
    w.pass(10ms);
    w.check_end(what);
    auto found = w.journal();
    for (auto& [slot, p] : acked_before) {
      for (auto& r : p.acked)
        if (!found.has(r.session, r.slot, r.seq))
          CAF_ERROR(what << ": lost " << r.session << " slot " << slot
                         << " seq " << r.seq);
      w.kill(p.handle);
    }
    w.sched.run();
    if (!stopped)
      break;
  }
  CAF_MESSAGE("seed " << seed << ": power cut at " << n - 1 << " operations");
  CAF_CHECK(n > 20);
}

} // namespace

CAF_TEST(the morning without a fault) {
  morning w;
  w.live();
  w.check_end("no fault");
  CAF_CHECK_EQUAL(w.records(), 20u);
}

CAF_TEST(each operation fails once with an input output error) {
  fail_each_operation(EIO, false);
}

CAF_TEST(each operation fails once for want of space) {
  fail_each_operation(ENOSPC, false);
}

CAF_TEST(each operation fails once for want of the right) {
  fail_each_operation(EACCES, false);
}

CAF_TEST(each operation fails once on a disk that became read only) {
  fail_each_operation(EROFS, false);
}

CAF_TEST(each operation fails once for want of quota) {
  fail_each_operation(EDQUOT, false);
}

CAF_TEST(each operation fails once by an interruption) {
  fail_each_operation(EINTR, false);
}

CAF_TEST(from each operation on there is no right until there is) {
  fail_each_operation(EACCES, true);
}

CAF_TEST(from each operation on the disk is read only until it is not) {
  fail_each_operation(EROFS, true);
}

CAF_TEST(from each operation on there is no quota until there is) {
  fail_each_operation(EDQUOT, true);
}

CAF_TEST(from each operation on the disk is full until it is not) {
  fail_each_operation(ENOSPC, true);
}

CAF_TEST(from each operation on nothing works until it does) {
  fail_each_operation(EIO, true);
}

CAF_TEST(the power is cut at each operation) {
  for (uint64_t seed = 1; seed <= 3; ++seed)
    stop_at_each_operation(seed);
}

CAF_TEST(mornings at random) {
  auto first = std::random_device{}();
  for (uint32_t seed = first; seed < first + 20; ++seed) {
    std::mt19937 random{seed};
    auto one_of = [&](int n) {
      return static_cast<int>(random() % static_cast<uint32_t>(n));
    };
    auto what = "seed " + std::to_string(seed);
    CAF_MESSAGE(what);
    morning w;
    w.start_writer();
    uint32_t sessions = 1;
    for (int step = 0; step < 300; ++step) {
      switch (one_of(12)) {
        case 0:
          w.fs->fail_nth(static_cast<uint64_t>(1 + one_of(6)),
                         one_of(2) ? EIO : ENOSPC);
          break;
        case 1:
          w.restart_writer();
          break;
        case 2:
          w.begin_session(++sessions);
          break;
        case 3:
          w.restart_producer(1 + one_of(4));
          break;
        case 4:
          w.clock->us += one_of(2) ? us_per_hour / 3 : -us_per_hour / 4;
          break;
        case 5:
          w.resend(1 + one_of(4));
          break;
        default:
          w.add(1 + one_of(4), 1 + one_of(5));
      }
      w.pass(std::chrono::milliseconds{one_of(8)});
    }
    w.check_end(what);
    CAF_CHECK(w.records() > 100);
  }
}

} // namespace CAF_SUITE
