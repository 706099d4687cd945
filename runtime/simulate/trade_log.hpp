#pragma once

// The newest trades of one issue, for the REST calls that look back.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace observer::simulate {

/// One trade as it was printed; prices in won, figures in shares.
struct past_trade {
  /// HHMMSS.
  uint32_t hour = 0;
  uint32_t price = 0, shares = 0, ask = 0, bid = 0;
  /// Strength (CTTR) in hundredths of a percent.
  uint32_t strength = 0;
  /// ACML_VOL, this trade included.
  int64_t volume = 0;
};

/// Keeps the last `kept` trades in a ring that grows as it fills.
class trade_log {
public:
  explicit trade_log(size_t kept) : kept_{kept} {}

  void push(const past_trade& x) {
    if (trades_.size() < kept_)
      trades_.push_back(x);
    else if (kept_ != 0)
      trades_[next_] = x;
    if (++next_ >= kept_)
      next_ = 0;
  }

  size_t size() const {
    return trades_.size();
  }
  /// The n-th newest, 0 the last one.
  const past_trade& newest(size_t n) const {
    return trades_[(next_ + 2 * trades_.size() - 1 - n) % trades_.size()];
  }

private:
  size_t kept_, next_ = 0;
  std::vector<past_trade> trades_;
};

} // namespace observer::simulate
