#define CAF_SUITE runtime_audit_records
#include "test.hpp"

#include "runtime/audit/records.hpp"

#include "runtime/audit/line_fixture.hpp"

namespace CAF_SUITE {

using namespace observer::audit;
using namespace audit_test;

namespace {

const std::string good_line = [] {
  auto text = line({.seq = 7, .tick = 5, .accumulated = 100});
  text.pop_back();
  return text;
}();

/// The good trade with one piece of its text replaced, and what is said of it.
std::string problem_after(const std::string& from, const std::string& to) {
  auto text = good_line;
  auto at = text.find(from);
  if (at == std::string::npos)
    return "no such text: " + from;
  text.replace(at, from.size(), to);
  line_reader reader{dataset::scalp};
  line_record record;
  reader.read(text, record);
  return reader.problem();
}

line_state state_of(dataset which, std::string_view text) {
  line_reader reader{which};
  line_record record;
  return reader.read(text, record);
}

} // namespace

CAF_TEST(a trade is read) {
  line_reader reader{dataset::scalp};
  line_record record;
  CAF_REQUIRE(reader.read(good_line, record) == line_state::good);
  CAF_CHECK_EQUAL(record.symbol, "005930");
  CAF_CHECK_EQUAL(record.tr_id, "H0STCNT0");
  CAF_CHECK_EQUAL(record.session_id, first_session);
  CAF_CHECK_EQUAL(record.slot, 3);
  CAF_CHECK_EQUAL(record.seq, 7);
  CAF_CHECK_EQUAL(record.tick, 5);
  CAF_CHECK(record.accumulated == 100);
  CAF_CHECK(record.is_trade);
  CAF_CHECK(!record.gap);
}

CAF_TEST(a declared gap is read) {
  line_reader reader{dataset::scalp};
  line_record record;
  auto text = line({.more = gap("-120", "exchange_gap")});
  text.pop_back();
  CAF_REQUIRE(reader.read(text, record) == line_state::good);
  CAF_REQUIRE(record.gap);
  CAF_CHECK_EQUAL(record.gap->cause, "exchange_gap");
  CAF_CHECK(record.gap->missing_shares == -120);
  CAF_CHECK(!record.gap->records);
}

CAF_TEST(a line that lacks or bends a field is told which) {
  CAF_CHECK_EQUAL(problem_after("\"seq\":7", "\"sequence\":7"), "no key seq");
  CAF_CHECK_EQUAL(problem_after("\"seq\":7", "\"seq\":0"),
                  "seq is not 1 or more");
  CAF_CHECK_EQUAL(problem_after("\"tick\":5", "\"tick\":5.5"),
                  "volume.tick is not an integer of at most 18 digits");
  CAF_CHECK_EQUAL(problem_after("\"accumulated\":100", "\"accumulated\":null"),
                  "volume.accumulated is not an integer");
  CAF_CHECK_EQUAL(problem_after("\"low\":248500,", ""), "no key price.low");
  CAF_CHECK_EQUAL(problem_after("\"bid_price\":null,", ""),
                  "no key bid_ask.bid_price");
  CAF_CHECK_EQUAL(problem_after("\"current\":249250", "\"current\":null"),
                  "price.current is not a number");
  CAF_CHECK_EQUAL(problem_after("\"sell\"", "\"sold\""),
                  "side is not buy, sell, auction or unknown");
  CAF_CHECK_EQUAL(problem_after("\"150746\"", "\"15074\""),
                  "execution_time is not six digits");
  CAF_CHECK_EQUAL(problem_after("T15:", "T25:"),
                  "timestamp is not of the form "
                  "2026-09-14T15:07:46.123456+09:00");
  CAF_CHECK_EQUAL(problem_after("\"slot\":3", "\"slot\":\"3\""),
                  "slot is not an integer of at most 18 digits");
  CAF_CHECK_EQUAL(problem_after("\"price\":{", "\"price\":{\"mid\":1,"), "");
}

CAF_TEST(broken text is told with its byte) {
  auto problem = problem_after("\"seq\":7", "\"seq\":07");
  CAF_CHECK(problem.starts_with("a number with a leading zero at byte "));
  CAF_CHECK_EQUAL(problem_after("\"seq\":7", "\"seq\":").substr(0, 20),
                  "a value was expected");
  CAF_CHECK(state_of(dataset::scalp, "") == line_state::not_json);
  CAF_CHECK(state_of(dataset::scalp, "[]") == line_state::not_json);
  CAF_CHECK(state_of(dataset::scalp, good_line + good_line)
            == line_state::not_json);
}

CAF_TEST(a quote needs its levels and no price) {
  auto text = quote(1, 4, 100);
  text.pop_back();
  CAF_CHECK(state_of(dataset::scalp, text) == line_state::good);
  auto bad = text;
  bad.replace(bad.find("[249000,7]"), 10, "[249000]");
  CAF_CHECK(state_of(dataset::scalp, bad) == line_state::wrong_fields);
  bad = text;
  bad.replace(bad.find("\"bids\""), 6, "\"bidz\"");
  CAF_CHECK(state_of(dataset::scalp, bad) == line_state::wrong_fields);
}

CAF_TEST(what side lines say is short is read) {
  const std::string common
    = R"({"timestamp":"2026-09-14T15:00:00.000000+09:00",)"
      R"("session_id":"a","slot":1,"seq":1,)";
  auto read = [&](dataset which, const std::string& rest) {
    static std::string text; // out of which the answer looks
    text = common + rest;
    line_reader reader{which};
    line_record out;
    CAF_CHECK(reader.read(text, out) == line_state::good);
    if (!out.shortage)
      return std::string{"nothing"};
    return fmt::format("{} {} {}", out.shortage->cause, out.shortage->symbol,
                       out.shortage->records);
  };
  const std::string reject = R"("reason":"bad_time","raw":"x")";
  CAF_CHECK_EQUAL(read(dataset::quarantine,
                       reject + R"(,"cause":"parse_rejected","symbol":"A",)"
                                R"("records":4})"),
                  "parse_rejected A 4");
  CAF_CHECK_EQUAL(read(dataset::quarantine, reject + "}"), "not_told  1");
  CAF_CHECK_EQUAL(read(dataset::quarantine, reject + R"(,"records":0})"),
                  "nothing");
  const std::string gap = R"("event":"gap","cause":"disk_full","symbol":"A")";
  CAF_CHECK_EQUAL(read(dataset::system, gap + R"(,"records":4})"),
                  "disk_full A 4");
  CAF_CHECK_EQUAL(read(dataset::system, gap + R"(,"tick_seq":9,"records":4})"),
                  "nothing");
  // An event says why, and no amount.
  CAF_CHECK_EQUAL(read(dataset::system, gap + R"(,"missing_shares":4})"),
                  "disk_full A 0");
}

CAF_TEST(a cause is of the closed list) {
  const std::string common
    = R"({"timestamp":"2026-09-14T15:00:00.000000+09:00",)"
      R"("session_id":"a","slot":1,"seq":1,)";
  for (auto word : {"foo", "none"}) {
    auto cause = fmt::format(R"("cause":"{}"}})", word);
    CAF_CHECK(state_of(dataset::system, common + R"("event":"gap",)" + cause)
              == line_state::wrong_fields);
    CAF_CHECK(state_of(dataset::quarantine,
                       common + R"("reason":"x","raw":"y",)" + cause)
              == line_state::wrong_fields);
  }
}

CAF_TEST(the other data sets need their own words) {
  const std::string common
    = R"({"timestamp":"2026-09-14T15:00:00.000000+09:00",)"
      R"("session_id":"a","slot":-1,"seq":1)";
  CAF_CHECK(state_of(dataset::swing, common + "}") == line_state::good);
  CAF_CHECK(state_of(dataset::system, common + R"(,"event":"x"})")
            == line_state::good);
  CAF_CHECK(state_of(dataset::system, common + "}")
            == line_state::wrong_fields);
  CAF_CHECK(state_of(dataset::quarantine,
                     common + R"(,"reason":"x","raw":"0|1"})")
            == line_state::good);
  CAF_CHECK(state_of(dataset::quarantine,
                     common
                       + R"(,"reason":"x","raw":"\u00b0","raw_base64":"sA=="})")
            == line_state::good);
  CAF_CHECK(state_of(dataset::quarantine, common + R"(,"reason":"x"})")
            == line_state::wrong_fields);
  CAF_CHECK(state_of(dataset::system,
                     common + R"(,"event":"x","price":"any","gap":3})")
            == line_state::good);
}

} // namespace CAF_SUITE
