#include "runtime/simulate/exchange.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/simulate/market.hpp"

namespace observer::simulate {

namespace {

using json = nlohmann::ordered_json;

/// TR ids of the portal's real-time catalogue. Those without a channel in the
/// market are accepted, and silent.
constexpr std::array known_tr_ids{
  "H0STCNT0", "H0STASP0", "H0STANC0", "H0STMKO0", "H0STMBC0", "H0STPGM0",
  "H0STCNI0", "H0STCNI9", "H0STOUP0", "H0STOAA0", "H0STOAC0", "H0NXCNT0",
  "H0NXASP0", "H0NXANC0", "H0NXMKO0", "H0NXMBC0", "H0NXPGM0", "H0UNCNT0",
  "H0UNASP0", "H0UNANC0", "H0UNMKO0", "H0UNMBC0", "H0UNPGM0", "H0UPCNT0",
  "H0UPANC0", "H0UPPGM0", "H0STNAV0", "H0EWCNT0", "H0EWASP0", "H0EWANC0",
  "H0IFCNT0", "H0IFASP0", "H0IFCNI0", "H0IOCNT0", "H0IOASP0", "HDFSCNT0",
  "HDFSASP0", "HDFSASP1", "H0GSCNI0", "H0GSCNI9"};

bool known(std::string_view tr_id) {
  return std::find(known_tr_ids.begin(), known_tr_ids.end(), tr_id)
         != known_tr_ids.end();
}
/// What the WebSocket of paper accounts has of Korean stocks.
bool for_paper(std::string_view tr_id) {
  return tr_id == "H0STCNT0" || tr_id == "H0STASP0" || tr_id == "H0STCNI9";
}
/// Order notices go to a person and are the only encrypted frames.
bool personal(std::string_view tr_id) {
  return tr_id.substr(4, 3) == "CNI";
}
/// Domestic stocks want a six-character code; others have keys of their own.
bool wants_issue_code(std::string_view tr_id) {
  return (tr_id.starts_with("H0ST") || tr_id.starts_with("H0NX")
          || tr_id.starts_with("H0UN"))
         && !personal(tr_id);
}

json reply_json(const registration& subject, std::string_view rt_cd,
                std::string_view msg_cd, std::string_view msg1) {
  json out;
  out["header"]["tr_id"] = subject.first;
  out["header"]["tr_key"] = subject.second;
  out["header"]["encrypt"] =
    subject.first.size() == 8 && personal(subject.first) ? "Y" : "N";
  out["body"]["rt_cd"] = rt_cd;
  out["body"]["msg_cd"] = msg_cd;
  out["body"]["msg1"] = msg1;
  return out;
}

std::string text_of(const json& x) {
  // A client's text may come back in tr_key: never throw over its encoding.
  return x.dump(-1, ' ', false, json::error_handler_t::replace);
}

answer refused(const registration& subject, std::string_view msg_cd,
               std::string_view msg1) {
  return {text_of(reply_json(subject, "1", msg_cd, msg1)), {}, subject};
}

/// A member that is a string; null if it is absent or something else.
const std::string* string_at(const json& object, const char* name) {
  auto i = object.find(name);
  return i == object.end() ? nullptr : i->get_ptr<const std::string*>();
}

} // namespace

std::string pingpong_text(int64_t now_us) {
  auto now = stamp_of(now_us);
  return fmt::format(R"({{"header":{{"tr_id":"PINGPONG","datetime":"{}{}"}}}})",
                     now.date, now.hour);
}

std::string already_in_use_text() {
  return text_of(
    reply_json({"(null)", ""}, "9", "OPSP8996", "ALREADY IN USE appkey"));
}

bool answers_pingpong(std::string_view text) {
  auto x = json::parse(text, nullptr, false);
  if (!x.is_object() || !x.contains("header") || !x["header"].is_object())
    return false;
  auto* tr_id = string_at(x["header"], "tr_id");
  return tr_id && *tr_id == "PINGPONG";
}

exchange::exchange(credentials& keys, uint64_t seed, bool paper)
    : keys_{keys}, dice_{seed ^ 0x73657373}, paper_{paper} {}

session_number exchange::open_session() {
  auto& made = sessions_[++last_session_];
  for (auto i = 0; i < 16; ++i)
    made.iv += "0123456789abcdef"[dice_.below(16)];
  for (auto i = 0; i < 32; ++i)
    made.key += static_cast<char>('a' + dice_.below(26));
  return last_session_;
}

void exchange::close_session(session_number session) {
  auto i = sessions_.find(session);
  if (i == sessions_.end())
    return;
  auto holder = holder_of_.find(i->second.appkey);
  if (holder != holder_of_.end() && holder->second == session)
    holder_of_.erase(holder);
  sessions_.erase(i);
}

answer exchange::receive(session_number session, std::string_view text,
                         int64_t now_us) {
  if (answers_pingpong(text))
    return {{}, answer::effect::alive, {}};
  registration subject;
  auto x = json::parse(text, nullptr, false);
  if (!x.is_object())
    return refused(subject, "OPSP9999", "invalid json format");
  auto header = x.find("header");
  if (header == x.end() || !header->is_object())
    return refused(subject, "OPSP9998", "header not found");
  auto body = x.find("body");
  if (body == x.end() || !body->is_object())
    return refused(subject, "OPSP9992", "body not found");
  auto input = body->find("input");
  if (input == body->end() || !input->is_object())
    return refused(subject, "OPSP9991", "input not found");

  auto* tr_id = string_at(*input, "tr_id");
  auto* tr_key = string_at(*input, "tr_key");
  subject = {tr_id ? *tr_id : "", tr_key ? *tr_key : ""};
  if (!known(subject.first) || (paper_ && !for_paper(subject.first)))
    return refused(subject, "OPSP8991", "invalid tr_id");
  if (!tr_key)
    return refused(subject, "OPSP9990", "tr_key not found");
  if (subject.second.empty()
      || (wants_issue_code(subject.first) && !is_issue_code(subject.second)))
    return refused(subject, "OPSP8992", "invalid tr_key");
  auto* custtype = string_at(*header, "custtype");
  if (!custtype)
    return refused(subject, "OPSP9997", "custtype not found");
  if (*custtype != "P" && *custtype != "B")
    return refused(subject, "OPSP8998", "invalid custtype");
  auto* tr_type = string_at(*header, "tr_type");
  if (!tr_type || (*tr_type != "1" && *tr_type != "2"))
    return refused(subject, "OPSP8997", "invalid tr_type");
  auto* approval_key = string_at(*header, "approval_key");
  if (auto no = authenticate(session, approval_key ? *approval_key : "",
                             subject, now_us))
    return *no;
  auto& who = sessions_.at(session);
  return *tr_type == "1" ? subscribe(who, std::move(subject))
                         : release(who, std::move(subject));
}

std::optional<answer> exchange::authenticate(session_number session,
                                             const std::string& approval_key,
                                             const registration& subject,
                                             int64_t now_us) {
  auto& who = sessions_.at(session);
  auto appkey = keys_.appkey_of(approval_key);
  // The 24 hours of a key matter only to a session's first registration.
  if (appkey.empty()
      || (who.appkey != appkey && !keys_.may_open(approval_key, now_us)))
    return refused(subject, "OPSP0011", "invalid approval : NOT FOUND");
  auto [holder, first] = holder_of_.try_emplace(appkey, session);
  if (holder->second != session)
    return answer{already_in_use_text(), answer::effect::duplicate, subject};
  if (who.appkey.empty())
    who.appkey = appkey;
  if (who.appkey != appkey) {
    // One session speaks for one appkey: the first one it proved.
    if (first)
      holder_of_.erase(holder);
    return refused(subject, "OPSP9994", "INVALID appkey");
  }
  return std::nullopt;
}

answer exchange::subscribe(state& who, registration subject) {
  if (refusals_due_ > 0) {
    --refusals_due_;
    constexpr std::array codes{
      std::pair{"OPSP0008", "MAX SUBSCRIBE OVER"},
      std::pair{"OPSP0007", "SUBSCRIBE INTERNAL ERROR"},
      std::pair{"OPSP0009", "SUBSCRIBE ERROR : mci send failed"},
      std::pair{"OPSP8999", "resource not available"}};
    auto& [code, words] = codes[refusals_made_++ % codes.size()];
    return refused(subject, code, words);
  }
  if (who.on.contains(subject))
    return refused(subject, "OPSP0002", "ALREADY IN SUBSCRIBE");
  if (who.on.size() >= registrations_max)
    return refused(subject, "OPSP0008", "MAX SUBSCRIBE OVER");
  who.on.insert(subject);
  auto reply = reply_json(subject, "0", "OPSP0000", "SUBSCRIBE SUCCESS");
  reply["body"]["output"] = {{"iv", who.iv}, {"key", who.key}};
  return {text_of(reply), answer::effect::registered, std::move(subject)};
}

answer exchange::release(state& who, registration subject) {
  if (who.on.erase(subject) == 0)
    return refused(subject, "OPSP0003", "UNSUBSCRIBE ERROR(not found!)");
  return {text_of(reply_json(subject, "0", "OPSP0001", "UNSUBSCRIBE SUCCESS")),
          answer::effect::released, std::move(subject)};
}

void exchange::refuse_next() {
  ++refusals_due_;
}

size_t exchange::registrations() const {
  size_t n = 0;
  for (auto& [number, who] : sessions_)
    n += who.on.size();
  return n;
}

} // namespace observer::simulate
