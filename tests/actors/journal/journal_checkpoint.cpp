#define CAF_SUITE actors_journal_journal_checkpoint
#include "test.hpp"

#include <cerrno>

#include "actors/journal/journal_checkpoint.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "messages/korean_time.hpp"
#include "support/journal_lines.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::test;

namespace {

struct fixture {
  fixture() {
    auto made = journal_file::create(fs, "data", dataset::scalp,
                                     file_base(dataset::scalp, ten));
    file = std::move(made.file);
  }

  /// Lines of one slot, durable in the file.
  void write(int slot, uint64_t first_seq, uint32_t n, uint32_t session = 1) {
    outbox box{dataset::scalp, slot, std::make_shared<byte_budget>(UINT64_MAX)};
    box.begin_session(make_session(session));
    std::string buffer;
    auto flush = [&](bool keep) {
      box.flush([&](const line_batch_ptr& b) {
        if (keep)
          CAF_REQUIRE(!file->commit({{b, 0}}, buffer));
      });
    };
    for (uint64_t seq = 1; seq < first_seq + n; ++seq) {
      if (seq == first_seq)
        flush(false);
      add_line(box, dataset::scalp, slot, ten, symbol_of(slot), 1'000 + seq);
    }
    flush(true);
  }
  void checkpoint() {
    CAF_REQUIRE(!write_checkpoint(fs, file->path(),
                                  checkpoint_of(*file, dataset::scalp, ten)));
  }
  /// What the next run's look knows of the slot's symbol; 0 for nothing.
  uint64_t known(int slot) {
    past_wanted wanted;
    for (int i = 1; i <= 3; ++i)
      wanted.baselines.insert({"H0STCNT0", symbol_of(i).symbol});
    auto found
      = look_at_past(fs, "data", dataset::scalp, ten, {}, &wanted);
    CAF_CHECK(!found.problem && found.set_aside.empty());
    CAF_CHECK_EQUAL(found.open.size(), 1u);
    return found.baselines[{"H0STCNT0", symbol_of(slot).symbol}].accumulated;
  }
  std::string beside() const {
    return file->path() + ".checkpoint";
  }

  int64_t ten = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
  memory_file_system fs;
  std::unique_ptr<journal_file> file;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_checkpoint_tests, fixture)

CAF_TEST(a checkpoint and the lines behind it tell every volume) {
  write(1, 1, 3);
  write(2, 1, 2);
  checkpoint();
  write(2, 3, 1);
  write(3, 1, 1);
  CAF_CHECK_EQUAL(known(1), 1'003u);
  CAF_CHECK_EQUAL(known(2), 1'003u);
  CAF_CHECK_EQUAL(known(3), 1'001u);
}

CAF_TEST(what stands before a checkpoint is not read) {
  write(2, 1, 1);
  write(1, 1, 30);
  checkpoint();
  auto text = fs.text(file->path());
  CAF_REQUIRE(text.size() > 3 * checkpoint_window_bytes);
  std::fill_n(text.begin(), text.find('\n'), 'x');
  fs.put(file->path(), text);
  CAF_CHECK_EQUAL(known(2), 1'001u);
  CAF_REQUIRE(!fs.remove(beside()));
  CAF_CHECK_EQUAL(known(2), 0u);
}

CAF_TEST(streams of former sessions are told as one for each symbol) {
  for (uint32_t session = 1; session <= 20; ++session)
    write(1, session, 1, session);
  auto said = checkpoint_of(*file, dataset::scalp, ten);
  CAF_CHECK_EQUAL(said.streams.size(), 2u);
  checkpoint();
  CAF_CHECK_EQUAL(known(1), 1'020u);
}

CAF_TEST(without a checkpoint the whole file tells the same) {
  write(1, 1, 3);
  write(2, 1, 20);
  CAF_CHECK_EQUAL(known(1), 1'003u);
  CAF_CHECK_EQUAL(known(2), 1'020u);
}

CAF_TEST(a checkpoint that is damaged or of another file is none) {
  write(1, 1, 3);
  checkpoint();
  auto good = fs.text(beside());
  for (size_t i = 0; i < good.size(); i += 7) {
    auto bad = good;
    bad[i] ^= 1;
    fs.put(beside(), bad);
    if (read_checkpoint(fs, file->path(), dataset::scalp))
      CAF_ERROR("byte " << i << " changed and believed");
    fs.put(beside(), good.substr(0, i));
    if (read_checkpoint(fs, file->path(), dataset::scalp))
      CAF_ERROR("cut at " << i << " and believed");
  }
  fs.put("data/scalp/20260914_11.jsonl", fs.text(file->path()));
  fs.put("data/scalp/20260914_11.jsonl.checkpoint", good);
  CAF_CHECK(!read_checkpoint(fs, "data/scalp/20260914_11.jsonl",
                             dataset::scalp));
}

CAF_TEST(a checkpoint of other content is none) {
  write(1, 1, 3);
  checkpoint();
  auto text = fs.text(file->path());
  auto other = text;
  other[text.size() - 20] ^= 1;
  fs.put(file->path(), other);
  CAF_CHECK(!read_checkpoint(fs, file->path(), dataset::scalp));
  fs.put(file->path(), text.substr(0, text.size() - 1));
  CAF_CHECK(!read_checkpoint(fs, file->path(), dataset::scalp));
}

CAF_TEST(a sealed file has no checkpoint) {
  write(1, 1, 3);
  file->note_checkpoint();
  checkpoint();
  auto late = checkpoint_of(*file, dataset::scalp, ten);
  CAF_REQUIRE(!file->seal(ten, "hour"));
  CAF_CHECK(!fs.exists(beside()));
  CAF_CHECK(!write_checkpoint(fs, file->path(), late));
  CAF_CHECK(!fs.exists(beside()));
}

CAF_TEST(the recovery of an open file takes its checkpoint away) {
  write(1, 1, 3);
  checkpoint();
  auto found = recover_dataset(fs, "data", dataset::scalp, ten, {});
  CAF_CHECK(found.set_aside.empty());
  CAF_CHECK(!fs.exists(beside()));
  CAF_CHECK(fs.exists(file->path() + ".manifest.json"));
}

CAF_TEST(a look changes nothing) {
  write(1, 1, 3);
  checkpoint();
  fs.put("data/scalp/20260914_09.jsonl.manifest.json.tmp", "x");
  auto before = fs.files();
  auto text = fs.text(file->path());
  known(1);
  CAF_CHECK_EQUAL(fs.files(), before);
  CAF_CHECK_EQUAL(fs.text(file->path()), text);
}

CAF_TEST(a checkpoint takes nobody elses name) {
  write(1, 1, 3);
  fs.put(beside(), "my notes\n");
  auto bad = write_checkpoint(fs, file->path(),
                              checkpoint_of(*file, dataset::scalp, ten));
  CAF_REQUIRE(bad);
  CAF_CHECK_EQUAL(bad->code, EEXIST);
  CAF_CHECK_EQUAL(fs.text(beside()), "my notes\n");
  file->note_checkpoint();
  CAF_REQUIRE(!file->seal(ten, "hour"));
  CAF_CHECK_EQUAL(fs.text(beside()), "my notes\n");
}

CAF_TEST(a checkpoint is made beside a temporary of somebody else) {
  write(1, 1, 3);
  fs.put(beside() + ".tmp", "my notes\n");
  checkpoint();
  CAF_CHECK_EQUAL(fs.text(beside() + ".tmp"), "my notes\n");
  CAF_CHECK(read_checkpoint(fs, file->path(), dataset::scalp));
}

CAF_TEST(of a file that is gone no checkpoint is made) {
  write(1, 1, 3);
  auto said = checkpoint_of(*file, dataset::scalp, ten);
  fs.take_away(file->path());
  CAF_CHECK(write_checkpoint(fs, file->path(), said));
  CAF_CHECK(!fs.exists(beside()));
}

CAF_TEST(a failure or a power cut while a checkpoint is written is harmless) {
  for (uint64_t n = 1;; ++n) {
    fs = memory_file_system{n};
    auto made = journal_file::create(fs, "data", dataset::scalp,
                                     file_base(dataset::scalp, ten));
    file = std::move(made.file);
    write(1, 1, 3);
    checkpoint();
    write(1, 4, 3);
    fs.stop_at(n);
    auto failed = write_checkpoint(fs, file->path(),
                                   checkpoint_of(*file, dataset::scalp, ten));
    auto stopped = fs.stopped();
    fs.cut_power();
    if (known(1) != 1'006u)
      CAF_ERROR("power cut at " << n << ": " << known(1));
    if (!stopped)
      break;
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
