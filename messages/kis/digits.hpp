#pragma once

// The wire's digits: checks and JSON forms of numbers that never go through a
// double.

#include <cstddef>
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

/// Three numbers of so many digits add up in 64 bits with a sign, which the
/// slots and the audit do with volumes.
inline constexpr size_t digits_max = 18;
/// Leading zeros, which some fields are filled with, count here too: a number is
/// kept and shown as it came.
inline constexpr size_t number_bytes_max = 64;

/// Is `text` a number of this form? Empty is not; neither is one whose whole
/// part or fraction has more than digits_max digits, leading zeros apart, or
/// that is longer than number_bytes_max.
bool is_number(std::string_view text, digits form);

/// Is the field without a value: empty, or the literal `(null)`?
bool is_absent(std::string_view text);

/// Is `text` a time of day HHMMSS?
bool is_time(std::string_view text);

/// Writes a checked number as JSON: same digits, without the leading zeros
/// and the plus that JSON forbids; `null` if absent. Returns how many
/// characters it wrote, at most the text's or 4.
size_t write_number(char* to, std::string_view text);
/// The same at the end of `out`.
void append_number(std::string& out, std::string_view text);

/// The value of whole digits that is_number has passed; 2^64 - 1 for others.
uint64_t whole_value(std::string_view text);

} // namespace observer::kis
