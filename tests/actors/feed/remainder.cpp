#define CAF_SUITE actors_feed_remainder
#include "actors/feed/remainder.hpp"

#include "actors/feed/slot_fixture.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::slot_test;

namespace {

/// A feed that is gone: nobody has its lanes and memories any more.
struct remains : slot_test::fixture {
  remains() {
    for (auto data : all_datasets) {
      auto& lines = written[static_cast<size_t>(data)];
      auto behavior = [&lines, this](journal_writer_actor::pointer self)
        -> journal_writer_actor::behavior_type {
        return {
          [&lines, self, this](const line_batch_ptr& b,
                               const producer_actor& producer) {
            if (!writes)
              return;
            lines += b->text;
            self->send(producer,
                       persisted{b->data, b->session->number, b->first_seq,
                                 b->last_seq(),
                                 std::make_shared<const std::string>("file")});
          },
          [](const disk_job_done_ptr&) {},
          [](const rotate&) {},
          [](const commit_due&) {},
          [](const seal_due&) {},
        };
      };
      disk[static_cast<size_t>(data)] = test::spawn_bare(sys, behavior);
    }
    auto announces = [this](supervisor_actor::pointer)
      -> supervisor_actor::behavior_type {
      return {
        [this](const watch_child& w) {
          for (auto data : all_datasets)
            if (auto& x = disk[static_cast<size_t>(data)];
                x && w.child == writer_name(data))
              caf::anon_send(w.watcher,
                             child_started{w.child,
                                           caf::actor_cast<caf::actor>(x), 1});
        },
        [](const restart_child&) {},
        [](const supervisor_stop&) {},
        [](const restart_due&) {},
        [](const stop_overdue&) {},
        [](const get_children&) { return supervisor_report{}; },
      };
    };
    storage = test::spawn_bare(sys, announces);
    memory->stops_for_good = true;
  }
  ~remains() override {
    kill(rest);
    kill(storage);
    for (auto& x : disk)
      kill(x);
    sched.run();
    for (auto& x : disk)
      x = nullptr;
  }

  /// Records that are in the slot's lane, and that it never saw.
  std::shared_ptr<record_batch> leave(const std::vector<std::string>& records) {
    auto b = make_batch(records, samsung);
    memory->budget->take_always(b->bytes);
    b->number = ++in().routed;
    counters().handed.add(b->records.size());
    in().outstanding.push_back(b);
    in().routed_total.store(in().routed);
    return b;
  }

  void begin_rest() {
    remainder_config c;
    c.slot = config;
    c.slot.persistence = storage;
    rest = sys.spawn(observer::remainder, c);
    caf::actor_cast<caf::abstract_actor*>(rest)->attach_functor(
      [this](const caf::error&) { rest_ended = true; });
    sched.run();
  }
  void stop_rest(std::chrono::milliseconds for_ = 3s) {
    caf::anon_send_exit(rest, caf::exit_reason::user_shutdown);
    sched.run();
    for (; for_.count() > 0 && !rest_ended; for_ -= 20ms) {
      clock->us += 20'000;
      sched.advance_time(20ms);
      sched.run();
    }
  }
  std::string written_to(dataset data) const {
    return written[static_cast<size_t>(data)];
  }
  size_t lines_in(dataset data) const {
    auto& text = written[static_cast<size_t>(data)];
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  uint64_t in_flight() const {
    return sum(*memory->counters).in_flight;
  }

  std::array<std::string, 3> written;
  std::array<journal_writer_actor, 3> disk;
  supervisor_actor storage;
  remainder_actor rest;
  bool writes = true;
  bool rest_ended = false;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(remainder_tests, remains)

CAF_TEST(what a slot never looked at reaches the disk) {
  begin_rest();
  leave({trade(1), trade(2)});
  leave({bad_trade(3), trade(4)});
  stop_rest();
  CAF_CHECK(rest_ended);
  CAF_CHECK_EQUAL(lines_in(dataset::scalp), 3u);
  CAF_CHECK_EQUAL(lines_in(dataset::quarantine), 1u);
  CAF_CHECK_EQUAL(counters().persisted.value(), 3u);
  CAF_CHECK_EQUAL(in_flight(), 0u);
  CAF_CHECK(is_conserved());
}

CAF_TEST(where nothing was left nothing is started) {
  begin_rest();
  stop_rest(40ms);
  CAF_CHECK(rest_ended);
  CAF_CHECK_EQUAL(mine().owners.load(), 0);
}

CAF_TEST(before a restart the lanes are kept for the next life) {
  memory->stops_for_good = false;
  begin_rest();
  leave({trade(1)});
  stop_rest(40ms);
  CAF_CHECK(rest_ended);
  CAF_CHECK_EQUAL(lines_in(dataset::scalp), 0u);
  CAF_CHECK_EQUAL(in_flight(), 1u);
}

CAF_TEST(what was shed and not told of is told) {
  begin_rest();
  in().shed_pending = 7;
  in().shed_why = cause::disk_full;
  in().shed_what = samsung;
  mine().hole.note_shed(cause::shed_by_bound, 3);
  stop_rest();
  CAF_CHECK(rest_ended);
  auto told = written_to(dataset::system);
  CAF_CHECK(told.find(R"("cause":"disk_full")") != told.npos);
  CAF_CHECK(told.find(R"("records":7)") != told.npos);
  CAF_CHECK(told.find(R"("records":3)") != told.npos);
}

CAF_TEST(records at which every life dies are shed with a gap) {
  begin_rest();
  leave({trade(1), trade(2)});
  // Past all attempts at a batch: it is given up at once.
  mine().attempted_batch = 1;
  mine().batch_attempts = 3;
  leave({trade(3)});
  stop_rest();
  CAF_CHECK(rest_ended);
  CAF_CHECK_EQUAL(lines_in(dataset::scalp), 1u);
  CAF_CHECK_EQUAL(counters().shed.value(), 2u);
  CAF_CHECK_EQUAL(in_flight(), 0u);
  CAF_CHECK(is_conserved());
}

CAF_TEST(what no writer takes is in flight and said so) {
  begin_rest();
  leave({trade(1), trade(2)});
  memory->storage->report(dataset::scalp, cause::disk_full, "no space");
  kill(disk[static_cast<size_t>(dataset::scalp)]);
  disk[static_cast<size_t>(dataset::scalp)] = nullptr;
  stop_rest();
  CAF_CHECK(rest_ended);
  CAF_CHECK_EQUAL(in_flight(), 2u);
  auto told = written_to(dataset::system);
  CAF_CHECK(told.find(R"("cause":"disk_full")") != told.npos);
  CAF_CHECK(told.find(R"("symbol":"005930")") != told.npos);
  CAF_CHECK(told.find(R"("records":2)") != told.npos);
  CAF_CHECK(is_conserved());
}

CAF_TEST(without any writer it ends all the same) {
  writes = false;
  begin_rest();
  leave({trade(1)});
  stop_rest();
  CAF_CHECK(rest_ended);
  CAF_CHECK_EQUAL(in_flight(), 1u);
}

CAF_TEST(what a living actor holds is left alone) {
  begin_rest();
  leave({trade(1)});
  ++mine().owners;
  stop_rest(1s);
  CAF_CHECK(!rest_ended);
  CAF_CHECK_EQUAL(lines_in(dataset::scalp), 0u);
  --mine().owners;
  stop_rest(100ms);
  CAF_CHECK_EQUAL(lines_in(dataset::scalp), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
