#define CAF_SUITE runtime_simulate_rest
#include "test.hpp"

#include <set>

#include "support/rest_desk.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulate;

CAF_TEST_FIXTURE_SCOPE(rest_tests, rest_desk)

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

CAF_TEST(as many approval keys as are asked for come without a limit) {
  credentials generous{{{"key", "secret"}}, 1, 18, 0};
  std::set<std::string> made;
  for (auto i = 0; i < 41; ++i)
    made.insert(
      std::get<issued>(generous.issue_approval("key", "secret", now_us)).value);
  CAF_CHECK_EQUAL(made.size(), 41u);
  for (auto& x : made)
    CAF_CHECK(generous.may_open(x, now_us));
}

CAF_TEST(a revoked token is dead and the next one is another) {
  log_in();
  auto revoke = [&](const std::string& x) {
    return post("/oauth2/revokeP",
                {{"appkey", "key"}, {"appsecret", "secret"}, {"token", x}});
  };
  CAF_CHECK_EQUAL(field(revoke(token), "code"), 200);
  CAF_CHECK_EQUAL(status, 200);
  CAF_CHECK_EQUAL(field(price("005930"), "msg_cd"), "EGW00121");
  CAF_CHECK_EQUAL(field(revoke(token), "error_code"), "EGW00121");
  CAF_CHECK_EQUAL(status, 403);
  now_us += 60 * us_per_second;
  CAF_CHECK_NOT_EQUAL(field(get_token(), "access_token"), token);
}

CAF_TEST(a hash key is 64 digits of the body) {
  auto x = post("/uapi/hashkey", {{"PDNO", "005930"}});
  CAF_CHECK_EQUAL(x["BODY"]["PDNO"], "005930");
  CAF_CHECK_EQUAL(x["HASH"].get<std::string>().size(), 64u);
  CAF_CHECK_EQUAL(field(post("/uapi/hashkey", {{"PDNO", "005930"}}), "HASH"),
                  x["HASH"]);
  CAF_CHECK_NOT_EQUAL(
    field(post("/uapi/hashkey", {{"PDNO", "000660"}}), "HASH"), x["HASH"]);
}

CAF_TEST(a hash key of a body that nests deeply does no harm) {
  http_request x;
  x.method = "POST";
  x.path = "/uapi/hashkey";
  x.headers = {{"appkey", "key"}, {"appsecret", "secret"}};
  x.body = R"({"a":)" + std::string(30'000, '[') + std::string(30'000, ']')
           + "}";
  CAF_CHECK_EQUAL(api.answer(x, now_us).status, 200);
  for (auto body : {"", "[]", "{", "1"}) {
    x.body = body;
    CAF_CHECK_EQUAL(api.answer(x, now_us).status, 403);
  }
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

CAF_TEST(the scheme of the authorization may be in any case) {
  log_in();
  auto x = quotation("inquire-price", "FHKST01010100", "005930");
  for (auto scheme : {"bearer ", "BEARER "}) {
    x.headers["authorization"] = scheme + token;
    CAF_CHECK_EQUAL(field(ask(x), "rt_cd"), "0");
  }
  x.headers["authorization"] = token;
  CAF_CHECK_EQUAL(field(ask(x), "msg_cd"), "EGW00121");
}

CAF_TEST(a slash too many in the path does no harm) {
  log_in();
  auto x = quotation("inquire-price", "FHKST01010100", "005930");
  x.path = "/" + x.path;
  CAF_CHECK_EQUAL(field(ask(x), "rt_cd"), "0");
}

CAF_TEST(every answer of a TR has its three headers in lower case) {
  log_in();
  price("005930");
  auto first = headers;
  CAF_CHECK_EQUAL(first.size(), 3u);
  CAF_CHECK_EQUAL(first["tr_id"], "FHKST01010100");
  CAF_CHECK_EQUAL(first["tr_cont"], "");
  CAF_CHECK_EQUAL(first["gt_uid"].size(), 32u);
  price("no code");
  CAF_CHECK_EQUAL(headers.size(), 3u);
  CAF_CHECK_NOT_EQUAL(headers["gt_uid"], first["gt_uid"]);
}

CAF_TEST(the form of a TR for paper accounts is refused on the real host) {
  log_in();
  auto x = quotation("chk-holiday", "VTCA0903R");
  x.query = {{"BASS_DT", "20260911"}};
  CAF_CHECK_EQUAL(field(ask(x), "msg_cd"), "EGW02004");
  CAF_CHECK_EQUAL(status, 500);
}

CAF_TEST(paper accounts have prices of KRX and no TR of the real host alone) {
  rest_desk paper{{1, true, {}}};
  paper.log_in();
  CAF_CHECK_EQUAL(field(paper.price("005930"), "rt_cd"), "0");
  for (auto market : {"NX", "UN"}) {
    auto x = paper.quotation("inquire-price", "FHKST01010100", "005930");
    x.query["FID_COND_MRKT_DIV_CODE"] = market;
    CAF_CHECK_EQUAL(field(paper.ask(x), "msg1"),
                    "ERROR INVALID FID_COND_MRKT_DIV_CODE");
  }
  for (auto [name, tr_id] : {std::pair{"chk-holiday", "CTCA0903R"},
                             std::pair{"chk-holiday", "VTCA0903R"},
                             std::pair{"search-info", "CTPF1604R"},
                             std::pair{"intstock-multprice", "FHKST11300006"}}) {
    paper.now_us += us_per_second;
    auto no = paper.ask(paper.quotation(name, tr_id));
    CAF_CHECK_EQUAL(no["msg_cd"], "EGW02006");
    CAF_CHECK_EQUAL(no["msg1"], "모의투자 TR 이 아닙니다.");
    CAF_CHECK_EQUAL(paper.status, 500);
  }
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

CAF_TEST(what is asked for wrongly is told so) {
  log_in();
  auto x = quotation("inquire-price", "FHKST01010100");
  CAF_CHECK_EQUAL(field(ask(x), "msg1"),
                  "ERROR INPUT FIELD NOT FOUND [FID_COND_MRKT_DIV_CODE]");
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
