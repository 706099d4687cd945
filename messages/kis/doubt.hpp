#pragma once

// What can be wrong with a record that is a tick all the same: a value that
// cannot be what its column says. Doubt never drops a record: its line is
// marked, and bears the raw record, so that another layout can be read later.
//
// Closed list: lines, counters and metrics carry these words. Where the
// broker's documents are not sure of a column nothing is doubted.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace observer::kis {

enum class doubt : uint8_t {
  /// A number of values that the TR is not known to have.
  width,
  /// CCLD_DVSN (column 21) is no code.
  side,
  /// NEW_MKOP_CLS_CODE (34) is no code of at most two characters.
  operation,
  /// TRHT_YN (35) is no code.
  halt,
  /// HOUR_CLS_CODE is none of 0, A, B, C, D.
  hour_class,
  /// MRKT_TRTM_CLS_CODE (44) is no code.
  ending,
  /// MARKET_CLS_CODE is none of 1, 2, 3, 5.
  market,
  /// The hour of the opening, highest or lowest price (24, 27, 30) is no time.
  hours,
  /// BSOP_DATE (33) is no date.
  date,
  /// A trade of the regular market is not between the day's low and high.
  price,
  /// The volume of the trade is more than the cumulative volume moved by.
  tick,
  /// The cumulative volume does not move by the volume, and the cumulative
  /// value says that no shares are missing.
  volume,
  /// The cumulative value does not move by price x volume.
  value,
  /// Cumulative value and volume give no price of the day.
  average,
  /// A level of a quote is larger than the total of its side.
  totals,
};

inline constexpr size_t doubt_count = static_cast<size_t>(doubt::totals) + 1;

/// The doubt in the words of lines and metrics, e.g. `hour_class`.
std::string_view to_string(doubt d);

/// Doubts of one record.
class doubt_set {
 public:
  constexpr doubt_set() = default;
  constexpr doubt_set(doubt d) : bits_(bit(d)) {}

  constexpr void add(doubt d) {
    bits_ |= bit(d);
  }
  constexpr doubt_set with(doubt_set other) const {
    doubt_set out = *this;
    out.bits_ |= other.bits_;
    return out;
  }
  constexpr doubt_set without(doubt_set other) const {
    doubt_set out = *this;
    out.bits_ &= static_cast<uint16_t>(~other.bits_);
    return out;
  }
  constexpr bool has(doubt d) const {
    return (bits_ & bit(d)) != 0;
  }
  constexpr bool empty() const {
    return bits_ == 0;
  }
  /// Do the values stand in other columns than they should? One code that is
  /// new, or columns that were added at the end, are no sign of it; a code that
  /// is longer than its column's codes are is.
  constexpr bool misplaced() const {
    const auto codes = static_cast<uint16_t>(
      bit(doubt::width) | bit(doubt::hour_class) | bit(doubt::market));
    return (bits_ & ~codes) != 0 || std::popcount(bits_) > 1;
  }
  /// A code whose form is another column's.
  constexpr void add_foreign(doubt d) {
    bits_ |= static_cast<uint16_t>(bit(d) | foreign);
  }
  bool operator==(const doubt_set&) const = default;

 private:
  static constexpr uint16_t bit(doubt d) {
    return static_cast<uint16_t>(1u << static_cast<unsigned>(d));
  }

  /// No doubt of its own; has no name.
  static constexpr uint16_t foreign = 1u << 15;

  uint16_t bits_ = 0;
};

/// The cumulative volume that the next trade is held against, after one whose
/// line bears these doubts. `before` is that of the trades before, if any. The
/// slot, the recovery and the audit go by this one rule; nothing means that
/// there is still no past.
template <class Optional, class Number>
constexpr Optional volume_after(const Optional& before, Number tick,
                                Number accumulated, bool volume_in_doubt,
                                bool tick_in_doubt) {
  if (!volume_in_doubt)
    return accumulated;
  if (!before || tick_in_doubt)
    return before;
  return *before + tick;
}

} // namespace observer::kis
