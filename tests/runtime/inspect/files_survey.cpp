#define CAF_SUITE runtime_inspect_files_survey
#include "runtime/inspect/files_survey.hpp"

#include <fstream>

#include "messages/korean_time.hpp"
#include "messages/manifest.hpp"
#include "support/temporary_directory.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  fixture() {
    for (auto data : all_datasets)
      std::filesystem::create_directories(folder
                                          / std::string{to_string(data)});
    now("2026-09-14T10:30:00");
  }
  void now(const std::string& time) {
    now_us = parse_timestamp(time + ".000000+09:00").value();
  }
  void write(const std::string& file, const std::string& text) {
    std::ofstream{folder / file, std::ios::binary} << text;
  }
  void write(const std::string& file, size_t bytes) {
    write(file, std::string(bytes, '\n'));
  }
  void seal(const std::string& file, uint64_t bytes = 0) {
    manifest m;
    m.bytes = bytes;
    m.file = file.substr(file.find('/') + 1);
    m.dataset = file.substr(0, file.find('/'));
    m.lines = 7;
    m.sha256 = std::string(64, 'a');
    m.first_received_us = 1;
    m.last_received_us = 2;
    m.sealed_because = "hour";
    write(file + ".manifest.json", to_json(m));
  }
  std::vector<file_observation> survey(size_t files_max = 200) {
    return survey_files(folder.path(), now_us, open, files_max);
  }
  file_observation one(const std::string& file) {
    for (auto& f : survey())
      if (f.file == file)
        return f;
    CAF_ERROR("no file " << file);
    return {};
  }
  std::string names(size_t files_max = 200) {
    std::string out;
    for (auto& f : survey(files_max))
      out += (out.empty() ? "" : " ") + f.file;
    return out;
  }

  test::temporary_directory folder;
  int64_t now_us = 0;
  std::vector<open_file_view> open;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(files_survey_tests, fixture)

CAF_TEST(a directory that is not there has no files) {
  CAF_CHECK(survey_files(folder / "elsewhere", now_us, {}, 10).empty());
}

CAF_TEST(only journal files are listed with the newest first) {
  write("scalp/20260914_09.jsonl", 1);
  write("scalp/20260914_10.jsonl", 1);
  write("scalp/20260911_15.jsonl", 1);
  write("system/20260914.jsonl", 1);
  write("scalp/notes.txt", 1);
  write("scalp/20260914_09.jsonl.manifest.json", "{}");
  CAF_CHECK_EQUAL(names(),
                  "scalp/20260914_10.jsonl scalp/20260914_09.jsonl "
                  "system/20260914.jsonl scalp/20260911_15.jsonl");
}

CAF_TEST(the oldest are left out beyond the limit) {
  write("scalp/20260914_09.jsonl", 1);
  write("scalp/20260914_10.jsonl", 1);
  write("scalp/20260914_11.jsonl", 1);
  CAF_CHECK_EQUAL(names(2), "scalp/20260914_11.jsonl scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(names(0), "");
}

CAF_TEST(strangers and the days of a wrong clock do not hide today) {
  write("scalp/20260914_10.jsonl", 1);
  write("scalp/notes.jsonl", 1);
  write("scalp/20300714_10.jsonl", 1);
  write("scalp/20300714_11.jsonl", 1);
  CAF_CHECK_EQUAL(names(2), "scalp/20260914_10.jsonl scalp/20300714_11.jsonl");
}

CAF_TEST(a compressed file is told once and by what its lines take) {
  write("scalp/20260914_09.jsonl.zst", 15);
  seal("scalp/20260914_09.jsonl", 100);
  write("scalp/20260914_08.jsonl.zst", 15);
  write("scalp/20260914_08.jsonl", 90); // to be removed by the next try
  seal("scalp/20260914_08.jsonl", 90);
  write("scalp/20260914_07.jsonl.zst.tmp", 15);
  CAF_CHECK_EQUAL(names(),
                  "scalp/20260914_09.jsonl.zst scalp/20260914_08.jsonl");
  auto f = one("scalp/20260914_09.jsonl.zst");
  CAF_CHECK(f.sealed);
  CAF_CHECK_EQUAL(f.bytes, 100u);
  CAF_CHECK_EQUAL(f.compressed_bytes.value_or(0), 15u);
  CAF_CHECK_EQUAL(f.lines.value_or(0), 7u);
  CAF_CHECK(!one("scalp/20260914_08.jsonl").compressed_bytes);
}

CAF_TEST(compressed hours of days before tell what is usual) {
  write("scalp/20260911_10.jsonl.zst", 15);
  seal("scalp/20260911_10.jsonl", 1'000);
  write("scalp/20260914_10.jsonl", 10);
  CAF_CHECK_EQUAL(one("scalp/20260914_10.jsonl").expected_bytes.value_or(0),
                  500u);
}

CAF_TEST(a manifest tells what a sealed file holds) {
  write("scalp/20260914_09.jsonl", 100);
  seal("scalp/20260914_09.jsonl");
  auto f = one("scalp/20260914_09.jsonl");
  CAF_CHECK(f.sealed);
  CAF_CHECK_EQUAL(f.dataset, "scalp");
  CAF_CHECK_EQUAL(f.bytes, 100u);
  CAF_CHECK_EQUAL(f.lines.value_or(0), 7u);
  CAF_CHECK_EQUAL(f.first_us.value_or(0), 1);
  CAF_CHECK_EQUAL(f.last_us.value_or(0), 2);
  CAF_CHECK_EQUAL(f.sealed_because, "hour");
}

CAF_TEST(a file without a manifest or with a broken one is not sealed) {
  write("scalp/20260914_09.jsonl", 100);
  write("scalp/20260914_10.jsonl", 100);
  write("scalp/20260914_10.jsonl.manifest.json", "{\"lines\":\xFF");
  auto bare = one("scalp/20260914_09.jsonl"),
       broken = one("scalp/20260914_10.jsonl");
  CAF_CHECK(!bare.sealed && !bare.lines && !bare.first_us);
  CAF_CHECK(!broken.sealed && !broken.lines);
}

CAF_TEST(the writer knows better what an open file holds) {
  write("scalp/20260914_10.jsonl", 5);
  open.push_back({"scalp/20260914_10.jsonl", 3, 4, 11, 12});
  auto f = one("scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(f.bytes, 4u);
  CAF_CHECK_EQUAL(f.lines.value_or(0), 3u);
  CAF_CHECK_EQUAL(f.first_us.value_or(0), 11);
  CAF_CHECK_EQUAL(f.last_us.value_or(0), 12);
}

CAF_TEST(a sealed file is what its manifest says) {
  write("scalp/20260914_10.jsonl", 5);
  seal("scalp/20260914_10.jsonl");
  open.push_back({"scalp/20260914_10.jsonl", 3, 4, 11, 12});
  auto f = one("scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(f.lines.value_or(0), 7u);
}

CAF_TEST(an hour is measured by the median of the same hour of days before) {
  write("scalp/20260909_10.jsonl", 100);
  write("scalp/20260910_10.jsonl", 300);
  write("scalp/20260911_10.jsonl", 200);
  write("scalp/20260911_09.jsonl", 9'999);
  write("scalp/20260914_10.jsonl", 1);
  now("2026-09-14T11:00:01");
  auto f = one("scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(f.expected_bytes.value_or(0), 200u);
}

CAF_TEST(a running hour is expected to hold its share) {
  write("scalp/20260911_10.jsonl", 1'000);
  write("scalp/20260914_10.jsonl", 1);
  now("2026-09-14T10:15:00");
  auto quarter = one("scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(quarter.expected_bytes.value_or(0), 250u);
  now("2026-09-14T10:00:00");
  auto begin = one("scalp/20260914_10.jsonl");
  CAF_CHECK(begin.expected_bytes.has_value());
  CAF_CHECK_EQUAL(begin.expected_bytes.value_or(1), 0u);
}

CAF_TEST(without a day before nothing is expected) {
  write("scalp/20260914_10.jsonl", 1);
  auto f = one("scalp/20260914_10.jsonl");
  CAF_CHECK(!f.expected_bytes);
}

CAF_TEST(parts of an hour count together) {
  write("scalp/20260911_10.jsonl", 100);
  write("scalp/20260911_10.1.jsonl", 50);
  write("scalp/20260914_10.jsonl", 1);
  now("2026-09-14T12:00:00");
  auto f = one("scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(f.expected_bytes.value_or(0), 150u);
}

CAF_TEST(five days count and not the sixth) {
  for (int day = 1; day <= 4; ++day)
    write("scalp/2026090" + std::to_string(day) + "_10.jsonl", 9'000);
  for (int day = 5; day <= 9; ++day)
    write("scalp/2026090" + std::to_string(day) + "_10.jsonl", 10);
  write("scalp/20260914_10.jsonl", 1);
  now("2026-09-14T12:00:00");
  auto f = one("scalp/20260914_10.jsonl");
  CAF_CHECK_EQUAL(f.expected_bytes.value_or(0), 10u);
}

CAF_TEST(strange names are left out) {
  write("scalp/.jsonl", 1);
  write("scalp/x.jsonl", 1);
  write("scalp/abcdefghijk.jsonl", 1);
  write("scalp/\xFF\xFE.jsonl", 1);
  write("scalp/20260914_1.jsonl", 1);
  std::filesystem::create_directories(folder / "scalp/dir.jsonl");
  write("scalp/20260914_10.jsonl", 1);
  CAF_CHECK_EQUAL(names(), "scalp/20260914_10.jsonl");
}

CAF_TEST(a link to nowhere is left out) {
  std::filesystem::create_symlink("/nowhere", folder / "scalp/gone.jsonl");
  write("scalp/20260914_10.jsonl", 1);
  CAF_CHECK_EQUAL(names(), "scalp/20260914_10.jsonl");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
