#define CAF_SUITE actors_journal_taken_files
#include <fmt/format.h>

#include "actors/journal/journal_fixture.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::journal_test;

// Somebody deletes, moves, replaces or empties what is being written.

namespace {

constexpr const char* ten = "data/scalp/20260914_10.jsonl";
constexpr const char* part = "data/scalp/20260914_10.1.jsonl";

struct taken_fixture : fixture {
  taken_fixture() {
    config.health = std::make_shared<storage_health>();
  }

  uint64_t lost() const {
    return config.counters->lost[0].value();
  }
  bool told_taken() const {
    auto changes = config.health->take_changes();
    return std::any_of(changes.begin(), changes.end(), [](auto& c) {
      return c.now.why == cause::file_taken;
    });
  }
  void write_ten_lines() {
    start_writer();
    add(1, 6);
    add(2, 4);
    pass(5ms);
    CAF_REQUIRE(all_acked());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(taken_files_tests, taken_fixture)

CAF_TEST(a deleted file is written again and nothing is lost) {
  write_ten_lines();
  fs->take_away(ten);
  add(1, 3);
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
  CAF_CHECK_EQUAL(lost(), 0u);
  CAF_CHECK(told_taken());
  pass(2s, 10ms);
  stop_writer();
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a file that is taken while nothing comes is noticed within two seconds) {
  write_ten_lines();
  fs->take_away(ten);
  pass(2s, 10ms);
  CAF_CHECK(told_taken());
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "failure");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a file with the name of ours is not touched) {
  write_ten_lines();
  fs->put(ten, "of somebody else\n");
  add(1, 3);
  pass(5ms);
  pass(2s, 10ms);
  CAF_CHECK_EQUAL(fs->text(ten), "of somebody else\n");
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK(!fs->exists(std::string{ten} + ".manifest.json"));
}

CAF_TEST(what was in a file that was emptied is counted and named) {
  write_ten_lines();
  fs->shorten(ten, 0);
  add(1, 3);
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(lost(), 10u);
  CAF_CHECK(told_taken());
  auto losses = config.health->take_losses();
  CAF_REQUIRE_EQUAL(losses.size(), 2u);
  CAF_CHECK_EQUAL(losses[0].records + losses[1].records, 10u);
  CAF_CHECK(losses[0].detail.find("seq 1 to ") != std::string::npos);
  CAF_CHECK_EQUAL(losses[0].symbol.empty(), false);
  CAF_CHECK_EQUAL(losses[0].first_seq, 1u);
  CAF_CHECK_EQUAL(losses[0].last_seq, losses[0].records);
  // What came after is there, and no zeros are.
  CAF_CHECK_EQUAL(records(), 3u);
  for (auto& path : fs->files())
    CAF_CHECK(fs->text(path).find('\0') == std::string::npos);
}

CAF_TEST(of a file that was cut the lines that are left are not lost) {
  write_ten_lines();
  auto text = fs->text(ten);
  size_t end = 0;
  for (int i = 0; i < 7; ++i)
    end = text.find('\n', end) + 1;
  fs->shorten(ten, end + 20);
  add(1, 3);
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(lost(), 3u);
  CAF_CHECK(fs->text(ten) == text.substr(0, end + 20));
}

CAF_TEST(emptied and then a failed sync makes no zeros) {
  write_ten_lines();
  fs->fail_nth(fs_op::sync, 1, EIO);
  add(1, 3);
  fs->shorten(ten, 0);
  pass(5ms);
  pass(2s, 10ms);
  CAF_CHECK(all_acked());
  for (auto& path : fs->files())
    CAF_CHECK(fs->text(path).find('\0') == std::string::npos);
  CAF_CHECK_EQUAL(records(), 3u);
  CAF_CHECK_EQUAL(lost(), 10u);
}

CAF_TEST(what somebody wrote behind our lines is cut off again) {
  write_ten_lines();
  fs->shorten(ten, fs->text(ten).size());
  auto text = fs->text(ten);
  fs->lengthen(ten, "a line of somebody\n");
  add(1, 3);
  pass(5ms);
  pass(2s, 10ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(lost(), 0u);
  CAF_CHECK(fs->text(ten) == text);
  CAF_CHECK_EQUAL(sealed_because("20260914_10.jsonl"), "failure");
  CAF_CHECK_EQUAL(lines_of("20260914_10.1.jsonl"), 3u);
  CAF_CHECK_EQUAL(problems(), "");
  CAF_CHECK(told_taken());
  CAF_CHECK(fs->text("data/quarantine/20260914.jsonl")
              .find("a line of somebody")
            != std::string::npos);
}

CAF_TEST(what somebody wrote stays where it is if it cannot be kept) {
  write_ten_lines();
  fs->lengthen(ten, "a line of somebody\n");
  fs->put("data/quarantine/20260914.jsonl", "");
  fs->fail_nth(fs_op::list, 1, EIO);
  add(1, 3);
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK(fs->text(ten).ends_with("a line of somebody\n"));
  CAF_CHECK_EQUAL(missing(), "");
}

CAF_TEST(losses are told on disk in the job that finds them) {
  write_ten_lines();
  fs->shorten(ten, 0);
  pass(2s, 10ms);
  CAF_CHECK_EQUAL(lost(), 10u);
  auto told = fs->text("data/system/20260914.jsonl");
  CAF_CHECK(told.find(R"("cause":"file_taken")") != std::string::npos);
  CAF_CHECK(fs->exists("data/system/20260914.jsonl.manifest.json"));
  for (auto& loss : config.health->take_losses())
    CAF_CHECK_EQUAL(loss.told_in, "system/20260914.jsonl");
}

CAF_TEST(losses that are found at the end are its last words whoever took them) {
  write_ten_lines();
  config.health->begin_end();
  fs->shorten(ten, 0);
  pass(2s, 10ms);
  CAF_CHECK_EQUAL(config.health->take_losses().size(), 2u);
  CAF_CHECK_EQUAL(config.health->last_losses().size(), 2u);
}

CAF_TEST(what cannot be written again before the end is lost and told) {
  write_ten_lines();
  fs->fail_nth(fs_op::create, 1, EACCES, true);
  fs->take_away(ten);
  pass(2s, 10ms);
  kill(writer);
  sched.run();
  fs->mend();
  auto lost = give_up_job(*fs, "data", dataset::scalp, *config.memory,
                          clock->us);
  CAF_REQUIRE_EQUAL(lost.size(), 2u);
  CAF_CHECK_EQUAL(lost[0].records + lost[1].records, 10u);
  CAF_CHECK_EQUAL(lost[0].told_in, "system/20260914.jsonl");
  CAF_CHECK(fs->exists("data/system/20260914.jsonl"));
}

CAF_TEST(a file that is written again leaves no word of a loss) {
  config.background = worker;
  config.checkpoint_bytes = 1;
  write_ten_lines();
  CAF_REQUIRE(fs->exists(std::string{ten} + ".checkpoint"));
  fs->take_away(ten);
  add(1, 3);
  pass(5ms);
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK(!fs->exists(std::string{ten} + ".checkpoint"));
}

CAF_TEST(a file that cannot be sealed is named and the others are sealed) {
  write_ten_lines();
  fs->put(std::string{ten} + ".manifest.json", "my notes\n");
  at("11:00:30.000000");
  add(1, 1);
  pass(2s, 10ms);
  auto unsealed = config.health->unsealed();
  CAF_REQUIRE_EQUAL(unsealed.size(), 1u);
  CAF_CHECK(unsealed[0].find("20260914_10.jsonl is not sealed")
            != std::string::npos);
  CAF_CHECK_EQUAL(fs->text(std::string{ten} + ".manifest.json"),
                  "my notes\n");
  caf::anon_send(writer, rotate{});
  sched.run();
  CAF_CHECK_EQUAL(sealed_because("20260914_11.jsonl"), "operator");
  CAF_CHECK_EQUAL(config.health->unsealed().size(), 1u);
  fs->take_away(std::string{ten} + ".manifest.json");
  pass(2s, 10ms);
  CAF_CHECK(config.health->unsealed().empty());
}

CAF_TEST(a file that is taken before it has its manifest is written again) {
  write_ten_lines();
  fs->put(std::string{ten} + ".manifest.json", "my notes\n");
  caf::anon_send(writer, rotate{});
  sched.run();
  CAF_REQUIRE_EQUAL(config.health->unsealed().size(), 1u);
  fs->take_away(ten);
  fs->take_away(std::string{ten} + ".manifest.json");
  pass(3s, 10ms);
  CAF_CHECK(told_taken());
  CAF_CHECK_EQUAL(lost(), 0u);
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(of many files that wait for manifests the oldest give their descriptors back) {
  start_writer();
  for (int i = 0; i < 20; ++i) {
    auto name = i == 0 ? std::string{ten}
                       : fmt::format("data/scalp/20260914_10.{}.jsonl", i);
    add(1, 1);
    pass(5ms);
    CAF_REQUIRE(fs->exists(name));
    fs->put(name + ".manifest.json", "my notes\n");
    caf::anon_send(writer, rotate{});
    sched.run();
  }
  CAF_CHECK_EQUAL(config.health->unsealed().size(), 20u);
  // Of the first nothing can be had any more; of the last all.
  for (auto name : {std::string{ten},
                    std::string{"data/scalp/20260914_10.19.jsonl"}})
    fs->take_away(name);
  pass(3s, 10ms);
  CAF_CHECK_EQUAL(lost(), 1u);
}

CAF_TEST(what lies in the place of a file that failed is not cut) {
  write_ten_lines();
  fs->fail_nth(1, EACCES, true);
  add(1, 3);
  pass(20ms);
  auto diary = fs->text(ten) + "and what somebody writes from day to day\n";
  fs->put(ten, diary);
  fs->mend();
  pass(5s, 10ms);
  CAF_CHECK_EQUAL(fs->text(ten), diary);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(lost(), 0u);
}

CAF_TEST(without room to write it again what was in it is lost and said) {
  write_ten_lines();
  fs->free_bytes = 1 << 20;
  fs->take_away(ten);
  add(1, 3);
  pass(5ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(lost(), 10u);
  auto losses = config.health->take_losses();
  CAF_REQUIRE(!losses.empty());
  CAF_CHECK(losses[0].detail.find("no room") != std::string::npos);
}

CAF_TEST(a copy that fails is made again and the present goes first) {
  write_ten_lines();
  fs->take_away(ten);
  // The part of the present, then the copy.
  fs->fail_nth(fs_op::create, 2, EMFILE);
  add(1, 3);
  pass(5ms);
  CAF_CHECK(all_acked());
  pass(3s, 10ms);
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
  CAF_CHECK_EQUAL(lost(), 0u);
}

CAF_TEST(a writer that dies leaves what is to be written again to the next) {
  write_ten_lines();
  fs->take_away(ten);
  fs->fail_nth(fs_op::create, 2, EMFILE);
  add(1, 3);
  pass(5ms);
  restart_writer();
  pass(3s, 10ms);
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(no descriptors for six seconds lose nothing) {
  write_ten_lines();
  fs->fail_nth(fs_op::write, 1, EIO);
  fs->fail_nth(fs_op::truncate, 1, EMFILE, true);
  fs->fail_nth(fs_op::create, 1, EMFILE, true);
  for (int i = 0; i < 60; ++i) {
    add(1, 5);
    pass(100ms, 5ms);
  }
  CAF_CHECK(alive());
  CAF_CHECK_EQUAL(to_string(config.health->of(dataset::scalp)),
                  "out_of_resources");
  fs->mend();
  pass(2s, 10ms);
  CAF_CHECK(all_acked());
  CAF_CHECK_EQUAL(missing(), "");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
