#define CAF_SUITE runtime_audit_files
#include "test.hpp"

#include <sys/stat.h>

#include "runtime/audit/file_audit.hpp"
#include "runtime/audit/journal_fixture.hpp"

namespace CAF_SUITE {

using namespace audit_test;

namespace {

/// The sealed hour with one field of its manifest set to another value, and
/// what is found.
found after_setting(const json::json_pointer& where, const json& value) {
  journal j;
  auto text = trades(1, 3)
              + line({.seq = 4, .tick = 10, .accumulated = 45,
                      .more = gap("5")});
  j.write(hour_15, text);
  auto manifest = manifest_of(hour_15, text);
  manifest[where] = value;
  j.write_manifest(hour_15, manifest);
  return j.audit().findings();
}

const found one_manifest_finding{"manifest " + hour_15};

} // namespace

CAF_TEST(a sealed file with a torn last line is found) {
  journal j;
  auto text = trades(1, 3);
  auto torn = trades(4, 4).substr(0, 40);
  auto manifest = manifest_of(hour_15, text);
  manifest["bytes"] = text.size() + torn.size();
  manifest["sha256"] = sha256_of(text + torn);
  j.write(hour_15, text + torn);
  j.write_manifest(hour_15, manifest);
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"torn_line " + hour_15 + ":4"});
  CAF_CHECK(a.what().starts_with("the last 40 bytes of the file"));
}

CAF_TEST(an open file with a line on its way is sound) {
  journal j;
  j.write(hour_15, trades(1, 3) + trades(4, 4).substr(0, 40));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["files"][0]["state"], "open");
  CAF_CHECK_EQUAL(a.report["files"][0]["open_tail_bytes"], 40);
  CAF_CHECK_EQUAL(a.report["files"][0]["lines"], 3);
  CAF_CHECK(a.report["files"][0]["sha256_ok"].is_null());
  CAF_CHECK(j.audit_text().text.find(
              hour_15 + ": open tail: 40 bytes not yet whole")
            != std::string::npos);
}

CAF_TEST(damaged lines that the manifest tells of are no finding) {
  journal j;
  auto text = trades(1, 2) + std::string(90, '\0') + "\nof others\n"
              + trades(3, 4);
  auto manifest = manifest_of(hour_15, text);
  manifest["damaged"] = {{{"first_line", 3}, {"lines", 2}, {"bytes", 101}}};
  j.write(hour_15, text);
  j.write_manifest(hour_15, manifest);
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["files"][0]["damaged_lines"], 2);
  CAF_CHECK(j.audit_text().text.find(hour_15 + ": 2 lines damaged")
            != std::string::npos);
  manifest["damaged"] = {{{"first_line", 3}, {"lines", 1}, {"bytes", 91}}};
  j.write_manifest(hour_15, manifest);
  CAF_CHECK_EQUAL(j.audit().findings(), found{"not_json " + hour_15 + ":4"});
}

CAF_TEST(a hash holds what the manifest calls damaged) {
  journal j;
  auto text = trades(1, 2) + "of others\n" + trades(3, 4);
  auto manifest = manifest_of(hour_15, text);
  manifest["damaged"] = {{{"first_line", 3}, {"lines", 1}, {"bytes", 10}}};
  text[text.find("of others")] = 'x';
  j.write(hour_15, text);
  j.write_manifest(hour_15, manifest);
  CAF_CHECK_EQUAL(j.audit().findings(), found{"checksum " + hour_15});
}

CAF_TEST(after a stop every file must be sealed and whole) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.write(hour_16, trades(4, 5, 16));
  CAF_CHECK_EQUAL(j.audit().status, 0);
  auto a = j.audit({.closed = true});
  CAF_CHECK_EQUAL(a.findings(), found{"unsealed " + hour_16});
  j.write(hour_16, trades(4, 5, 16) + "{");
  a = j.audit({.closed = true});
  CAF_CHECK_EQUAL(a.findings(),
                  (found{"torn_line " + hour_16 + ":3",
                         "unsealed " + hour_16}));
}

CAF_TEST(an open file is judged as strictly) {
  journal j;
  j.write(hour_15, trades(1, 2) + trades(4, 4));
  CAF_CHECK_EQUAL(j.audit().findings(),
                  found{"sequence_hole " + hour_15 + ":3"});
}

CAF_TEST(a line that is not JSON leaves a hole that says whose it was) {
  journal j;
  auto text = trades(1, 3) + trades(4, 5);
  text[text.find("\"seq\":3") + 6] = ':';
  j.write(hour_15, text);
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), (found{"not_json " + hour_15 + ":3",
                                       "sequence_hole " + hour_15 + ":4"}));
}

CAF_TEST(an empty line is found) {
  journal j;
  j.seal(hour_15, trades(1, 3) + "\n" + trades(4, 4));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"not_json " + hour_15 + ":4"});
  CAF_CHECK_EQUAL(a.what(), "an empty line");
}

CAF_TEST(two objects on one line are found) {
  journal j;
  auto first = trades(1, 1);
  first.pop_back();
  j.write(hour_15, first + trades(2, 2));
  CAF_CHECK_EQUAL(j.audit().findings(), found{"not_json " + hour_15 + ":1"});
}

CAF_TEST(a line longer than any of ours is found and passed over) {
  journal j;
  auto size = observer::audit::line_bytes_max + (3u << 18);
  j.write(hour_15, trades(1, 2) + std::string(size, 'x') + "\n" + trades(3, 3));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"not_json " + hour_15 + ":3"});
  CAF_CHECK_EQUAL(a.report["totals"]["lines"], 4);
}

CAF_TEST(lines that straddle the blocks of reading are whole) {
  journal j;
  std::string text;
  for (int seq = 1; text.size() < (3u << 20); ++seq)
    text += line({.seq = seq, .tick = 10, .accumulated = seq * 10,
                  .more = ",\"pad\":\"" + std::string(seq % 997, 'p') + "\""});
  j.seal(hour_15, text);
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["totals"]["bytes"], text.size());
}

CAF_TEST(a line of another hour is found) {
  journal j;
  j.seal(hour_15, trades(1, 2) + trades(3, 3, 16));
  CAF_CHECK_EQUAL(j.audit().findings(), found{"wrong_time " + hour_15 + ":3"});
}

CAF_TEST(one changed digit is found by the checksum) {
  journal j;
  auto text = trades(1, 3);
  j.seal(hour_15, text);
  text[text.find("85729") + 2] = '8';
  j.write(hour_15, text);
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"checksum " + hour_15});
  CAF_CHECK_EQUAL(a.report["files"][0]["sha256_ok"], false);
  CAF_CHECK_EQUAL(a.report["files"][0]["findings"], 1);
}

CAF_TEST(each word of a manifest is held against the file) {
  CAF_CHECK_EQUAL(after_setting("/format"_json_pointer, 1), found{});
  for (auto& [where, value] : std::vector<std::pair<std::string, json>>{
         {"/format", 2},
         {"/file", "20260914_14.jsonl"},
         {"/dataset", "swing"},
         {"/lines", 5},
         {"/bytes", 1},
         {"/lines", -1},
         {"/lines", "4"},
         {"/lines", nullptr},
         {"/first_received", "2026-09-14T15:00:02.000000+09:00"},
         {"/last_received", nullptr},
         {"/sealed_at", "today"},
         {"/sealed_because", ""},
         {"/streams/0/first_seq", 2},
         {"/streams/0/last_seq", 5},
         {"/streams/0/records", 3},
         {"/streams/0/last_accumulated", 44},
         {"/streams/0/last_accumulated", nullptr},
         {"/streams", json::array()},
         {"/gaps/0/cause", "shed"},
         {"/gaps/0/missing_shares", 6},
         {"/gaps", json::array()}}) {
    auto is = after_setting(json::json_pointer{where}, value);
    if (is != one_manifest_finding
        && is != found{"manifest " + hour_15 + ":4"})
      CAF_ERROR(where << " = " << value.dump() << ": " << is.size()
                      << " findings, " << (is.empty() ? "" : is.front()));
  }
  CAF_CHECK_EQUAL(after_setting("/sha256"_json_pointer, std::string(64, '0')),
                  found{"checksum " + hour_15});
  // A stream under another name is one too many and one too few.
  CAF_CHECK_EQUAL(after_setting("/streams/0/symbol"_json_pointer, "000660"),
                  (found{"manifest " + hour_15, "manifest " + hour_15}));
}

CAF_TEST(a manifest that is no manifest is found) {
  journal j;
  j.write(hour_15, trades(1, 3));
  for (auto text : {"", "{}", "[]", "{\"format\":1", "{\"format\":1,}"}) {
    j.write(hour_15 + ".manifest.json", text);
    CAF_CHECK_EQUAL(j.audit().findings(), one_manifest_finding);
  }
}

CAF_TEST(a manifest whose file is gone is found where all must be here) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.seal(hour_16, trades(4, 5, 16));
  fs::remove(j.path(hour_16));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  CAF_CHECK_EQUAL(j.audit({.present = true}).findings(),
                  found{"lost_file " + hour_16});
}

CAF_TEST(what was archived counts by the word of its manifest) {
  for (auto form : {"", ".gz", ".bz2", ".xz"}) {
    journal j;
    j.seal(hour_15, trades(1, 3));
    j.seal(hour_16, trades(4, 5, 16));
    if (*form == '\0')
      fs::remove(j.path(hour_15));
    else
      fs::rename(j.path(hour_15), j.path(hour_15 + form));
    auto a = j.audit({.present = *form != '\0'});
    CAF_CHECK_EQUAL(a.findings(), found{});
    CAF_CHECK_EQUAL(a.report["files"][0]["state"],
                    *form == '\0' ? "away" : "compressed");
    CAF_CHECK_EQUAL(a.report["files"][0]["lines"], 3);
    CAF_CHECK_EQUAL(a.report["totals"]["lines"], 2);
    CAF_CHECK_EQUAL(a.report["unknown_files"].size(), 0u);
  }
}

CAF_TEST(the volume goes on from the last tick of an archived file) {
  journal j;
  j.seal("scalp/20260914_14.jsonl", trades(1, 3, 14));
  j.seal(hour_15, trades(4, 5));
  j.seal(hour_16, trades(7, 8, 16)); // 6 is nowhere
  fs::remove(j.path(hour_15));
  CAF_CHECK_EQUAL(j.audit().findings(),
                  found{"sequence_hole " + hour_16 + ":1"});
}

CAF_TEST(a session of an archived file is the past of a later one) {
  auto of = [](const char* session, int64_t accumulated) {
    return line({.seq = 1, .tick = 10, .accumulated = accumulated,
                 .session_id = session});
  };
  journal j;
  j.seal("scalp/20260914_15.jsonl", of("a-s1", 100));
  j.seal("scalp/20260914_15.1.jsonl", of("b-s1", 110));
  j.seal("scalp/20260914_15.2.jsonl", of("c-s1", 120));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
  fs::remove(j.path("scalp/20260914_15.1.jsonl"));
  CAF_CHECK_EQUAL(j.audit().findings(), found{});
}

CAF_TEST(checkpoints belong to open files) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.write(hour_16, trades(4, 5, 16));
  j.write(hour_15 + ".checkpoint", "x");
  j.write(hour_16 + ".checkpoint", "x");
  j.write(hour_16 + ".checkpoint.tmp", "x");
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["unknown_files"].size(), 0u);
  CAF_CHECK_EQUAL(a.report["leftovers"].dump(),
                  "[\"" + hour_16 + ".checkpoint.tmp\",\"" + hour_15
                    + ".checkpoint\"]");
}

CAF_TEST(leftovers are named and strangers listed) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.write(hour_15 + ".manifest.json.tmp", "{");
  j.write("scalp/notes.txt", "");
  j.write("checkpoint.json", "{}");
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.status, 0);
  CAF_CHECK_EQUAL(a.report["leftovers"].dump(),
                  "[\"" + hour_15 + ".manifest.json.tmp\"]");
  CAF_CHECK_EQUAL(a.report["unknown_files"].dump(),
                  R"(["scalp/notes.txt","checkpoint.json"])");
  CAF_CHECK(j.audit_text().text.find("notes.txt") == std::string::npos);
  CAF_CHECK(j.audit_text({.verbose = true}).text.find("notes.txt")
            != std::string::npos);
}

CAF_TEST(a file that cannot be read is found) {
  journal j;
  fs::create_directory(j.path(hour_15));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"unreadable " + hour_15});
  // Nor does a pipe make the audit wait for a writer.
  fs::remove(j.path(hour_15));
  CAF_REQUIRE_EQUAL(mkfifo(j.path(hour_15).c_str(), 0600), 0);
  CAF_CHECK_EQUAL(j.audit().findings(), found{"unreadable " + hour_15});
}

} // namespace CAF_SUITE
