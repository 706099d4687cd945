#define CAF_SUITE actors_journal_journal_past
#include "test.hpp"

#include "actors/journal/journal_past.hpp"
#include "messages/korean_time.hpp"
#include "support/failing_new.hpp"
#include "support/journal_lines.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::test;

namespace {

const std::string folder = "data/scalp/";

struct fixture {
  int64_t ten = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();

  /// Ticks of two streams, of which the file's last bytes are a torn one.
  std::string leave_open(const std::string& name) {
    auto at = ten - us_per_hour;
    auto text
      = make_batch(dataset::scalp, make_session(1), 3, 1, 4, at)->text
        + make_batch(dataset::scalp, make_session(1), 7, 1, 3, at)->text;
    fs->put(folder + name, text + "{\"timestamp\":\"2026-");
    return text;
  }

  past_work work_on(std::vector<open_past> open) {
    return {fs, "data", dataset::scalp, std::move(open), {}};
  }

  std::shared_ptr<memory_file_system> fs
    = std::make_shared<memory_file_system>();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_past_tests, fixture)

CAF_TEST(files are sealed one after the other) {
  auto first = leave_open("20260914_08.jsonl");
  auto second = leave_open("20260914_09.jsonl");
  auto work = work_on({{"20260914_08.jsonl"}, {"20260914_09.jsonl"}});
  auto steps = 1;
  while (work.step(ten).more)
    ++steps;
  CAF_CHECK(steps >= 2);
  CAF_CHECK_EQUAL(fs->text(folder + "20260914_08.jsonl"), first);
  CAF_CHECK_EQUAL(fs->text(folder + "20260914_09.jsonl"), second);
}

CAF_TEST(a step that breaks off for want of memory takes no line along) {
  // Each `new` fails once, until the file is read: what was half read must not be
  // cut as a torn tail.
  uint64_t all = 0;
  {
    leave_open("20260914_09.jsonl");
    failing_new::mark here{true};
    failing_new::fail_nth(UINT64_MAX / 2);
    auto sealer = std::make_unique<file_sealer>(
      *fs, "data", dataset::scalp, open_past{"20260914_09.jsonl"});
    sealer->step(0, ten); // opens it, and reads nothing
    journal_scan scan{*fs, folder + "20260914_09.jsonl", dataset::scalp};
    while (!scan.step(1 << 20)) {
    }
    all = failing_new::seen();
  }
  failing_new::mend();
  CAF_CHECK(all > 10);
  for (uint64_t n = 1; n <= all; ++n) {
    fixture f;
    auto whole = f.leave_open("20260914_09.jsonl");
    auto work = f.work_on({{"20260914_09.jsonl"}});
    auto failed = false;
    {
      failing_new::mark here{true};
      failing_new::fail_nth(n);
      try {
        while (work.step(f.ten).more) {
        }
      } catch (const std::bad_alloc&) {
        failed = true;
      }
    }
    failing_new::mend();
    CAF_CHECK(failed);
    while (work.step(f.ten).more) {
    }
    auto manifest = f.fs->text(folder + "20260914_09.jsonl.manifest.json");
    if (f.fs->text(folder + "20260914_09.jsonl") != whole
        || manifest.find("\"lines\": 7,") == manifest.npos)
      CAF_ERROR("new number " << n << ": " << manifest);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
