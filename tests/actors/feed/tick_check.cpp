#define CAF_SUITE actors_feed_tick_check
#include "actors/feed/tick_check.hpp"

#include "test.hpp"

#include <random>
#include <string>

#include "messages/kis/digits.hpp"
#include "messages/kis/frame.hpp"
#include "messages/kis/samples.hpp"
#include "runtime/simulate/instrument.hpp"

namespace CAF_SUITE {

using namespace observer;
using kis::doubt;

namespace {

/// A market whose price is 1,000 won, seen trade by trade.
struct fixture {
  fixture() {
    t.market = "regular";
    t.low = "900";
    t.high = "1100";
  }
  /// What a slot would make of it; missing shares where the step counts.
  std::string see(uint64_t volume, uint64_t accumulated, uint64_t value,
                  uint64_t price = 1'000) {
    texts[0] = std::to_string(price);
    texts[1] = std::to_string(volume);
    texts[2] = std::to_string(accumulated);
    texts[3] = std::to_string(value);
    t.price = texts[0];
    t.volume = texts[1];
    t.accumulated_volume = texts[2];
    t.accumulated_value = texts[3];
    auto x = check_tick(last, t, id, {price, volume, accumulated, value}, 1);
    std::string out;
    for (size_t i = 0; i < kis::doubt_count; ++i)
      if (auto d = static_cast<doubt>(i); x.doubts.has(d))
        out += (out.empty() ? "" : " ") + std::string{to_string(d)};
    if (out.empty() || x.step_counts()) {
      auto missing = last ? static_cast<int64_t>(accumulated - volume
                                                 - last->accumulated)
                          : 0;
      out += (out.empty() ? "" : ", ") + std::to_string(missing);
    }
    last = x.next;
    return out;
  }

  kis::trade t;
  std::string texts[4];
  kis::tr id = kis::tr::h0stcnt0;
  std::optional<tick_baseline> last;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tick_check_tests, fixture)

CAF_TEST(volume and value that go on are believed) {
  CAF_CHECK_EQUAL(see(5, 1'000, 1'000'000), "0");
  CAF_CHECK_EQUAL(see(7, 1'007, 1'007'000), "0");
  CAF_CHECK_EQUAL(see(1, 1'008, 1'008'050, 1'050), "0");
}

CAF_TEST(shares that both say are missing are a gap) {
  see(5, 1'000, 1'000'000);
  CAF_CHECK_EQUAL(see(7, 1'107, 1'107'000), "100");
  // Also at another price than this trade's.
  CAF_CHECK_EQUAL(see(1, 1'208, 1'198'000, 1'090), "100");
}

CAF_TEST(a volume that the value denies is doubted and is no past) {
  see(5, 1'000, 1'000'000);
  CAF_CHECK_EQUAL(see(7, 1'907, 1'007'000), "volume");
  // The next says that nothing was missing.
  CAF_CHECK_EQUAL(see(3, 1'010, 1'010'000), "0");
  // The same downwards, and by one digit far away.
  CAF_CHECK_EQUAL(see(1, 911, 1'011'000), "volume");
  CAF_CHECK_EQUAL(see(1, 639'490'152'600'760'838, 1'012'000),
                  "volume average");
  CAF_CHECK_EQUAL(see(1, 1'013, 1'013'000), "0");
}

CAF_TEST(two that follow from a volume in doubt show that it was right) {
  see(5, 1'000, 1'000'000);
  // The broker's value stands still over 300 shares, for whatever reason.
  CAF_CHECK_EQUAL(see(10, 1'310, 1'010'000), "volume");
  CAF_CHECK_EQUAL(see(10, 1'320, 1'020'000), "volume");
  CAF_CHECK_EQUAL(see(10, 1'330, 1'030'000), "300");
  CAF_CHECK_EQUAL(see(10, 1'340, 1'040'000), "0");
}

CAF_TEST(two that are damaged alike do not vouch for each other) {
  see(5, 1'000, 1'000'000);
  CAF_CHECK_EQUAL(see(10, 1'310, 1'010'000), "volume");
  CAF_CHECK_EQUAL(see(10, 1'320, 1'020'000), "volume");
  CAF_CHECK_EQUAL(see(10, 1'030, 1'030'000), "0");
}

CAF_TEST(a day that begins anew is no doubt) {
  see(5, 1'000'000, 1'000'000'000);
  CAF_CHECK_EQUAL(see(10, 10, 10'000), "-1000000");
  CAF_CHECK_EQUAL(see(10, 20, 20'000), "0");
}

CAF_TEST(a trade of more than the volume moved by is doubted) {
  see(5, 1'000, 1'000'000);
  CAF_CHECK_EQUAL(see(900, 1'007, 1'007'000), "tick");
  CAF_CHECK_EQUAL(see(3, 1'010, 1'010'000), "0");
  last.reset();
  CAF_CHECK_EQUAL(see(2'000, 1'000, 1'000'000), "tick");
  CAF_CHECK_EQUAL(see(1, 1'001, 1'001'000), "0");
}

CAF_TEST(the first of all is no past if it cannot be) {
  CAF_CHECK_EQUAL(see(5, 639'490'152'600'760'838, 1'000'000),
                  "volume average");
  CAF_CHECK(!last);
  CAF_CHECK_EQUAL(see(5, 1'005, 1'005'000), "0");
}

CAF_TEST(a value that does not follow is doubted and the next is not) {
  see(5, 1'000, 1'000'000);
  CAF_CHECK_EQUAL(see(5, 1'005, 1'900'000), "value, 0");
  CAF_CHECK_EQUAL(see(5, 1'010, 1'010'000), "0");
  // A price that was damaged: the value is right.
  CAF_CHECK_EQUAL(see(5, 1'015, 1'015'000, 9'000), "value, 0");
  CAF_CHECK_EQUAL(see(5, 1'020, 1'020'000), "0");
}

CAF_TEST(how values move elsewhere is not known and not doubted) {
  id = kis::tr::h0nxcnt0;
  CAF_CHECK_EQUAL(see(5, 1'000, 7), "0");
  CAF_CHECK_EQUAL(see(5, 1'005, 8), "0");
  CAF_CHECK_EQUAL(see(5, 1'110, 9'000), "100");
  CAF_CHECK_EQUAL(see(5, 639'490'152'600'760'838, 9'001), "volume");
  CAF_CHECK_EQUAL(see(5, 1'120, 9'002), "0");
  id = kis::tr::h0stcnt0;
  t.market = "after";
  last.reset();
  see(5, 1'000, 1'000'000);
  CAF_CHECK_EQUAL(see(5, 1'005, 1'000'000), "0");
}

CAF_TEST(a value that stands still says nothing) {
  see(5, 1'000, 1'000'000);
  CAF_CHECK_EQUAL(see(5, 1'005, 1'000'000), "0");
  CAF_CHECK_EQUAL(see(5, 1'110, 1'000'000), "100");
}

CAF_TEST(numbers of eighteen digits do not overflow) {
  constexpr uint64_t huge = 999'999'999'999'999'999;
  see(1, 1'000, 1'000'000);
  see(huge, huge, huge, huge);
  see(huge, 1, huge, huge);
  see(1, huge, 1, 1);
  CAF_CHECK(!last || last->accumulated <= 3 * huge);
}

CAF_TEST(real frames in a row pass without a doubt) {
  kis::trade real;
  for (auto& text : samples::trades_46) {
    auto split = kis::split_frame(text);
    kis::record_cursor cursor{split.value};
    for (std::string_view record; cursor.next(record);) {
      CAF_REQUIRE(kis::parse_trade(record, split.value.width, real).reason
                  == reject_reason::none);
      auto x = check_tick(last, real, id,
                          {kis::whole_value(real.price),
                           kis::whole_value(real.volume),
                           kis::whole_value(real.accumulated_volume),
                           kis::whole_value(real.accumulated_value)},
                          1);
      CAF_CHECK(x.doubts.empty());
      last = x.next;
    }
  }
}

CAF_TEST(a third of damaged records makes no shares missing that are not) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  auto below = [&](uint64_t n) { return random() % n; };
  simulate::instrument issue{"005930", simulate::venue::krx, seed};
  auto now = simulate::stamp_of(1'789'347'600'000'000);
  uint64_t missing = 0, back = 0, doubted = 0, good_doubted = 0, good = 0;
  auto begin = static_cast<uint64_t>(issue.volume());
  auto damaged_before = 10;
  for (int i = 0; i < 30'000; ++i) {
    std::string text;
    issue.trade(now, simulate::trade_width_now, text);
    // Nothing could be held against the first of a symbol.
    auto damaged = i >= 3 && below(3) == 0;
    ++damaged_before;
    if (damaged) {
      damaged_before = 0;
      // Within one value, as a fault on the way would.
      auto at = below(text.size());
      if (text[at] == '^')
        continue;
      text[at] = static_cast<char>('0' + below(10));
      if (below(4) == 0)
        text.insert(at, std::to_string(below(1'000'000'000)));
    }
    kis::trade one;
    if (kis::parse_trade(text, simulate::trade_width_now, one).reason
        != reject_reason::none)
      continue;
    auto a = kis::whole_value(one.accumulated_volume);
    auto v = kis::whole_value(one.volume);
    auto before = last;
    auto x = check_tick(last, one, id,
                        {kis::whole_value(one.price), v, a,
                         kis::whole_value(one.accumulated_value)},
                        1);
    if (before && x.step_counts()) {
      auto step = static_cast<int64_t>(a - v - before->accumulated);
      (step > 0 ? missing : back) += static_cast<uint64_t>(std::abs(step));
    }
    doubted += !x.doubts.empty();
    if (damaged_before > 3) {
      ++good;
      good_doubted += !x.doubts.empty();
    }
    last = x.next;
  }
  auto traded = static_cast<uint64_t>(issue.volume()) - begin;
  CAF_MESSAGE(traded << " shares traded, " << missing << " said to be missing, "
                     << back << " to be too many; " << doubted
                     << " records in doubt; " << good_doubted << " of " << good
                     << " that followed good ones");
  CAF_CHECK(missing < traded);
  CAF_CHECK(back < traded);
  CAF_CHECK(good_doubted * 100 <= good);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
