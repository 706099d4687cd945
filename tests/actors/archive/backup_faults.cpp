#define CAF_SUITE actors_archive_backup_faults
#include "test.hpp"

#include "actors/archive/back_up_day.hpp"

#include <cerrno>
#include <random>

#include "actors/archive/backup_world.hpp"
#include "support/faulty_target.hpp"

namespace CAF_SUITE {

using namespace observer;
using test::backup_world;
using test::fs_op;
using test::target_fault;

namespace {

constexpr uint64_t operations_max = 2'000;

/// What a world is like when the trouble begins.
using past = std::function<void(backup_world&)>;

void nothing_yet(backup_world&) {
}
/// A package that is to be completed, one of its files compressed since and one
/// gone from here.
void an_earlier_package(backup_world& w) {
  w.back_up().value();
  w.journal("quarantine/20260914.1.jsonl", "{\"reason\":\"late\"}\n");
  w.compress("scalp/20260914_09.jsonl");
  w.here.take_away("/d/universe/20260914_kr_stocks.json");
}
/// A package that rotted: nothing of it is a proof.
void a_rotten_package(backup_world& w) {
  w.back_up().value();
  w.here.take_away("/d/state/backups/20260914.json");
  w.there.take_away("/b/20260914/SUCCESS");
  w.there.put("/b/20260914/system/20260914.jsonl", "rotten\n");
}

const std::vector<std::pair<const char*, past>> pasts{
  {"nothing yet", nothing_yet},
  {"an earlier package", an_earlier_package},
  {"a rotten package", a_rotten_package}};

/// No lie now; the next try completes, and all is there.
void judge(backup_world& w, const std::string& when) {
  CAF_MESSAGE(when);
  CAF_REQUIRE_EQUAL(w.lie(), "");
  for (int tries = 0; tries < 3; ++tries) {
    w.connect();
    if (w.back_up())
      break;
    CAF_REQUIRE_EQUAL(w.lie(), "");
  }
  w.connect();
  auto out = w.back_up();
  if (!out)
    CAF_FAIL(out.error().text);
  CAF_REQUIRE_EQUAL(w.lie(), "");
  if (auto lack = w.lack(); !lack.empty())
    CAF_FAIL(lack);
}

} // namespace

CAF_TEST(the target fails at each call in each way) {
  for (auto& [name, begin] : pasts)
    for (auto how : {target_fault::refuses, target_fault::denies,
                     target_fault::unreachable, target_fault::dies_within,
                     target_fault::corrupts, target_fault::loses,
                     target_fault::keeps})
      for (uint64_t n = 1;; ++n) {
        backup_world w;
        begin(w);
        test::faulty_target faulty{*w.target};
        faulty.strike(how, n);
        static_cast<void>(w.back_up(faulty));
        judge(w, fmt::format("{}, way {}, call {}", name, static_cast<int>(how),
                             n));
        if (!faulty.struck())
          break;
        CAF_REQUIRE(n < operations_max);
      }
}

CAF_TEST(power is cut at each operation here) {
  for (auto& [name, begin] : pasts)
    for (uint64_t n = 1;; ++n) {
      backup_world w{n};
      begin(w);
      w.here.stop_at(n);
      static_cast<void>(w.back_up());
      auto stopped = w.here.stopped();
      w.here.cut_power();
      w.there.lose_process();
      judge(w, fmt::format("{}, operation {}", name, n));
      if (!stopped)
        break;
      CAF_REQUIRE(n < operations_max);
    }
}

CAF_TEST(power is cut at each operation of the target) {
  for (auto& [name, begin] : pasts)
    for (uint64_t n = 1;; ++n) {
      backup_world w{n};
      begin(w);
      w.there.stop_at(n);
      static_cast<void>(w.back_up());
      auto stopped = w.there.stopped();
      w.there.cut_power();
      judge(w, fmt::format("{}, operation {}", name, n));
      if (!stopped)
        break;
      CAF_REQUIRE(n < operations_max);
    }
}

CAF_TEST(each operation of either disk fails once and for good) {
  for (auto& [name, begin] : pasts)
    for (auto code : {EIO, ENOSPC})
      for (auto for_good : {false, true})
        for (auto of_target : {false, true})
          for (uint64_t n = 1;; ++n) {
            backup_world w{n};
            begin(w);
            auto& fs = of_target ? w.there : w.here;
            fs.fail_nth(n, code, for_good);
            static_cast<void>(w.back_up());
            auto struck = fs.failures() > 0;
            fs.mend();
            judge(w, fmt::format("{}, errno {}, {}, of the target: {}, "
                                 "operation {}",
                                 name, code, for_good, of_target, n));
            if (!struck)
              break;
            CAF_REQUIRE(n < operations_max);
          }
}

CAF_TEST(many troubles one after another from a seed) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  auto up_to = [&](uint64_t max) {
    return std::uniform_int_distribution<uint64_t>{1, max}(random);
  };
  for (int round = 0; round < 80; ++round) {
    backup_world w{random()};
    for (auto trouble = up_to(6); trouble > 0; --trouble) {
      test::faulty_target faulty{*w.target};
      faulty.strike(static_cast<target_fault>(up_to(7) - 1), up_to(60));
      if (up_to(2) == 1)
        w.here.fail_nth(up_to(80), EIO, up_to(2) == 1);
      if (up_to(2) == 1)
        w.there.fail_nth(up_to(120), ENOSPC, up_to(2) == 1);
      if (up_to(3) == 1)
        w.here.stop_at(up_to(80));
      if (up_to(3) == 1)
        w.there.stop_at(up_to(150));
      if (up_to(4) == 1 && w.here.exists("/d/scalp/20260914_09.jsonl"))
        w.compress("scalp/20260914_09.jsonl");
      if (up_to(4) == 1)
        w.journal(fmt::format("quarantine/20260914.{}.jsonl", trouble),
                  fmt::format("{{\"n\":{}}}\n", trouble));
      static_cast<void>(w.back_up(faulty));
      w.here.mend();
      w.there.mend();
      w.here.cut_power();
      w.there.cut_power();
      w.connect();
      CAF_REQUIRE_EQUAL(w.lie(), "");
    }
    judge(w, fmt::format("seed {}, round {}", seed, round));
  }
}

} // namespace CAF_SUITE
