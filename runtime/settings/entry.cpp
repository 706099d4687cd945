#include "runtime/settings/entry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "messages/outside_text.hpp"
#include "runtime/network/url.hpp"
#include "runtime/settings/nearest.hpp"

namespace observer {

namespace {

using namespace std::literals;

constexpr std::array tr_ids{"H0STCNT0"sv, "H0UNCNT0"sv, "H0NXCNT0"sv,
                            "H0STASP0"sv, "H0UNASP0"sv, "H0NXASP0"sv};

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c >= '0' && c <= '9';
  });
}

problem bad_entry(std::string_view entry, std::string_view expected) {
  return {fmt::format("entry {}: expected {}", shown(entry), expected)};
}

result<int> parse_minute(std::string_view text) {
  int64_t hour = 0, minute = 0;
  if (text.size() != 5 || text[2] != ':' || !all_digits(text.substr(0, 2))
      || !all_digits(text.substr(3)) || !parse_int(text.substr(0, 2), hour)
      || !parse_int(text.substr(3), minute) || minute > 59
      || hour * 60 + minute > 1440)
    return problem{"HH:MM from 00:00 to 24:00"};
  return static_cast<int>(hour * 60 + minute);
}

} // namespace

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool parse_int(std::string_view text, int64_t& out) {
  auto end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && at == end && !text.empty();
}

std::vector<std::string_view> entries(std::string_view text) {
  std::vector<std::string_view> out;
  if (trimmed(text).empty())
    return out;
  for (;;) {
    auto comma = text.find(',');
    out.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos)
      return out;
    text.remove_prefix(comma + 1);
  }
}

bool is_address(std::string_view text, const web_address& rule) {
  if (text.find_first_of("?# \"\\") != std::string_view::npos
      || std::ranges::any_of(text, is_control))
    return false;
  auto address = parse_url(text);
  return address
         && (address->scheme == rule.scheme
             || address->scheme == rule.secure_scheme);
}

result<pinned_symbol> parse_symbol(std::string_view entry) {
  pinned_symbol out{"H0STCNT0", std::string{entry}};
  if (auto colon = entry.find(':'); colon != std::string_view::npos) {
    out.tr_id = entry.substr(0, colon);
    out.symbol = entry.substr(colon + 1);
    if (std::ranges::find(tr_ids, out.tr_id) == tr_ids.end())
      return bad_entry(
        entry, fmt::format("TR:SYMBOL with TR one of {}{}",
                           fmt::join(tr_ids, ", "),
                           suggestion(out.tr_id, std::vector<std::string>(
                                                   tr_ids.begin(),
                                                   tr_ids.end()))));
  }
  auto good = out.symbol.size() >= 6 && out.symbol.size() <= 9
              && std::ranges::all_of(out.symbol, [](char c) {
                   return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                 });
  // YAML and TOML take 000660 for a number, and some write it in octal.
  auto number = !out.symbol.empty() && out.symbol.size() < 6
                && std::ranges::all_of(
                  out.symbol, [](char c) { return c >= '0' && c <= '9'; });
  if (!good)
    return bad_entry(entry,
                     fmt::format("SYMBOL or TR:SYMBOL with SYMBOL 6 to 9 of 0-9 "
                                 "and A-Z{}",
                                 number ? "; where it is written put it in "
                                          "quotes, or its zeros are lost"
                                        : ""));
  return out;
}

result<web_host> parse_host(std::string_view entry) {
  auto bad = [&] {
    return bad_entry(entry, "HOST or HOST:PORT, without https:// and without a "
                            "path");
  };
  web_host out;
  for (auto c : entry) {
    if (" /?#@\\*\"'"sv.find(c) != std::string_view::npos || is_control(c))
      return bad();
    auto is_upper = c >= 'A' && c <= 'Z';
    out.authority += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  auto address = parse_url("http://" + out.authority);
  // An IPv6 address stands in brackets.
  if (!address
      || (!entry.starts_with('[')
          && address->host.find(':') != std::string::npos))
    return bad();
  return out;
}

result<hours_range> parse_hours(std::string_view entry) {
  auto dash = entry.find('-');
  auto begin = parse_minute(entry.substr(0, dash));
  auto end =
      parse_minute(dash == std::string_view::npos ? std::string_view{}
                                                  : entry.substr(dash + 1));
  if (!begin || !end || *begin >= *end)
    return bad_entry(entry, "HH:MM-HH:MM, the first before the second, from "
                            "00:00 to 24:00");
  return hours_range{*begin, *end};
}

result<calendar_date> parse_date(std::string_view entry) {
  std::string digits{entry};
  if (entry.size() == 10 && entry[4] == '-' && entry[7] == '-')
    digits.erase(7, 1).erase(4, 1);
  auto part = std::string_view{digits};
  int64_t year = 0, month = 0, day = 0;
  auto shaped = part.size() == 8 && all_digits(part)
                && parse_int(part.substr(0, 4), year)
                && parse_int(part.substr(4, 2), month)
                && parse_int(part.substr(6), day);
  using namespace std::chrono;
  if (!shaped
      || !year_month_day{std::chrono::year{static_cast<int>(year)},
                         std::chrono::month{static_cast<unsigned>(month)},
                         std::chrono::day{static_cast<unsigned>(day)}}
              .ok())
    return bad_entry(entry, "a date of the calendar as YYYY-MM-DD or YYYYMMDD");
  return calendar_date{static_cast<int>(year), static_cast<int>(month),
                       static_cast<int>(day)};
}

std::string to_text(const pinned_symbol& x) {
  return x.tr_id + ":" + x.symbol;
}
std::string to_text(const web_host& x) {
  return x.authority;
}
std::string to_text(const hours_range& x) {
  return fmt::format("{:02}:{:02}-{:02}:{:02}", x.begin_minute / 60,
                     x.begin_minute % 60, x.end_minute / 60, x.end_minute % 60);
}
std::string to_text(const calendar_date& x) {
  return fmt::format("{:04}-{:02}-{:02}", x.year, x.month, x.day);
}

std::string one_line(std::string_view text, size_t bytes_max) {
  return outside_text(text, bytes_max);
}

std::string shown(std::string_view text) {
  return '"' + one_line(text) + '"';
}

} // namespace observer
