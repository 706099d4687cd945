#pragma once

// Why a record that reached the socket is not in the journal of ticks. Closed
// list: counters, quarantine lines and metrics carry these words.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace observer {

enum class reject_reason : uint8_t {
  /// Understood: not a rejection.
  none,
  /// Not `enc|TR|count|payload`.
  not_a_frame,
  /// The count is not a number from 1 to 9999.
  bad_count,
  /// `enc` is 1: personal notices are not recorded.
  encrypted,
  /// A TR id that this program does not read.
  unknown_tr,
  /// The number of values is not a multiple of the count (truncated, or the
  /// count is wrong).
  width_not_whole,
  /// Fewer values a record than the TR ever had.
  width_too_small,
  /// Value 0 is no symbol.
  bad_symbol,
  /// Value 1 is no time of day HHMMSS.
  bad_time,
  /// A number is missing where a record without it is worthless.
  missing_number,
  /// A number field holds something else than the wire's digits.
  bad_number,
  /// No slot holds this (TR id, symbol).
  not_subscribed,
  /// A text message that is neither a frame nor a control message.
  garbage,
  /// Our own code failed at it.
  crashed,
};

inline constexpr size_t reject_reason_count
  = static_cast<size_t>(reject_reason::crashed) + 1;

/// The reason in the words of counters and files, e.g. `bad_time`.
std::string_view to_string(reject_reason reason);

} // namespace observer
