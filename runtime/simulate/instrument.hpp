#pragma once

// One issue at one venue: an order book that walks at random, and the text of
// its trades and quotes as the wire carries them (H0STCNT0, H0STASP0 and their
// NXT and unified forms).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/simulate/random.hpp"
#include "runtime/simulate/trade_log.hpp"

namespace observer::simulate {

enum class venue : uint8_t { krx, nxt, unified };

/// The hour and date that a record carries: `150746`, `20260914`, Korea.
struct stamp {
  std::string hour;
  std::string date;
};
stamp stamp_of(int64_t wall_us);

/// The step of KRX's price grid at `price`, in won (the grid since 2023).
int64_t tick_size(int64_t price);
/// The next price of the grid above or below a price of the grid.
int64_t tick_up(int64_t price);
int64_t tick_down(int64_t price);

inline constexpr size_t trade_width_now = 47;
inline constexpr size_t trade_width_min = 46;
/// Bounds what the drift fault may grow a record to.
inline constexpr size_t trade_width_max = 64;

/// What REST answers about an issue; prices in won, volumes in shares.
struct issue_figures {
  int64_t price, base, open, high, low, upper_limit, lower_limit;
  int64_t ask, bid, ask_size, bid_size, total_ask_size, total_bid_size;
  int64_t volume, amount, volume_before, listed_shares;
  /// Trading is suspended: no trade today, so open, high, low, volume are 0.
  bool halted;
};

/// Ten levels a side, best prices first; beyond the day's limits price and
/// size are 0.
struct order_book {
  std::array<int64_t, 10> ask{}, bid{}, ask_size{}, bid_size{};
  int64_t total_ask_size = 0, total_bid_size = 0;
};

/// The n-th trade depends on code, venue, seed and n alone (and on the stamp,
/// for its hour): neither quotes nor other issues disturb it. Not thread-safe.
class instrument {
public:
  /// Trades that it remembers unless it is told otherwise: a page of
  /// inquire-ccnl.
  static constexpr size_t trades_kept_default = 30;

  instrument(std::string code, venue where, uint64_t seed,
             size_t trades_kept = trades_kept_default);

  /// Suspends trading before the first trade of the day. trade() may not be
  /// called any more.
  void halt() {
    halted_ = true;
  }
  bool halted() const {
    return halted_;
  }

  const std::string& code() const {
    return code_;
  }
  venue where() const {
    return venue_;
  }
  /// ACML_VOL: shares traded today, this record included.
  int64_t volume() const {
    return volume_;
  }

  /// Makes one trade and appends its `width` values to `out`, joined by `^`.
  /// 46 values end before MARKET_CLS_CODE; more than 47 end in zeros, as a
  /// column would that nobody has described yet.
  void trade(const stamp& now, size_t width, std::string& out);

  /// Appends the book as it stands: 63 values for KRX, 65 for NXT, 66 for the
  /// unified venue.
  void quote(const stamp& now, std::string& out);

  issue_figures figures() const;
  order_book book() const;
  const trade_log& past() const {
    return past_;
  }

private:
  void set_the_scene(dice& start);
  void move(bool up);
  void jitter();

  std::string code_;
  venue venue_;
  dice dice_;

  int64_t base_ = 0, upper_limit_ = 0, lower_limit_ = 0;
  int64_t price_ = 0, open_ = 0, high_ = 0, low_ = 0;
  std::string open_hour_, high_hour_, low_hour_;
  int64_t volume_ = 0, amount_ = 0, auction_volume_ = 0;
  int64_t sell_count_ = 0, buy_count_ = 0, sell_sum_ = 0, buy_sum_ = 0;
  int64_t volume_before_ = 0, same_hour_before_ = 0, listed_shares_ = 0;

  /// Best prices first. The spread is always one step.
  int64_t bid_ = 0, ask_ = 0;
  std::array<int64_t, 10> bid_size_{}, ask_size_{};
  int64_t total_bid_ = 0, total_ask_ = 0;
  int64_t quoted_total_bid_ = 0, quoted_total_ask_ = 0;
  int64_t middle_size_ = 0;

  trade_log past_;
  bool halted_ = false;
};

} // namespace observer::simulate
