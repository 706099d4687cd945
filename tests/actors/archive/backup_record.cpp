#define CAF_SUITE actors_archive_backup_record
#include "test.hpp"

#include "actors/archive/backup_record.hpp"

#include "actors/archive/backup_world.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture : test::backup_world {
  const std::string path = "/d/state/backups/20260914.json";

  fixture() {
    back_up().value();
  }
  std::string doubt() {
    auto read = read_backup_record(here, "/d", day);
    return read ? "" : read.error().text;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(backup_record_tests, fixture)

CAF_TEST(a record comes back as it was written) {
  auto record = read_backup_record(here, "/d", day);
  CAF_REQUIRE(record);
  CAF_CHECK_EQUAL(record->target, "/b");
  CAF_CHECK_EQUAL(record->target_id, "id-1");
  CAF_CHECK_EQUAL(record->verified_at_us, extras.now_us);
  CAF_CHECK_EQUAL(record->files.size(), 7u);
  CAF_CHECK_EQUAL(to_json(*parse_backup_record(to_json(*record))),
                  to_json(*record));
}

CAF_TEST(no single changed byte of a record is believed) {
  auto text = here.text(path);
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    auto other = text;
    other[i] ^= 1;
    CAF_REQUIRE(!parse_backup_record(other));
    CAF_REQUIRE(!parse_backup_record(text.substr(0, i)));
  }
}

CAF_TEST(a record of another day or of somebody else is told and not believed) {
  auto text = here.text(path);
  here.put("/d/state/backups/20260910.json", text);
  auto read = read_backup_record(here, "/d", "20260910");
  CAF_REQUIRE(!read);
  CAF_CHECK(read.error().text.find("it is that of 20260914") != std::string::npos);
  here.put(path, "my notes\n");
  CAF_CHECK(doubt().find("is not believed") != std::string::npos);
  // What is somebody else's stays, and the backup says so.
  auto out = back_up();
  CAF_REQUIRE(!out);
  CAF_CHECK(out.error().text.find("is not ours") != std::string::npos);
  CAF_CHECK_EQUAL(here.text(path), "my notes\n");
  // A damaged one of ours is made anew.
  here.put(path, text.substr(0, text.size() / 2));
  CAF_CHECK(doubt().find("is not believed") != std::string::npos);
  CAF_REQUIRE(back_up());
  CAF_CHECK_EQUAL(doubt(), "");
}

CAF_TEST(only the same file counts as backed up) {
  auto record = read_backup_record(here, "/d", day).value();
  auto counts = [&](const std::string& name) {
    auto known = is_backed_up(here, "/d", record, name);
    return known && *known;
  };
  CAF_CHECK(counts("scalp/20260914_09.jsonl"));
  compress("scalp/20260914_09.jsonl");
  CAF_CHECK(counts("scalp/20260914_09.jsonl.zst"));
  CAF_CHECK(!counts("scalp/20260914_09.jsonl"));
  here.put("/d/universe/20260914_kr_stocks.json", "[\"005935\"]\n");
  CAF_CHECK(!counts("universe/20260914_kr_stocks.json"));
  // Grown, though its manifest is as it was.
  here.lengthen("/d/system/20260914.jsonl", "{\"more\":1}\n");
  CAF_CHECK(!counts("system/20260914.jsonl"));
  journal("scalp/20260914_10.jsonl", "{\"a\":4}\n");
  CAF_CHECK(!counts("scalp/20260914_10.jsonl"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
