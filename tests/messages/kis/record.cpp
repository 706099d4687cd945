#define CAF_SUITE messages_kis_record
#include "test.hpp"

#include <type_traits>

#include "messages/kis/frame.hpp"
#include "messages/kis/generate.hpp"
#include "messages/kis/record.hpp"
#include "messages/kis/samples.hpp"
#include "support/failing_new.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::kis;
using observer::samples::maker;

namespace {

std::string_view payload_of(std::string_view text) {
  return split_frame(text).value.payload;
}

/// A real trade or quote with single values replaced.
class edited {
public:
  explicit edited(std::string_view payload) {
    for (auto value : samples::split(payload, '^'))
      values_.emplace_back(value);
  }

  edited& with(size_t column, std::string value) {
    values_[column] = std::move(value);
    return *this;
  }

  edited& more(std::string value) {
    values_.push_back(std::move(value));
    return *this;
  }

  edited& cut(size_t width) {
    values_.resize(width);
    return *this;
  }

  /// The views are good until the next call.
  record_problem read(trade& out) {
    text_ = samples::join(values_);
    return parse_trade(text_, static_cast<uint32_t>(values_.size()), out);
  }

  record_problem read(quote& out, tr id = tr::h0stasp0) {
    text_ = samples::join(values_);
    return parse_quote(id, text_, static_cast<uint32_t>(values_.size()), out);
  }

private:
  std::vector<std::string> values_;
  std::string text_;
};

edited real_trade() {
  return edited{payload_of(samples::trade_47)};
}

edited real_quote() {
  return edited{payload_of(samples::quote_63)};
}

constexpr auto fine = reject_reason::none;

} // namespace

CAF_TEST(price and volumes stand where the broker puts them (F06)) {
  trade t;
  auto real = real_trade();
  CAF_REQUIRE(real.read(t).reason == fine);
  CAF_CHECK_EQUAL(t.symbol, "005930");
  CAF_CHECK_EQUAL(t.execution_time, "150746");
  CAF_CHECK_EQUAL(t.price, "249250");
  CAF_CHECK_EQUAL(t.change_rate, "-3.95");
  CAF_CHECK_EQUAL(t.open, "249500");
  CAF_CHECK_EQUAL(t.high, "254500");
  CAF_CHECK_EQUAL(t.low, "248500");
  CAF_CHECK_EQUAL(t.ask_price, "249500");
  CAF_CHECK_EQUAL(t.bid_price, "249000");
  CAF_CHECK_EQUAL(t.volume, "1");
  CAF_CHECK_EQUAL(t.accumulated_volume, "14871538");
  CAF_CHECK_EQUAL(t.accumulated_value, "3728926343750");
  CAF_CHECK_EQUAL(t.ask_size, "85729");
  CAF_CHECK_EQUAL(t.bid_size, "141952");
  CAF_CHECK_EQUAL(t.side, "sell");
  CAF_CHECK_EQUAL(t.market, "regular");
}

CAF_TEST(a quote holds ten levels a side and the mid price) {
  quote q;
  auto real = real_quote();
  CAF_REQUIRE(real.read(q).reason == fine);
  CAF_CHECK_EQUAL(q.symbol, "005930");
  CAF_CHECK_EQUAL(q.quote_time, "140610");
  CAF_CHECK_EQUAL(q.asks[0].price, "278000");
  CAF_CHECK_EQUAL(q.asks[0].size, "47584");
  CAF_CHECK_EQUAL(q.asks[9].price, "282500");
  CAF_CHECK_EQUAL(q.asks[9].size, "120466");
  CAF_CHECK_EQUAL(q.bids[0].price, "277500");
  CAF_CHECK_EQUAL(q.bids[0].size, "70626");
  CAF_CHECK_EQUAL(q.bids[9].price, "273000");
  CAF_CHECK_EQUAL(q.bids[9].size, "25718");
  CAF_CHECK_EQUAL(q.total_ask_size, "794831");
  CAF_CHECK_EQUAL(q.total_bid_size, "496484");
  CAF_CHECK_EQUAL(q.expected_price, "0");
  CAF_CHECK_EQUAL(q.expected_size, "0");
  CAF_CHECK_EQUAL(q.accumulated_volume, "11955000");
  CAF_CHECK_EQUAL(q.mid_price, "277750");
  CAF_CHECK_EQUAL(q.mid_size, "4831");
  CAF_CHECK_EQUAL(q.market, "regular");
}

CAF_TEST(the brokers own samples of 2023 are understood) {
  trade t;
  CAF_CHECK(parse_trade(samples::trade_payload_46, 46, t).reason == fine);
  CAF_CHECK_EQUAL(t.price, "71900");
  CAF_CHECK_EQUAL(t.market, "regular");
  quote q;
  CAF_CHECK(parse_quote(tr::h0stasp0, samples::quote_payload_59, 59, q).reason
            == fine);
  CAF_CHECK_EQUAL(q.asks[0].price, "71900");
  CAF_CHECK_EQUAL(q.accumulated_volume, "3159115");
  CAF_CHECK_EQUAL(q.mid_price, "");
  CAF_CHECK_EQUAL(q.market, "unknown");
}

CAF_TEST(quotes of 59 to 66 columns give what is settled of theirs) {
  for (size_t width = 59; width <= 66; ++width) {
    auto real = real_quote();
    if (width <= 63)
      real.cut(width);
    for (auto i = size_t{63}; i < width; ++i)
      real.more("1");
    quote q;
    CAF_REQUIRE(real.read(q).reason == fine);
    CAF_CHECK_EQUAL(q.asks[0].price, "278000");
    // Columns 59 and 60 came together with 61.
    CAF_CHECK_EQUAL(q.mid_price, width >= 62 ? "277750" : "");
    CAF_CHECK_EQUAL(q.market, width >= 63 ? "regular" : "unknown");
  }
}

CAF_TEST(behind column 58 the other venues quotes are not guessed (F39)) {
  for (auto id : {tr::h0unasp0, tr::h0nxasp0}) {
    auto real = real_quote();
    real.with(59, "x").with(60, "y").more("1").more("2").more("3");
    quote q;
    CAF_REQUIRE(real.read(q, id).reason == fine);
    CAF_CHECK_EQUAL(q.mid_price, "");
    CAF_CHECK_EQUAL(q.mid_size, "");
    CAF_CHECK_EQUAL(q.market, "unknown");
  }
}

CAF_TEST(an empty value where a number may be absent loses nothing (F07)) {
  for (auto nothing : {"", "(null)"})
    for (size_t column : {5, 7, 8, 9, 10, 11, 36, 37}) {
      trade t;
      auto real = real_trade();
      CAF_CHECK(real.with(column, nothing).read(t).reason == fine);
      CAF_CHECK_EQUAL(t.price, "249250");
    }
  // Always empty on the wire.
  trade t;
  auto real = real_trade();
  CAF_CHECK(real.with(44, "").read(t).reason == fine);
}

CAF_TEST(a trade without price or volume is worthless (F07)) {
  for (auto nothing : {"", "(null)"})
    for (uint32_t column : {2, 12, 13, 14}) {
      trade t;
      auto real = real_trade();
      auto bad = real.with(column, nothing).read(t);
      CAF_CHECK(bad.reason == reject_reason::missing_number);
      CAF_CHECK_EQUAL(bad.column, column);
      CAF_CHECK_EQUAL(bad.value, nothing);
    }
}

CAF_TEST(a quote without a best price is worthless but one side may be 0) {
  for (uint32_t column : {3, 13}) {
    quote q;
    auto real = real_quote();
    auto bad = real.with(column, "").read(q);
    CAF_CHECK(bad.reason == reject_reason::missing_number);
    CAF_CHECK_EQUAL(bad.column, column);
    CAF_CHECK(real.with(column, "0").read(q).reason == fine);
  }
}

CAF_TEST(what is no number where one is recorded rejects the record (F07)) {
  for (auto wrong : {"abc", "1.5", "-1", "1 ", " 1", "1e5", "0x1", "(NULL)"})
    for (uint32_t column : {2, 7, 8, 9, 10, 11, 12, 13, 14, 36, 37}) {
      trade t;
      auto real = real_trade();
      auto bad = real.with(column, wrong).read(t);
      CAF_CHECK(bad.reason == reject_reason::bad_number);
      CAF_CHECK_EQUAL(bad.column, column);
      CAF_CHECK_EQUAL(bad.value, wrong);
    }
  quote q;
  auto real = real_quote();
  auto bad = real.with(42, "x").read(q);
  CAF_CHECK(bad.reason == reject_reason::bad_number);
  CAF_CHECK_EQUAL(bad.column, 42u);
}

CAF_TEST(a volume that the audit could not add up is rejected and not bent) {
  for (uint32_t column : {12, 13, 14}) {
    trade t;
    auto real = real_trade();
    CAF_CHECK(real.with(column, "999999999999999999").read(t).reason == fine);
    for (auto big : {"1000000000000000000", "9223372036854775808",
                     "100000000000000000000000"}) {
      auto bad = real.with(column, big).read(t);
      CAF_CHECK(bad.reason == reject_reason::bad_number);
      CAF_CHECK_EQUAL(bad.column, column);
    }
  }
}

CAF_TEST(columns that are not recorded may hold anything (F07)) {
  for (size_t column :
       {3, 4, 6, 15, 18, 20, 22, 23, 24, 33, 35, 38, 43, 44, 45}) {
    trade t;
    auto real = real_trade();
    CAF_CHECK(real.with(column, "(?) x").read(t).reason == fine);
  }
  for (size_t column : {2, 45, 46, 49, 50, 51, 52, 54, 55, 56, 57, 58, 61}) {
    quote q;
    auto real = real_quote();
    CAF_CHECK(real.with(column, "(?) x").read(q).reason == fine);
  }
}

CAF_TEST(a falling rate keeps its sign and a rising one too (F09)) {
  for (auto rate : {"-3.95", "3.95", "+0.12", "0", "-100.00"}) {
    for (auto sign : {"1", "2", "3", "4", "5"}) {
      trade t;
      auto real = real_trade();
      CAF_REQUIRE(real.with(3, sign).with(5, rate).read(t).reason == fine);
      CAF_CHECK_EQUAL(t.change_rate, rate);
    }
  }
}

CAF_TEST(the wrong width is seen by what stands at symbol and time (F05)) {
  // 47 values read in steps of 46: the second record begins one too early.
  trade t;
  auto shifted = "2^" + std::string{samples::trade_payload_46};
  auto bad = parse_trade(shifted, 47, t);
  CAF_CHECK(bad.reason == reject_reason::bad_symbol);
  CAF_CHECK_EQUAL(bad.column, 0u);
  CAF_CHECK_EQUAL(bad.value, "2");
  // And one too late: the time becomes the symbol, the price the time.
  auto v = std::string{samples::trade_payload_46};
  auto late = v.substr(v.find('^') + 1) + "^2";
  CAF_CHECK(parse_trade(late, 46, t).reason == reject_reason::bad_time);
}

CAF_TEST(symbols keep zeros and letters (F38)) {
  for (auto symbol : {"005930", "0074K0", "Q500001", "000020"}) {
    trade t;
    auto real = real_trade();
    CAF_REQUIRE(real.with(0, symbol).read(t).reason == fine);
    CAF_CHECK_EQUAL(t.symbol, symbol);
  }
  for (auto symbol : {"", "5930", "00593", "005930 ", "0059\"0", "a05930",
                      "0059301234", "(null)"}) {
    trade t;
    auto real = real_trade();
    CAF_CHECK(real.with(0, symbol).read(t).reason
              == reject_reason::bad_symbol);
    quote q;
    auto book = real_quote();
    CAF_CHECK(book.with(0, symbol).read(q).reason
              == reject_reason::bad_symbol);
  }
}

CAF_TEST(morning times keep their zero and other things are no time (F36)) {
  for (auto time : {"090011", "080000", "000000", "235959"}) {
    trade t;
    auto real = real_trade();
    CAF_REQUIRE(real.with(1, time).read(t).reason == fine);
    CAF_CHECK_EQUAL(t.execution_time, time);
  }
  for (auto time : {"", "90011", "240000", "096000", "090060", "09:00:11",
                    "1789366066", "(null)"}) {
    trade t;
    auto real = real_trade();
    CAF_CHECK(real.with(1, time).read(t).reason == reject_reason::bad_time);
  }
}

CAF_TEST(sides are told apart) {
  for (auto [code, side] :
       {std::pair{"1", "buy"}, std::pair{"5", "sell"}, std::pair{"3", "auction"},
        std::pair{"", "unknown"}, std::pair{"9", "unknown"},
        std::pair{"15", "unknown"}}) {
    trade t;
    auto real = real_trade();
    CAF_REQUIRE(real.with(21, code).read(t).reason == fine);
    CAF_CHECK_EQUAL(t.side, side);
  }
}

CAF_TEST(a trade of the new after market is one of the after market (F40)) {
  for (auto [code, market] :
       {std::pair{"1", "pre"}, std::pair{"2", "regular"},
        std::pair{"3", "after"}, std::pair{"5", "closing"},
        std::pair{"", "unknown"}, std::pair{"4", "unknown"}}) {
    trade t;
    auto real = real_trade();
    real.with(1, "163900").with(46, code);
    CAF_REQUIRE(real.read(t).reason == fine);
    CAF_CHECK_EQUAL(t.market, market);
    quote q;
    auto book = real_quote();
    CAF_REQUIRE(book.with(62, code).read(q).reason == fine);
    CAF_CHECK_EQUAL(q.market, market);
  }
}

CAF_TEST(before the 47th column the operation code tells the market) {
  for (auto [code, market] :
       {std::pair{"20", "regular"}, std::pair{"21", "closing"},
        std::pair{"10", "pre"}, std::pair{"30", "after"},
        std::pair{"31", "closing"}, std::pair{"40", "after_single"},
        std::pair{"00", "unknown"}, std::pair{"", "unknown"},
        std::pair{"2", "unknown"}, std::pair{"200", "unknown"}}) {
    trade t;
    auto real = real_trade();
    CAF_REQUIRE(real.cut(46).with(34, code).read(t).reason == fine);
    CAF_CHECK_EQUAL(t.market, market);
  }
}

CAF_TEST(columns that came later leave the market where it is) {
  trade t;
  auto real = real_trade();
  CAF_REQUIRE(real.more("9").more("x").read(t).reason == fine);
  CAF_CHECK_EQUAL(t.market, "regular");
}

CAF_TEST(too few values are no trade and no quote) {
  for (size_t width : {0, 1, 2, 45}) {
    trade t;
    auto real = real_trade();
    CAF_CHECK(real.cut(width).read(t).reason == reject_reason::width_too_small);
  }
  for (size_t width : {0, 1, 46, 58}) {
    quote q;
    auto real = real_quote();
    CAF_CHECK(real.cut(width).read(q).reason == reject_reason::width_too_small);
  }
  trade t;
  quote q;
  CAF_CHECK(parse_trade({}, 46, t).reason == reject_reason::width_too_small);
  CAF_CHECK(parse_quote(tr::h0stasp0, {}, 59, q).reason
            == reject_reason::width_too_small);
}

CAF_TEST(a made up record gives back each value as it was) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  maker make{seed};
  for (int i = 0; i < 2'000; ++i) {
    auto v = make.trade(46 + make.below(15));
    auto text = samples::join(v);
    trade t;
    CAF_REQUIRE(parse_trade(text, static_cast<uint32_t>(v.size()), t).reason
                == fine);
    for (auto& [seen, column] :
         {std::pair{t.symbol, 0}, std::pair{t.execution_time, 1},
          std::pair{t.price, 2}, std::pair{t.change_rate, 5},
          std::pair{t.open, 7}, std::pair{t.high, 8}, std::pair{t.low, 9},
          std::pair{t.ask_price, 10}, std::pair{t.bid_price, 11},
          std::pair{t.volume, 12}, std::pair{t.accumulated_volume, 13},
          std::pair{t.accumulated_value, 14}, std::pair{t.ask_size, 36},
          std::pair{t.bid_size, 37}})
      CAF_REQUIRE_EQUAL(seen, v[static_cast<size_t>(column)]);
    auto b = make.quote(59 + make.below(8));
    text = samples::join(b);
    quote q;
    CAF_REQUIRE(parse_quote(tr::h0unasp0, text,
                            static_cast<uint32_t>(b.size()), q)
                  .reason
                == fine);
    for (size_t level = 0; level < 10; ++level) {
      CAF_REQUIRE_EQUAL(q.asks[level].price, b[3 + level]);
      CAF_REQUIRE_EQUAL(q.bids[level].price, b[13 + level]);
      CAF_REQUIRE_EQUAL(q.asks[level].size, b[23 + level]);
      CAF_REQUIRE_EQUAL(q.bids[level].size, b[33 + level]);
    }
    CAF_REQUIRE_EQUAL(q.accumulated_volume, b[53]);
  }
}

CAF_TEST(what a record gives are views and nothing that must be freed) {
  CAF_CHECK(std::is_trivially_copyable_v<trade>);
  CAF_CHECK(std::is_trivially_destructible_v<quote>);
  // A copy: a literal may have another address in each file that includes it.
  std::string text{samples::trade_payload_46};
  trade t;
  CAF_REQUIRE(parse_trade(text, 46, t).reason == fine);
  CAF_CHECK(t.price.data() > text.data()
            && t.price.data() < text.data() + text.size());
}

CAF_TEST(reading a frame allocates nothing) {
  maker make{1};
  auto trades = make.frame(tr::h0stcnt0, 200, 47).text;
  auto quotes = make.frame(tr::h0stasp0, 20, 63).text;
  auto broken = trades.substr(0, trades.size() / 2);
  size_t understood = 0;
  test::failing_new::fail_nth(UINT64_MAX - 1); // counts, and never fails
  test::failing_new::mark counted{true};
  for (auto* whole : {&trades, &quotes, &broken}) {
    std::string_view text{*whole};
    auto split = split_frame(text);
    if (split.reason != fine)
      continue;
    record_cursor cursor{split.value};
    for (std::string_view record; cursor.next(record);) {
      trade t;
      quote q;
      auto bad = is_trade(split.value.id)
                   ? parse_trade(record, split.value.width, t)
                   : parse_quote(split.value.id, record, split.value.width, q);
      understood += bad.reason == fine;
    }
  }
  auto allocations = test::failing_new::seen();
  test::failing_new::mend();
  CAF_CHECK_EQUAL(allocations, 0u);
  CAF_CHECK_EQUAL(understood, 220u);
}

} // namespace CAF_SUITE
