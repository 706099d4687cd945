#pragma once

// The JSON half of the wire: subscribe and release requests, their replies,
// PINGPONG. Rare messages: read with nlohmann/json, and anything may arrive.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "messages/kis/tr.hpp"

namespace observer::kis {

/// What a reply means to a client (the broker's msg_cd table).
enum class reply_class : uint8_t {
  /// OPSP0000: registered. OPSP0002: was registered already.
  subscribed,
  /// OPSP0001: released. OPSP0003: was not registered.
  released,
  /// OPSP0007, 0009, 8999, 9993, 9995: try the same again, slowly.
  retry_slowly,
  /// OPSP0008: the session's 41 registrations are taken. Never retried.
  slots_full,
  /// OPSP8996: another session holds the appkey. Wait long, keep the key.
  appkey_in_use,
  /// OPSP0011: the approval key is dead. A fresh one, a new connection.
  approval_invalid,
  /// OPSP0010, 9994, 9996: the appkey itself is refused.
  appkey_refused,
  /// OPSP8991 to 8995, 8997, 8998: this request can never succeed.
  request_wrong,
  /// OPSP9990 to 9992, 9997 to 9999: we sent something malformed.
  protocol_bug,
  /// A code that is in no table: a refusal and an alarm.
  unknown_code,
};

std::string_view to_string(reply_class c);

/// The class of a msg_cd. OPSP0000 and OPSP0001 are believed with `rt_cd` "0"
/// only; "was so already" (OPSP0002, OPSP0003) comes with other rt_cd as well.
reply_class classify(std::string_view rt_cd, std::string_view msg_cd);

/// `{"header":{"tr_id":"PINGPONG",…}}`: to be sent back as it came.
struct pingpong {};

struct reply {
  /// As in the header; OPSP8996 says `(null)` and an empty key.
  std::string tr_id, tr_key;
  std::string rt_cd, msg_cd, msg1;
  reply_class what = reply_class::unknown_code;
};

/// JSON or not, nothing that we know.
struct unknown_control {
  std::string why;
};

using control = std::variant<pingpong, reply, unknown_control>;

/// A control message has 60 to 210 bytes; longer ones than this are not read.
inline constexpr size_t control_bytes_max = 64 * 1024;

/// Never throws, whatever the text. The session's AES key and iv in a reply
/// are not kept.
control parse_control(std::string_view text);

enum class tr_type : char { subscribe = '1', release = '2' };

/// A request as one text message. `customer_type` is P (person) or B
/// (business).
std::string make_request(std::string_view approval_key, char customer_type,
                         tr_type type, tr id, std::string_view symbol);

} // namespace observer::kis
