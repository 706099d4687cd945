#include "runtime/simulate/instrument.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include <fmt/format.h>

#include "messages/korean_time.hpp"

namespace observer::simulate {

namespace {

/// Values of one record, each followed by `^`, gathered on the stack: a
/// record costs one append to the frame instead of one a value.
class row {
public:
  void text(std::string_view x) {
    at_ = std::copy(x.begin(), x.end(), at_);
    *at_++ = '^';
  }
  void number(int64_t x) {
    at_ = std::to_chars(at_, end(), x).ptr;
    *at_++ = '^';
  }
  /// A decimal with two places.
  void hundredths(int64_t x) {
    if (x < 0) {
      *at_++ = '-';
      x = -x;
    }
    at_ = std::to_chars(at_, end(), x / 100).ptr;
    *at_++ = '.';
    *at_++ = static_cast<char>('0' + x % 100 / 10);
    *at_++ = static_cast<char>('0' + x % 10);
    *at_++ = '^';
  }
  void finish(std::string& out) {
    out.append(buffer_, static_cast<size_t>(at_ - buffer_) - 1);
  }

private:
  char* end() {
    return buffer_ + sizeof buffer_;
  }

  // 66 values of at most 20 characters, and a `^` each.
  char buffer_[1'536];
  char* at_ = buffer_;
};

/// A day's amount in won, times a scale, needs more than 64 bits.
__extension__ typedef __int128 wide;

/// scale·x / y to the nearest whole number, away from zero at a half.
int64_t ratio(int64_t x, int64_t y, int64_t scale) {
  if (y == 0)
    return 0;
  auto n = static_cast<wide>(x) * scale * 2;
  auto half = static_cast<wide>(y);
  return static_cast<int64_t>((n + (n < 0 ? -half : half)) / (half * 2));
}
int64_t percent(int64_t x, int64_t y) {
  return ratio(x, y, 10'000);
}

std::string_view sign_of(int64_t difference) {
  return difference > 0 ? "2" : difference < 0 ? "5" : "3";
}

/// Many small orders, some large, a few huge.
int64_t order_size(dice& d) {
  auto n = d.between(1, 30);
  if (d.per_mille(120))
    n *= d.between(2, 20);
  if (d.per_mille(8))
    n *= d.between(10, 60);
  return n;
}

int64_t level_size(dice& d) {
  return d.between(200, 4'000) * d.between(1, 9);
}

/// `150746` as a number.
uint32_t hour_number(std::string_view hour) {
  uint32_t out = 0;
  std::from_chars(hour.data(), hour.data() + hour.size(), out);
  return out;
}

/// Prices about which well-known issues start, so that a screen of the
/// simulated market looks familiar.
int64_t familiar_price(std::string_view code, dice& d) {
  struct entry {
    std::string_view code;
    int64_t price;
  };
  static constexpr entry known[] = {
    {"005930", 249'500}, {"000660", 1'204'000}, {"0074K0", 12'340},
    {"373220", 389'000}, {"005380", 263'500},   {"035420", 231'000},
    {"035720", 61'200},  {"105560", 118'400},   {"015760", 38'950},
    {"011200", 22'450},  {"017670", 54'300}};
  for (auto& x : known)
    if (x.code == code)
      return x.price;
  auto magnitude = d.between(0, 99);
  if (magnitude < 15)
    return d.between(1'200, 4'900);
  if (magnitude < 50)
    return d.between(5'000, 49'000);
  if (magnitude < 85)
    return d.between(50'000, 190'000);
  return d.between(200'000, 900'000);
}

uint64_t mix(std::string_view code, venue where, uint64_t seed) {
  auto h = seed ^ (0x51ed270b0f3a1d2bu * (static_cast<uint64_t>(where) + 1));
  for (auto c : code)
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return dice{h}.next();
}

} // namespace

stamp stamp_of(int64_t wall_us) {
  auto t = to_korean_time(wall_us);
  return {fmt::format("{:02}{:02}{:02}", t.hour, t.minute, t.second),
          fmt::format("{:04}{:02}{:02}", t.year, t.month, t.day)};
}

int64_t tick_size(int64_t price) {
  return price < 2'000     ? 1
         : price < 5'000   ? 5
         : price < 20'000  ? 10
         : price < 50'000  ? 50
         : price < 200'000 ? 100
         : price < 500'000 ? 500
                           : 1'000;
}
int64_t tick_up(int64_t price) {
  return price + tick_size(price);
}
int64_t tick_down(int64_t price) {
  return price - tick_size(price - 1);
}

instrument::instrument(std::string code, venue where, uint64_t seed,
                       size_t trades_kept)
    : code_{std::move(code)}, venue_{where}, dice_{mix(code_, where, seed)},
      past_{trades_kept} {
  // Prices are the issue's, so that its venues agree about the morning.
  dice start{mix(code_, venue::krx, seed)};
  set_the_scene(start);
}

/// A session that has been under way for a while: an opening auction, whose
/// shares have no side, and some trades on either side.
void instrument::set_the_scene(dice& start) {
  auto on_grid = [](int64_t x) { return x - x % tick_size(x); };
  base_ = on_grid(familiar_price(code_, start));
  upper_limit_ = on_grid(base_ * 130 / 100);
  lower_limit_ = on_grid(base_ * 70 / 100) + tick_size(base_ * 70 / 100);
  open_ = base_;
  for (auto steps = start.between(-6, 6); steps != 0;
       steps -= steps > 0 ? 1 : -1)
    open_ = steps > 0 ? tick_up(open_) : tick_down(open_);
  high_ = low_ = price_ = bid_ = open_;
  ask_ = tick_up(bid_);
  for (auto i = start.between(1, 12); i > 0; --i)
    high_ = tick_up(high_);
  for (auto i = start.between(1, 12); i > 0; --i)
    low_ = tick_down(low_);
  open_hour_ = fmt::format("0900{:02}", start.between(1, 29));
  high_hour_ =
    fmt::format("09{:02}{:02}", start.between(1, 29), start.between(0, 59));
  low_hour_ =
    fmt::format("09{:02}{:02}", start.between(30, 59), start.between(0, 59));

  auction_volume_ = dice_.between(10'000, 500'000);
  sell_sum_ = dice_.between(100'000, 4'000'000);
  buy_sum_ = sell_sum_ * dice_.between(60, 160) / 100;
  sell_count_ = sell_sum_ / dice_.between(20, 60);
  buy_count_ = buy_sum_ / dice_.between(20, 60);
  volume_ = auction_volume_ + sell_sum_ + buy_sum_;
  amount_ = auction_volume_ * open_
            + (sell_sum_ + buy_sum_) * dice_.between(low_, high_);
  volume_before_ = volume_ * dice_.between(80, 300) / 100;
  same_hour_before_ = volume_ * dice_.between(60, 150) / 100;
  listed_shares_ = volume_ * dice_.between(50, 2'000);
  for (auto& x : bid_size_)
    x = level_size(dice_);
  for (auto& x : ask_size_)
    x = level_size(dice_);
  total_bid_ = std::accumulate(bid_size_.begin(), bid_size_.end(), int64_t{0});
  total_ask_ = std::accumulate(ask_size_.begin(), ask_size_.end(), int64_t{0});
  quoted_total_bid_ = total_bid_;
  quoted_total_ask_ = total_ask_;
}

/// Moves the book by one step, within the day's limits.
void instrument::move(bool up) {
  // Two steps of room, so that both sides always have a price.
  if (up ? tick_up(ask_) > upper_limit_ : tick_down(bid_) < lower_limit_)
    return;
  auto& gone = up ? ask_size_ : bid_size_;
  auto& come = up ? bid_size_ : ask_size_;
  std::rotate(gone.begin(), gone.begin() + 1, gone.end());
  gone.back() = level_size(dice_);
  std::rotate(come.begin(), come.end() - 1, come.end());
  come.front() = level_size(dice_);
  if (up) {
    bid_ = ask_;
    ask_ = tick_up(ask_);
  } else {
    ask_ = bid_;
    bid_ = tick_down(bid_);
  }
  total_bid_ = std::accumulate(bid_size_.begin(), bid_size_.end(), int64_t{0});
  total_ask_ = std::accumulate(ask_size_.begin(), ask_size_.end(), int64_t{0});
}

/// Orders come and go somewhere in the book.
void instrument::jitter() {
  auto level = static_cast<size_t>(dice_.below(10));
  auto buys = dice_.per_mille(500);
  auto& size = buys ? bid_size_[level] : ask_size_[level];
  auto change = dice_.between(-200, 210);
  change = std::max(change, 1 - size);
  size += change;
  (buys ? total_bid_ : total_ask_) += change;
}

void instrument::trade(const stamp& now, size_t width, std::string& out) {
  // The further from the base price, the likelier the way back.
  auto away = (bid_ - base_) * 1'000 / base_;
  auto buys = dice_.per_mille(500 - std::clamp<int64_t>(away, -200, 200));
  auto shares = order_size(dice_);
  auto spread = ask_ - bid_;
  if (spread % 2 == 0 && dice_.per_mille(15)) {
    price_ = bid_ + spread / 2;
    middle_size_ = dice_.between(0, 5'000);
  } else {
    price_ = buys ? ask_ : bid_;
    auto& size = buys ? ask_size_[0] : bid_size_[0];
    shares = std::min(shares, size);
    if (shares == size) {
      // Took the whole level: the print is at its price, the book moves on.
      move(buys);
    } else {
      size -= shares;
      (buys ? total_ask_ : total_bid_) -= shares;
      if (dice_.per_mille(25))
        move(buys);
    }
  }
  jitter();

  // The broker's average lags by the trade it comes with.
  auto average = ratio(amount_, volume_, 100);
  volume_ += shares;
  amount_ += price_ * shares;
  (buys ? buy_count_ : sell_count_) += 1;
  (buys ? buy_sum_ : sell_sum_) += shares;
  same_hour_before_ += dice_.below(2 * shares + 1);
  if (price_ > high_) {
    high_ = price_;
    high_hour_ = now.hour;
  }
  if (price_ < low_) {
    low_ = price_;
    low_hour_ = now.hour;
  }

  auto change = price_ - base_;
  auto strength = percent(buy_sum_, sell_sum_);
  past_.push({hour_number(now.hour), static_cast<uint32_t>(price_),
              static_cast<uint32_t>(shares), static_cast<uint32_t>(ask_),
              static_cast<uint32_t>(bid_), static_cast<uint32_t>(strength),
              volume_});
  row r;
  r.text(code_);
  r.text(now.hour);
  r.number(price_);
  r.text(price_ == upper_limit_   ? "1"
         : price_ == lower_limit_ ? "4"
                                  : sign_of(change));
  r.number(change);
  r.hundredths(percent(change, base_));
  r.hundredths(average);
  r.number(open_);
  r.number(high_);
  r.number(low_);
  r.number(ask_);
  r.number(bid_);
  r.number(shares);
  r.number(volume_);
  r.number(amount_);
  r.number(sell_count_);
  r.number(buy_count_);
  r.number(buy_count_ - sell_count_);
  r.hundredths(strength);
  r.number(sell_sum_);
  r.number(buy_sum_);
  r.text(buys ? "1" : "5");
  r.hundredths(ratio(buy_sum_, volume_, 100));
  r.hundredths(percent(volume_, volume_before_));
  r.text(open_hour_);
  r.text(sign_of(price_ - open_));
  r.number(price_ - open_);
  r.text(high_hour_);
  r.text(sign_of(price_ - high_));
  r.number(price_ - high_);
  r.text(low_hour_);
  r.text(sign_of(price_ - low_));
  r.number(price_ - low_);
  r.text(now.date);
  r.text("20");
  r.text("N");
  r.number(ask_size_[0]);
  r.number(bid_size_[0]);
  r.number(total_ask_);
  r.number(total_bid_);
  r.hundredths(percent(volume_, listed_shares_));
  r.number(same_hour_before_);
  r.hundredths(percent(volume_, same_hour_before_));
  r.text("0");
  r.text("");
  r.number(open_);
  if (width >= trade_width_now)
    r.text("2");
  for (auto i = trade_width_now; i < width; ++i)
    r.text("0");
  r.finish(out);
}

void instrument::quote(const stamp& now, std::string& out) {
  row r;
  r.text(code_);
  r.text(now.hour);
  r.text("0");
  auto levels = book();
  for (auto* side :
       {&levels.ask, &levels.bid, &levels.ask_size, &levels.bid_size})
    for (auto x : *side)
      r.number(x);
  auto total_ask = levels.total_ask_size;
  auto total_bid = levels.total_bid_size;
  r.number(total_ask);
  r.number(total_bid);
  r.number(0);
  r.number(0);
  // Outside auctions the expected price is 0 and its change minus the base.
  r.number(0);
  r.number(0);
  r.number(auction_volume_);
  r.number(-base_);
  r.text("5");
  r.text("-100.00");
  r.number(volume_);
  r.number(total_ask - quoted_total_ask_);
  r.number(total_bid - quoted_total_bid_);
  r.number(0);
  r.number(0);
  r.text("0");
  auto middle = [&](int64_t size) {
    r.number((ask_ + bid_) / 2);
    r.number(size);
    r.text(size == 0 ? "0" : size % 2 == 0 ? "1" : "2");
  };
  middle(middle_size_);
  if (venue_ != venue::krx)
    middle(0);
  if (venue_ == venue::unified)
    r.text("1");
  if (venue_ == venue::krx)
    r.text("2");
  r.finish(out);
  quoted_total_ask_ = total_ask;
  quoted_total_bid_ = total_bid;
}

order_book instrument::book() const {
  order_book out;
  out.ask_size = ask_size_;
  out.bid_size = bid_size_;
  for (auto [i, p] = std::pair{0u, ask_}; i < 10; ++i, p = tick_up(p)) {
    if (p > upper_limit_)
      out.ask_size[i] = 0;
    out.ask[i] = out.ask_size[i] == 0 ? 0 : p;
    out.total_ask_size += out.ask_size[i];
  }
  for (auto [i, p] = std::pair{0u, bid_}; i < 10; ++i, p = tick_down(p)) {
    if (p < lower_limit_)
      out.bid_size[i] = 0;
    out.bid[i] = out.bid_size[i] == 0 ? 0 : p;
    out.total_bid_size += out.bid_size[i];
  }
  return out;
}

issue_figures instrument::figures() const {
  issue_figures out{price_,      base_,         open_,        high_,
                    low_,        upper_limit_,  lower_limit_, ask_,
                    bid_,        ask_size_[0],  bid_size_[0], total_ask_,
                    total_bid_,  volume_,       amount_,      volume_before_,
                    listed_shares_, halted_};
  if (halted_) {
    out.price = base_;
    out.open = out.high = out.low = out.volume = out.amount = 0;
    out.ask = out.bid = out.ask_size = out.bid_size = 0;
    out.total_ask_size = out.total_bid_size = 0;
  }
  return out;
}

} // namespace observer::simulate
