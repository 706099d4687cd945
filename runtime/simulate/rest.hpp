#pragma once

// The broker's REST side without the sockets: keys and tokens, a price, many
// prices, the calendar.

#include <cstdint>
#include <functional>

#include "runtime/simulate/credentials.hpp"
#include "runtime/simulate/http.hpp"
#include "runtime/simulate/market.hpp"

namespace observer::simulate {

/// Not thread-safe. `keys` and `issues` must outlive it.
class rest_api {
public:
  /// `is_live` says whether the feed moves an instrument. One that is not
  /// moves a little each time its price is asked for, so that a client that
  /// only polls sees a market too.
  rest_api(credentials& keys, market& issues,
           std::function<bool(const instrument&)> is_live, uint64_t seed);

  http_reply answer(const http_request& request, int64_t now_us);

private:
  http_reply token(const http_request& request, int64_t now_us);
  http_reply approval(const http_request& request, int64_t now_us);
  http_reply price(const http_request& request, int64_t now_us);
  http_reply prices(const http_request& request, int64_t now_us);
  http_reply holidays(const http_request& request, int64_t now_us);
  /// Null if the issue does not trade here.
  instrument* look_at(venue where, const std::string& code, int64_t now_us);

  credentials& keys_;
  market& issues_;
  std::function<bool(const instrument&)> is_live_;
  dice dice_;
  std::string scratch_;
};

} // namespace observer::simulate
