#define CAF_SUITE actors_journal_journal_file
#include "test.hpp"

#include <cerrno>

#include "actors/journal/journal_file.hpp"
#include "messages/korean_time.hpp"
#include "support/journal_lines.hpp"
#include "support/test_disks.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::test;

namespace {

struct counting_disk : inline_disk {
  void both(const std::function<void()>& one,
            const std::function<void()>& other) override {
    ++helped;
    inline_disk::both(one, other);
  }
  int helped = 0;
};

struct fixture {
  int64_t ten = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();

  std::unique_ptr<journal_file> make(dataset data = dataset::scalp) {
    auto made = journal_file::create(fs, "data", data, file_base(data, ten));
    if (made.problem)
      CAF_FAIL(made.problem->text());
    return std::move(made.file);
  }

  line_batch_ptr batch(uint64_t first_seq, uint32_t lines,
                       int64_t received_us) {
    return make_batch(dataset::scalp, session, 3, first_seq, lines,
                      received_us);
  }

  /// 10,000 lines of twenty slots, more than half a MiB.
  std::vector<commit_part> large() {
    std::vector<commit_part> out;
    size_t bytes = 0;
    for (int slot = 10; slot < 30; ++slot) {
      out.push_back(
        {make_batch(dataset::scalp, session, slot, 1, 500, ten), 0});
      bytes += out.back().text().size();
    }
    CAF_REQUIRE(bytes > 600'000);
    return out;
  }

  void commit(journal_file& file, const std::vector<commit_part>& parts) {
    if (auto bad = file.commit(parts, buffer))
      CAF_FAIL(bad->text());
  }

  manifest manifest_of(const std::string& path) {
    auto m = parse_manifest(fs.text(path + ".manifest.json"));
    if (!m)
      CAF_FAIL("no manifest of " << path);
    return *m;
  }

  memory_file_system fs;
  session_ptr session = make_session(1);
  std::string buffer;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_file_tests, fixture)

// -- names --------------------------------------------------------------------

CAF_TEST(ticks have a file an hour and the rest a file a day) {
  CAF_CHECK_EQUAL(file_base(dataset::scalp, ten), "20260914_10");
  CAF_CHECK_EQUAL(file_base(dataset::system, ten), "20260914");
  CAF_CHECK_EQUAL(file_base(dataset::quarantine, ten), "20260914");
}

CAF_TEST(a period ends where the name of its file changes) {
  for (auto data : all_datasets) {
    auto period = file_period(data, ten);
    auto end = file_period_end_us(data, period);
    CAF_CHECK_EQUAL(file_period(data, end - 1), period);
    CAF_CHECK_EQUAL(file_period(data, end), period + 1);
    CAF_CHECK(file_base(data, end - 1) == file_base(data, ten));
    CAF_CHECK(file_base(data, end) != file_base(data, ten));
  }
}

CAF_TEST(a name that is taken makes a part) {
  for (auto expected :
       {"scalp/20260914_10.jsonl", "scalp/20260914_10.1.jsonl",
        "scalp/20260914_10.2.jsonl"}) {
    auto file = make();
    CAF_CHECK_EQUAL(*file->name(), expected);
  }
}

CAF_TEST(a new part comes behind all that are there) {
  fs.put("data/scalp/20260914_10.12000.jsonl.gz", "archived");
  auto first = make();
  CAF_CHECK_EQUAL(*first->name(), "scalp/20260914_10.12001.jsonl");
  // A number that no writer of ours gives is passed over.
  fs.put("data/scalp/20260914_10.4294967295.jsonl", "of a stranger");
  auto second = make();
  CAF_CHECK_EQUAL(*second->name(), "scalp/20260914_10.12002.jsonl");
}

CAF_TEST(the name of a new file is durable) {
  auto file = make();
  CAF_CHECK(fs.entry_is_durable(file->path()));
}

CAF_TEST(a file whose name is not durable is not handed out) {
  fs.fail_nth(fs_op::sync_directory, 1, EIO);
  auto made = journal_file::create(fs, "data", dataset::scalp, "20260914_10");
  CAF_CHECK(made.problem.has_value());
  CAF_CHECK(made.file == nullptr);
  CAF_CHECK(fs.files().empty());
}

CAF_TEST(a file that cannot even be removed is handed back to be sealed) {
  fs.fail_nth(fs_op::sync_directory, 1, EIO);
  fs.fail_nth(fs_op::remove, 1, EIO);
  auto made = journal_file::create(fs, "data", dataset::scalp, "20260914_10");
  CAF_CHECK(made.problem.has_value());
  CAF_REQUIRE(made.file != nullptr);
  CAF_CHECK(!made.file->seal(ten, "failure"));
  CAF_CHECK_EQUAL(read_journal(fs, "data", dataset::scalp).problems, "");
}

// -- lines --------------------------------------------------------------------

CAF_TEST(a commit is durable when it returns) {
  auto file = make();
  commit(*file, {{batch(1, 3, ten), 0}});
  auto text = fs.text(file->path());
  CAF_CHECK(!text.empty());
  CAF_CHECK_EQUAL(fs.synced_bytes(file->path()), text.size());
  CAF_CHECK_EQUAL(file->committed_bytes(), text.size());
}

CAF_TEST(a commit that fails counts for nothing) {
  auto file = make();
  commit(*file, {{batch(1, 2, ten), 0}});
  auto good = file->committed_bytes();
  fs.fail_nth(fs_op::sync, 1, EIO);
  CAF_CHECK(file->commit({{batch(3, 2, ten), 0}}, buffer).has_value());
  CAF_CHECK_EQUAL(file->committed_bytes(), good);
  CAF_CHECK(!file->cut());
  CAF_CHECK_EQUAL(fs.text(file->path()).size(), good);
  CAF_CHECK(!file->seal(ten, "failure"));
  CAF_CHECK_EQUAL(read_journal(fs, "data", dataset::scalp).problems, "");
}

CAF_TEST(a large commit is written in pieces and hashed with help) {
  counting_disk helper;
  auto file = make();
  auto operations = fs.operations(), syncs = fs.syncs();
  CAF_CHECK(!file->commit(large(), buffer, &helper));
  CAF_CHECK(fs.operations() > operations + 3);
  CAF_CHECK_EQUAL(fs.syncs(), syncs + 1);
  CAF_CHECK_EQUAL(file->committed_lines(), 10'000u);
  CAF_CHECK_EQUAL(helper.helped, 1);
  CAF_CHECK(!file->commit({{batch(1, 1, ten), 0}}, buffer, &helper));
  CAF_CHECK_EQUAL(helper.helped, 1); // a small one is not worth it
  CAF_CHECK(!file->seal(ten, "stop"));
  CAF_CHECK_EQUAL(read_journal(fs, "data", dataset::scalp).problems, "");
}

CAF_TEST(what a failed large commit hashed is forgotten) {
  inline_disk helper;
  auto file = make();
  commit(*file, {{batch(1, 2, ten), 0}});
  fs.fail_nth(fs_op::write, 2, EIO);
  CAF_CHECK(file->commit(large(), buffer, &helper).has_value());
  CAF_CHECK(!file->cut());
  CAF_CHECK(!file->seal(ten, "failure"));
  auto text = fs.text(file->path());
  sha256 whole;
  whole.add(text);
  CAF_CHECK_EQUAL(manifest_of(file->path()).sha256, whole.hex());
  CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 2);
}

CAF_TEST(lines that the disk has are left out) {
  auto file = make();
  commit(*file, {{batch(1, 5, ten), 3}});
  auto text = fs.text(file->path());
  CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 2);
  CAF_CHECK(text.find(R"("seq":4})") < text.find(R"("seq":5})"));
  CAF_CHECK(text.find(R"("seq":3})") == text.npos);
}

// -- manifest -----------------------------------------------------------------

CAF_TEST(a manifest says what is in the file) {
  auto file = make();
  auto other = make_batch(dataset::scalp, make_session(2), 7, 1, 1, ten + 5);
  commit(*file, {{batch(1, 2, ten), 0}, {other, 0}});
  commit(*file, {{batch(3, 1, ten + 9), 0}});
  CAF_REQUIRE(!file->seal(ten + 100, "hour"));
  auto m = manifest_of(file->path());
  CAF_CHECK_EQUAL(m.file, "20260914_10.jsonl");
  CAF_CHECK_EQUAL(m.dataset, "scalp");
  CAF_CHECK_EQUAL(m.lines, 4u);
  CAF_CHECK_EQUAL(m.sealed_because, "hour");
  CAF_CHECK_EQUAL(m.sealed_at_us, ten + 100);
  CAF_CHECK(m.first_received_us == ten);
  CAF_CHECK(m.last_received_us == ten + 9);
  CAF_REQUIRE_EQUAL(m.streams.size(), 2u);
  auto& s = m.streams[0];
  CAF_CHECK_EQUAL(s.session_id, "run-s1");
  CAF_CHECK_EQUAL(s.slot, 3);
  CAF_CHECK_EQUAL(s.symbol, "005930");
  CAF_CHECK_EQUAL(s.first_seq, 1u);
  CAF_CHECK_EQUAL(s.last_seq, 3u);
  CAF_CHECK_EQUAL(s.records, 3u);
  CAF_CHECK(s.last_accumulated == 1'003u);
  CAF_CHECK_EQUAL(m.streams[1].slot, 7);
  CAF_CHECK_EQUAL(read_journal(fs, "data", dataset::scalp).problems, "");
}

CAF_TEST(a manifest tells of the gaps in its lines and of no others) {
  auto gapped = std::make_shared<line_batch>(*batch(1, 4, ten));
  gapped->gaps = {{2, "005930", cause::disconnected, 7},
                  {4, "005930", cause::exchange_gap, 9}};
  auto file = make();
  commit(*file, {{gapped, 2}});
  CAF_REQUIRE(!file->seal(ten, "hour"));
  auto m = manifest_of(file->path());
  CAF_REQUIRE_EQUAL(m.gaps.size(), 1u);
  CAF_CHECK_EQUAL(m.gaps[0].seq, 4u);
  CAF_CHECK_EQUAL(m.gaps[0].cause, "exchange_gap");
  CAF_CHECK_EQUAL(m.gaps[0].missing_shares, 9);
}

CAF_TEST(without its first lines a batch begins later) {
  outbox box{dataset::scalp, 3, std::make_shared<byte_budget>(UINT64_MAX)};
  box.begin_session(session);
  for (int i = 0; i < 3; ++i)
    add_line(box, dataset::scalp, 3, ten + i);
  auto file = make();
  box.flush([&](const line_batch_ptr& b) { commit(*file, {{b, 2}}); });
  CAF_REQUIRE(!file->seal(ten + 10, "hour"));
  CAF_CHECK(manifest_of(file->path()).first_received_us == ten + 2);
}

CAF_TEST(a manifest is there whole or not at all) {
  uint64_t n = 1;
  for (;; ++n) {
    fs = memory_file_system{n};
    auto file = make();
    commit(*file, {{batch(1, 2, ten), 0}});
    auto before = fs.failures();
    fs.fail_nth(n, EIO);
    auto failed = file->seal(ten, "hour").has_value();
    CAF_CHECK_EQUAL(failed, fs.failures() > before);
    fs.mend();
    CAF_CHECK_EQUAL(read_journal(fs, "data", dataset::scalp).problems, "");
    CAF_CHECK(!file->seal(ten, "hour"));
    CAF_CHECK(read_journal(fs, "data", dataset::scalp).open.empty());
    CAF_CHECK(!fs.exists(file->path() + ".manifest.json.tmp"));
    if (fs.failures() == before)
      break;
  }
  CAF_CHECK_EQUAL(n, 7u);
}

CAF_TEST(a manifest that returned survives a power cut) {
  auto file = make();
  commit(*file, {{batch(1, 2, ten), 0}});
  CAF_REQUIRE(!file->seal(ten, "hour"));
  fs.cut_power();
  auto found = read_journal(fs, "data", dataset::scalp);
  CAF_CHECK(found.open.empty());
  CAF_CHECK_EQUAL(found.problems, "");
  CAF_CHECK_EQUAL(found.records.size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
