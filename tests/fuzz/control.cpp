#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "fuzz/texts.hpp"
#include "messages/kis/control.hpp"
#include "messages/korean_text.hpp"

namespace observer::fuzz {

namespace {

using nlohmann::json;

/// The member of a member, or nothing of it.
const json* find(const json& document, const char* part, const char* key) {
  if (!document.is_object() || !document.contains(part))
    return nullptr;
  auto& object = document[part];
  return object.is_object() && object.contains(key) ? &object[key] : nullptr;
}

/// A text that stands in the message stands in the reply.
void check_text(const json* there, const std::string& seen,
                const char* property) {
  if (there == nullptr || there->is_null())
    require(seen.empty(), property);
  else if (there->is_string())
    require(seen == there->get<std::string>(), property);
}

void check_reply(const kis::reply& r, const json& document) {
  check_text(find(document, "header", "tr_id"), r.tr_id, "a reply's TR id");
  check_text(find(document, "header", "tr_key"), r.tr_key, "a reply's key");
  check_text(find(document, "body", "rt_cd"), r.rt_cd, "a reply's rt_cd");
  check_text(find(document, "body", "msg_cd"), r.msg_cd, "a reply's msg_cd");
  check_text(find(document, "body", "msg1"), r.msg1, "a reply's words");
  require(!r.msg_cd.empty(), "a reply has a code");
  require(r.what == kis::classify(r.rt_cd, r.msg_cd), "a reply's class");
  auto good = r.what == kis::reply_class::subscribed
              || r.what == kis::reply_class::released;
  require(!good || r.msg_cd.starts_with("OPSP000"),
          "only OPSP0000 to 0003 are a success", r.msg_cd);
}

/// What a user put into a setting, or the broker into a key, comes through.
void check_request(std::string_view text) {
  auto request = kis::make_request(text, 'P', kis::tr_type::subscribe,
                                   kis::tr::h0stcnt0, text);
  auto document = json::parse(request, nullptr, false);
  require(!document.is_discarded()
            && request.find_first_of("\r\n") == request.npos,
          "a request is one line of JSON", request);
  if (!is_utf8(text))
    return;
  require(document["header"]["approval_key"] == text
            && document["body"]["input"]["tr_key"] == text,
          "a request holds key and symbol", request);
}

} // namespace

void control(std::string_view input) {
  auto seen = kis::parse_control(input);
  auto document = json::parse(readable(input), nullptr, false);
  auto is_json = !document.is_discarded();
  if (auto why = std::get_if<kis::unknown_control>(&seen)) {
    require(is_one_line(why->why) && !why->why.empty(),
            "an unknown message is explained in a line", why->why);
    auto code = is_json ? find(document, "body", "msg_cd") : nullptr;
    auto known = code && code->is_string() && !code->get<std::string>().empty();
    require(!known || input.size() > kis::control_bytes_max,
            "a message with a code is a reply");
  } else {
    require(is_json && input.size() <= kis::control_bytes_max,
            "what is understood is JSON");
    auto id = find(document, "header", "tr_id");
    require(std::holds_alternative<kis::pingpong>(seen)
              == (id && *id == "PINGPONG"),
            "a PINGPONG is one by its header");
    if (auto reply = std::get_if<kis::reply>(&seen))
      check_reply(*reply, document);
  }
  check_request(input);
}

} // namespace observer::fuzz
