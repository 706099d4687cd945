#define CAF_SUITE messages_kis_doubt
#include "messages/kis/doubt.hpp"

#include "test.hpp"

#include <set>
#include <string>

#include "messages/kis/record.hpp"
#include "messages/kis/samples.hpp"
#include "messages/kis/generate.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::kis;

// A value that cannot be what its column says is doubted; what the broker
// sends in any phase of a day is not.

namespace {

std::string_view payload(std::string_view frame) {
  return frame.substr(frame.rfind('|') + 1);
}

using columns = std::vector<std::string>;

columns real() {
  columns out;
  for (auto v : samples::split(payload(samples::trade_47), '^'))
    out.emplace_back(v);
  return out;
}

columns real_quote() {
  columns out;
  for (auto v : samples::split(payload(samples::quote_63), '^'))
    out.emplace_back(v);
  return out;
}

std::string joined(const columns& values) {
  std::string out;
  for (auto& v : values)
    out += (&v == &values.front() ? "" : "^") + v;
  return out;
}

std::string words(doubt_set set) {
  std::string out;
  for (size_t i = 0; i < doubt_count; ++i)
    if (auto d = static_cast<doubt>(i); set.has(d))
      out += (out.empty() ? "" : " ") + std::string{to_string(d)};
  return out;
}

std::string doubts_of(const columns& values) {
  trade t;
  auto text = joined(values);
  auto bad = parse_trade(text, static_cast<uint32_t>(values.size()), t);
  if (bad.reason != reject_reason::none)
    return "rejected " + std::string{to_string(bad.reason)};
  auto all = t.doubts;
  if (is_odd_average(t))
    all.add(doubt::average);
  return words(all);
}

std::string doubts_with(size_t column, const std::string& value) {
  auto values = real();
  values[column] = value;
  return doubts_of(values);
}

std::string doubts_of_quote(const columns& values) {
  quote q;
  auto text = joined(values);
  auto bad = parse_quote(tr::h0stasp0, text,
                         static_cast<uint32_t>(values.size()), q);
  if (bad.reason != reject_reason::none)
    return "rejected " + std::string{to_string(bad.reason)};
  return words(q.doubts);
}

} // namespace

CAF_TEST(every doubt has a word of its own) {
  std::set<std::string_view> words;
  for (size_t i = 0; i < doubt_count; ++i)
    words.insert(to_string(static_cast<doubt>(i)));
  CAF_CHECK_EQUAL(words.size(), doubt_count);
  CAF_CHECK(!words.contains("unknown"));
}

CAF_TEST(real records are not doubted) {
  CAF_CHECK_EQUAL(doubts_of(real()), "");
  for (auto& frame : samples::trades_46) {
    auto values = samples::split(payload(frame), '^');
    for (size_t from = 0; from < values.size(); from += 46) {
      columns one(values.begin() + static_cast<std::ptrdiff_t>(from),
                  values.begin() + static_cast<std::ptrdiff_t>(from + 46));
      CAF_CHECK_EQUAL(doubts_of(one), "");
    }
  }
  columns sample;
  for (auto v : samples::split(samples::trade_payload_46, '^'))
    sample.emplace_back(v);
  CAF_CHECK_EQUAL(doubts_of(sample), "");
  CAF_CHECK_EQUAL(doubts_of_quote(real_quote()), "");
  sample.clear();
  for (auto v : samples::split(samples::quote_payload_59, '^'))
    sample.emplace_back(v);
  CAF_CHECK_EQUAL(doubts_of_quote(sample), "");
}

CAF_TEST(no phase of a day is doubted) {
  // Before the opening: no prices of the day, no hours yet.
  auto auction = real();
  for (size_t i : {7u, 8u, 9u, 12u, 13u, 14u})
    auction[i] = "0";
  for (size_t i : {24u, 27u, 30u})
    auction[i] = "000000";
  auction[21] = "3";
  auction[34] = "00";
  auction[43] = "B";
  auction[46] = "1";
  CAF_CHECK_EQUAL(doubts_of(auction), "");
  // A volatility interruption, the auctions at the close and after it.
  for (auto hour : {"A", "B", "C", "D", ""})
    CAF_CHECK_EQUAL(doubts_with(43, hour), "");
  for (auto operation : {"10", "11", "20", "21", "30", "31", "40", "7", ""})
    CAF_CHECK_EQUAL(doubts_with(34, operation), "");
  for (auto market : {"1", "2", "3", "5", "", "(null)"})
    CAF_CHECK_EQUAL(doubts_with(46, market), "");
  for (auto side : {"1", "3", "5", "", "0"})
    CAF_CHECK_EQUAL(doubts_with(21, side), "");
  // The opening trade: its price is open, high and low.
  auto first = real();
  first[2] = first[7] = first[8] = first[9] = "249500";
  first[12] = first[13] = "500000";
  first[14] = "124750000000";
  CAF_CHECK_EQUAL(doubts_of(first), "");
  // After the market a price need not lie between those of the day.
  auto after = real();
  after[2] = "255500";
  after[46] = "3";
  CAF_CHECK_EQUAL(doubts_of(after), "");
  // Nor does a block.
  auto block = real();
  block[2] = "200000";
  block[34] = "22";
  CAF_CHECK_EQUAL(doubts_of(block), "");
  // Mid-point trades lie off the grid, halted issues say so.
  CAF_CHECK_EQUAL(doubts_with(2, "249251"), "");
  CAF_CHECK_EQUAL(doubts_with(35, "Y"), "");
  CAF_CHECK_EQUAL(doubts_with(44, "1"), "");
}

CAF_TEST(values that cannot be are doubted by name) {
  CAF_CHECK_EQUAL(doubts_with(2, "254501"), "price");
  CAF_CHECK_EQUAL(doubts_with(2, "248499"), "price");
  CAF_CHECK_EQUAL(doubts_with(2, "24925"), "price");
  CAF_CHECK_EQUAL(doubts_with(21, "0.44"), "side");
  CAF_CHECK_EQUAL(doubts_with(24, "246011"), "hours");
  CAF_CHECK_EQUAL(doubts_with(27, "-5250"), "hours");
  CAF_CHECK_EQUAL(doubts_with(33, "20261414"), "date");
  CAF_CHECK_EQUAL(doubts_with(34, "20260914"), "operation");
  CAF_CHECK_EQUAL(doubts_with(35, "85729"), "halt");
  CAF_CHECK_EQUAL(doubts_with(43, "123.39"), "hour_class");
  CAF_CHECK_EQUAL(doubts_with(43, "Z"), "hour_class");
  CAF_CHECK_EQUAL(doubts_with(44, "249500"), "ending");
  CAF_CHECK_EQUAL(doubts_with(46, "249500"), "market");
  CAF_CHECK_EQUAL(doubts_with(46, "9"), "market");
  CAF_CHECK_EQUAL(doubts_with(13, "639490152600760838"), "average");
  CAF_CHECK_EQUAL(doubts_with(14, "3728926"), "average");
}

CAF_TEST(a value more or less anywhere is doubted or rejected) {
  for (size_t at = 1; at < 46; ++at) {
    auto more = real();
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(at), "7");
    if (doubts_of(more) == "")
      CAF_ERROR("nothing is doubted with a value more at " << at);
    // One less is a width that is known.
    auto less = real();
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(at));
    if (doubts_of(less) == "" && at < 45)
      CAF_ERROR("nothing is doubted with a value less at " << at);
  }
}

CAF_TEST(one new code is no sign of another layout) {
  CAF_CHECK(!doubt_set{doubt::width}.misplaced());
  CAF_CHECK(!doubt_set{doubt::market}.misplaced());
  CAF_CHECK(doubt_set{doubt::price}.misplaced());
  doubt_set two{doubt::width};
  two.add(doubt::market);
  CAF_CHECK(two.misplaced());
  CAF_CHECK(!doubt_set{}.misplaced());
}

CAF_TEST(a quote whose totals are less than a level is doubted) {
  auto q = real_quote();
  q[43] = "25718";
  CAF_CHECK_EQUAL(doubts_of_quote(q), "totals");
  q = real_quote();
  q[2] = "278000";
  CAF_CHECK_EQUAL(doubts_of_quote(q), "hour_class");
  q = real_quote();
  q[62] = "4831";
  CAF_CHECK_EQUAL(doubts_of_quote(q), "market");
}

CAF_TEST(the widths that are known) {
  for (uint32_t w : {46u, 47u}) {
    CAF_CHECK(is_known_width(tr::h0stcnt0, w));
    CAF_CHECK(is_known_width(tr::h0uncnt0, w));
  }
  CAF_CHECK(!is_known_width(tr::h0stcnt0, 48));
  for (uint32_t w : {59u, 62u, 63u})
    CAF_CHECK(is_known_width(tr::h0stasp0, w));
  CAF_CHECK(!is_known_width(tr::h0stasp0, 64));
  CAF_CHECK(is_known_width(tr::h0unasp0, 66));
}

} // namespace CAF_SUITE
