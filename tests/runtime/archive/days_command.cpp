#define CAF_SUITE runtime_archive_days_command
#include "runtime/archive/days_command.hpp"

#include "test.hpp"

#include <sstream>

#include <nlohmann/json.hpp>

#include "actors/archive/days_fixture.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::days_test;

namespace {

struct fixture : data_directory {
  fixture() {
    // What a data directory has besides.
    put(".lock", "");
    seal("scalp/20260911_10.jsonl", "a\nb\n");
    seal("scalp/20260911_11.jsonl", "c\n");
    compress("scalp/20260911_11.jsonl");
    seal("system/20260911.jsonl", "event\n");
    put("scalp/20260914_10.jsonl", "open\n");
    sources.flags = {{"data.dir", "data"}};
  }
  int run() {
    out.str("");
    err.str("");
    auto work = [this](const config&) {
      archive_work w;
      w.read_backup = [this](file_system&, const std::string&,
                             const std::string& date)
        -> result<std::optional<proven_backup>> {
        auto at = backups.find(date);
        return at == backups.end() ? std::optional<proven_backup>{}
                                   : std::optional{at->second};
      };
      return w;
    };
    return run_days(options, sources, *fs, work, 1'789'366'066'000'000, out,
                    err);
  }
  int run(const std::string& action, const std::string& day,
          const std::string& why = "") {
    options.action = action;
    options.day = day;
    options.why = why;
    return run();
  }
  bool says(const std::string& words) const {
    return out.str().find(words) != std::string::npos;
  }

  days_options options;
  config_sources sources;
  std::map<std::string, proven_backup> backups;
  std::ostringstream out, err;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(days_command_tests, fixture)

CAF_TEST(each day is a row with its sizes and states) {
  CAF_CHECK_EQUAL(run(), 0);
  CAF_CHECK(says("20260911"));
  CAF_CHECK(says("2 plain, 1 compressed"));
  CAF_CHECK(says("1 plain, 1 open"));
  CAF_CHECK(says("none"));
  CAF_CHECK(err.str().empty());
}

CAF_TEST(a day that is backed up says where and whether all of it is) {
  backups["20260911"] = data_directory::back_up("20260911");
  CAF_CHECK_EQUAL(run(), 0);
  CAF_CHECK(says("a folder, 1970-01-01T09:00"));
  CAF_CHECK(!says("not all of it"));
  seal("scalp/20260911_12.jsonl", "late\n");
  run();
  CAF_CHECK(says("(not all of it)"));
}

CAF_TEST(the same as JSON) {
  options.json = true;
  backups["20260911"] = data_directory::back_up("20260911");
  put("state/20260911.certificate.json", R"({"percent":99.5})");
  CAF_CHECK_EQUAL(run(), 0);
  auto all = nlohmann::json::parse(out.str());
  CAF_REQUIRE_EQUAL(all["days"].size(), 2u);
  auto& day = all["days"][0];
  CAF_CHECK_EQUAL(day["day"].get<std::string>(), "20260911");
  CAF_CHECK_EQUAL(day["lines"]["scalp"].get<int>(), 3);
  CAF_CHECK_EQUAL(day["compressed"].get<int>(), 1);
  CAF_CHECK(day["backed_up"].get<bool>());
  CAF_CHECK_EQUAL(day["certificate"].get<double>(), 99.5);
  CAF_CHECK(day["anomaly"].is_null());
  CAF_CHECK_EQUAL(all["days"][1]["open"].get<int>(), 1);
}

CAF_TEST(a mark is told and taken back) {
  CAF_CHECK_EQUAL(run("mark", "2026-09-11", "a split"), 0);
  run("list", "");
  CAF_CHECK(says("by hand: a split"));
  CAF_CHECK_EQUAL(run("unmark", "20260911"), 0);
  run("list", "");
  CAF_CHECK(!says("by hand"));
}

CAF_TEST(one day alone) {
  CAF_CHECK_EQUAL(run("list", "20260914"), 0);
  CAF_CHECK(!says("20260911"));
  CAF_CHECK(says("20260914"));
}

CAF_TEST(what is no day and no directory is said) {
  CAF_CHECK_EQUAL(run("mark", "yesterday"), 2);
  CAF_CHECK(err.str().find("expected a day") != std::string::npos);
  CAF_CHECK_EQUAL(run("mark", ""), 2);
  sources.flags["data.dir"] = "nowhere";
  CAF_CHECK_EQUAL(run("list", ""), 2);
  CAF_CHECK(err.str().find("data.dir") != std::string::npos);
}

CAF_TEST(what cannot be read is said and the rest is told) {
  put("scalp/20260911_10.jsonl", "somebody wrote this\n");
  CAF_CHECK_EQUAL(run(), 1);
  CAF_CHECK(says("20260911"));
  CAF_CHECK(err.str().find("20260911_10.jsonl") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
