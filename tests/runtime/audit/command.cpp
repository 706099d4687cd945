#define CAF_SUITE runtime_audit_command
#include "test.hpp"

#include <atomic>

#include <CLI/CLI.hpp>

#include "runtime/audit/journal_fixture.hpp"

namespace CAF_SUITE {

using namespace audit_test;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool refuses(CLI::App& app, const std::string& line) {
  try {
    app.parse(line);
  } catch (const CLI::Error&) {
    return true;
  }
  return false;
}

} // namespace

CAF_TEST(the options are those of the help) {
  CLI::App app;
  observer::audit_options options;
  observer::add_audit_options(app, options);
  app.parse("/data --day 20260914 --closed --json --explain --verbose "
            "--threads 1");
  CAF_CHECK_EQUAL(options.path, "/data");
  CAF_CHECK_EQUAL(options.day, "20260914");
  CAF_CHECK(options.closed && options.json && options.explain);
  CAF_CHECK(options.verbose);
  CAF_CHECK_EQUAL(options.threads, 1u);
  CAF_CHECK(refuses(app, "/data --day 2026-09-31"));
  CAF_CHECK(!refuses(app, "/data --day 2026-09-14"));
  CAF_CHECK(!refuses(app, "/data --date 20260914"));
  CAF_CHECK(!refuses(app, "/data --cause disk_full --symbol 005930"));
  CAF_CHECK(refuses(app, "/data --threads 0"));
  CAF_CHECK(refuses(app, ""));
}

CAF_TEST(an empty data directory is sound and says so) {
  journal j;
  auto a = j.audit_text();
  CAF_CHECK_EQUAL(a.status, 0);
  CAF_CHECK(has(a.text, "verdict: sound — nothing recorded\n"));
  fs::remove(j.path("scalp"));
  CAF_CHECK_EQUAL(j.audit_text().status, 0);
  a = j.audit_text({.day = "20260914"});
  CAF_CHECK(has(a.text, "verdict: sound — nothing recorded on 20260914\n"));
}

CAF_TEST(what cannot be audited is told with what to do) {
  journal j;
  auto a = audit({.path = j.path("nowhere").string()});
  CAF_CHECK_EQUAL(a.status, 2);
  CAF_CHECK(has(a.error, "no such directory"));
  CAF_CHECK_EQUAL(a.text, "");
  j.write("other/readme.txt", "");
  a = audit({.path = j.path("other").string()});
  CAF_CHECK_EQUAL(a.status, 2);
  CAF_CHECK(has(a.error, "is not a data directory"));
  j.seal(hour_15, trades(1, 3));
  a = audit({.path = j.path("scalp").string()});
  CAF_CHECK_EQUAL(a.status, 2);
  CAF_CHECK(has(a.error, "give its parent"));
  a = audit({.path = j.path(hour_15 + ".manifest.json").string()});
  CAF_CHECK_EQUAL(a.status, 2);
  CAF_CHECK(has(a.error, "give a file such as 20260914_15.jsonl"));
  a = j.audit_text({.day = "yesterday"});
  CAF_CHECK_EQUAL(a.status, 2);
  CAF_CHECK(has(a.error, "yesterday is not a day"));
}

CAF_TEST(a directory without permission is told) {
  if (geteuid() == 0) {
    CAF_MESSAGE("root may read everything: nothing to try");
    return;
  }
  journal j;
  fs::permissions(j.path("scalp"), fs::perms::none);
  auto a = j.audit_text();
  fs::permissions(j.path("scalp"), fs::perms::owner_all);
  CAF_CHECK_EQUAL(a.status, 2);
  CAF_CHECK(has(a.error, "grant that permission"));
}

CAF_TEST(one file may be audited alone) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  j.seal(hour_16, trades(4, 5, 16));
  auto a = audit({.path = j.path(hour_16).string(), .json = true});
  CAF_CHECK_EQUAL(a.status, 0);
  CAF_CHECK_EQUAL(a.report["scope"], "one_file");
  CAF_CHECK_EQUAL(a.report["totals"]["lines"], 2);
  j.seal(hour_16, trades(4, 4, 16) + trades(6, 6, 16));
  a = audit({.path = j.path(hour_16).string(), .json = true});
  CAF_CHECK_EQUAL(a.findings(), found{"sequence_hole " + hour_16 + ":2"});
}

CAF_TEST(a day may be written with dashes) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  for (auto day : {"20260914", "2026-09-14"}) {
    auto a = j.audit({.day = day});
    CAF_CHECK_EQUAL(a.report["day"], "20260914");
    CAF_CHECK_EQUAL(a.report["totals"]["lines"], 3);
  }
}

CAF_TEST(an audit that is ended judges nothing) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  std::atomic<bool> stop{true};
  auto a = j.audit_text({.stop = &stop});
  CAF_CHECK_EQUAL(a.status, 130);
  CAF_CHECK_EQUAL(a.text, "");
  CAF_CHECK(has(a.error, "interrupted after 0 of 0 MB: nothing is judged"));
}

CAF_TEST(the verdict comes first and what is short next) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  CAF_CHECK(j.audit_text().text.starts_with(
    "verdict: sound — 3 lines in 1 file, 0 gaps declared with 0 missing "
    "shares\nmissing: nothing that the journal knows of\ntotals: 1 file "));
  j.seal(hour_15, trades(1, 3)
                    + line({.seq = 4, .tick = 10, .accumulated = 45,
                            .more = gap("5")}));
  j.write(hour_16, trades(9, 9, 16));
  auto text = j.audit_text().text;
  CAF_CHECK(text.starts_with("verdict: NOT sound — 1 finding\nmissing: 1 gap; "
                             "of what, when and why: --explain\n"));
  CAF_CHECK(text.find("20260914  H0STCNT0  KRX trades") < text.find(
              "sequence_hole"));
}

CAF_TEST(streams and files are for those who ask) {
  journal j;
  j.seal(hour_15, trades(1, 3));
  CAF_CHECK(!has(j.audit_text().text, "first seq"));
  CAF_CHECK(!has(j.audit_text().text, "sha256"));
  CAF_CHECK(has(j.audit_text({.verbose = true}).text, "first seq"));
}

CAF_TEST(the report shows files and slots and findings and a verdict) {
  journal j;
  j.seal(hour_15, trades(1, 3)
                    + line({.seq = 4, .tick = 10, .accumulated = 45,
                            .more = gap("5")}));
  auto a = j.audit_text({.verbose = true});
  CAF_CHECK(has(a.text, "file                     state   sha256"));
  CAF_CHECK(has(a.text, "scalp/20260914_15.jsonl  sealed  ok"));
  CAF_CHECK(has(a.text, "scalp  " + first_session + "  005930  H0STCNT0"));
  CAF_CHECK(has(a.text, "totals: 1 file (1 sealed, 0 open), 4 lines"));
  CAF_CHECK(has(a.text, "verdict: sound — 4 lines in 1 file, 1 gap declared "
                        "with 5 missing shares\n"));
  j.write(hour_16, trades(9, 9, 16));
  a = j.audit_text();
  CAF_CHECK_EQUAL(a.status, 1);
  CAF_CHECK(has(a.text, "sequence_hole (1): sequence numbers that no file "
                        "holds\n  scalp/20260914_16.jsonl:1: scalp session "));
  CAF_CHECK(has(a.text, "verdict: NOT sound — 1 finding\n"));
}

CAF_TEST(findings of one kind are bounded) {
  journal j;
  std::string text;
  for (int i = 0; i < 50; ++i)
    text += "not a record\n";
  j.write(hour_15, text);
  j.write(hour_16, text);
  auto a = j.audit_text();
  CAF_CHECK(has(a.text, "not_json (100): "));
  CAF_CHECK(has(a.text, hour_15 + ":20: "));
  CAF_CHECK(!has(a.text, hour_15 + ":21: "));
  CAF_CHECK(has(a.text, "  … and 80 more\n"));
  CAF_CHECK(has(a.text, "verdict: NOT sound — 100 findings\n"));
}

CAF_TEST(the number of threads changes nothing) {
  journal j;
  for (int hour = 0; hour < 24; ++hour)
    j.seal(fmt::format("scalp/20260914_{:02}.jsonl", hour),
           trades(1 + hour * 5, 5 + hour * 5 - hour % 2, hour));
  auto one = j.audit({.threads = 1});
  auto many = j.audit({.threads = 8});
  CAF_CHECK_EQUAL(one.text, many.text);
  CAF_CHECK_EQUAL(one.findings().size(), 11u);
}

} // namespace CAF_SUITE
