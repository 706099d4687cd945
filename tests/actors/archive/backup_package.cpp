#define CAF_SUITE actors_archive_backup_package
#include "test.hpp"

#include "actors/archive/backup_package.hpp"

#include <random>

#include "actors/archive/backup_names.hpp"
#include "actors/archive/backup_world.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

const std::string day = "20260914";

} // namespace

CAF_TEST(files of a day are told from all others) {
  for (std::string name :
       {"scalp/20260914_15.jsonl", "scalp/20260914_15.2.jsonl.zst",
        "scalp/20260914_15.jsonl.manifest.json", "system/20260914.jsonl",
        "quarantine/20260914.1.jsonl.manifest.json.earlier",
        "universe/20260914_kr_stocks.json", "backfill/20260914-005930.json"})
    CAF_CHECK(is_day_file(day, name));
  for (std::string name :
       {"scalp/20260915_15.jsonl", "scalp/20260914_15.jsonl.checkpoint",
        "scalp/20260914_15.jsonl.manifest.json.tmp", "scalp/20260914_24.jsonl",
        "scalp/20260914_notes.txt", "universe/202609141_x", "other/20260914_x",
        "universe/20260914", "universe/20260914_x.tmp", "universe/a/20260914_x",
        "universe/20260914_x.restoring", "../universe/20260914_x",
        "universe/20260914_x y", "universe/20260914_\xea\xb0\x80", "20260914_x",
        "state/20260914_x", ""})
    CAF_CHECK(!is_day_file(day, name));
  CAF_CHECK_EQUAL(plain_name_of("scalp/20260914_15.jsonl.zst").value_or(""),
                  "scalp/20260914_15.jsonl");
  CAF_CHECK(!plain_name_of("scalp/20260914_15.jsonl.manifest.json"));
  CAF_CHECK(!plain_name_of("universe/20260914.jsonl"));
}

CAF_TEST(a list comes back and whatever is none is a problem) {
  sha256_list list{{"scalp/20260914_15.jsonl", test::digest("a")},
                   {"manifest.json", test::digest("b")}};
  auto text = sha256_list_text(list);
  CAF_CHECK(parse_sha256_list(day, text).value() == list);
  CAF_CHECK(!parse_sha256_list("20260915", text));
  CAF_CHECK(!parse_sha256_list(day, text + text));
  CAF_CHECK(!parse_sha256_list(day, test::digest("a") + "  SUCCESS\n"));
  CAF_CHECK(!parse_sha256_list(day, "hello\n"));
  CAF_CHECK(parse_sha256_list(day, "").value().empty());
}

CAF_TEST(no changed list or manifest names what is no file of the day) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  std::vector<backup_file> files{
    {"scalp/20260914_15.jsonl", 5, test::digest("a"), 2, test::digest("b")},
    {"universe/20260914_kr.json", 7, test::digest("c")}};
  sha256_list list;
  for (auto& f : files)
    list[f.name] = f.sha256;
  for (auto& text : {sha256_list_text(list),
                     manifest_json({day, 0, "run", "0.1.0"}, files)})
    for (int n = 0; n < 20'000; ++n) {
      auto other = text;
      for (auto i = random() % 4 + 1; i > 0; --i) {
        auto at = random() % other.size();
        if (random() % 3 == 0)
          other.erase(at, random() % 20);
        else if (random() % 3 == 0)
          other.insert(at, "/../");
        else
          other[at] = static_cast<char>(random());
        if (other.empty())
          break;
      }
      if (auto read = parse_sha256_list(day, other))
        for (auto& [name, sum] : *read)
          CAF_REQUIRE(is_package_name(day, name) && is_sha256(sum));
      for (auto& f : parse_package_manifest(day, other))
        CAF_REQUIRE(is_day_file(day, f.name) && is_sha256(f.sha256));
    }
}

CAF_TEST_FIXTURE_SCOPE(cut_lists, test::backup_world)

CAF_TEST(a list that was cut anywhere is ours and is made anew) {
  back_up().value();
  auto list = there.text("/b/20260914/SHA256SUMS");
  for (size_t n = 0; n < list.size(); n += 37) {
    here.take_away("/d/state/backups/20260914.json");
    there.take_away("/b/20260914/SUCCESS");
    there.put("/b/20260914/SHA256SUMS", list.substr(0, n));
    auto out = back_up();
    if (!out)
      CAF_FAIL(out.error().text);
    CAF_CHECK_EQUAL(lack(), "");
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
