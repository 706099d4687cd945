#define CAF_SUITE actors_archive_verify_backup
#include "test.hpp"

#include "actors/archive/verify_backup.hpp"

#include "actors/archive/backup_world.hpp"

namespace CAF_SUITE {

using namespace observer;
using names = std::vector<std::string>;

namespace {

struct fixture : test::backup_world {
  fixture() {
    back_up().value();
  }
  backup_check check() {
    auto before = there.files();
    auto out = verify_backup(day, *target, [] { return true; });
    if (!out)
      CAF_FAIL(out.error().text);
    CAF_CHECK_EQUAL(there.files(), before);
    return *out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(verify_backup_tests, fixture)

CAF_TEST(a whole package is whole) {
  auto out = check();
  CAF_CHECK(out.is_whole());
  CAF_CHECK_EQUAL(out.files, 10u);
}

CAF_TEST(what is missing or changed or there besides is named) {
  there.take_away("/b/20260914/scalp/20260914_09.jsonl");
  there.put("/b/20260914/universe/20260914_kr_stocks.json", "[]\n");
  there.put("/b/20260914/notes.txt", "x");
  auto out = check();
  CAF_CHECK(!out.is_whole());
  CAF_CHECK_EQUAL(out.missing, names{"scalp/20260914_09.jsonl"});
  CAF_CHECK_EQUAL(out.changed, names{"universe/20260914_kr_stocks.json"});
  CAF_CHECK_EQUAL(out.extra, names{"notes.txt"});
}

CAF_TEST(a file besides does no harm) {
  there.put("/b/20260914/Thumbs.db", "x");
  CAF_CHECK(check().is_whole());
}

CAF_TEST(without a success that fits there is no proof) {
  there.put("/b/20260914/SUCCESS", test::digest("other") + "  SHA256SUMS\n");
  CAF_CHECK(!check().is_whole());
  there.take_away("/b/20260914/SUCCESS");
  CAF_CHECK(!check().is_whole());
  there.take_away("/b/20260914/SHA256SUMS");
  CAF_CHECK(!check().is_whole());
  CAF_CHECK(!check().extra.empty());
  auto none = verify_backup("20260910", *target, [] { return true; });
  CAF_REQUIRE(none);
  CAF_CHECK(none->absent);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
