#pragma once

// When the market opens and closes next, and why it is closed.

#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/market_hours.hpp"

namespace observer {

/// When the market opens next after `now_us`, and when it closes next; nothing
/// within ten days, or if it is always open.
std::optional<int64_t> next_opening_us(const market_hours& hours,
                                       int64_t now_us);
std::optional<int64_t> next_closing_us(const market_hours& hours,
                                       int64_t now_us);
/// `holiday`, `weekend`, `before_open` if it opens later today, else
/// `after_close`; empty while it is open.
std::string_view why_closed(const market_hours& hours, int64_t now_us);

} // namespace observer
