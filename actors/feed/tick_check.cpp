#include "actors/feed/tick_check.hpp"

namespace observer {

namespace {

using kis::doubt;

__extension__ typedef __int128 wide;

/// More shares than any issue trades in a day, by far.
constexpr uint64_t shares_max = 1'000'000'000'000;

wide distance(wide a, wide b) {
  return a < b ? b - a : a - b;
}

/// The value's step from `before` to `n` less what the trade itself moved.
wide beyond_trade(uint64_t before, const tick_figures& n) {
  return static_cast<wide>(n.value) - static_cast<wide>(before)
         - static_cast<wide>(n.price) * n.volume;
}

/// The value moves by price x volume, within a quarter.
bool value_follows(uint64_t before, const tick_figures& n) {
  return distance(beyond_trade(before, n), 0) * 4
         <= static_cast<wide>(n.price) * n.volume;
}

/// Does the value say that other shares are missing than the volume says? Where
/// it is not known to move by price x volume, only if it does so now.
bool value_denies(const tick_baseline& before, const tick_figures& n,
                  wide missing) {
  if (before.value == 0
      || !(before.value_follows || value_follows(before.value, n)))
    return false;
  // At a price that may have moved in between, by half at most.
  auto claimed = static_cast<wide>(n.price) * missing;
  return distance(beyond_trade(before.value, n), claimed) * 2
         > distance(claimed, 0);
}

/// Does the trade's own volume move more than volume and value did together? Then
/// it is what is wrong, and not they.
bool both_deny_tick(const tick_baseline& before, const tick_figures& n) {
  return before.value != 0 && n.value >= before.value
         && n.accumulated >= before.accumulated
         && n.volume > n.accumulated - before.accumulated
         && static_cast<wide>(n.price) * n.volume
              > 2 * (static_cast<wide>(n.value) - before.value);
}

/// The value after a trade that says nothing of it.
uint64_t value_by_trade(const tick_baseline& before, const tick_figures& n) {
  auto sum = static_cast<wide>(before.value)
             + static_cast<wide>(n.price) * n.volume;
  return before.value == 0 || sum > static_cast<wide>(UINT64_MAX)
           ? 0
           : static_cast<uint64_t>(sum);
}

bool is_regular(const kis::trade& t, kis::tr id) {
  return id == kis::tr::h0stcnt0 && t.market == "regular";
}

} // namespace

tick_check check_tick(const std::optional<tick_baseline>& before,
                      const kis::trade& t, kis::tr id, const tick_figures& n,
                      int64_t received_us) {
  tick_check out{t.doubts, tick_baseline{.accumulated = n.accumulated,
                                         .received_us = received_us,
                                         .value = n.value}};
  auto& doubts = out.doubts;
  auto missing = before ? static_cast<wide>(n.accumulated)
                            - static_cast<wide>(n.volume)
                            - static_cast<wide>(before->accumulated)
                        : 0;
  if (before)
    out.next->value_follows = before->value_follows;
  if (before && missing == 0) {
    // One that stands still is none, rather than a wrong one.
    if (before->value == 0 || n.value == before->value)
      return out;
    auto follows = value_follows(before->value, n)
                   || (before->doubted_value != 0
                       && value_follows(before->doubted_value, n));
    if (follows) {
      out.next->value_follows = true;
    } else if (is_regular(t, id)) {
      doubts.add(doubt::value);
      out.next->value = value_by_trade(*before, n);
      out.next->doubted_value = n.value;
    } else {
      out.next->value_follows = false;
    }
    return out;
  }
  auto follows_doubted
    = before && before->doubted_accumulated != 0
      && n.accumulated == before->doubted_accumulated + n.volume;
  // Two may be damaged alike.
  constexpr uint32_t witnesses_min = 2;
  auto confirmed
    = follows_doubted && before->doubted_in_row >= witnesses_min;
  auto odd = id == kis::tr::h0stcnt0 && kis::is_odd_average(t);
  auto impossible = n.accumulated > shares_max;
  auto tick_denied = before && both_deny_tick(*before, n);
  if (odd)
    doubts.add(doubt::average);
  if (odd || impossible)
    doubts.add(doubt::volume);
  else if (before && !confirmed && !tick_denied
           && value_denies(*before, n, missing))
    doubts.add(doubt::volume);
  // More than the whole day, or than the volume moved by while the value moved
  // with the volume: the trade's own figure is wrong.
  if (n.volume > shares_max || tick_denied)
    doubts.add(doubt::tick);
  else if (n.volume > n.accumulated
           && (!doubts.has(doubt::volume)
               || (before && n.volume > before->accumulated)))
    doubts.add(doubt::tick);
  else if (before && missing < 0 && n.accumulated >= before->accumulated
           && before->value != 0 && n.value >= before->value
           && !doubts.has(doubt::volume))
    doubts.add(doubt::tick);
  if (!doubts.has(doubt::volume))
    return out;
  if (!before) {
    out.next.reset();
    return out;
  }
  auto tick_in_doubt = doubts.has(doubt::tick);
  out.next->accumulated
    = *kis::volume_after(std::optional{before->accumulated}, n.volume,
                         n.accumulated, true, tick_in_doubt);
  out.next->doubted_accumulated = n.accumulated;
  out.next->doubted_in_row = follows_doubted ? before->doubted_in_row + 1 : 1;
  // The two go together: what lies before this trade is not told yet.
  out.next->value = tick_in_doubt ? before->value : value_by_trade(*before, n);
  out.next->doubted_value = n.value;
  return out;
}

} // namespace observer
