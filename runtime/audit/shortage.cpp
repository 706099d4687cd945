#include "runtime/audit/shortage.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace observer::audit {

namespace {

amount amount_of(int64_t known, bool any_known, bool any_unknown) {
  if (!any_known)
    return {any_unknown ? knowledge::unknown : knowledge::elsewhere, 0};
  return {any_unknown ? knowledge::at_least : knowledge::exact, known};
}

} // namespace

int64_t add_bounded(int64_t a, int64_t b) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum))
    return a < 0 ? INT64_MIN : INT64_MAX;
  return sum;
}

void gap_sum::add(const declared_gap& gap) {
  gap_sum one;
  one.gaps = 1;
  auto shares = gap.missing_shares.value_or(0);
  (shares < 0 ? one.reset_shares : one.missing_shares) = shares;
  one.shares_unknown = gap.missing_shares ? 0 : 1;
  one.records = gap.records.value_or(0);
  one.records_unknown = gap.records ? 0 : 1;
  add(one);
}

void gap_sum::add(const gap_sum& other) {
  gaps += other.gaps;
  missing_shares = add_bounded(missing_shares, other.missing_shares);
  reset_shares = add_bounded(reset_shares, other.reset_shares);
  records = add_bounded(records, other.records);
  shares_unknown += other.shares_unknown;
  records_unknown += other.records_unknown;
}

void time_sum::touch(const stamp& at) {
  from = from ? std::min(*from, at) : at;
  to = to ? std::max(*to, at) : at;
}

void time_sum::add(const std::optional<stamp>& begin,
                   const std::optional<stamp>& end) {
  ++count;
  if (begin)
    touch(*begin);
  if (end)
    touch(*end);
  if (begin && end && *begin <= *end)
    lasted_us = add_bounded(lasted_us, micros_between(*begin, *end));
  else
    ++unknown;
}

void time_sum::add(const time_sum& other) {
  if (other.from)
    touch(*other.from);
  if (other.to)
    touch(*other.to);
  lasted_us = add_bounded(lasted_us, other.lasted_us);
  count += other.count;
  unknown += other.unknown;
}

void cause_sum::add(const cause_sum& other) {
  gaps.add(other.gaps);
  rejected_records += other.rejected_records;
  unmarked_records += other.unmarked_records;
  events += other.events;
  unknown_losses += other.unknown_losses;
  unended |= other.unended;
  time.add(other.time);
}

amount missing_shares(const cause_sum& sum) {
  auto& gaps = sum.gaps;
  // What was rejected is in the step of the volume, if a tick came after it.
  auto untold = sum.unmarked_records > 0
                || (sum.rejected_records > 0 && gaps.gaps == 0);
  return amount_of(gaps.missing_shares, gaps.gaps > gaps.shares_unknown,
                   gaps.shares_unknown > 0 || sum.unknown_losses > 0
                     || untold);
}

amount missing_records(const cause_sum& sum) {
  auto& gaps = sum.gaps;
  auto known = add_bounded(
    std::max(gaps.records, static_cast<int64_t>(sum.rejected_records)),
    static_cast<int64_t>(sum.unmarked_records));
  return amount_of(known, known > 0 || gaps.gaps > gaps.records_unknown,
                   gaps.records_unknown > 0 || sum.unknown_losses > 0);
}

std::string_view market_of(std::string_view tr_id) {
  using words = std::pair<std::string_view, std::string_view>;
  constexpr std::array<words, 6> markets{{
    {"H0STCNT0", "KRX trades"},
    {"H0NXCNT0", "NXT trades"},
    {"H0UNCNT0", "unified trades"},
    {"H0STASP0", "KRX quotes"},
    {"H0NXASP0", "NXT quotes"},
    {"H0UNASP0", "unified quotes"},
  }};
  for (auto& [id, market] : markets)
    if (id == tr_id)
      return market;
  return "";
}

} // namespace observer::audit
