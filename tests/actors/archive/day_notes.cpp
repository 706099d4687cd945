#define CAF_SUITE actors_archive_day_notes
#include "actors/archive/day_notes.hpp"

#include "test.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "actors/archive/days_fixture.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::days_test;

namespace {

struct fixture : data_directory {
  void event(const std::string& time, const std::string& what,
             const std::string& more = "") {
    events += fmt::format(
      R"({{"timestamp":"2026-09-14T{}.000000+09:00","event":"{}"{},"seq":1}})"
      "\n",
      time, what, more);
  }
  void hole(const std::string& from, const std::string& to) {
    event("15:30:00", "gap",
          fmt::format(R"(,"from":"2026-09-14T{}.000000+09:00",)"
                      R"("to":"2026-09-14T{}.000000+09:00")",
                      from, to));
  }
  /// Kinds, each with a blank.
  std::string judged() {
    if (!events.empty())
      put("system/20260914.jsonl", events);
    auto found = survey();
    auto out = judge_day(*fs, "data", *found.find(day_of("20260914")),
                         market_hours{}, anomaly_rules{}, 7, read_plain_lines);
    std::string kinds;
    for (auto& a : out.value().anomalies)
      kinds += a.kind + " ";
    return kinds;
  }

  std::string events;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(day_notes_tests, fixture)

CAF_TEST(an ordinary day has no anomalies) {
  event("08:50:00", "connected");
  for (int i = 0; i < 19; ++i) {
    event("10:00:00", "disconnected");
    event("10:00:20", "connected");
  }
  hole("10:00:00", "10:02:00");
  event("21:00:00", "closed");
  CAF_CHECK_EQUAL(judged(), "");
}

CAF_TEST(twenty disconnections are too many) {
  event("08:50:00", "connected");
  for (int i = 0; i < 20; ++i) {
    event("10:00:00", "disconnected");
    event("10:00:20", "connected");
  }
  CAF_CHECK_EQUAL(judged(), "reconnects ");
}

CAF_TEST(attempts that fail on end are one disconnection) {
  event("08:50:00", "connected");
  for (int i = 0; i < 50; ++i)
    event("10:00:00", "disconnected");
  event("10:05:00", "connected");
  CAF_CHECK_EQUAL(judged(), "");
}

CAF_TEST(ten minutes without a connection count in trading hours alone) {
  event("08:50:00", "connected");
  event("15:11:00", "disconnected"); // until 15:20 it is open
  event("18:00:00", "connected");
  CAF_CHECK_EQUAL(judged(), "");
  events.clear();
  event("09:10:00", "connected"); // since 9 it was not
  CAF_CHECK_EQUAL(judged(), "disconnected ");
  events.clear();
  event("08:50:00", "connected");
  event("15:10:00", "disconnected");
  CAF_CHECK_EQUAL(judged(), "disconnected ");
}

CAF_TEST(a day that begins and ends within a session was connected) {
  event("10:00:00", "subscribed");
  CAF_CHECK_EQUAL(judged(), "");
}

CAF_TEST(two holes of a minute are too many and what all symbols miss is one) {
  for (int symbol = 0; symbol < 41; ++symbol)
    hole("10:00:00", "10:01:00");
  hole("11:00:00", "11:00:59");
  CAF_CHECK_EQUAL(judged(), "");
  hole("12:00:00", "12:01:00");
  CAF_CHECK_EQUAL(judged(), "holes ");
}

CAF_TEST(less than 97 of a hundred records as ticks are too few) {
  seal("scalp/20260914_10.jsonl", std::string(97, '\n'));
  event("10:00:00", "shed", R"(,"records":3)");
  seal("quarantine/20260914.jsonl", "\n\n\n");
  CAF_CHECK_EQUAL(judged(), "");
  event("10:00:00", "gap", R"(,"records":1)");
  CAF_CHECK_EQUAL(judged(), "ratio ");
}

CAF_TEST(a certificate below a hundred makes a day one with anomalies) {
  event("08:50:00", "connected");
  put("state/20260914.certificate.json", R"({"percent":100})");
  CAF_CHECK_EQUAL(judged(), "");
  put("state/20260914.certificate.json", R"({"percent":99.999})");
  CAF_CHECK_EQUAL(judged(), "certificate ");
  put("state/20260914.certificate.json", R"({"percent":"all"})");
  CAF_CHECK_EQUAL(judged(), "");
  CAF_CHECK(read_certificate(*fs, "data", day_of("20260914")).there);
}

CAF_TEST(lines of nobody count for nothing) {
  events = std::string(2 << 20, 'x') + "\n[1,2]\n{\"event\":7}\nnull\n"
           + R"({"event":"gap","records":-1,"from":"soon"})" "\n";
  for (int i = 0; i < 30; ++i) // of another day
    events += R"({"timestamp":"2026-09-13T10:00:00.000000+09:00","event":)"
              R"("disconnected"})" "\n";
  events += "half a line";
  CAF_CHECK_EQUAL(judged(), "");
}

CAF_TEST(lines are read in whole whatever pieces they come in) {
  std::string text;
  size_t wanted = 0;
  for (int i = 0; i < 30'000; ++i, ++wanted)
    text += fmt::format("line {}\n", i);
  seal("system/20260914.jsonl", text);
  auto found = survey();
  size_t seen = 0;
  CAF_CHECK(read_plain_lines(*fs, "data", found.days.at(0).files.at(0),
                             [&](std::string_view line) {
                               CAF_REQUIRE(line == fmt::format("line {}", seen));
                               ++seen;
                               return true;
                             }));
  CAF_CHECK_EQUAL(seen, wanted);
}

CAF_TEST(what is noted is read back and the word of a hand counts for more) {
  auto day = day_of("20260914");
  CAF_CHECK(!read_day_notes(*fs, "data", day)->judged);
  CAF_REQUIRE(write_judgement(*fs, "data", day, {7, {{"holes", "3 holes"}}}));
  auto notes = read_day_notes(*fs, "data", day).value();
  CAF_CHECK(notes.is_anomaly());
  CAF_CHECK_EQUAL(notes.why(), "3 holes");
  CAF_CHECK_EQUAL(notes.judged->judged_at_us, 7);
  CAF_REQUIRE(write_mark(*fs, "data", day, {false, "", 8}));
  notes = read_day_notes(*fs, "data", day).value();
  CAF_CHECK(!notes.is_anomaly());
  CAF_CHECK(notes.judged.has_value());
  CAF_REQUIRE(write_mark(*fs, "data", day, {true, "a \"test\"", 9}));
  notes = read_day_notes(*fs, "data", day).value();
  CAF_CHECK_EQUAL(notes.why(), "by hand: a \"test\"");
  CAF_CHECK(fs->entry_is_durable("data/state/days/20260914.mark.json"));
}

CAF_TEST(what has the name of a note and is none stays and is said) {
  auto day = day_of("20260914");
  put("state/days/20260914.json", "{\"my\":\"own\"}");
  CAF_CHECK(!read_day_notes(*fs, "data", day));
  CAF_CHECK(!write_judgement(*fs, "data", day, {}));
  CAF_CHECK_EQUAL(fs->text("data/state/days/20260914.json"),
                  "{\"my\":\"own\"}");
  put("state/days/20260914.mark.json.tmp", "somebody else works on it");
  CAF_CHECK(!write_mark(*fs, "data", day, {}));
  CAF_CHECK_EQUAL(fs->text("data/state/days/20260914.mark.json.tmp"),
                  "somebody else works on it");
}

CAF_TEST(each call may fail and a note is whole or not there) {
  auto day = day_of("20260914");
  for (uint64_t n = 1;; ++n) {
    data_directory d;
    CAF_REQUIRE(write_mark(*d.fs, "data", day, {true, "first", 1}));
    d.fs->fail_nth(n, EIO);
    auto ok = write_mark(*d.fs, "data", day, {true, "second", 2});
    auto struck = d.fs->failures() > 0;
    d.fs->mend();
    d.fs->cut_power();
    auto why = read_day_notes(*d.fs, "data", day)->why();
    if (ok)
      CAF_CHECK_EQUAL(why, "by hand: second");
    else
      CAF_CHECK(why == "by hand: first" || why == "by hand: second");
    CAF_CHECK_EQUAL(!ok, struck);
    CAF_REQUIRE(write_mark(*d.fs, "data", day, {true, "third", 3}));
    if (!struck)
      break;
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
