#pragma once

// What is short, added up by cause and registration. A registration is a symbol
// under one TR id: the TRs of one symbol are never added, for the unified
// trades hold those of KRX and NXT again.
//
// What nobody knows is no zero: a sum says which of its parts are unknown.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "runtime/audit/journal_names.hpp"
#include "runtime/audit/records.hpp"

namespace observer::audit {

/// The sum, or the nearest that there is room for.
int64_t add_bounded(int64_t a, int64_t b);

/// Declared gaps added up. A volume that falls, a reset, is kept apart: added
/// to the shares that are missing it would hide them.
struct gap_sum {
  uint64_t gaps = 0;
  int64_t missing_shares = 0;
  int64_t reset_shares = 0;
  int64_t records = 0;
  /// Gaps that do not say how many shares, how many records are missing.
  uint64_t shares_unknown = 0;
  uint64_t records_unknown = 0;

  void add(const declared_gap& gap);
  void add(const gap_sum& other);
};

/// From the first moment to the last of several stretches of time, and how long
/// these are together.
struct time_sum {
  std::optional<stamp> from, to;
  int64_t lasted_us = 0;
  /// Stretches, and those of them of which an end is not known.
  uint64_t count = 0;
  uint64_t unknown = 0;

  /// Without an end, or if it lies before the beginning, what is known counts.
  void add(const std::optional<stamp>& begin, const std::optional<stamp>& end);
  /// A moment that begins and ends nothing.
  void touch(const stamp& at);
  void add(const time_sum& other);
};

/// One registration and one cause. Without TR and symbol: the whole feed.
struct shortage_key {
  std::string cause, tr_id, symbol;

  auto operator<=>(const shortage_key&) const = default;
};

/// What is short for one cause and registration. The records of the gaps may be
/// among the rejected ones; the unmarked ones stand in no gap.
struct cause_sum {
  gap_sum gaps;
  uint64_t rejected_records = 0;
  uint64_t unmarked_records = 0;
  /// Events that name the cause, and no amount.
  uint64_t events = 0;
  /// Stretches whose loss nothing tells: nothing came any more, or it has no
  /// volume of ours.
  uint64_t unknown_losses = 0;
  /// One of them lasted to the end of its session.
  bool unended = false;
  time_sum time;

  void add(const cause_sum& other);
};

using cause_sums = std::map<shortage_key, cause_sum>;

/// How much is known of an amount.
enum class knowledge : uint8_t {
  /// Nothing of its own is missing: other lines tell it, or lines are marked.
  elsewhere,
  exact,
  at_least,
  unknown,
};

struct amount {
  knowledge how = knowledge::elsewhere;
  int64_t value = 0;

  bool is_number() const {
    return how == knowledge::exact || how == knowledge::at_least;
  }
};

amount missing_shares(const cause_sum& sum);
amount missing_records(const cause_sum& sum);

/// `KRX trades` of `H0STCNT0`; empty for an id that is not known.
std::string_view market_of(std::string_view tr_id);
/// Asked of every line.
inline bool is_quote(std::string_view tr_id) {
  return tr_id == "H0STASP0" || tr_id == "H0UNASP0" || tr_id == "H0NXASP0";
}

} // namespace observer::audit
