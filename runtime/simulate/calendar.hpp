#pragma once

// The exchange's calendar and the pages of it that chk-holiday answers.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace observer::simulate {

/// Midnight in Korea of a date as `20260914`; nothing if it is no day of the
/// years 1970 to 9999.
std::optional<int64_t> midnight_us(std::string_view date);

struct calendar_config {
  /// Closed besides weekends and public holidays, as `20260924`.
  std::set<std::string> holidays;
  /// Today is open whatever day it is: the simulated market trades whenever it
  /// runs, and a client that looks at the calendar should see that.
  bool open_today = false;
};

/// Weekends, public holidays and the exchange's own (May 1, December 31) are
/// closed. Feasts that move are known for 2026 and 2027.
class calendar {
public:
  static constexpr int rows_a_page = 24;

  explicit calendar(calendar_config config) : config_{std::move(config)} {}

  /// Whether the exchange is open on a day; `today` as `20260914`.
  bool is_open(int64_t day_us, std::string_view today) const;

  struct page {
    nlohmann::ordered_json rows;
    /// Date of the last row; empty without rows.
    std::string last;
    bool more = false;
  };
  /// The rows of up to 24 days from `day_us`. The calendar ends with the year
  /// after that of `today`.
  page rows_from(int64_t day_us, const std::string& today) const;

private:
  calendar_config config_;
};

} // namespace observer::simulate
