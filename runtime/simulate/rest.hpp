#pragma once

// The broker's REST side without the sockets: keys and tokens, prices, trades,
// the calendar, who an issue is.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/simulate/calendar.hpp"
#include "runtime/simulate/credentials.hpp"
#include "runtime/simulate/http.hpp"
#include "runtime/simulate/market.hpp"

namespace observer::simulate {

struct rest_config {
  uint64_t seed = 1;
  /// The host of paper accounts: no NXT, and not every TR.
  bool paper = false;
  calendar_config days = {};
};

/// Not thread-safe. `keys` and `issues` must outlive it.
class rest_api {
public:
  /// `is_live` says whether the feed moves an instrument. One that is not
  /// moves a little each time its price is asked for, so that a client that
  /// only polls sees a market too.
  rest_api(credentials& keys, market& issues,
           std::function<bool(const instrument&)> is_live, rest_config config);

  http_reply answer(const http_request& request, int64_t now_us);

private:
  using service = http_reply (rest_api::*)(const http_request&, int64_t);
  /// A call with a TR id.
  struct route {
    std::string_view name, tr_id;
    service serve;
    /// Refused to paper accounts.
    bool real_only = false;
  };
  static const route routes[];

  http_reply answer_tr(const route& to, const http_request& request,
                       int64_t now_us);
  http_reply token(const http_request& request, int64_t now_us);
  http_reply approval(const http_request& request, int64_t now_us);
  http_reply revoke(const http_request& request, int64_t now_us);
  http_reply hash_key(const http_request& request, int64_t now_us);

  http_reply price(const http_request& request, int64_t now_us);
  http_reply prices(const http_request& request, int64_t now_us);
  http_reply book(const http_request& request, int64_t now_us);
  http_reply trades(const http_request& request, int64_t now_us);
  http_reply trades_by_time(const http_request& request, int64_t now_us);
  http_reply minutes(const http_request& request, int64_t now_us);
  http_reply days(const http_request& request, int64_t now_us);
  http_reply days_chart(const http_request& request, int64_t now_us);
  http_reply business_days(const http_request& request, int64_t now_us);
  http_reply holidays(const http_request& request, int64_t now_us);
  http_reply product(const http_request& request, int64_t now_us);
  http_reply stock(const http_request& request, int64_t now_us);

  /// What a request asks about: an issue at a venue, which is null if it is
  /// not listed; or the reply that refuses it.
  struct subject {
    std::string code;
    instrument* issue = nullptr;
    std::optional<http_reply> no;
  };
  /// `number` is behind the names of the fields: `_1`.
  subject subject_of(const http_request& request, std::string_view number,
                     int64_t now_us);
  /// Of a call with PDNO; one that is not listed is refused.
  subject product_of(const http_request& request);
  std::string unique_id();

  credentials& keys_;
  market& issues_;
  std::function<bool(const instrument&)> is_live_;
  rest_config config_;
  calendar days_;
  dice dice_;
  std::string scratch_;
};

} // namespace observer::simulate
