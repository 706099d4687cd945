#include "messages/kis/control.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/outside_json.hpp"

namespace observer::kis {

using nlohmann::json;

std::string_view to_string(reply_class c) {
  switch (c) {
    case reply_class::subscribed:
      return "subscribed";
    case reply_class::released:
      return "released";
    case reply_class::retry_slowly:
      return "retry_slowly";
    case reply_class::slots_full:
      return "slots_full";
    case reply_class::appkey_in_use:
      return "appkey_in_use";
    case reply_class::approval_invalid:
      return "approval_invalid";
    case reply_class::appkey_refused:
      return "appkey_refused";
    case reply_class::request_wrong:
      return "request_wrong";
    case reply_class::protocol_bug:
      return "protocol_bug";
    case reply_class::unknown_code:
      return "unknown_code";
  }
  return "unknown_code";
}

namespace {

struct code_class {
  std::string_view code;
  reply_class what;
};

constexpr code_class code_classes[] = {
  {"OPSP0000", reply_class::subscribed},
  {"OPSP0001", reply_class::released},
  {"OPSP0002", reply_class::subscribed},
  {"OPSP0003", reply_class::released},
  {"OPSP0007", reply_class::retry_slowly},
  {"OPSP0008", reply_class::slots_full},
  {"OPSP0009", reply_class::retry_slowly},
  {"OPSP0010", reply_class::appkey_refused},
  {"OPSP0011", reply_class::approval_invalid},
  {"OPSP8991", reply_class::request_wrong},
  {"OPSP8992", reply_class::request_wrong},
  {"OPSP8993", reply_class::request_wrong},
  {"OPSP8994", reply_class::request_wrong},
  {"OPSP8995", reply_class::request_wrong},
  {"OPSP8996", reply_class::appkey_in_use},
  {"OPSP8997", reply_class::request_wrong},
  {"OPSP8998", reply_class::request_wrong},
  {"OPSP8999", reply_class::retry_slowly},
  {"OPSP9990", reply_class::protocol_bug},
  {"OPSP9991", reply_class::protocol_bug},
  {"OPSP9992", reply_class::protocol_bug},
  {"OPSP9993", reply_class::retry_slowly},
  {"OPSP9994", reply_class::appkey_refused},
  {"OPSP9995", reply_class::retry_slowly},
  {"OPSP9996", reply_class::appkey_refused},
  {"OPSP9997", reply_class::protocol_bug},
  {"OPSP9998", reply_class::protocol_bug},
  {"OPSP9999", reply_class::protocol_bug},
};

/// A member as text, whatever its type; empty if absent.
std::string text_of(const json& object, const char* key) {
  if (!object.is_object())
    return {};
  auto at = object.find(key);
  if (at == object.end() || at->is_null())
    return {};
  return at->is_string() ? at->get<std::string>() : at->dump();
}

/// A member object, or an empty one.
const json& member(const json& object, const char* key) {
  static const json nothing = json::object();
  if (!object.is_object())
    return nothing;
  auto at = object.find(key);
  return at == object.end() ? nothing : *at;
}

} // namespace

reply_class classify(std::string_view rt_cd, std::string_view msg_cd) {
  for (auto& entry : code_classes) {
    if (entry.code != msg_cd)
      continue;
    // "Already on" and "already off" come with rt_cd 1 and are fine; a plain
    // success must say 0.
    if (rt_cd != "0" && (msg_cd == "OPSP0000" || msg_cd == "OPSP0001"))
      return reply_class::unknown_code;
    return entry.what;
  }
  return reply_class::unknown_code;
}

control parse_control(std::string_view text) {
  if (text.size() > control_bytes_max)
    return unknown_control{
      fmt::format("longer than {} bytes", control_bytes_max)};
  // A message so short may have any number of levels.
  auto document = parse_outside_json(text, control_bytes_max);
  if (!document)
    return unknown_control{document.error().text};
  auto& header = member(*document, "header");
  auto& body = member(*document, "body");
  auto tr_id = text_of(header, "tr_id");
  if (tr_id == "PINGPONG")
    return pingpong{};
  auto msg_cd = text_of(body, "msg_cd");
  if (msg_cd.empty())
    return unknown_control{"JSON without body.msg_cd"};
  reply r;
  r.tr_id = std::move(tr_id);
  r.tr_key = text_of(header, "tr_key");
  r.rt_cd = text_of(body, "rt_cd");
  r.msg_cd = std::move(msg_cd);
  r.msg1 = text_of(body, "msg1");
  r.what = classify(r.rt_cd, r.msg_cd);
  return r;
}

std::string make_request(std::string_view approval_key, char customer_type,
                         tr_type type, tr id, std::string_view symbol) {
  using ordered = nlohmann::ordered_json;
  return ordered{
    {"header",
     {{"approval_key", approval_key},
      {"custtype", std::string(1, customer_type)},
      {"tr_type", std::string(1, static_cast<char>(type))},
      {"content-type", "utf-8"}}},
    {"body",
     {{"input", {{"tr_id", to_string(id)}, {"tr_key", symbol}}}}}}
    // Bytes that are no UTF-8 must not throw here: the broker may refuse them.
    .dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace observer::kis
