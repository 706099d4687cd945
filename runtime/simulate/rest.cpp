#include "runtime/simulate/rest.hpp"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/korean_time.hpp"
#include "runtime/simulate/quotations.hpp"

namespace observer::simulate {

namespace {

using json = nlohmann::ordered_json;

constexpr size_t prices_a_call_max = 30;

constexpr std::string_view quotations = "/uapi/domestic-stock/v1/quotations/";

/// Keys and tokens are refused in a form of their own.
http_reply oauth_refusal(const refusal& no) {
  json body{{"error_description", no.message}, {"error_code", no.code}};
  return {no.http_status, body.dump(), "application/json;charset=UTF-8", {}};
}

http_reply refused(int status, std::string_view rt_cd, std::string_view msg_cd,
                   std::string_view msg1) {
  json body{{"rt_cd", rt_cd}, {"msg_cd", msg_cd}, {"msg1", msg1}};
  return {status,
          body.dump(-1, ' ', false, json::error_handler_t::replace),
          "application/json;charset=UTF-8",
          {}};
}

http_reply done(json body, std::string_view tr_id) {
  body["rt_cd"] = "0";
  body["msg_cd"] = "MCA00000";
  body["msg1"] = "정상처리 되었습니다.";
  return {200,
          body.dump(),
          "application/json;charset=UTF-8",
          {{"tr_id", std::string{tr_id}}, {"tr_cont", ""}}};
}

http_reply missing(std::string_view field) {
  return refused(200, "2", "OPSQ2001",
                 fmt::format("ERROR INPUT FIELD NOT FOUND [{}]", field));
}

std::optional<venue> venue_of(std::string_view code) {
  if (code == "J")
    return venue::krx;
  if (code == "NX")
    return venue::nxt;
  if (code == "UN")
    return venue::unified;
  return std::nullopt;
}

} // namespace

rest_api::rest_api(credentials& keys, market& issues,
                   std::function<bool(const instrument&)> is_live,
                   uint64_t seed)
    : keys_{keys}, issues_{issues}, is_live_{std::move(is_live)},
      dice_{seed ^ 0x72657374} {}

http_reply rest_api::answer(const http_request& request, int64_t now_us) {
  struct route {
    std::string_view method, path, tr_id;
    http_reply (rest_api::*serve)(const http_request&, int64_t);
  };
  static constexpr route routes[] = {
    {"POST", "/oauth2/tokenP", "", &rest_api::token},
    {"POST", "/oauth2/Approval", "", &rest_api::approval},
    {"GET", "inquire-price", "FHKST01010100", &rest_api::price},
    {"GET", "intstock-multprice", "FHKST11300006", &rest_api::prices},
    {"GET", "chk-holiday", "CTCA0903R", &rest_api::holidays}};
  std::string_view path = request.path;
  if (path.starts_with(quotations))
    path.remove_prefix(quotations.size());
  for (auto& x : routes) {
    if (path != x.path)
      continue;
    if (request.method != x.method)
      return refused(405, "1", "EGW00202",
                     fmt::format("{} wants {}", request.path, x.method));
    if (!x.tr_id.empty()) {
      if (auto no = keys_.refuse_call(request.header("authorization"),
                                      request.header("appkey"),
                                      request.header("appsecret"), now_us))
        return refused(no->http_status, "1", no->code, no->message);
      if (request.header("tr_id") != x.tr_id)
        return refused(500, "1", "OPSQ0002", "없는 서비스 코드 입니다.");
    }
    return (this->*x.serve)(request, now_us);
  }
  return refused(404, "1", "EGW00202",
                 fmt::format("nothing is served at {}", request.path));
}

http_reply rest_api::token(const http_request& request, int64_t now_us) {
  auto in = nlohmann::json::parse(request.body, nullptr, false);
  if (!in.is_object()
      || in.value("grant_type", nlohmann::json{}) != "client_credentials")
    return oauth_refusal({403, "EGW00101", "유효하지 않은 요청입니다."});
  auto member = [&](const char* name) {
    auto i = in.find(name);
    return i != in.end() && i->is_string() ? i->get<std::string>() : "";
  };
  auto made = keys_.issue_token(member("appkey"), member("appsecret"), now_us);
  if (auto* no = std::get_if<refusal>(&made))
    return oauth_refusal(*no);
  auto& yes = std::get<issued>(made);
  auto expires = timestamp(yes.expires_us);
  json body{{"access_token", yes.value},
            {"access_token_token_expired",
             expires.substr(0, 10) + " " + expires.substr(11, 8)},
            {"token_type", "Bearer"},
            {"expires_in", (yes.expires_us - now_us) / us_per_second}};
  return {200, body.dump(), "application/json;charset=UTF-8", {}};
}

http_reply rest_api::approval(const http_request& request, int64_t now_us) {
  auto in = nlohmann::json::parse(request.body, nullptr, false);
  if (!in.is_object()
      || in.value("grant_type", nlohmann::json{}) != "client_credentials")
    return oauth_refusal({403, "EGW00101", "유효하지 않은 요청입니다."});
  auto member = [&](const char* name) {
    auto i = in.find(name);
    return i != in.end() && i->is_string() ? i->get<std::string>() : "";
  };
  auto made =
    keys_.issue_approval(member("appkey"), member("secretkey"), now_us);
  if (auto* no = std::get_if<refusal>(&made))
    return oauth_refusal(*no);
  json body{{"approval_key", std::get<issued>(made).value}};
  return {200, body.dump(), "application/json;charset=UTF-8", {}};
}

instrument* rest_api::look_at(venue where, const std::string& code,
                              int64_t now_us) {
  auto* issue = issues_.find(where, code);
  if (issue && !is_live_(*issue)) {
    auto now = stamp_of(now_us);
    for (auto i = dice_.between(1, 5); i > 0; --i) {
      scratch_.clear();
      issue->trade(now, trade_width_now, scratch_);
    }
  }
  return issue;
}

http_reply rest_api::price(const http_request& request, int64_t now_us) {
  auto market = request.query.find("FID_COND_MRKT_DIV_CODE");
  if (market == request.query.end())
    return missing("FID_COND_MRKT_DIV_CODE");
  auto code = request.query.find("FID_INPUT_ISCD");
  if (code == request.query.end())
    return missing("FID_INPUT_ISCD");
  auto where = venue_of(market->second);
  if (!where || !is_issue_code(code->second))
    return refused(200, "2", "OPSQ2002", "ERROR INVALID INPUT_FILED");
  json body;
  body["output"] = price_output(
    code->second, look_at(*where, code->second, now_us), stamp_of(now_us));
  return done(std::move(body), "FHKST01010100");
}

http_reply rest_api::prices(const http_request& request, int64_t now_us) {
  auto rows = json::array();
  for (size_t i = 1; i <= prices_a_call_max; ++i) {
    auto market =
      request.query.find(fmt::format("FID_COND_MRKT_DIV_CODE_{}", i));
    auto code = request.query.find(fmt::format("FID_INPUT_ISCD_{}", i));
    if (market == request.query.end() || code == request.query.end()
        || code->second.empty())
      break;
    auto where = venue_of(market->second);
    if (!where || !is_issue_code(code->second))
      return refused(200, "2", "OPSQ2002", "ERROR INVALID INPUT_FILED");
    rows.push_back(
      prices_row(code->second, look_at(*where, code->second, now_us)));
  }
  if (rows.empty())
    return missing("FID_INPUT_ISCD_1");
  json body;
  body["output"] = std::move(rows);
  return done(std::move(body), "FHKST11300006");
}

http_reply rest_api::holidays(const http_request& request, int64_t now_us) {
  auto from = request.query.find("BASS_DT");
  if (from == request.query.end())
    return missing("BASS_DT");
  auto day_us = midnight_us(from->second);
  if (!day_us)
    return refused(200, "2", "OPSQ2002", "ERROR INVALID INPUT_FILED");
  // One page is all there is: tr_cont stays empty.
  auto rows = calendar_rows(*day_us, korean_date(now_us));
  json body{{"ctx_area_nk", from->second}, {"ctx_area_fk", ""}};
  body["output"] = std::move(rows);
  return done(std::move(body), "CTCA0903R");
}

} // namespace observer::simulate
