#include "actors/broker/credentials.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "messages/outside_json.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"

namespace observer {

using nlohmann::json;

std::optional<std::string> credentials_config::validate() const {
  if (base_url.empty() || !network || !clock)
    return "credentials: no address, no network or no clock";
  if (app_key.empty() || app_secret.empty())
    return "credentials: no app key or app secret";
  if (issue_spacing < std::chrono::seconds{1})
    return "credentials: the broker allows one issue a second";
  return std::nullopt;
}

namespace {

constexpr const char* approval_path = "/oauth2/Approval";
/// The broker's have 36.
constexpr size_t key_bytes_max = 4096;

std::string text_of(const json& object, const char* key) {
  auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>()
                                               : std::string{};
}

/// What an answer that is none of the broker's own says by its status.
std::string_view advice_of(int status) {
  switch (status) {
    case 429:
      return "too many ask there; it is tried again";
    case 502:
    case 503:
    case 504:
      return "the service is down, or being maintained; it is tried again";
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
    case 407:
    case 511:
      return "a portal or a proxy of this network may stand between; is it the "
             "broker's REST address? (KIS_BASE_URL)";
    default:
      return "is this the broker's REST address? (KIS_BASE_URL)";
  }
}

} // namespace

approval read_approval(const std::string& url, const http_response& response) {
  approval out;
  if (response.status == 0) {
    out.problem = response.problem;
    return out;
  }
  auto parsed = parse_outside_json(response.body);
  if (!parsed || !parsed->is_object()) {
    out.problem = fmt::format(
      "{} answered HTTP {} and what is {}: {}", url, response.status,
      parsed ? "no JSON object" : parsed.error().text,
      advice_of(response.status));
    return out;
  }
  auto& body = *parsed;
  out.key = text_of(body, "approval_key");
  // Refused or not: its peer may send it back.
  keep_issued_secret(secret{out.key});
  if (out.key.size() > key_bytes_max) {
    out.problem = fmt::format("{} answered HTTP {} and an approval_key of {} "
                              "bytes, longer than any is ({}): is this the "
                              "broker's REST address? (KIS_BASE_URL)",
                              url, response.status, out.key.size(),
                              key_bytes_max);
    out.key.clear();
    return out;
  }
  if (response.status == 200 && !out.key.empty())
    return out;
  out.key.clear();
  auto code = text_of(body, "error_code");
  if (code.empty())
    code = text_of(body, "msg_cd");
  auto words = text_of(body, "error_description");
  if (words.empty())
    words = text_of(body, "msg1");
  out.refused = code == "EGW00103" || code == "EGW00105";
  out.problem = fmt::format("{} answered HTTP {} {} {}{}", url,
                            response.status,
                            code.empty() ? "(no code)" : outside_value(code),
                            outside_text(words),
                            out.refused ? "; check KIS_APP_KEY, "
                                          "KIS_APP_SECRET and KIS_IS_VIRTUAL"
                                        : "");
  return out;
}

caf::result<approval> credentials_state::on_get(const get_approval& request) {
  auto now = self->clock().now();
  if (request.renew)
    key = secret{};
  if (!key.empty() && now - key_since < config.key_life)
    return approval{key.reveal(), {}, false};
  auto promise = self->make_response_promise<approval>();
  waiting.push_back(promise);
  issue();
  return promise;
}

void credentials_state::issue() {
  if (ticket != 0)
    return;
  auto now = self->clock().now();
  if (last_issue && now - *last_issue < config.issue_spacing) {
    self->delayed_send(self, config.issue_spacing - (now - *last_issue),
                       issue_due{});
    return;
  }
  last_issue = now;
  ticket = ++tickets;
  http_request request;
  request.ticket = ticket;
  request.url = config.base_url + approval_path;
  request.headers = {{"content-type", "application/json; charset=utf-8"}};
  // The field is `secretkey` here, and `appsecret` everywhere else.
  request.body = json{{"grant_type", "client_credentials"},
                      {"appkey", config.app_key.reveal()},
                      {"secretkey", config.app_secret.reveal()}}
                   // Whatever the bytes of a key: the broker is to judge it.
                   .dump(-1, ' ', false, json::error_handler_t::replace);
  newly_asleep();
  due = now + config.answer_deadline;
  config.network->request(request, credentials_actor{self});
  self->delayed_send(self, config.answer_deadline, issue_due{});
}

std::chrono::microseconds credentials_state::newly_asleep() {
  config.clock->steady_us(); // it may find a pause
  auto all = config.clock->asleep_us();
  return std::chrono::microseconds{all - std::exchange(asleep_us, all)};
}

void credentials_state::on_due() {
  if (waiting.empty())
    return;
  if (ticket == 0)
    return issue();
  // What came while the process stood still is read first.
  constexpr std::chrono::seconds reading{3};
  auto now = self->clock().now();
  if (auto slept = newly_asleep(); slept.count() > 0)
    due = std::max(due + slept, now + reading);
  if (now < due) {
    self->delayed_send(self, due - now, issue_due{});
  } else {
    ticket = 0;
    answer({{},
            fmt::format("{}{}: no answer within {} s", config.base_url,
                        approval_path, config.answer_deadline.count() / 1000),
            false});
  }
}

void credentials_state::answer(const approval& a) {
  auto all = std::move(waiting);
  waiting.clear();
  for (auto& promise : all)
    promise.deliver(a);
}

void credentials_state::on_response(const http_response& response) {
  if (response.ticket != ticket)
    return; // of a request that was given up
  ticket = 0;
  auto a = read_approval(config.base_url + approval_path, response);
  if (!a.key.empty()) {
    key = secret{a.key};
    key_since = self->clock().now();
    spdlog::info("[credentials] approval key issued");
  }
  answer(a);
}

credentials_actor::behavior_type
credentials(measured_pointer<credentials_actor, credentials_state> self,
            credentials_config config) {
  install_house_handlers(self, "credentials", &self->state.house);
  auto bad = config.validate();
  self->state.config = std::move(config);
  if (bad)
    self->quit(caf::make_error(caf::sec::invalid_argument, *bad));
  return {
    [self](const get_approval& request) { return self->state.on_get(request); },
    [self](const http_response& r) { self->state.on_response(r); },
    [self](const issue_due&) { self->state.on_due(); },
  };
}

} // namespace observer
