#define CAF_SUITE messages_kis_frame
#include "test.hpp"

#include <algorithm>

#include "messages/kis/frame.hpp"
#include "messages/kis/generate.hpp"
#include "messages/kis/record.hpp"
#include "messages/kis/samples.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::kis;
using observer::samples::maker;

namespace {

/// The records of a frame that was split without a complaint.
std::vector<std::string_view> records_of(const frame& f) {
  std::vector<std::string_view> out;
  record_cursor cursor{f};
  for (std::string_view record; cursor.next(record);)
    out.push_back(record);
  return out;
}

std::vector<std::string_view> records_of(std::string_view text) {
  auto split = split_frame(text);
  if (split.reason != reject_reason::none)
    CAF_FAIL("rejected: " << to_string(split.reason));
  return records_of(split.value);
}

reject_reason reason_of(std::string_view text) {
  return split_frame(text).reason;
}

/// `text` cut behind its n-th value.
std::string first_values(std::string_view text, size_t n) {
  for (size_t at = 0;; ++at)
    if ((text[at] == '^' && --n == 0) || at + 1 == text.size())
      return std::string{text.substr(0, at)};
}

std::string with_count(std::string_view text, std::string_view count) {
  std::string out{text};
  return out.replace(out.find('|', 2) + 1, 3, count);
}

/// Trades of `width` values in a row, each as different as they come.
std::string trades(size_t count, size_t width) {
  return maker{count * 1000 + width}
    .frame(tr::h0stcnt0, count, width)
    .text;
}

bool understood(const frame& f, std::string_view record) {
  trade t;
  quote q;
  return (is_trade(f.id) ? parse_trade(record, f.width, t)
                         : parse_quote(f.id, record, f.width, q))
           .reason
         == reject_reason::none;
}

} // namespace

CAF_TEST(the count is the number of records (F01)) {
  std::vector<size_t> counts;
  for (auto text : samples::trades_46)
    counts.push_back(records_of(text).size());
  CAF_CHECK_EQUAL(counts, (std::vector<size_t>{5, 2, 5, 4, 2}));
  auto twelve = trades(12, 46);
  CAF_CHECK_EQUAL(split_frame(twelve).value.count, 12u);
  CAF_CHECK_EQUAL(records_of(twelve).size(), 12u);
}

CAF_TEST(every record of real frames in a row joins to the one before (F02)) {
  uint64_t accumulated = 0;
  size_t trades = 0;
  for (auto text : samples::trades_46)
    for (auto record : records_of(text)) {
      auto v = samples::split(record, '^');
      auto now = std::stoull(std::string{v[13]});
      if (trades++ > 0)
        CAF_CHECK_EQUAL(now, accumulated + std::stoull(std::string{v[12]}));
      accumulated = now;
    }
  CAF_CHECK_EQUAL(trades, 18u);
}

CAF_TEST(the first records are not an index of the last one (F03)) {
  auto made = maker{3}.frame(tr::h0stcnt0, 5, 46);
  auto records = records_of(made.text);
  CAF_CHECK_EQUAL(records.front(), samples::join(made.records.front()));
  CAF_CHECK_EQUAL(records.back(), samples::join(made.records.back()));
}

CAF_TEST(a column more at the end shifts nothing (F04 and F05)) {
  for (size_t width : {46, 47, 48}) {
    auto text = trades(3, width);
    CAF_CHECK_EQUAL(split_frame(text).value.width, width);
    auto records = records_of(text);
    CAF_REQUIRE_EQUAL(records.size(), 3u);
    for (auto record : records) {
      CAF_CHECK(is_symbol(first_value(record)));
      CAF_CHECK_EQUAL(samples::split(record, '^').size(), width);
    }
  }
}

CAF_TEST(the real frame of the first day with 47 columns is whole) {
  auto split = split_frame(samples::trade_47);
  CAF_CHECK(split.reason == reject_reason::none);
  CAF_CHECK_EQUAL(split.value.tr_id, "H0STCNT0");
  CAF_CHECK(split.value.id == tr::h0stcnt0);
  CAF_CHECK_EQUAL(split.value.count, 1u);
  CAF_CHECK_EQUAL(split.value.width, 47u);
  CAF_CHECK_EQUAL(first_value(split.value.payload), "005930");
}

CAF_TEST(quotes of every width that was seen or documented are whole) {
  maker make{7};
  for (size_t width : {59, 60, 61, 62, 63, 64, 65, 66})
    for (auto id : {tr::h0stasp0, tr::h0unasp0, tr::h0nxasp0}) {
      auto split = split_frame(make.frame(id, 1, width).text);
      CAF_CHECK(split.reason == reject_reason::none);
      CAF_CHECK_EQUAL(split.value.width, width);
    }
}

CAF_TEST(made up frames come back record by record) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  for (int i = 0; i < 600; ++i) {
    auto id = all_trs[make.below(std::size(all_trs))];
    auto width = width_min(id) + make.below(15);
    // All counts from 1 to 200 come by, and some again.
    auto made = make.frame(id, i < 200 ? i + 1 : 1 + make.below(200), width);
    auto split = split_frame(made.text);
    CAF_REQUIRE(split.reason == reject_reason::none);
    CAF_REQUIRE(split.value.id == id);
    CAF_REQUIRE_EQUAL(split.value.width, width);
    CAF_REQUIRE_EQUAL(split.records, made.records.size());
    auto records = records_of(split.value);
    CAF_REQUIRE_EQUAL(records.size(), made.records.size());
    for (size_t r = 0; r < records.size(); ++r) {
      CAF_REQUIRE_EQUAL(records[r], samples::join(made.records[r]));
      CAF_REQUIRE_EQUAL(first_value(records[r]), made.records[r][0]);
      CAF_REQUIRE(understood(split.value, records[r]));
    }
  }
}

CAF_TEST(a truncated frame is rejected whole and counted as claimed (F08)) {
  // The fourth real frame holds 4 trades of 46 values; 70 arrive.
  auto cut = first_values(samples::trades_46[3], 70);
  auto split = split_frame(cut);
  CAF_CHECK(split.reason == reject_reason::width_not_whole);
  CAF_CHECK_EQUAL(split.records, 4u);
}

CAF_TEST(a count above the data is rejected whole (F08)) {
  auto five = std::string{samples::trades_46[0]};
  CAF_CHECK(reason_of(with_count(five, "004"))
            == reject_reason::width_not_whole);
  CAF_CHECK(reason_of(with_count(five, "006"))
            == reject_reason::width_not_whole);
  // 230 values divide by 10, by chance.
  auto split = split_frame(with_count(five, "010"));
  CAF_CHECK(split.reason == reject_reason::width_too_small);
  CAF_CHECK_EQUAL(split.records, 10u);
}

CAF_TEST(a count below the data does not hide the other records (F01)) {
  auto five = std::string{samples::trades_46[0]};
  auto split = split_frame(with_count(five, "001"));
  CAF_CHECK(split.reason == reject_reason::bad_count);
  CAF_CHECK_EQUAL(split.records, 1u);
  CAF_CHECK(reason_of(with_count(five, "002")) == reject_reason::bad_count);
  auto two = std::string{samples::trades_46[1]};
  CAF_CHECK(reason_of(with_count(two, "001")) == reject_reason::bad_count);
  maker make{1};
  auto quotes = make.quote(63);
  auto pair = samples::frame_text("H0STASP0", {quotes, quotes});
  CAF_CHECK(reason_of(pair) == reject_reason::none);
  CAF_CHECK(reason_of(with_count(pair, "001")) == reject_reason::bad_count);
}

CAF_TEST(a width far beyond the known ones is read all the same) {
  for (size_t width : {61, 80, 91, 92, 150}) {
    auto text = trades(7, width);
    CAF_CHECK_EQUAL(records_of(text).size(), 7u);
  }
}

CAF_TEST(a wrong width that divides by chance yields no foreign record) {
  // 3 of 46 read as 2 of 69: only what begins with a symbol and a time counts.
  auto made = maker{11}.frame(tr::h0stcnt0, 3, 46);
  for (auto& r : made.records)
    r[0] = "005930";
  auto text = with_count(samples::frame_text("H0STCNT0", made.records), "002");
  CAF_CHECK(reason_of(text) == reject_reason::bad_count);
  // 2 of 47 that lost 2 values at the end: 2 of 46.
  auto pair = maker{12}.frame(tr::h0stcnt0, 2, 47);
  pair.records[0][46] = "2";
  auto cut = first_values(samples::frame_text("H0STCNT0", pair.records), 92);
  auto split = split_frame(cut);
  CAF_REQUIRE(split.reason == reject_reason::none);
  auto records = records_of(split.value);
  CAF_CHECK_EQUAL(std::string{records[0]} + "^2",
                  samples::join(pair.records[0]));
  CAF_CHECK(!understood(split.value, records[1]));
}

CAF_TEST(a claim of records is limited to what the text could hold) {
  auto split = split_frame("0|H0STCNT0|999|a^b^c");
  CAF_CHECK(split.reason == reject_reason::width_not_whole);
  CAF_CHECK_EQUAL(split.records, 3u);
  CAF_CHECK_EQUAL(split_frame("0|H0STCNT0|999|").records, 1u);
  CAF_CHECK_EQUAL(split_frame("0|H0ABCDE0|999|").records, 1u);
  CAF_CHECK_EQUAL(split_frame("1|H0STCNI0|9999|abc").records, 3u);
  CAF_CHECK_EQUAL(split_frame("1|H0STCNI0|9999|").records, 1u);
}

CAF_TEST(only a number from 1 to 9999 is a count) {
  auto count_of = [](std::string_view count) {
    return reason_of(fmt::format("0|H0STCNT0|{}|{}", count,
                                 samples::trade_payload_46));
  };
  for (auto good : {"001", "1", "0001"})
    CAF_CHECK(count_of(good) == reject_reason::none);
  for (auto bad : {"", "000", "0", "-01", "+01", "1 ", " 1", "00x", "005930",
                   "10000", "99999999999999999999"})
    CAF_CHECK(count_of(bad) == reject_reason::bad_count);
}

CAF_TEST(what is no frame is called so) {
  for (auto text : {"", "|", "||", "0|H0STCNT0|001", "hello", "PINGPONG",
                    "|H0STCNT0|001|a", "2|H0STCNT0|001|a", "00|H0STCNT0|001|a",
                    "{\"header\":{}}"}) {
    CAF_CHECK(reason_of(text) == reject_reason::not_a_frame);
    CAF_CHECK_EQUAL(split_frame(text).records, 1u);
  }
}

CAF_TEST(an encrypted notice is not looked into) {
  auto split = split_frame("1|H0STCNI0|001|bm90aGluZw==");
  CAF_CHECK(split.reason == reject_reason::encrypted);
  CAF_CHECK_EQUAL(split.records, 1u);
}

CAF_TEST(market status is not read with the columns of a trade (F10 and F11)) {
  for (auto id : {"H0STMKO0", "H0UNMKO0", "H0STANC0", "HDFSCNT0", "h0stcnt0",
                  "H0STCNT0 ", ""}) {
    auto text = fmt::format("0|{}|001|{}", id, samples::trade_payload_46);
    auto split = split_frame(text);
    CAF_CHECK(split.reason == reject_reason::unknown_tr);
    CAF_CHECK_EQUAL(split.value.tr_id, id);
  }
}

CAF_TEST(each venue keeps its own TR (F39)) {
  for (auto id : all_trs) {
    auto made = maker{5}.frame(id, 2, width_min(id));
    auto split = split_frame(made.text);
    CAF_CHECK(split.reason == reject_reason::none);
    CAF_CHECK(split.value.id == id);
  }
}

CAF_TEST(bytes of a binary message are the same frame (F31)) {
  auto text = samples::trade_47;
  std::vector<unsigned char> bytes(text.begin(), text.end());
  std::string_view seen{reinterpret_cast<const char*>(bytes.data()),
                        bytes.size()};
  CAF_CHECK(records_of(seen) == records_of(text));
}

CAF_TEST(a line end belongs to no value) {
  for (auto end : {"\r\n", "\n", "\r", " ", " \t\r\n"}) {
    auto text = std::string{samples::trade_47} + end;
    CAF_CHECK(records_of(text) == records_of(samples::trade_47));
  }
}

CAF_TEST(a bare payload is split like a frame) {
  auto split = split_payload(tr::h0stcnt0, 1, samples::trade_payload_46);
  CAF_CHECK(split.reason == reject_reason::none);
  CAF_CHECK_EQUAL(split.value.width, 46u);
  CAF_CHECK_EQUAL(split.value.tr_id, "H0STCNT0");
  auto quote = split_payload(tr::h0stasp0, 1, samples::quote_payload_59);
  CAF_CHECK(quote.reason == reject_reason::none);
  CAF_CHECK_EQUAL(quote.value.width, 59u);
  CAF_CHECK(split_payload(tr::h0stcnt0, 0, "a").reason
            == reject_reason::bad_count);
  CAF_CHECK(split_payload(tr::h0stcnt0, 10'000, "a").reason
            == reject_reason::bad_count);
}

CAF_TEST(a count that is too low is seen with several symbols too (F01)) {
  auto one = first_values(maker{7}.frame(tr::h0stcnt0, 1, 46).text, 46);
  auto payload = one.substr(one.rfind('|') + 1);
  auto other = "000660" + payload.substr(payload.find('^'));
  auto frame = "0|H0STCNT0|001|" + payload + "^" + other;
  CAF_CHECK(reason_of(frame) == reject_reason::bad_count);
  CAF_CHECK(reason_of(with_count(frame, "002")) == reject_reason::none);
}

} // namespace CAF_SUITE
