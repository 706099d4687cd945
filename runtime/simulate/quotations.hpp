#pragma once

// The bodies of the broker's quotation replies; every value is a string.

#include <string>

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

} // namespace observer::simulate
