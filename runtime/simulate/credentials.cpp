#include "runtime/simulate/credentials.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "messages/korean_time.hpp"

namespace observer::simulate {

namespace {

constexpr int64_t key_life_us = us_per_day;
constexpr int64_t token_kept_us = 6 * us_per_hour;
constexpr int64_t token_pause_us = 60 * us_per_second;

refusal bad_appkey() {
  return {403, "EGW00103", "유효하지 않은 AppKey입니다."};
}
refusal bad_appsecret() {
  return {403, "EGW00105", "유효하지 않은 AppSecret입니다."};
}
refusal too_many_calls() {
  return {500, "EGW00201", "초당 거래건수를 초과하였습니다."};
}
refusal bad_token() {
  return {500, "EGW00121", "유효하지 않은 token 입니다."};
}

std::string uuid(dice& d) {
  auto a = d.next(), b = d.next();
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", a >> 32,
                     a >> 16 & 0xffff, 0x4000 | (a & 0x0fff),
                     0x8000 | (b >> 48 & 0x3fff), b & 0xffff'ffff'ffff);
}

/// Looks like the real thing, which is a JSON web token.
std::string long_token(dice& d) {
  constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.";
  for (auto i = 0; i < 215; ++i)
    out += digits[static_cast<size_t>(d.below(64))];
  out += '.';
  for (auto i = 0; i < 86; ++i)
    out += digits[static_cast<size_t>(d.below(64))];
  return out;
}

} // namespace

bool credentials::second_window::admit(int64_t now_us, unsigned max) {
  while (!passed_us_.empty() && now_us - passed_us_.front() >= us_per_second)
    passed_us_.pop_front();
  if (passed_us_.size() >= max)
    return false;
  passed_us_.push_back(now_us);
  return true;
}

credentials::credentials(std::vector<account> accounts, uint64_t seed,
                         unsigned calls_per_second_max,
                         unsigned approvals_per_second_max)
    : dice_{seed ^ 0x6b657973}, calls_per_second_max_{calls_per_second_max},
      approvals_per_second_max_{approvals_per_second_max} {
  for (auto& x : accounts)
    holders_[x.appkey].appsecret = x.appsecret;
}

std::variant<credentials::holder*, refusal>
credentials::find(std::string_view appkey, std::string_view appsecret) {
  if (appkey.empty())
    return refusal{403, "EGW00102", "AppKey는 필수입니다."};
  auto i = holders_.find(appkey);
  if (i == holders_.end())
    return bad_appkey();
  if (appsecret.empty())
    return refusal{403, "EGW00104", "AppSecret은 필수입니다."};
  if (i->second.appsecret != appsecret)
    return bad_appsecret();
  return &i->second;
}

std::variant<issued, refusal>
credentials::issue_approval(std::string_view appkey, std::string_view secretkey,
                            int64_t now_us) {
  auto found = find(appkey, secretkey);
  if (auto* no = std::get_if<refusal>(&found))
    return *no;
  auto& who = *std::get<holder*>(found);
  if (approvals_per_second_max_ != 0
      && !who.approvals.admit(now_us, approvals_per_second_max_))
    return too_many_calls();
  issued out{uuid(dice_), now_us + key_life_us};
  approvals_[out.value] = {std::string{appkey}, out.expires_us};
  return out;
}

std::variant<issued, refusal>
credentials::issue_token(std::string_view appkey, std::string_view appsecret,
                         int64_t now_us) {
  auto found = find(appkey, appsecret);
  if (auto* no = std::get_if<refusal>(&found))
    return *no;
  auto& who = *std::get<holder*>(found);
  if (who.token_us && now_us - *who.token_us < token_pause_us)
    return refusal{403, "EGW00133",
                   "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)"};
  who.token_us = now_us;
  if (!who.token || now_us - who.token_issued_us >= token_kept_us) {
    who.token = issued{long_token(dice_), now_us + key_life_us};
    who.token_issued_us = now_us;
    tokens_[who.token->value] = {std::string{appkey}, who.token->expires_us};
  }
  return *who.token;
}

std::optional<refusal>
credentials::revoke_token(std::string_view appkey, std::string_view appsecret,
                          const std::string& token) {
  auto found = find(appkey, appsecret);
  if (auto* no = std::get_if<refusal>(&found))
    return *no;
  auto i = tokens_.find(token);
  if (i == tokens_.end() || i->second.appkey != appkey)
    return refusal{403, "EGW00121", bad_token().message};
  tokens_.erase(i);
  auto& who = *std::get<holder*>(found);
  if (who.token && who.token->value == token)
    who.token.reset();
  return std::nullopt;
}

std::optional<refusal>
credentials::refuse_account(std::string_view appkey,
                            std::string_view appsecret) {
  auto found = find(appkey, appsecret);
  if (auto* no = std::get_if<refusal>(&found))
    return *no;
  return std::nullopt;
}

std::optional<refusal> credentials::refuse_call(std::string_view authorization,
                                                std::string_view appkey,
                                                std::string_view appsecret,
                                                int64_t now_us) {
  constexpr std::string_view scheme = "bearer ";
  auto same = [](char want, char has) {
    return want == (has >= 'A' && has <= 'Z' ? has + ('a' - 'A') : has);
  };
  if (authorization.size() < scheme.size()
      || !std::equal(scheme.begin(), scheme.end(), authorization.begin(), same))
    return bad_token();
  auto token = tokens_.find(authorization.substr(scheme.size()));
  if (token == tokens_.end())
    return bad_token();
  if (now_us >= token->second.expires_us)
    return refusal{500, "EGW00123", "기간이 만료된 token 입니다."};
  auto found = find(appkey, appsecret);
  if (auto* no = std::get_if<refusal>(&found))
    return *no;
  if (token->second.appkey != appkey)
    return bad_token();
  if (!std::get<holder*>(found)->calls.admit(now_us, calls_per_second_max_))
    return too_many_calls();
  return std::nullopt;
}

std::string credentials::appkey_of(std::string_view approval_key) const {
  auto i = approvals_.find(approval_key);
  return i == approvals_.end() ? std::string{} : i->second.appkey;
}

bool credentials::may_open(std::string_view approval_key,
                           int64_t now_us) const {
  auto i = approvals_.find(approval_key);
  return i != approvals_.end() && now_us < i->second.expires_us;
}

void credentials::forget_approval_keys() {
  approvals_.clear();
}

} // namespace observer::simulate
