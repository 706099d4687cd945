#pragma once

// The real-time TR ids that are recorded (KIS Open API, domestic stocks).

#include <cstdint>
#include <optional>
#include <string_view>

namespace observer::kis {

enum class tr : uint8_t {
  /// KRX trade, quote.
  h0stcnt0,
  h0stasp0,
  /// KRX and NXT together: trade, quote. Cumulative values are sums.
  h0uncnt0,
  h0unasp0,
  /// NXT trade, quote.
  h0nxcnt0,
  h0nxasp0,
};

inline constexpr tr all_trs[] = {tr::h0stcnt0, tr::h0stasp0, tr::h0uncnt0,
                                 tr::h0unasp0, tr::h0nxcnt0, tr::h0nxasp0};

/// The id as on the wire, e.g. `H0STCNT0`.
std::string_view to_string(tr id);
/// Nothing if `text` is none of ours; case matters, as on the wire.
std::optional<tr> parse_tr(std::string_view text);

constexpr bool is_trade(tr id) {
  return id == tr::h0stcnt0 || id == tr::h0uncnt0 || id == tr::h0nxcnt0;
}

/// The fewest values a record of this TR had since 2023; more are kept out of
/// the way, fewer mean that the width is wrong.
constexpr uint32_t width_min(tr id) {
  return is_trade(id) ? 46 : 59;
}

/// Has the TR been seen, or announced, with so many values a record? Those of
/// NXT's and the unified quotes are said differently by different documents.
constexpr bool is_known_width(tr id, uint32_t width) {
  if (is_trade(id))
    return width == 46 || width == 47;
  if (id == tr::h0stasp0)
    return width == 59 || width == 62 || width == 63;
  return width == 59 || width == 62 || width == 63 || width == 65
         || width == 66;
}

/// Can `text` be a symbol: 6 to 9 of 0-9 A-Z (`005930`, `0074K0`, `Q500001`), of
/// more than 6 the first a letter?
bool is_symbol(std::string_view text);

} // namespace observer::kis
