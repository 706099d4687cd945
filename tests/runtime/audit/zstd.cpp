#define CAF_SUITE runtime_audit_zstd
#include "test.hpp"

#include <atomic>

#include "actors/archive/compress_file.hpp"
#include "runtime/audit/file_audit.hpp"
#include "runtime/audit/journal_fixture.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "support/zstd_text.hpp"

// What is in a .zst beside its manifest is proven as if it were plain.

namespace CAF_SUITE {

using namespace audit_test;
using observer::test::zstd_skipped;
using observer::test::zstd_text;

namespace {

struct compressed_journal : journal {
  /// Seals the text and puts these bytes into the file's place.
  void seal_zstd(const std::string& name, const std::string& text,
                 const std::string& bytes) const {
    seal(name, text);
    fs::remove(path(name));
    write(name + ".zst", bytes);
  }
  void seal_zstd(const std::string& name, const std::string& text) const {
    seal_zstd(name, text, zstd_text(text));
  }
};

/// With all that the recorder reads of a manifest.
void seal_as_recorded(const journal& j, const std::string& text) {
  j.write(hour_15, text);
  auto manifest = manifest_of(hour_15, text);
  for (auto& stream : manifest["streams"])
    stream["last_received"] = manifest["last_received"];
  j.write_manifest(hour_15, manifest);
}

} // namespace

CAF_TEST(a compressed file is proven line by line) {
  compressed_journal j;
  auto text = trades(1, 300);
  j.seal_zstd(hour_15, text,
              zstd_text(text.substr(0, 1'000)) + zstd_text(text.substr(1'000))
                + zstd_skipped("table"));
  auto a = j.audit({.closed = true, .present = true});
  CAF_CHECK_EQUAL(a.findings(), found{});
  auto& row = a.report["files"][0];
  CAF_CHECK_EQUAL(row["file"], hour_15);
  CAF_CHECK_EQUAL(row["state"], "compressed");
  CAF_CHECK_EQUAL(row["sha256_ok"], true);
  CAF_CHECK_EQUAL(row["lines"], 300);
  CAF_CHECK_EQUAL(row["bytes"], text.size());
  CAF_CHECK_EQUAL(a.report["totals"]["lines"], 300);
  CAF_CHECK(j.audit_text().text.starts_with(
    "verdict: sound — 300 lines in 1 file, 0 gaps declared"));
}

CAF_TEST(a defect is found where it would be in the plain file) {
  auto text = trades(1, 3) + "no json\n" + trades(5, 6);
  journal plain;
  plain.seal(hour_15, text);
  compressed_journal zstd;
  zstd.seal_zstd(hour_15, text);
  CAF_CHECK(!plain.audit().findings().empty());
  CAF_CHECK_EQUAL(zstd.audit().findings(), plain.audit().findings());
}

CAF_TEST(sequences and volumes go on from a compressed file) {
  compressed_journal j;
  j.seal_zstd(hour_15, trades(1, 3));
  j.seal(hour_16, trades(5, 6, 16)); // 4 is nowhere
  CAF_CHECK_EQUAL(j.audit().findings(),
                  found{"sequence_hole " + hour_16 + ":1"});
}

CAF_TEST(a compressed file without its end is found with the place) {
  auto text = trades(1, 300);
  auto bytes = zstd_text(text) + zstd_skipped("table");
  for (auto size : {size_t{0}, size_t{1}, size_t{5}, size_t{40},
                    bytes.size() / 2, bytes.size() - 20, bytes.size() - 1}) {
    compressed_journal j;
    j.seal_zstd(hour_15, text, bytes.substr(0, size));
    auto a = j.audit();
    CAF_REQUIRE_EQUAL(a.status, 1);
    CAF_CHECK_EQUAL(a.findings(), found{"unreadable " + hour_15});
    CAF_CHECK(a.what().find(size == 0 ? "is empty"
                                      : "at byte " + std::to_string(size))
              != std::string::npos);
  }
}

CAF_TEST(damage in a compressed file is found) {
  auto text = trades(1, 20);
  auto bytes = zstd_text(text);
  for (size_t at = 0; at < bytes.size(); at += 7) {
    compressed_journal j;
    auto damaged = bytes;
    damaged[at] ^= 0x10;
    j.seal_zstd(hour_15, text, damaged);
    CAF_CHECK_EQUAL(j.audit().status, 1);
  }
}

CAF_TEST(other lines than those that were sealed are found by their hash) {
  compressed_journal j;
  auto text = trades(1, 3);
  auto other = text;
  other.replace(other.find("249250"), 6, "249251");
  j.seal_zstd(hour_15, text, zstd_text(other));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{"checksum " + hour_15});
  CAF_CHECK_EQUAL(a.report["files"][0]["sha256_ok"], false);
}

CAF_TEST(of a bomb no more is read than should be there) {
  compressed_journal j;
  auto text = trades(1, 3);
  j.seal_zstd(hour_15, text, zstd_text(text + std::string(16 << 20, '\n')));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.status, 1);
  CAF_CHECK_EQUAL(a.report["files"][0]["bytes"], text.size() + 1);
  // Nobody says how much.
  j.write(hour_15 + ".manifest.json", "{}");
  a = j.audit();
  CAF_CHECK(a.report["files"][0]["bytes"].get<uint64_t>() < 16 << 20);
  bool told = false;
  for (auto& one : a.findings())
    told = told || one == "beyond_limit " + hour_15;
  CAF_CHECK(told);
}

CAF_TEST(of a file and its copy only one is counted) {
  compressed_journal j;
  auto text = trades(1, 3);
  j.seal(hour_15, text);
  j.write(hour_15 + ".zst", zstd_text(text));
  j.write(hour_15 + ".zst.tmp", "half");
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["totals"]["lines"], 3);
  CAF_CHECK_EQUAL(a.report["files"].size(), 1u);
  CAF_CHECK_EQUAL(a.report["leftovers"].dump(),
                  json({hour_15 + ".zst.tmp", hour_15 + ".zst"}).dump());
}

CAF_TEST(a copy without a manifest is none of the journal) {
  compressed_journal j;
  j.seal_zstd(hour_15, trades(1, 3));
  fs::remove(j.path(hour_15 + ".manifest.json"));
  auto a = j.audit();
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["files"].size(), 0u);
  CAF_CHECK_EQUAL(a.report["unknown_files"].dump(),
                  json({hour_15 + ".zst"}).dump());
}

CAF_TEST(one file is audited by either name) {
  compressed_journal j;
  j.seal_zstd(hour_15, trades(1, 3));
  for (auto name : {hour_15, hour_15 + ".zst"}) {
    auto a = audit({.path = j.path(name).string(), .json = true});
    CAF_CHECK_EQUAL(a.status, 0);
    CAF_CHECK_EQUAL(a.report["totals"]["lines"], 3);
    CAF_CHECK_EQUAL(a.report["files"][0]["state"], "compressed");
  }
}

CAF_TEST(a file that is compressed while it is audited is found) {
  compressed_journal j;
  j.seal(hour_15, trades(1, 3));
  auto list = observer::audit::take_inventory(j.path().string(), "");
  j.seal_zstd(hour_15, trades(1, 3));
  observer::audit::audit_progress progress;
  auto result = observer::audit::audit_file(list.files.at(0), true, progress);
  CAF_CHECK_EQUAL(result.findings.total(), 0u);
  CAF_CHECK_EQUAL(result.lines, 3u);
}

CAF_TEST(progress is told by the bytes on the disk and the stop is obeyed) {
  compressed_journal j;
  auto text = trades(1, 3'000);
  j.seal_zstd(hour_15, text);
  auto list = observer::audit::take_inventory(j.path().string(), "");
  auto bytes = zstd_text(text).size();
  CAF_CHECK_EQUAL(list.files.at(0).bytes, bytes);
  observer::audit::audit_progress progress;
  observer::audit::audit_file(list.files.at(0), true, progress);
  CAF_CHECK_EQUAL(progress.bytes_done.load(), bytes);
  std::atomic<bool> stop{true};
  observer::audit::audit_progress ended;
  ended.stop = &stop;
  observer::audit::audit_file(list.files.at(0), true, ended);
  CAF_CHECK_EQUAL(ended.bytes_done.load(), 0u);
}

CAF_TEST(what is compressed here is proven there) {
  compressed_journal j;
  auto text = trades(1, 3'000);
  seal_as_recorded(j, text);
  observer::posix_file_system disk;
  auto done = observer::compress_file(disk, j.path().string(), hour_15,
                                      [] { return true; });
  CAF_REQUIRE(done.has_value());
  CAF_CHECK(!fs::exists(j.path(hour_15)));
  CAF_CHECK_EQUAL(done->bytes, fs::file_size(j.path(hour_15 + ".zst")));
  auto a = j.audit({.closed = true, .present = true});
  CAF_CHECK_EQUAL(a.findings(), found{});
  CAF_CHECK_EQUAL(a.report["totals"]["lines"], 3'000);
}

CAF_TEST(no link is compressed and none followed) {
  for (auto linked : {"", ".zst", ".manifest.json", ".zst.tmp"}) {
    compressed_journal j;
    seal_as_recorded(j, trades(1, 30));
    auto name = j.path(hour_15 + linked), outside = j.path("outside");
    if (fs::exists(name))
      fs::rename(name, outside);
    else
      std::ofstream{outside} << "precious";
    auto before = fs::file_size(outside);
    fs::create_symlink(outside, name);
    observer::posix_file_system disk;
    auto done = observer::compress_file(disk, j.path().string(), hour_15,
                                        [] { return true; });
    CAF_CHECK_EQUAL(done.has_value(), std::string_view{linked} == ".zst.tmp");
    CAF_CHECK(fs::is_symlink(name));
    CAF_CHECK_EQUAL(fs::file_size(outside), before);
  }
}

} // namespace CAF_SUITE
