#pragma once

// The wire's digits: checks and JSON forms of numbers that never go through a
// double.

#include <cstdint>
#include <string>
#include <string_view>

namespace observer::kis {

/// What a number field may hold.
enum class digits : uint8_t {
  /// 0, 249250, 0000123.
  whole,
  /// also -10250.
  signed_whole,
  /// also 250742.47, -3.95, +0.12.
  decimal,
};

/// Is `text` a number of this form? Empty is not.
bool is_number(std::string_view text, digits form);

/// Is the field without a value: empty, or the literal `(null)`?
bool is_absent(std::string_view text);

/// Is `text` a time of day HHMMSS?
bool is_time(std::string_view text);

/// Appends a checked number as JSON: same digits, without the leading zeros
/// and the plus that JSON forbids; `null` if absent.
void append_number(std::string& out, std::string_view text);

/// The value of checked whole digits; 2^64 - 1 if it does not fit.
uint64_t whole_value(std::string_view text);

} // namespace observer::kis
