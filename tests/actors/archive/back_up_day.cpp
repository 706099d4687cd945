#define CAF_SUITE actors_archive_back_up_day
#include "test.hpp"

#include "actors/archive/back_up_day.hpp"

#include <nlohmann/json.hpp>

#include "actors/archive/backup_world.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture : test::backup_world {
  std::string at(const std::string& name) const {
    return there.text("/b/20260914/" + name);
  }
  backup_outcome done() {
    auto out = back_up();
    if (!out)
      CAF_FAIL(out.error().text);
    CAF_CHECK_EQUAL(lie(), "");
    CAF_CHECK_EQUAL(lack(), "");
    return *out;
  }
  std::string refused() {
    auto out = back_up();
    if (out)
      CAF_FAIL("it was done");
    CAF_CHECK_EQUAL(lie(), "");
    return out.error().text;
  }
  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(back_up_day_tests, fixture)

CAF_TEST(a package has the files of the day and what proves them) {
  auto out = done();
  CAF_CHECK_EQUAL(out.files, 7u);
  CAF_CHECK_EQUAL(out.sent_files, 7u);
  CAF_CHECK(!out.was_there);
  CAF_CHECK_EQUAL(at("scalp/20260914_09.jsonl"), "{\"a\":1}\n{\"a\":2}\n");
  CAF_CHECK_EQUAL(at("scalp/20260914_10.jsonl.zst"), "zst of {\"a\":3}\n");
  CAF_CHECK_EQUAL(at("certificate.json"), "{\"sound\":true}\n");
  CAF_CHECK_EQUAL(at("config.toml"), "[data]\ndir = \"/d\"\n");
  auto list = at("SHA256SUMS");
  for (auto name : {"scalp/20260914_09.jsonl", "manifest.json", "config.toml",
                    "scalp/20260914_10.jsonl.manifest.json",
                    "certificate.json", "universe/20260914_kr_stocks.json"})
    CAF_CHECK(has(list, test::digest(at(name)) + "  " + name + "\n"));
  CAF_CHECK(!has(list, "20260915") && !has(list, "notes.txt"));
  auto told = nlohmann::json::parse(at("manifest.json"));
  CAF_CHECK_EQUAL(told["day"].get<std::string>(), "20260914");
  CAF_CHECK_EQUAL(told["files"].size(), 7u);
  auto packed = told["files"][3];
  CAF_CHECK_EQUAL(packed["name"].get<std::string>(),
                  "scalp/20260914_10.jsonl.zst");
  CAF_CHECK_EQUAL(packed["plain_sha256"].get<std::string>(),
                  test::digest("{\"a\":3}\n"));
}

CAF_TEST(a second backup finds all of it there and sends nothing) {
  done();
  auto before = at("SHA256SUMS");
  extras.certificate = "{\"sound\":\"of another day\"}";
  auto again = done();
  CAF_CHECK(again.was_there);
  CAF_CHECK_EQUAL(again.sent_files, 0u);
  CAF_CHECK_EQUAL(at("SHA256SUMS"), before);
}

CAF_TEST(a certificate is made only where one is needed) {
  int made = 0;
  extras.certify = [&]() -> result<std::string> {
    ++made;
    return "{\"sound\":false}\n";
  };
  done();
  CAF_CHECK_EQUAL(at("certificate.json"), "{\"sound\":false}\n");
  done();
  CAF_CHECK_EQUAL(made, 1);
  extras.certify = []() -> result<std::string> { return problem{"no audit"}; };
  journal("quarantine/20260914.jsonl", "{\"reason\":\"late\"}\n");
  CAF_CHECK(has(refused(), "no audit"));
  CAF_CHECK(test::is_complete(there, "/b/20260914"));
}

CAF_TEST(read anew a package is not believed by its record) {
  done();
  there.put("/b/20260914/scalp/20260914_09.jsonl", "{\"a\":1}\n{\"a\":9}\n");
  CAF_CHECK(back_up().value().was_there);
  extras.anew = true;
  CAF_CHECK(has(back_up().error().text, "scalp/20260914_09.jsonl"));
  CAF_CHECK(!done().was_there);
}

CAF_TEST(without its record a package is read back and nothing sent) {
  done();
  here.take_away("/d/state/backups/20260914.json");
  auto again = done();
  CAF_CHECK(!again.was_there);
  CAF_CHECK_EQUAL(again.sent_files, 0u);
}

CAF_TEST(a file that appears later completes the package) {
  done();
  journal("quarantine/20260914.jsonl", "{\"reason\":\"late\"}\n");
  auto again = done();
  CAF_CHECK_EQUAL(again.sent_files, 2u);
  CAF_CHECK_EQUAL(again.files, 9u);
}

CAF_TEST(a file that was compressed since stays as it is in the target) {
  done();
  compress("scalp/20260914_09.jsonl");
  auto again = done();
  CAF_CHECK(again.was_there);
  CAF_CHECK_EQUAL(at("scalp/20260914_09.jsonl"), "{\"a\":1}\n{\"a\":2}\n");
}

CAF_TEST(what was deleted here stays in the package when it is completed) {
  done();
  for (auto name : {"scalp/20260914_09.jsonl",
                    "scalp/20260914_09.jsonl.manifest.json"})
    here.take_away(std::string{"/d/"} + name);
  journal("quarantine/20260914.jsonl", "{\"reason\":\"late\"}\n");
  auto again = done();
  CAF_CHECK_EQUAL(again.files, 9u);
  CAF_CHECK(has(at("SHA256SUMS"), "scalp/20260914_09.jsonl\n"));
}

CAF_TEST(a day that is not over or has open files is not packed) {
  extras.now_us = (*parse_korean_date(day) + 1) * us_per_day - 9 * us_per_hour;
  auto end = extras.now_us--;
  CAF_CHECK(has(refused(), "is not over"));
  extras.now_us = end;
  here.put("/d/scalp/20260914_23.jsonl", "{\"open\":1}\n");
  CAF_CHECK(has(refused(), "scalp/20260914_23.jsonl is not sealed yet"));
  CAF_CHECK(there.files().empty()
            || !there.exists("/b/20260914/scalp/20260914_09.jsonl"));
}

CAF_TEST(a file that is never sealed does not keep the others from a backup) {
  here.put("/d/scalp/20260914_23.jsonl", "{\"open\":1}\n");
  auto out = back_up();
  CAF_REQUIRE(out);
  CAF_CHECK_EQUAL(lie(), "");
  CAF_CHECK(has(out->remarks.back(), "not in the backup"));
  auto record = read_backup_record(here, "/d", day).value();
  CAF_CHECK(!*is_backed_up(here, "/d", record, "scalp/20260914_23.jsonl"));
  // Recovery seals it.
  journal("scalp/20260914_23.jsonl", "{\"open\":1}\n");
  CAF_CHECK_EQUAL(done().sent_files, 2u);
}

CAF_TEST(a damaged file is kept as it is and does not count as backed up) {
  here.put("/d/scalp/20260914_09.jsonl", "{\"a\":1}\n{\"b\":2}\n");
  auto out = back_up();
  CAF_REQUIRE(out);
  CAF_CHECK(has(out->remarks.back(), "does not count as backed up"));
  CAF_CHECK_EQUAL(at("scalp/20260914_09.jsonl"), "{\"a\":1}\n{\"b\":2}\n");
  auto record = read_backup_record(here, "/d", day).value();
  CAF_CHECK(!*is_backed_up(here, "/d", record, "scalp/20260914_09.jsonl"));
  CAF_CHECK(*is_backed_up(here, "/d", record, "scalp/20260914_10.jsonl.zst"));
  // Once it is whole again, it takes the place.
  here.put("/d/scalp/20260914_09.jsonl", "{\"a\":1}\n{\"a\":2}\n");
  done();
  CAF_CHECK_EQUAL(at("scalp/20260914_09.jsonl"), "{\"a\":1}\n{\"a\":2}\n");
}

CAF_TEST(a compressed file that is not its lines does not count either) {
  extras.plain_sha256 = [](const std::string&) -> result<std::string> {
    return test::digest("other lines\n");
  };
  CAF_REQUIRE(back_up());
  auto record = read_backup_record(here, "/d", day).value();
  CAF_CHECK(!*is_backed_up(here, "/d", record, "scalp/20260914_10.jsonl.zst"));
}

CAF_TEST(a good copy in the target outlives damage here) {
  done();
  here.put("/d/scalp/20260914_09.jsonl", "{\"a\":1}\n{\"b\":2}\n");
  here.take_away("/d/state/backups/20260914.json");
  CAF_REQUIRE(back_up());
  CAF_CHECK_EQUAL(at("scalp/20260914_09.jsonl"), "{\"a\":1}\n{\"a\":2}\n");
}

CAF_TEST(two observers on one target do not overwrite each other) {
  done();
  auto before = there.files();
  journal("scalp/20260914_09.jsonl", "{\"of\":\"another\"}\n");
  CAF_CHECK(has(refused(), "Does another observer back up to the same place?"));
  CAF_CHECK_EQUAL(at("scalp/20260914_09.jsonl"), "{\"a\":1}\n{\"a\":2}\n");
  CAF_CHECK(test::is_complete(there, "/b/20260914"));
  CAF_CHECK_EQUAL(there.files(), before);
}

CAF_TEST(rot in the target is found and mended) {
  done();
  for (auto name : {"scalp/20260914_09.jsonl", "certificate.json"}) {
    here.take_away("/d/state/backups/20260914.json");
    there.put(std::string{"/b/20260914/"} + name, "rotten");
    CAF_CHECK(has(refused(), name));
    CAF_CHECK(!there.exists("/b/20260914/SUCCESS"));
    done();
  }
}

CAF_TEST(what is lost in the target and here is said each time) {
  done();
  here.take_away("/d/state/backups/20260914.json");
  here.take_away("/d/universe/20260914_kr_stocks.json");
  there.take_away("/b/20260914/universe/20260914_kr_stocks.json");
  for (auto i : {1, 2})
    CAF_CHECK(has(refused(), i == 1 ? "kr_stocks.json in /b is not there"
                                    : "If it is lost for good"));
}

CAF_TEST(a folder of somebody else in the place of a package is left alone) {
  there.put("/b/20260914/SHA256SUMS", "not ours\n");
  connect(true);
  CAF_CHECK(has(refused(), "is left alone"));
  CAF_CHECK_EQUAL(at("SHA256SUMS"), "not ours\n");
  CAF_CHECK_EQUAL(there.files().size(), 2u);
}

CAF_TEST(a stop ends it and the next one goes on) {
  for (int n = 1;; ++n) {
    backup_world w;
    int left = n;
    auto out = back_up_day(w.here, "/d", w.day, *w.target, w.extras,
                           [&] { return --left > 0; });
    CAF_REQUIRE_EQUAL(w.lie(), "");
    if (out)
      break;
    CAF_REQUIRE(w.back_up());
    CAF_REQUIRE_EQUAL(w.lack(), "");
    CAF_REQUIRE(n < 10'000);
  }
}

CAF_TEST(there is nothing to pack of a day without files) {
  auto out = back_up_day(here, "/d", "20260910", *target, extras,
                         [] { return true; });
  CAF_REQUIRE(!out);
  CAF_CHECK(has(out.error().text, "there is nothing of 20260910 in /d"));
  here.put("/d/quarantine/20260910.jsonl", "{\"open\":1}\n");
  out = back_up_day(here, "/d", "20260910", *target, extras,
                    [] { return true; });
  CAF_REQUIRE(!out);
  CAF_CHECK(!has(out.error().text, "there is nothing of"));
  CAF_CHECK(has(out.error().text, "quarantine/20260910.jsonl is not sealed"));
  CAF_CHECK(!back_up_day(here, "/d", "2026091x", *target, extras,
                         [] { return true; }));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
