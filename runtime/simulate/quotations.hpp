#pragma once

// The bodies of the broker's quotation replies; every value is a string.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/simulate/instrument.hpp"

namespace observer::simulate {

/// `output` of inquire-price. An issue that does not trade here (null) has
/// all its fields, and nothing in them.
nlohmann::ordered_json price_output(const std::string& code,
                                    const instrument* issue, const stamp& now);

/// One row of intstock-multprice; null as above.
nlohmann::ordered_json prices_row(const std::string& code,
                                  const instrument* issue);

/// Rows of chk-holiday for 25 days from `day_us`. Weekends and the holidays of
/// fixed date are closed; `today` (`20260914`) is always open, because the
/// simulated market trades whenever it runs.
nlohmann::ordered_json calendar_rows(int64_t day_us, const std::string& today);

/// Midnight in Korea of a date as `20260914`.
std::optional<int64_t> midnight_us(std::string_view date);

} // namespace observer::simulate
