#include "runtime/simulate/rest.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/korean_time.hpp"
#include "runtime/simulate/envelope.hpp"

namespace observer::simulate {

namespace {

constexpr std::string_view quotations = "/uapi/domestic-stock/v1/quotations/";

/// Some clients put a slash too many between host and path; KIS serves them.
std::string without_double_slashes(std::string_view path) {
  std::string out{path};
  auto end = std::unique(out.begin(), out.end(),
                         [](char a, char b) { return a == '/' && b == '/'; });
  out.erase(end, out.end());
  return out;
}

/// The members of a body that are strings. Their names count as they are
/// written: nothing is known of a leniency there.
class posted {
public:
  explicit posted(const http_request& request)
      : in_(nlohmann::json::parse(request.body, nullptr, false)) {}

  std::string member(const char* name) const {
    if (!in_.is_object())
      return {};
    auto i = in_.find(name);
    return i != in_.end() && i->is_string() ? i->get<std::string>() : "";
  }
  bool wants_grant() const {
    return member("grant_type") == "client_credentials";
  }

private:
  nlohmann::json in_;
};

http_reply bad_request() {
  return oauth_refusal({403, "EGW00101", "유효하지 않은 요청입니다."});
}

http_reply plain_reply(const nlohmann::ordered_json& body) {
  return {200, body.dump(), "application/json;charset=UTF-8", {}};
}

/// Whether a TR id has a form of its own for paper accounts: of orders and of
/// the ledger, with a V in place of the first letter.
bool is_paper_form(std::string_view asked, std::string_view tr_id) {
  return std::string_view{"TJC"}.find(tr_id.front()) != std::string_view::npos
         && asked.size() == tr_id.size() && asked.front() == 'V'
         && asked.substr(1) == tr_id.substr(1);
}

} // namespace

const rest_api::route rest_api::routes[] = {
  {"inquire-price", "FHKST01010100", &rest_api::price},
  {"intstock-multprice", "FHKST11300006", &rest_api::prices, true},
  {"inquire-asking-price-exp-ccn", "FHKST01010200", &rest_api::book},
  {"inquire-ccnl", "FHKST01010300", &rest_api::trades},
  {"inquire-time-itemconclusion", "FHPST01060000", &rest_api::trades_by_time},
  {"inquire-time-itemchartprice", "FHKST03010200", &rest_api::minutes},
  {"inquire-daily-price", "FHKST01010400", &rest_api::days},
  {"inquire-daily-itemchartprice", "FHKST03010100", &rest_api::days_chart},
  {"chk-holiday", "CTCA0903R", &rest_api::holidays, true},
  {"market-time", "HHMCM000002C0", &rest_api::business_days, true},
  {"search-info", "CTPF1604R", &rest_api::product, true},
  {"search-stock-info", "CTPF1002R", &rest_api::stock, true}};

rest_api::rest_api(credentials& keys, market& issues,
                   std::function<bool(const instrument&)> is_live,
                   rest_config config)
    : keys_{keys}, issues_{issues}, is_live_{std::move(is_live)},
      config_{std::move(config)}, days_{config_.days},
      dice_{config_.seed ^ 0x72657374} {}

http_reply rest_api::answer(const http_request& request, int64_t now_us) {
  struct door {
    std::string_view path;
    service serve;
  };
  static constexpr door doors[] = {{"/oauth2/tokenP", &rest_api::token},
                                   {"/oauth2/Approval", &rest_api::approval},
                                   {"/oauth2/revokeP", &rest_api::revoke},
                                   {"/uapi/hashkey", &rest_api::hash_key}};
  auto path = without_double_slashes(request.path);
  auto wants = [&](std::string_view method) {
    return refused(405, "1", "EGW00202",
                   fmt::format("{} wants {}", request.path, method));
  };
  for (auto& x : doors)
    if (path == x.path)
      return request.method == "POST" ? (this->*x.serve)(request, now_us)
                                      : wants("POST");
  if (path.starts_with(quotations))
    for (auto& x : routes)
      if (path.substr(quotations.size()) == x.name) {
        auto out = request.method == "GET" ? answer_tr(x, request, now_us)
                                           : wants("GET");
        add_tr_headers(out, request.header("tr_id"), unique_id());
        return out;
      }
  return refused(404, "1", "EGW00202",
                 fmt::format("nothing is served at {}", request.path));
}

http_reply rest_api::answer_tr(const route& to, const http_request& request,
                               int64_t now_us) {
  if (auto no = keys_.refuse_call(request.header("authorization"),
                                  request.header("appkey"),
                                  request.header("appsecret"), now_us))
    return refused(no->http_status, "1", no->code, no->message);
  auto tr_id = request.header("tr_id");
  auto in_paper_form = is_paper_form(tr_id, to.tr_id);
  if (tr_id != to.tr_id && !in_paper_form)
    return refused(500, "1", "OPSQ0002", "없는 서비스 코드 입니다.");
  if (config_.paper && to.real_only)
    return refused(500, "1", "EGW02006", "모의투자 TR 이 아닙니다.");
  if (!config_.paper && in_paper_form)
    return refused(500, "1", "EGW02004", "실전투자 TR 이 아닙니다.");
  return (this->*to.serve)(request, now_us);
}

std::string rest_api::unique_id() {
  return fmt::format("{:016x}{:016x}", dice_.next(), dice_.next());
}

http_reply rest_api::token(const http_request& request, int64_t now_us) {
  posted in{request};
  if (!in.wants_grant())
    return bad_request();
  auto made =
    keys_.issue_token(in.member("appkey"), in.member("appsecret"), now_us);
  if (auto* no = std::get_if<refusal>(&made))
    return oauth_refusal(*no);
  auto& yes = std::get<issued>(made);
  auto expires = timestamp(yes.expires_us);
  return plain_reply({{"access_token", yes.value},
                {"access_token_token_expired",
                 expires.substr(0, 10) + " " + expires.substr(11, 8)},
                {"token_type", "Bearer"},
                {"expires_in", (yes.expires_us - now_us) / us_per_second}});
}

http_reply rest_api::approval(const http_request& request, int64_t now_us) {
  posted in{request};
  if (!in.wants_grant())
    return bad_request();
  auto made =
    keys_.issue_approval(in.member("appkey"), in.member("secretkey"), now_us);
  if (auto* no = std::get_if<refusal>(&made))
    return oauth_refusal(*no);
  return plain_reply({{"approval_key", std::get<issued>(made).value}});
}

http_reply rest_api::revoke(const http_request& request, int64_t) {
  posted in{request};
  if (auto no = keys_.revoke_token(in.member("appkey"), in.member("appsecret"),
                                   in.member("token")))
    return oauth_refusal(*no);
  return plain_reply({{"code", 200}, {"message", "접근토큰 폐기에 성공하였습니다"}});
}

http_reply rest_api::hash_key(const http_request& request, int64_t) {
  if (auto no = keys_.refuse_account(request.header("appkey"),
                                     request.header("appsecret")))
    return refused(no->http_status, "1", no->code, no->message);
  // The body goes back as it came: to take it apart and write it anew would
  // go as deep as the client nests it.
  auto& body = request.body;
  if (body.find_first_not_of(" \t\r\n") != body.find('{')
      || !nlohmann::json::accept(body))
    return bad_request();
  // 64 digits that are the same for the same body.
  uint64_t h = config_.seed;
  for (auto c : body)
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  dice d{h};
  http_reply out;
  out.body = fmt::format(
    R"({{"BODY":{},"HASH":"{:016x}{:016x}{:016x}{:016x}"}})", body, d.next(),
    d.next(), d.next(), d.next());
  return out;
}

} // namespace observer::simulate
