#pragma once

// The small texts that settings are made of: numbers, URLs, the entries of a
// list. Whole settings are in value.hpp.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/settings/table.hpp"

namespace observer {

/// The most registrations that KIS takes in one session.
inline constexpr size_t symbols_max = 41;

std::string_view trimmed(std::string_view text);
/// A byte that would break a line or a terminal.
bool is_control(char c);
/// The whole text as a decimal number.
bool parse_int(std::string_view text, int64_t& out);
/// The entries between commas, without the blanks around them.
std::vector<std::string_view> entries(std::string_view text);
bool is_address(std::string_view text, const web_address& rule);

/// A problem reads `entry "…": expected …`.
result<pinned_symbol> parse_symbol(std::string_view entry);
result<web_host> parse_host(std::string_view entry);
result<hours_range> parse_hours(std::string_view entry);
result<calendar_date> parse_date(std::string_view entry);

std::string to_text(const pinned_symbol& x);
std::string to_text(const web_host& x);
std::string to_text(const hours_range& x);
std::string to_text(const calendar_date& x);

/// `text` with control characters escaped, cut to a length that fits a line.
std::string one_line(std::string_view text, size_t bytes_max = 80);
/// The same in double quotes.
std::string shown(std::string_view text);

} // namespace observer
