#pragma once

// The simulated broker's REST side without sockets, and a client of it.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "messages/korean_time.hpp"
#include "runtime/simulate/rest.hpp"

namespace observer::simulate {

/// 2026-09-14T15:07:46+09:00, a Monday.
inline constexpr int64_t afternoon_us = 1'789'366'066'000'000;

/// A member by value: `f()["x"]` would outlive what f() returned.
inline nlohmann::json field(const nlohmann::json& x, const char* name) {
  return x.at(name);
}

struct rest_desk {
  explicit rest_desk(rest_config config = {}, market_config listed = {})
      : keys{{{"key", "secret"}}, 1, calls_max}, issues{std::move(listed)},
        api{keys, issues, [](auto&) { return false; }, std::move(config)} {}

  nlohmann::json ask(const http_request& x) {
    auto out = api.answer(x, now_us);
    status = out.status;
    headers.clear();
    for (auto& [name, value] : out.headers)
      headers[name] = value;
    return nlohmann::json::parse(out.body);
  }
  nlohmann::json post(const char* path, const nlohmann::json& body) {
    http_request x;
    x.method = "POST";
    x.path = path;
    x.headers = {{"appkey", "key"}, {"appsecret", "secret"}};
    x.body = body.dump();
    return ask(x);
  }
  nlohmann::json get_token() {
    return post("/oauth2/tokenP", {{"grant_type", "client_credentials"},
                                   {"appkey", "key"},
                                   {"appsecret", "secret"}});
  }
  nlohmann::json get_approval() {
    return post("/oauth2/Approval", {{"grant_type", "client_credentials"},
                                     {"appkey", "key"},
                                     {"secretkey", "secret"}});
  }
  void log_in() {
    token = get_token().at("access_token");
  }
  http_request quotation(const char* name, const char* tr_id) {
    http_request x;
    x.method = "GET";
    x.path = std::string{"/uapi/domestic-stock/v1/quotations/"} + name;
    x.headers = {{"authorization", "Bearer " + token},
                 {"appkey", "key"},
                 {"appsecret", "secret"},
                 {"tr_id", tr_id},
                 {"custtype", "P"}};
    return x;
  }
  /// About an issue of KRX.
  http_request quotation(const char* name, const char* tr_id,
                         const char* code) {
    auto x = quotation(name, tr_id);
    x.query = {{"FID_COND_MRKT_DIV_CODE", "J"}, {"FID_INPUT_ISCD", code}};
    return x;
  }
  nlohmann::json price(const char* code) {
    return ask(quotation("inquire-price", "FHKST01010100", code));
  }

  static constexpr unsigned calls_max = 3;
  credentials keys;
  market issues;
  rest_api api;
  int64_t now_us = afternoon_us;
  /// Of the last answer.
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string token;
};

} // namespace observer::simulate
