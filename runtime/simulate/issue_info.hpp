#pragma once

// Who an issue is: its names and its master data, as search-info and
// search-stock-info answer them.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/simulate/instrument.hpp"

namespace observer::simulate {

struct issue_names {
  std::string korean, english;
  bool kosdaq = false;
};

/// Those of a well-known issue, or made of its code.
issue_names names_of(std::string_view code);

/// The standard code (ISIN) of a Korean issue: `KR7005930003`.
std::string isin_of(std::string_view code);

/// `output` of search-info (CTPF1604R) for a stock.
nlohmann::ordered_json product_output(const std::string& code);

/// `output` of search-stock-info (CTPF1002R).
nlohmann::ordered_json stock_output(const instrument& issue, const stamp& now);

} // namespace observer::simulate
