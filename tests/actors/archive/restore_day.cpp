#define CAF_SUITE actors_archive_restore_day
#include "test.hpp"

#include "actors/archive/restore_day.hpp"

#include <cerrno>

#include "actors/archive/backup_world.hpp"
#include "support/faulty_target.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture : test::backup_world {
  test::memory_file_system other{7};

  fixture() {
    back_up().value();
  }
  result<restore_outcome> restore(backup_target& from) {
    return restore_day(other, "/r", day, from, [] { return true; });
  }
  result<restore_outcome> restore() {
    return restore(*target);
  }
  /// All of the day here is there, the same.
  std::string lack() {
    for (auto& path : here.files())
      if (path.find("/20260914") != path.npos && !path.starts_with("/d/state/")
          && other.text("/r" + path.substr(2)) != here.text(path))
        return path;
    return "";
  }
  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(restore_day_tests, fixture)

CAF_TEST(a day comes back into an empty folder as it was) {
  auto out = restore();
  CAF_REQUIRE_EQUAL(out ? "" : out.error().text, "");
  CAF_CHECK_EQUAL(out->files, 7u);
  CAF_CHECK_EQUAL(lack(), "");
  CAF_CHECK_EQUAL(other.files().size(), 7u);
}

CAF_TEST(what is there already stays and is not sent) {
  restore().value();
  other.take_away("/r/scalp/20260914_09.jsonl");
  auto out = restore();
  CAF_REQUIRE(out);
  CAF_CHECK_EQUAL(out->files, 1u);
  CAF_CHECK_EQUAL(out->kept, 6u);
  CAF_CHECK_EQUAL(lack(), "");
}

CAF_TEST(a file that differs is not overwritten and nothing is written) {
  other.put("/r/universe/20260914_kr_stocks.json", "[]\n");
  auto out = restore();
  CAF_REQUIRE(!out);
  CAF_CHECK(has(out.error().text, "/r/universe/20260914_kr_stocks.json is there "
                                  "and is another file"));
  CAF_CHECK_EQUAL(other.files().size(), 1u);
  CAF_CHECK_EQUAL(other.text("/r/universe/20260914_kr_stocks.json"), "[]\n");
}

CAF_TEST(the plain form of a compressed file is the same file) {
  other.put("/r/scalp/20260914_10.jsonl", "{\"a\":3}\n");
  auto done = restore();
  CAF_REQUIRE(done);
  CAF_CHECK_EQUAL(done->kept, 1u);
  CAF_CHECK(!other.exists("/r/scalp/20260914_10.jsonl.zst"));
  test::memory_file_system third;
  third.put("/r/scalp/20260914_10.jsonl", "{\"a\":4}\n");
  CAF_CHECK(!restore_day(third, "/r", day, *target, [] { return true; }));
}

CAF_TEST(a package without success or with damage is not restored) {
  auto success = there.text("/b/20260914/SUCCESS");
  there.take_away("/b/20260914/SUCCESS");
  CAF_CHECK(has(restore().error().text, "it was not finished"));
  there.put("/b/20260914/SUCCESS", success);
  there.put("/b/20260914/scalp/20260914_09.jsonl", "{\"a\":1}\n{\"a\":3}\n");
  CAF_CHECK(has(restore().error().text, "it is not restored"));
  CAF_CHECK(!other.exists("/r/scalp/20260914_09.jsonl"));
  CAF_CHECK(has(restore_day(other, "/r", "20260910", *target, [] {
                  return true;
                }).error().text,
                "there is no package of this day"));
}

CAF_TEST(a list that names what is no file of the day is not followed) {
  for (std::string name :
       {"../../etc/passwd", "/etc/passwd", "scalp/../x", "scalp/20260915_00.jsonl",
        "state/backups/20260914.json", "scalp/20260914_09.jsonl.checkpoint"}) {
    auto list = test::digest("x") + "  " + name + "\n";
    there.put("/b/20260914/SHA256SUMS", list);
    there.put("/b/20260914/SUCCESS", test::digest(list) + "  SHA256SUMS\n");
    auto out = restore();
    CAF_REQUIRE(!out);
    CAF_CHECK(has(out.error().text, "which is no file of 20260914"));
  }
  CAF_CHECK(other.files().empty());
}

CAF_TEST(power is cut or an operation fails anywhere and the next one goes on) {
  for (auto cut : {true, false})
    for (uint64_t n = 1;; ++n) {
      fixture w;
      if (cut)
        w.other.stop_at(n);
      else
        w.other.fail_nth(n, ENOSPC);
      static_cast<void>(w.restore());
      auto struck = w.other.stopped() || w.other.failures() > 0;
      w.other.mend();
      w.other.cut_power();
      // Whatever has its name is whole.
      for (auto& path : w.other.files())
        if (!path.ends_with(".restoring"))
          CAF_REQUIRE_EQUAL(w.other.text(path), w.here.text("/d" + path.substr(2)));
      auto out = w.restore();
      CAF_REQUIRE_EQUAL(out ? "" : out.error().text, "");
      CAF_REQUIRE_EQUAL(w.lack(), "");
      CAF_REQUIRE_EQUAL(w.other.files().size(), 7u);
      if (!struck)
        break;
      CAF_REQUIRE(n < 2'000);
    }
}

CAF_TEST(whatever the target does nothing wrong gets a name) {
  for (auto how : {test::target_fault::refuses, test::target_fault::unreachable,
                   test::target_fault::corrupts, test::target_fault::loses})
    for (uint64_t n = 1;; ++n) {
      fixture w;
      test::faulty_target faulty{*w.target};
      faulty.strike(how, n);
      static_cast<void>(w.restore(faulty));
      for (auto& path : w.other.files())
        CAF_REQUIRE_EQUAL(w.other.text(path), w.here.text("/d" + path.substr(2)));
      w.restore().value();
      CAF_REQUIRE_EQUAL(w.lack(), "");
      if (!faulty.struck())
        break;
    }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
