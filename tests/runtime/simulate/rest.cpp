#define CAF_SUITE runtime_simulate_rest
#include "test.hpp"

#include <nlohmann/json.hpp>

#include "messages/korean_time.hpp"
#include "runtime/simulate/rest.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulate;

namespace {

// 2026-09-14T15:07:46+09:00, a Monday.
constexpr int64_t afternoon_us = 1'789'366'066'000'000;

/// A member by value: `f()["x"]` would outlive what f() returned.
nlohmann::json field(const nlohmann::json& x, const char* name) {
  return x.at(name);
}

struct fixture {
  fixture()
      : keys{{{"key", "secret"}}, 1, 3}, issues{{default_symbols(41), false,
                                                 1}},
        api{keys, issues, [](auto&) { return false; }, 1} {}

  nlohmann::json ask(const http_request& x) {
    auto out = api.answer(x, now_us);
    status = out.status;
    return nlohmann::json::parse(out.body);
  }
  nlohmann::json post(const char* path, const nlohmann::json& body) {
    http_request x;
    x.method = "POST";
    x.path = path;
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
  nlohmann::json price(const char* code) {
    auto x = quotation("inquire-price", "FHKST01010100");
    x.query = {{"FID_COND_MRKT_DIV_CODE", "J"}, {"FID_INPUT_ISCD", code}};
    return ask(x);
  }

  credentials keys;
  market issues;
  rest_api api;
  int64_t now_us = afternoon_us;
  int status = 0;
  std::string token;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rest_tests, fixture)

CAF_TEST(an approval key has 36 characters and comes once a second) {
  auto x = get_approval();
  CAF_CHECK_EQUAL(status, 200);
  CAF_CHECK_EQUAL(x["approval_key"].get<std::string>().size(), 36u);
  now_us += us_per_second - 1;
  CAF_CHECK_EQUAL(field(get_approval(), "error_code"), "EGW00201");
  CAF_CHECK_EQUAL(status, 500);
  now_us += 1;
  CAF_CHECK_NOT_EQUAL(field(get_approval(), "approval_key"), x["approval_key"]);
}

CAF_TEST(a token lives a day and is the same for six hours) {
  auto x = get_token();
  CAF_CHECK_EQUAL(status, 200);
  CAF_CHECK_EQUAL(x["token_type"], "Bearer");
  CAF_CHECK_EQUAL(x["expires_in"], 86'400);
  CAF_CHECK_EQUAL(x["access_token_token_expired"], "2026-09-15 15:07:46");
  now_us += 59 * us_per_second;
  CAF_CHECK_EQUAL(field(get_token(), "error_code"), "EGW00133");
  CAF_CHECK_EQUAL(status, 403);
  now_us += us_per_second;
  CAF_CHECK_EQUAL(field(get_token(), "access_token"), x["access_token"]);
  now_us += 6 * us_per_hour;
  CAF_CHECK_NOT_EQUAL(field(get_token(), "access_token"), x["access_token"]);
}

CAF_TEST(who is not known gets no key) {
  auto ask_as = [&](const char* appkey, const char* secret) {
    return field(post("/oauth2/Approval", {{"grant_type", "client_credentials"},
                                           {"appkey", appkey},
                                           {"secretkey", secret}}),
                 "error_code");
  };
  CAF_CHECK_EQUAL(ask_as("x", "secret"), "EGW00103");
  CAF_CHECK_EQUAL(ask_as("key", "x"), "EGW00105");
  CAF_CHECK_EQUAL(status, 403);
  // The field is secretkey here, not appsecret.
  auto no = post("/oauth2/Approval", {{"grant_type", "client_credentials"},
                                      {"appkey", "key"},
                                      {"appsecret", "secret"}});
  CAF_CHECK_EQUAL(no["error_code"], "EGW00104");
  no = post("/oauth2/tokenP", "nonsense");
  CAF_CHECK_EQUAL(no["error_code"], "EGW00101");
}

CAF_TEST(a call without a good token is refused) {
  CAF_CHECK_EQUAL(field(price("005930"), "msg_cd"), "EGW00121");
  token = field(get_token(), "access_token");
  CAF_CHECK_EQUAL(field(price("005930"), "rt_cd"), "0");
  now_us += us_per_day;
  CAF_CHECK_EQUAL(field(price("005930"), "msg_cd"), "EGW00123");
}

CAF_TEST(calls beyond the limit of a second come back with status 500) {
  token = field(get_token(), "access_token");
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(field(price("005930"), "rt_cd"), "0");
  CAF_CHECK_EQUAL(field(price("005930"), "msg_cd"), "EGW00201");
  CAF_CHECK_EQUAL(status, 500);
  now_us += us_per_second;
  CAF_CHECK_EQUAL(field(price("005930"), "rt_cd"), "0");
}

CAF_TEST(every value of a price is a string) {
  token = field(get_token(), "access_token");
  auto x = field(price("005930"), "output");
  CAF_CHECK_EQUAL(x.size(), 82u);
  for (auto& value : x)
    CAF_CHECK(value.is_string());
  auto figures = issues.find(venue::krx, "005930")->figures();
  CAF_CHECK_EQUAL(x["stck_prpr"], std::to_string(figures.price));
  CAF_CHECK_EQUAL(x["acml_vol"], std::to_string(figures.volume));
  CAF_CHECK_EQUAL(x["stck_sdpr"], std::to_string(figures.base));
  CAF_CHECK_EQUAL(x["temp_stop_yn"], "N");
  CAF_CHECK(!x.contains("hts_kor_isnm"));
  // An issue that only REST asks for moves all the same.
  CAF_CHECK_NOT_EQUAL(field(field(price("005930"), "output"), "acml_vol"),
                      x["acml_vol"]);
  // One that does not trade here has no price, and is no error.
  CAF_CHECK_EQUAL(field(field(price("999999"), "output"), "stck_prpr"), "0");
}

CAF_TEST(many prices come in one call) {
  token = field(get_token(), "access_token");
  auto x = quotation("intstock-multprice", "FHKST11300006");
  for (auto n : {"1", "2"}) {
    x.query[std::string{"FID_COND_MRKT_DIV_CODE_"} + n] = "J";
    x.query[std::string{"FID_INPUT_ISCD_"} + n] =
      *n == '1' ? "005930" : "0074K0";
  }
  auto rows = field(ask(x), "output");
  CAF_REQUIRE_EQUAL(rows.size(), 2u);
  CAF_CHECK_EQUAL(rows[1]["inter_shrn_iscd"], "0074K0");
  for (auto& value : rows[0])
    CAF_CHECK(value.is_string());
}

CAF_TEST(the calendar closes weekends and holidays but not today) {
  token = field(get_token(), "access_token");
  auto x = quotation("chk-holiday", "CTCA0903R");
  x.query = {{"BASS_DT", "20260911"}, {"CTX_AREA_FK", ""}, {"CTX_AREA_NK", ""}};
  auto open = [&](const char* date) -> std::string {
    for (auto& row : field(ask(x), "output"))
      if (row["bass_dt"] == date)
        return row["opnd_yn"];
    return "absent";
  };
  CAF_CHECK_EQUAL(open("20260911"), "Y"); // Friday
  CAF_CHECK_EQUAL(open("20260912"), "N");
  now_us += us_per_second;
  CAF_CHECK_EQUAL(open("20261003"), "N"); // a holiday
  now_us -= 2 * us_per_day;               // it is Saturday the 12th
  CAF_CHECK_EQUAL(open("20260912"), "Y");
}

CAF_TEST(what is asked for wrongly is told so) {
  token = field(get_token(), "access_token");
  auto x = quotation("inquire-price", "FHKST01010100");
  CAF_CHECK_EQUAL(field(ask(x), "msg_cd"), "OPSQ2001");
  x.headers["tr_id"] = "FHKST00000000";
  CAF_CHECK_EQUAL(field(ask(x), "msg_cd"), "OPSQ0002");
  x.path = "/nothing";
  ask(x);
  CAF_CHECK_EQUAL(status, 404);
  x.path = "/oauth2/tokenP";
  ask(x);
  CAF_CHECK_EQUAL(status, 405);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
