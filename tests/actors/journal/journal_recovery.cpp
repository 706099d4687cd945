#define CAF_SUITE actors_journal_journal_recovery
#include "test.hpp"

#include <cerrno>

#include "actors/journal/journal_checkpoint.hpp"
#include "actors/journal/journal_file.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "messages/journal_event.hpp"
#include "messages/korean_time.hpp"
#include "support/journal_lines.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::test;

namespace {

struct fixture {
  int64_t ten = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
  const std::string nine = "data/scalp/20260914_09.jsonl";

  std::string lines(uint64_t first_seq, uint32_t n,
                    dataset data = dataset::scalp, uint32_t session = 1) {
    return make_batch(data, make_session(session), 3, first_seq, n,
                      ten - us_per_hour + static_cast<int64_t>(first_seq))
      ->text;
  }

  recovered_journal recover(dataset data = dataset::scalp,
                            const trusted_offsets& trusted = {}) {
    auto out = recover_dataset(fs, "data", data, ten, trusted);
    if (out.problem)
      CAF_FAIL(out.problem->text());
    return out;
  }

  /// Whether recovery said something with this in it.
  static bool said(const recovered_journal& r, const std::string& part) {
    for (auto& line : r.said)
      if (line.find(part) != line.npos)
        return true;
    return false;
  }

  std::string problems(dataset data = dataset::scalp) {
    auto found = read_journal(fs, "data", data);
    for (auto& path : found.open)
      found.problems += path + " is open\n";
    return found.problems;
  }

  /// The quarantine's lines, all files.
  std::string quarantine() {
    std::string out;
    for (auto& path : fs.files())
      if (path.starts_with("data/quarantine/") && path.ends_with(".jsonl"))
        out += fs.text(path);
    return out;
  }

  std::string system() {
    std::string out;
    for (auto& path : fs.files())
      if (path.starts_with("data/system/") && path.ends_with(".jsonl"))
        out += fs.text(path);
    return out;
  }

  /// Writes a checkpoint of all that is in a file of `lines`.
  void check_in(const std::string& path) {
    journal_scan scan{fs, path, dataset::scalp};
    while (!scan.step(1 << 20)) {
    }
    auto said = scan.builder().finish(path.substr(path.rfind('/') + 1), "scalp",
                                      ten, "checkpoint");
    CAF_REQUIRE(!write_checkpoint(fs, path, said));
  }

  memory_file_system fs;
  stream_key stream{"run-s1", 3};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_recovery_tests, fixture)

CAF_TEST(without files there is nothing to recover) {
  auto found = recover();
  CAF_CHECK(found.last_seq.empty() && found.said.empty());
}

CAF_TEST(a file that was left open is sealed with what is in it) {
  fs.put(nine, lines(1, 3));
  auto found = recover();
  CAF_CHECK(said(found, "was left open; sealed with 3 lines"));
  CAF_CHECK_EQUAL(problems(), "");
  CAF_CHECK_EQUAL(found.last_seq[stream], 3u);
}

CAF_TEST(a recovered manifest is that which the writer would have made) {
  for (auto data : all_datasets) {
    fs = memory_file_system{};
    auto batch = make_batch(data, make_session(1), 3, 1, 4, ten);
    std::string buffer;
    auto made = journal_file::create(fs, "data", data, file_base(data, ten));
    CAF_REQUIRE(!made.problem);
    CAF_REQUIRE(!made.file->commit({{batch, 0}}, buffer));
    CAF_REQUIRE(!made.file->seal(ten, "hour"));
    auto manifest_path = made.file->path() + ".manifest.json";
    auto by_writer = parse_manifest(fs.text(manifest_path));
    CAF_REQUIRE(!fs.remove(manifest_path));
    recover(data);
    auto by_recovery = parse_manifest(fs.text(manifest_path));
    CAF_REQUIRE(by_writer && by_recovery);
    CAF_CHECK_EQUAL(by_recovery->sealed_because, "recovery");
    by_recovery->sealed_because = by_writer->sealed_because;
    CAF_CHECK_EQUAL(to_json(*by_recovery), to_json(*by_writer));
  }
}

CAF_TEST(gaps are found again in the lines) {
  line_place place{ten, "run-s1", 3, 1};
  kis::trade t;
  t.symbol = "005930";
  gap_mark gap{"disconnected", -12, 0, ten - 5};
  std::string text;
  append_trade_line(text, t, kis::tr::h0stcnt0, &place, &gap);
  fs.put(nine, text);
  recover();
  auto m = parse_manifest(fs.text(nine + ".manifest.json"));
  CAF_REQUIRE(m && m->gaps.size() == 1u);
  CAF_CHECK_EQUAL(m->gaps[0].cause, "disconnected");
  CAF_CHECK_EQUAL(m->gaps[0].missing_shares, -12);
  CAF_CHECK_EQUAL(m->gaps[0].seq, 1u);
}

CAF_TEST(a second recovery finds nothing to do) {
  fs.put(nine, lines(1, 3));
  recover();
  auto before = fs.files();
  auto found = recover();
  CAF_CHECK(found.said.empty());
  CAF_CHECK_EQUAL(found.last_seq[stream], 3u);
  CAF_CHECK_EQUAL(fs.files(), before);
}

// -- torn lines ---------------------------------------------------------------

CAF_TEST(a torn tail moves to the quarantine and is said) {
  auto whole = lines(1, 2);
  auto torn = lines(3, 1);
  torn.resize(torn.size() - 2);
  fs.put(nine, whole + torn);
  auto found = recover();
  CAF_CHECK_EQUAL(fs.text(nine), whole);
  CAF_CHECK_EQUAL(found.torn_bytes, torn.size());
  CAF_CHECK(said(found, "the last " + std::to_string(torn.size())
                          + " bytes were no whole line"));
  std::string escaped;
  append_json_string(escaped, torn);
  CAF_CHECK(quarantine().find(escaped) != std::string::npos);
  CAF_CHECK_EQUAL(problems(), "");
  CAF_CHECK_EQUAL(problems(dataset::quarantine), "");
}

CAF_TEST(a line that is whole but for its newline is torn) {
  auto text = lines(1, 2);
  fs.put(nine, text.substr(0, text.size() - 1));
  auto found = recover();
  CAF_CHECK_EQUAL(found.last_seq[stream], 1u);
  CAF_CHECK_EQUAL(fs.text(nine), lines(1, 1));
}

CAF_TEST(a file of one torn line becomes empty and is sealed) {
  fs.put(nine, "{\"timest");
  recover();
  CAF_CHECK_EQUAL(fs.text(nine), "");
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(an empty file is sealed) {
  fs.put(nine, "");
  recover();
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a line that somebody damaged does not take those behind it along) {
  auto damaged = lines(2, 1);
  damaged[0] = '!';
  auto text = lines(1, 1) + damaged + lines(3, 2);
  fs.put(nine, text);
  auto found = recover();
  CAF_CHECK_EQUAL(found.last_seq[stream], 4u);
  CAF_CHECK_EQUAL(found.torn_bytes, 0u);
  CAF_CHECK_EQUAL(fs.text(nine), text);
  auto m = parse_manifest(fs.text(nine + ".manifest.json"));
  CAF_REQUIRE(m);
  CAF_CHECK_EQUAL(m->lines, 4u);
  CAF_CHECK_EQUAL(m->bytes, text.size());
  CAF_CHECK_EQUAL(m->streams.at(0).records, 3u);
}

CAF_TEST(damaged lines with nothing whole behind them are the torn tail) {
  auto torn = lines(2, 1).substr(0, 40) + "\n" + lines(3, 1).substr(0, 30);
  fs.put(nine, lines(1, 1) + torn);
  auto found = recover();
  CAF_CHECK_EQUAL(found.last_seq[stream], 1u);
  CAF_CHECK_EQUAL(found.torn_bytes, torn.size());
  CAF_CHECK_EQUAL(fs.text(nine), lines(1, 1));
}

CAF_TEST(a hole of zeros in a line is no line) {
  auto bad = lines(2, 1);
  bad.replace(60, 20, std::string(20, '\0'));
  fs.put(nine, lines(1, 1) + bad);
  auto found = recover();
  CAF_CHECK_EQUAL(found.last_seq[stream], 1u);
  CAF_CHECK_EQUAL(fs.text(nine), lines(1, 1));
}

CAF_TEST(every cut of a file leaves its whole lines) {
  auto text = lines(1, 3);
  for (size_t size = 0; size <= text.size(); ++size) {
    fs = memory_file_system{};
    fs.put(nine, text.substr(0, size));
    auto found = recover();
    auto whole = std::count(text.begin(),
                            text.begin() + static_cast<std::ptrdiff_t>(size),
                            '\n');
    auto now = fs.text(nine);
    if (std::count(now.begin(), now.end(), '\n') != whole
        || now.size() + found.torn_bytes != size || problems() != "")
      CAF_ERROR("cut at " << size << ": " << problems());
  }
  CAF_CHECK(text.size() > 1'000);
}

CAF_TEST(a torn tail of the quarantine itself is kept there) {
  fs.put("data/quarantine/20260914.jsonl",
         lines(1, 2, dataset::quarantine) + "{\"tim");
  auto found = recover(dataset::quarantine);
  CAF_CHECK_EQUAL(found.torn_bytes, 5u);
  CAF_CHECK_EQUAL(problems(dataset::quarantine), "");
  CAF_CHECK(quarantine().find(R"("raw":"{\"tim")") != std::string::npos);
}

CAF_TEST(a file larger than one read is read whole) {
  outbox box{dataset::scalp, 3, std::make_shared<byte_budget>(UINT64_MAX)};
  box.begin_session(make_session(1));
  std::string text;
  for (int i = 0; i < 8'000; ++i)
    add_line(box, dataset::scalp, 3, ten - us_per_hour);
  box.flush([&](const line_batch_ptr& b) { text += b->text; });
  CAF_REQUIRE(text.size() > 3'000'000);
  fs.put(nine, text + "{\"torn");
  auto found = recover();
  CAF_CHECK_EQUAL(found.last_seq[stream], 8'000u);
  CAF_CHECK_EQUAL(found.torn_bytes, 6u);
  CAF_CHECK(fs.text(nine) == text);
}

// -- what the page cache shows ------------------------------------------------

CAF_TEST(what this process does not know to be durable is cut off) {
  fs.put(nine, lines(1, 5));
  auto good = lines(1, 3);
  auto found = recover(dataset::scalp, {{nine, good.size()}});
  CAF_CHECK_EQUAL(fs.text(nine), good);
  CAF_CHECK_EQUAL(found.last_seq[stream], 3u);
  CAF_CHECK_EQUAL(found.torn_bytes, 0u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a file that is whole is synced before its manifest says so) {
  fs.put(nine, lines(1, 2));
  auto made = fs.open_existing(nine);
  CAF_REQUIRE(!made.file->write(lines(3, 2))); // and no sync
  recover();
  fs.cut_power();
  CAF_CHECK_EQUAL(problems(), "");
  CAF_CHECK_EQUAL(read_journal(fs, "data", dataset::scalp).records.size(), 4u);
}

// -- what is learnt -----------------------------------------------------------

CAF_TEST(streams and ticks are learnt from open and from sealed files) {
  fs.put("data/scalp/20260914_08.jsonl", lines(1, 3));
  recover();
  fs.put(nine, lines(4, 2) + lines(1, 1, dataset::scalp, 2));
  auto found = recover();
  CAF_CHECK_EQUAL(found.last_seq[stream], 5u);
  auto other = stream_key{"run-s2", 3};
  CAF_CHECK_EQUAL(found.last_seq[other], 1u);
  auto& base = found.baselines[{"H0STCNT0", "005930"}];
  CAF_CHECK_EQUAL(base.accumulated, 1'005u);
}

CAF_TEST(the newest tick counts and not the last file) {
  fs.put("data/scalp/20260914_08.1.jsonl", lines(9, 1));
  fs.put("data/scalp/20260914_08.jsonl", lines(1, 2));
  auto found = recover();
  auto& base = found.baselines[{"H0STCNT0", "005930"}];
  CAF_CHECK_EQUAL(base.accumulated, 1'009u);
}

CAF_TEST(sealed files of earlier days are not looked at) {
  fs.put("data/scalp/20260912_09.jsonl", lines(1, 3));
  fs.put("data/scalp/20260913_09.jsonl", lines(4, 1));
  recover(); // seals both
  auto before = fs.operations();
  auto again = recover();
  CAF_CHECK_EQUAL(again.last_seq[stream], 4u);
  // The list, one manifest and the size of its file.
  CAF_CHECK_EQUAL(fs.operations() - before, 3u);
}

CAF_TEST(a quote is no past for a tick) {
  kis::quote q;
  q.symbol = "005930";
  q.accumulated_volume = "77";
  line_place place{ten, "run-s1", 3, 1};
  std::string text;
  append_quote_line(text, q, kis::tr::h0stasp0, &place);
  fs.put(nine, text);
  auto found = recover();
  CAF_CHECK_EQUAL(found.last_seq[stream], 1u);
  CAF_CHECK(found.baselines.empty());
}

CAF_TEST(raw text that looks like the keys of a line misleads nobody) {
  std::string text;
  line_place place{ten, "run-s1", 3, 1};
  append_reject_line(text,
                     {reject_reason::garbage, R"("session_id":"x")", "",
                      R"({"session_id":"evil","slot":9,"seq":99})"},
                     place);
  fs.put("data/quarantine/20260914.jsonl", text);
  auto found = recover(dataset::quarantine);
  CAF_CHECK_EQUAL(found.last_seq.size(), 1u);
  CAF_CHECK_EQUAL(found.last_seq[stream], 1u);
}

CAF_TEST(the tick of an event is not taken for its number) {
  std::string text;
  line_place place{ten, "run-s1", 3, 2};
  append_event_line(text, {.event = "gap", .tick_seq = 77}, place);
  fs.put("data/system/20260914.jsonl", text);
  auto found = recover(dataset::system);
  CAF_CHECK_EQUAL(found.last_seq[stream], 2u);
}

// -- trouble ------------------------------------------------------------------

CAF_TEST(without a readable manifest the lines say it) {
  fs.put(nine, lines(1, 1));
  fs.put(nine + ".manifest.json", "{");
  auto found = recover();
  CAF_CHECK(said(found, "20260914_09.jsonl.manifest.json is no manifest"));
  CAF_CHECK_EQUAL(found.last_seq[stream], 1u);
}

CAF_TEST(the rest of an interrupted manifest is removed) {
  fs.put(nine, lines(1, 1));
  fs.put(nine + ".manifest.json.tmp", "{");
  fs.put(nine + ".manifest.json.3.tmp", to_json(manifest{}).substr(0, 50));
  recover();
  CAF_CHECK(!fs.exists(nine + ".manifest.json.tmp"));
  CAF_CHECK(!fs.exists(nine + ".manifest.json.3.tmp"));
  CAF_CHECK_EQUAL(problems(), "");
}

// -- files of others ----------------------------------------------------------

CAF_TEST(foreign names are left alone and named) {
  const std::vector<std::string> names{
    "notes.jsonl",           "._20260914_09.jsonl", "20260914_09 (copy).jsonl",
    "20260914_9.jsonl",      "20260914.jsonl",      "20260914_09.01.jsonl",
    "20260914_09.JSONL",     "20260931_09.jsonl",   "20260914_24.jsonl",
    "notes.manifest.json.tmp", "20260914_09.jsonl.bak", "x.tmp",
    "scalp_20260914_09.jsonl", "20260914_09.jsonl.manifest.json.tmp.1"};
  for (auto& name : names)
    fs.put("data/scalp/" + name, "not ours\n");
  auto found = recover();
  CAF_CHECK_EQUAL(found.strangers.size(), names.size());
  CAF_CHECK_EQUAL(fs.files().size(), names.size());
  for (auto& name : names)
    CAF_CHECK_EQUAL(fs.text("data/scalp/" + name), "not ours\n");
}

CAF_TEST(a file of our name without a line of ours is left as it is) {
  const std::string line = R"({"timestamp":"2026-09-14T09:00:00+09:00",)"
                           R"("symbol":"005930","price":{"current":1}})"
                           "\n";
  for (auto& text : {std::string{"hello\n"}, std::string{"hello"}, line,
                     line + line.substr(0, 20), std::string{"\n"}}) {
    fs = memory_file_system{};
    fs.put(nine, text);
    auto found = recover();
    CAF_CHECK_EQUAL(fs.text(nine), text);
    CAF_CHECK_EQUAL(fs.files().size(), 1u);
    CAF_CHECK(said(found, "it is left as it is"));
    // And its name is taken.
    auto made = journal_file::create(fs, "data", dataset::scalp, "20260914_09");
    CAF_CHECK_EQUAL(made.file->path(), "data/scalp/20260914_09.1.jsonl");
  }
}

CAF_TEST(a file that a power cut left full of zeros is the torn first commit) {
  fs.put(nine, std::string(4096, '\0'));
  auto found = recover();
  CAF_CHECK_EQUAL(found.torn_bytes, 4096u);
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a large foreign end of a file stays) {
  auto text = lines(1, 2) + std::string(torn_tail_bytes_max + 1, 'x');
  fs.put(nine, text);
  auto found = recover();
  CAF_CHECK(fs.text(nine) == text);
  CAF_CHECK(said(found, "it is left as it is"));
  CAF_CHECK(!fs.exists(nine + ".manifest.json"));
}

CAF_TEST(what is not ours under a name of ours stays) {
  const std::string note = "my notes\n";
  for (auto beside : {".checkpoint", ".manifest.json.tmp", ".checkpoint.tmp",
                      ".manifest.json.3.tmp"}) {
    fs = memory_file_system{};
    fs.put(nine, lines(1, 3));
    fs.put(nine + beside, note);
    for (int run = 0; run < 2; ++run) {
      auto found = recover();
      CAF_CHECK_EQUAL(fs.text(nine + beside), note);
      CAF_CHECK(said(found, nine + beside));
    }
    CAF_CHECK_EQUAL(problems(), "");
  }
}

CAF_TEST(a manifest of somebody else stays and its file is set aside) {
  fs.put(nine, lines(1, 3));
  fs.put(nine + ".manifest.json.earlier", "of another day\n");
  fs.put(nine + ".manifest.json", "");
  auto m = manifest{};
  m.file = "20260914_09.jsonl";
  auto& stream = m.streams.emplace_back();
  stream.session_id = "run-s9";
  stream.slot = 3;
  stream.first_seq = stream.last_seq = stream.records = 1;
  fs.put(nine + ".manifest.json", to_json(m));
  recover();
  CAF_CHECK_EQUAL(fs.text(nine + ".manifest.json"), to_json(m));
  CAF_CHECK_EQUAL(fs.text(nine + ".manifest.json.earlier"), "of another day\n");
}

CAF_TEST(a manifest of zeros is made again from the file) {
  for (auto size : {0, 700}) {
    fs = memory_file_system{};
    fs.put(nine, lines(1, 3));
    fs.put(nine + ".manifest.json", std::string(static_cast<size_t>(size), 0));
    auto found = recover();
    CAF_CHECK(said(found, "held nothing but zeros; sealed with 3 lines"));
    CAF_CHECK_EQUAL(found.last_seq[stream], 3u);
    CAF_CHECK_EQUAL(problems(), "");
  }
}

CAF_TEST(text that somebody wrote behind our lines is kept and told apart) {
  fs.put(nine, lines(1, 3) + "a line of somebody\n");
  auto found = recover();
  CAF_CHECK(said(found, "written by somebody else; cut off"));
  CAF_CHECK(quarantine().find(R"("reason":"foreign_text")")
            != std::string::npos);
  CAF_CHECK(quarantine().find("a line of somebody") != std::string::npos);
  CAF_CHECK_EQUAL(problems(), "");
}

// -- what is gone -------------------------------------------------------------

CAF_TEST(a checkpoint whose file is gone tells what is lost) {
  fs.put(nine, lines(1, 5));
  check_in(nine);
  fs.take_away(nine);
  auto found = recover();
  CAF_REQUIRE_EQUAL(found.lost.size(), 1u);
  auto& lost = found.lost[0];
  CAF_CHECK_EQUAL(lost.session_id, "run-s1");
  CAF_CHECK_EQUAL(lost.first_seq, 1u);
  CAF_CHECK_EQUAL(lost.last_seq, 5u);
  CAF_CHECK_EQUAL(lost.records, 5u);
  CAF_CHECK(system().find(R"("event":"gap","cause":"file_taken")")
            != std::string::npos);
  CAF_CHECK(system().find(R"("first_seq":1,"last_seq":5)")
            != std::string::npos);
  CAF_CHECK(!fs.exists(nine + ".checkpoint"));
  CAF_CHECK_EQUAL(problems(dataset::system), "");
  // Its ticks are no past of what comes: they are not on disk.
  CAF_CHECK(found.baselines.empty());
  CAF_CHECK(recover().lost.empty());
}

CAF_TEST(a checkpoint stays until what is gone was told) {
  for (uint64_t n = 1;; ++n) {
    fs = memory_file_system{n};
    fs.put(nine, lines(1, 5));
    check_in(nine);
    fs.take_away(nine);
    fs.fail_nth(n, EIO);
    auto first = recover_dataset(fs, "data", dataset::scalp, ten, {});
    auto struck = fs.failures() > 0;
    fs.mend();
    recover();
    if (system().find(R"("first_seq":1,"last_seq":5)") == std::string::npos
        || fs.exists(nine + ".checkpoint"))
      CAF_ERROR("operation " << n << " failed: " << system());
    if (!struck)
      break;
  }
}

CAF_TEST(an archived file is not gone) {
  fs.put(nine, lines(1, 5));
  check_in(nine);
  fs.take_away(nine);
  fs.put(nine + ".gz", "x");
  CAF_CHECK(recover().lost.empty());
  CAF_CHECK_EQUAL(system(), "");
}

CAF_TEST(what a file does not hold any more is told by its checkpoint) {
  for (auto& left : {std::string{}, lines(1, 2), lines(1, 2) + "{\"time",
                     std::string{"of somebody else\n"}}) {
    fs = memory_file_system{};
    fs.put(nine, lines(1, 5));
    check_in(nine);
    fs.put(nine, left);
    auto found = recover();
    auto kept = left.starts_with(lines(1, 2)) ? 2u : 0u;
    CAF_REQUIRE_EQUAL(found.lost.size(), 1u);
    CAF_CHECK_EQUAL(found.lost[0].first_seq, kept + 1);
    CAF_CHECK_EQUAL(found.lost[0].last_seq, 5u);
    CAF_CHECK(recover().lost.empty());
  }
}

CAF_TEST(records in a page that a power cut took are told as lost) {
  auto text = lines(1, 9);
  auto line_bytes = text.size() / 9;
  auto from = 2 * line_bytes + 30, bytes = 3 * line_bytes;
  std::string stale(bytes, '\x07'), text_of_others(bytes, 'x');
  for (auto& page : {std::string(bytes, '\0'), stale, text_of_others}) {
    fs = memory_file_system{};
    fs.put(nine, std::string{text}.replace(from, bytes, page));
    auto found = recover();
    CAF_REQUIRE_EQUAL(found.lost.size(), 1u);
    CAF_CHECK_EQUAL(found.lost[0].first_seq, 3u);
    CAF_CHECK_EQUAL(found.lost[0].last_seq, 6u);
    CAF_CHECK_EQUAL(to_string(found.lost[0].why), "io_error");
    CAF_CHECK(system().find(R"("first_seq":3,"last_seq":6)")
              != std::string::npos);
    auto m = parse_manifest(fs.text(nine + ".manifest.json"));
    CAF_REQUIRE(m && m->damaged.size() == 1u);
    CAF_CHECK_EQUAL(m->damaged[0].first_line, 3u);
    CAF_CHECK_EQUAL(m->damaged[0].lines, 1u);
    CAF_CHECK_EQUAL(m->streams.at(0).records, 5u);
  }
}

CAF_TEST(a number that jumps further than the damage reaches is no loss) {
  auto damaged = lines(2, 1);
  damaged[0] = '!';
  fs.put(nine, lines(1, 1) + damaged + lines(1'000, 1));
  CAF_CHECK(recover().lost.empty());
}

// -- archived files -----------------------------------------------------------

CAF_TEST(a name is not taken again while anything of it is there) {
  for (auto beside : {"", ".gz", ".zst", ".xz", ".manifest.json",
                      ".checkpoint", ".manifest.json.tmp", ".zst.tmp"}) {
    fs = memory_file_system{};
    fs.put(nine + beside, "x");
    auto made = journal_file::create(fs, "data", dataset::scalp, "20260914_09");
    CAF_REQUIRE(made.file);
    CAF_CHECK_EQUAL(made.file->path(), "data/scalp/20260914_09.1.jsonl");
  }
}

CAF_TEST(a half compressed copy is neither a stranger nor removed) {
  fs.put(nine, lines(1, 3));
  recover();
  fs.put(nine + ".zst.tmp", "x");
  auto found = recover();
  CAF_CHECK(found.strangers.empty() && found.remains.empty());
  CAF_CHECK(fs.exists(nine + ".zst.tmp"));
}

CAF_TEST(the manifest of an archived file tells its volumes) {
  fs.put(nine, lines(1, 3));
  recover();
  CAF_REQUIRE(!fs.remove(nine));
  auto found = recover();
  CAF_CHECK_EQUAL(found.last_seq[stream], 3u);
  CAF_CHECK(found.open.empty());
}

CAF_TEST(a manifest of another file of that name is not believed) {
  fs.put(nine, lines(1, 3));
  recover();
  auto earlier = fs.text(nine + ".manifest.json");
  fs.put(nine, lines(4, 2) + "{\"torn");
  auto found = recover();
  CAF_CHECK_EQUAL(fs.text(nine), lines(4, 2));
  CAF_CHECK_EQUAL(fs.text(nine + ".manifest.json.earlier"), earlier);
  // 1 to 3 are away with their file.
  CAF_CHECK_EQUAL(problems(), "run-s1 slot 3: nothing between 0 and 4\n");
  CAF_CHECK_EQUAL(found.last_seq[stream], 5u);
}

CAF_TEST(a sealed file that somebody cut keeps its manifest) {
  auto text = lines(1, 3);
  fs.put(nine, text);
  recover();
  auto manifest = fs.text(nine + ".manifest.json");
  fs.put(nine, lines(1, 2) + "{");
  auto found = recover();
  CAF_CHECK_EQUAL(fs.text(nine), lines(1, 2) + "{");
  CAF_CHECK_EQUAL(fs.text(nine + ".manifest.json"), manifest);
  CAF_CHECK(said(found, "its file's lines are looked at instead"));
  CAF_CHECK_EQUAL(found.last_seq[stream], 2u);
}

// -- clocks -------------------------------------------------------------------

CAF_TEST(what a clock in the future left does not hide the present) {
  fs.put("data/scalp/20260914_08.jsonl", lines(1, 3));
  recover();
  auto now = ten;
  ten += 1'400 * us_per_day;
  auto future = file_base(dataset::scalp, ten - us_per_hour);
  fs.put("data/scalp/" + future + ".jsonl", lines(9, 1));
  recover(); // sealed by that run
  fs.put("data/scalp/" + future + ".1.jsonl", lines(10, 1));
  ten = now;
  auto found = recover();
  auto& base = found.baselines[{"H0STCNT0", "005930"}];
  CAF_CHECK_EQUAL(base.accumulated, 1'003u);
  CAF_CHECK_EQUAL(korean_day(base.received_us), korean_day(now));
  CAF_CHECK(fs.exists("data/scalp/" + future + ".1.jsonl.manifest.json"));
}

// -- what cannot be opened ----------------------------------------------------

CAF_TEST(one file that cannot be opened does not keep the others waiting) {
  fs.put("data/scalp/20260914_07.jsonl", lines(1, 1));
  fs.put("data/scalp/20260914_08.jsonl", lines(2, 1));
  fs.fail_nth(fs_op::settle, 1, EPERM);
  auto found = recover();
  CAF_CHECK_EQUAL(found.set_aside.size(), 1u);
  CAF_CHECK(found.set_aside[0].find("20260914_07.jsonl") != std::string::npos);
  CAF_CHECK(fs.exists("data/scalp/20260914_08.jsonl.manifest.json"));
  CAF_CHECK(recover().set_aside.empty());
  CAF_CHECK_EQUAL(problems(), "");
}

CAF_TEST(a failure at each operation is said and a repetition mends it) {
  uint64_t n = 1;
  for (;; ++n) {
    fs = memory_file_system{n};
    fs.put(nine, lines(1, 3) + "{\"torn");
    fs.put("data/scalp/20260914_08.jsonl", lines(1, 2, dataset::scalp, 2));
    fs.fail_nth(n, EIO);
    auto first = recover_dataset(fs, "data", dataset::scalp, ten, {});
    auto struck = fs.failures() > 0;
    fs.mend();
    auto again = recover();
    // The quarantine is a journal too, and recovered after the ticks.
    recover_dataset(fs, "data", dataset::quarantine, ten, {});
    auto other = stream_key{"run-s2", 3};
    if (problems() != "" || again.last_seq[stream] != 3u
        || again.last_seq[other] != 2u
        || quarantine().find(R"("raw":"{\"torn")") == std::string::npos
        || problems(dataset::quarantine).find("torn at") != std::string::npos)
      CAF_ERROR("operation " << n << ": " << problems() << "; last "
                             << again.last_seq[stream] << " and "
                             << again.last_seq[other] << "; quarantine "
                             << quarantine() << problems(dataset::quarantine));
    if (!struck)
      break;
    // What fails unsaid is only the removal of what need not be there.
    if (!first.problem && first.set_aside.empty() && !again.said.empty())
      CAF_ERROR("operation " << n << " failed unsaid");
  }
}

CAF_TEST(a power cut at each operation loses nothing that was durable) {
  uint64_t n = 1;
  for (;; ++n) {
    fs = memory_file_system{n};
    fs.put(nine, lines(1, 3) + "{\"torn");
    fs.stop_at(n);
    recover_dataset(fs, "data", dataset::scalp, ten, {});
    auto stopped = fs.stopped();
    fs.cut_power();
    auto again = recover();
    if (problems() != "" || again.last_seq[stream] != 3u
        || quarantine().find(R"("raw":"{\"torn")") == std::string::npos)
      CAF_ERROR("power cut at " << n << ": " << problems());
    if (!stopped)
      break;
  }
  CAF_CHECK(n > 15);
}

CAF_TEST(a volume in doubt is no past) {
  auto tick = [&](uint64_t seq, const char* volume, const char* accumulated,
                 kis::doubt_set doubts) {
    line_place place{ten, "run-s1", 3, seq};
    kis::trade t;
    t.symbol = "005930";
    t.volume = volume;
    t.accumulated_volume = accumulated;
    doubt_mark mark{doubts, "the^record"};
    std::string text;
    append_trade_line(text, t, kis::tr::h0stcnt0, &place, nullptr, &mark);
    return text;
  };
  kis::doubt_set both{kis::doubt::volume};
  both.add(kis::doubt::tick);
  fs.put(nine, tick(1, "1", "100", {})
                 + tick(2, "7", "639490152600760838", kis::doubt::volume)
                 + tick(3, "999999999999", "1", both));
  auto found = recover();
  auto& base = found.baselines[{"H0STCNT0", "005930"}];
  CAF_CHECK_EQUAL(base.accumulated, 107u);
  auto m = parse_manifest(fs.text(nine + ".manifest.json"));
  CAF_REQUIRE(m && m->streams.size() == 1u);
  CAF_CHECK(m->streams[0].last_accumulated == 107u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
