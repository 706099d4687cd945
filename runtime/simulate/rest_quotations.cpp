// The calls of rest_api that have a TR id.

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/korean_time.hpp"
#include "runtime/simulate/envelope.hpp"
#include "runtime/simulate/issue_info.hpp"
#include "runtime/simulate/look_back.hpp"
#include "runtime/simulate/past_days.hpp"
#include "runtime/simulate/quotations.hpp"
#include "runtime/simulate/rest.hpp"

namespace observer::simulate {

namespace {

constexpr size_t prices_a_call_max = 30;
constexpr size_t page_key_size = 20;
constexpr std::string_view product_type_stock = "300";

/// Paper accounts have no NXT, and so no unified market.
std::optional<venue> venue_of(std::string_view code, bool paper) {
  if (code == "J")
    return venue::krx;
  if (code == "NX" && !paper)
    return venue::nxt;
  if (code == "UN" && !paper)
    return venue::unified;
  return std::nullopt;
}

/// Null if the request does not have it.
const std::string* field(const http_request& request, std::string_view name) {
  auto i = request.query.find(name);
  return i == request.query.end() ? nullptr : &i->second;
}

std::string_view without_blanks(std::string_view x) {
  while (x.ends_with(' '))
    x.remove_suffix(1);
  return x;
}

/// Nothing: FID_INPUT_HOUR_1 is there, HHMMSS or empty.
std::optional<http_reply> refuse_hour(const http_request& request) {
  constexpr auto name = "FID_INPUT_HOUR_1";
  auto* hour = field(request, name);
  if (!hour)
    return missing_field(name);
  auto digits = hour->find_first_not_of("0123456789") == std::string::npos;
  if (!digits || (!hour->empty() && hour->size() != 6))
    return invalid_field(name);
  return std::nullopt;
}

http_reply nothing_found() {
  return refused(200, "7", "KIOK0560",
                 ledger_words("조회할 자료가 없습니다."));
}

} // namespace

rest_api::subject rest_api::subject_of(const http_request& request,
                                       std::string_view number,
                                       int64_t now_us) {
  auto market_name = fmt::format("FID_COND_MRKT_DIV_CODE{}", number);
  auto code_name = fmt::format("FID_INPUT_ISCD{}", number);
  subject out;
  auto* market = field(request, market_name);
  auto* code = field(request, code_name);
  if (!market || !code) {
    out.no = missing_field(!market ? market_name : code_name);
    return out;
  }
  auto where = venue_of(*market, config_.paper);
  if (!where || !is_issue_code(*code)) {
    out.no = invalid_field(!where ? market_name : code_name);
    return out;
  }
  out.code = *code;
  out.issue = issues_.find(*where, *code);
  if (out.issue && !out.issue->halted() && !is_live_(*out.issue)) {
    auto now = stamp_of(now_us);
    for (auto i = dice_.between(1, 5); i > 0; --i) {
      scratch_.clear();
      out.issue->trade(now, trade_width_now, scratch_);
    }
  }
  return out;
}

http_reply rest_api::price(const http_request& request, int64_t now_us) {
  auto about = subject_of(request, "", now_us);
  if (about.no)
    return *about.no;
  nlohmann::ordered_json body;
  body["output"] = price_output(about.code, about.issue, stamp_of(now_us));
  return done(std::move(body));
}

/// Numbers begin where the client begins: those from 1 to 30 that it has are
/// answered in their order, others are not looked at, 0 among them.
http_reply rest_api::prices(const http_request& request, int64_t now_us) {
  auto rows = nlohmann::ordered_json::array();
  for (size_t i = 1; i <= prices_a_call_max; ++i) {
    auto number = fmt::format("_{}", i);
    auto* code = field(request, fmt::format("FID_INPUT_ISCD{}", number));
    if (!code || code->empty())
      continue;
    auto about = subject_of(request, number, now_us);
    if (about.no)
      return *about.no;
    rows.push_back(prices_row(about.code, about.issue));
  }
  if (rows.empty())
    return missing_field("FID_INPUT_ISCD_1");
  nlohmann::ordered_json body;
  body["output"] = std::move(rows);
  return done(std::move(body));
}

http_reply rest_api::book(const http_request& request, int64_t now_us) {
  auto about = subject_of(request, "", now_us);
  if (about.no)
    return *about.no;
  nlohmann::ordered_json body;
  if (about.issue) {
    body["output1"] = book_output(*about.issue, stamp_of(now_us));
    body["output2"] = expected_output(*about.issue);
  }
  return done(std::move(body));
}

http_reply rest_api::trades(const http_request& request, int64_t now_us) {
  auto about = subject_of(request, "", now_us);
  if (about.no)
    return *about.no;
  nlohmann::ordered_json body;
  body["output"] = about.issue ? newest_trades(*about.issue)
                               : nlohmann::ordered_json::array();
  return done(std::move(body));
}

http_reply rest_api::trades_by_time(const http_request& request,
                                    int64_t now_us) {
  auto about = subject_of(request, "", now_us);
  if (about.no)
    return *about.no;
  if (auto no = refuse_hour(request))
    return *no;
  auto hour = *field(request, "FID_INPUT_HOUR_1");
  nlohmann::ordered_json body;
  if (about.issue)
    body["output1"] = trades_summary(*about.issue);
  body["output2"] = about.issue ? trades_until(*about.issue, hour)
                                : nlohmann::ordered_json::array();
  return done(std::move(body));
}

http_reply rest_api::minutes(const http_request& request, int64_t now_us) {
  auto about = subject_of(request, "", now_us);
  if (about.no)
    return *about.no;
  if (auto no = refuse_hour(request))
    return *no;
  auto hour = *field(request, "FID_INPUT_HOUR_1");
  nlohmann::ordered_json body;
  if (about.issue)
    body["output1"] = chart_summary(*about.issue);
  body["output2"] = about.issue
                      ? minute_bars(*about.issue, hour, korean_date(now_us))
                      : nlohmann::ordered_json::array();
  return done(std::move(body));
}

http_reply rest_api::days(const http_request& request, int64_t now_us) {
  auto about = subject_of(request, "", now_us);
  if (about.no)
    return *about.no;
  auto* period = field(request, "FID_PERIOD_DIV_CODE");
  if (!period)
    return missing_field("FID_PERIOD_DIV_CODE");
  if (!is_period(*period, false))
    return invalid_field("FID_PERIOD_DIV_CODE");
  nlohmann::ordered_json body;
  body["output"] = about.issue
                     ? daily_prices(*about.issue, days_, period->front(), now_us)
                     : nlohmann::ordered_json::array();
  return done(std::move(body));
}

http_reply rest_api::days_chart(const http_request& request, int64_t now_us) {
  auto about = subject_of(request, "", now_us);
  if (about.no)
    return *about.no;
  for (auto name :
       {"FID_INPUT_DATE_1", "FID_INPUT_DATE_2", "FID_PERIOD_DIV_CODE"})
    if (!field(request, name))
      return missing_field(name);
  auto& from = *field(request, "FID_INPUT_DATE_1");
  // Clients that want all there is begin with a date that is none: 00000101.
  auto from_us = from == "00000101" ? int64_t{0} : midnight_us(from);
  auto to_us = midnight_us(*field(request, "FID_INPUT_DATE_2"));
  if (!from_us || !to_us)
    return invalid_field(!from_us ? "FID_INPUT_DATE_1" : "FID_INPUT_DATE_2");
  auto& period = *field(request, "FID_PERIOD_DIV_CODE");
  if (!is_period(period, true))
    return invalid_field("FID_PERIOD_DIV_CODE");
  nlohmann::ordered_json body;
  if (about.issue)
    body["output1"] = daily_chart_summary(*about.issue, days_, now_us);
  body["output2"] = about.issue ? daily_chart(*about.issue, days_,
                                              period.front(), *from_us, *to_us,
                                              now_us)
                                : nlohmann::ordered_json::array();
  return done(std::move(body));
}

http_reply rest_api::business_days(const http_request&, int64_t now_us) {
  nlohmann::ordered_json body;
  body["output1"] = market_time(days_, now_us);
  return done(std::move(body));
}

http_reply rest_api::holidays(const http_request& request, int64_t now_us) {
  auto* from = field(request, "BASS_DT");
  if (!from)
    return missing_field("BASS_DT");
  auto day_us = midnight_us(*from);
  if (!day_us)
    return invalid_field("BASS_DT");
  auto is_next = request.header("tr_cont") == "N";
  if (is_next) {
    auto* key = field(request, "CTX_AREA_NK");
    if (!key)
      return missing_field("CTX_AREA_NK");
    auto last_us = midnight_us(without_blanks(*key));
    if (!last_us)
      return invalid_field("CTX_AREA_NK");
    day_us = *last_us + us_per_day;
  }
  auto page = days_.rows_from(*day_us, korean_date(now_us));
  auto padded = [](const std::string& x) {
    return fmt::format("{:<{}}", x, page_key_size);
  };
  nlohmann::ordered_json body{{"ctx_area_nk", padded(page.last)},
                              {"ctx_area_fk", padded(*from)}};
  body["output"] = std::move(page.rows);
  if (page.more)
    return ledger_done(std::move(body), "KIOK0500",
                       "조회가 계속됩니다..다음버튼을 Click 하십시오.",
                       is_next ? "M" : "F");
  return ledger_done(std::move(body), "KIOK0510", "조회가 완료되었습니다",
                     is_next ? "E" : "D");
}

rest_api::subject rest_api::product_of(const http_request& request) {
  subject out;
  auto* code = field(request, "PDNO");
  auto* type = field(request, "PRDT_TYPE_CD");
  if (!code || !type) {
    out.no = missing_field(!code ? "PDNO" : "PRDT_TYPE_CD");
    return out;
  }
  if (*type == product_type_stock)
    out.issue = issues_.find(venue::krx, *code);
  if (!out.issue)
    out.no = nothing_found();
  out.code = *code;
  return out;
}

http_reply rest_api::product(const http_request& request, int64_t) {
  auto about = product_of(request);
  if (about.no)
    return *about.no;
  nlohmann::ordered_json body;
  body["output"] = product_output(about.code);
  return ledger_done(std::move(body), "KIOK0530", "조회되었습니다");
}

http_reply rest_api::stock(const http_request& request, int64_t now_us) {
  auto about = product_of(request);
  if (about.no)
    return *about.no;
  nlohmann::ordered_json body;
  body["output"] = stock_output(*about.issue, stamp_of(now_us));
  return ledger_done(std::move(body), "KIOK0530", "조회되었습니다");
}

} // namespace observer::simulate
