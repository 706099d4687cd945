#pragma once

// The form that the broker's replies have around their figures.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/simulate/credentials.hpp"
#include "runtime/simulate/http.hpp"

namespace observer::simulate {

/// Words of the ledger, whose TR ids begin with C, are filled up with blanks to
/// 80 bytes of CP949, where a character of Hangul has two; a client must cut
/// them. Those of market data and of the gateway come as they are: clients
/// compare them whole.
std::string ledger_words(std::string_view words);

/// Keys and tokens are refused in a form of their own.
http_reply oauth_refusal(const refusal& no);

/// A call is refused by the gateway (EGW…) or by the service behind it.
http_reply refused(int status, std::string_view rt_cd, std::string_view msg_cd,
                   std::string_view msg1);
/// A field that is not there.
http_reply missing_field(std::string_view field);
/// A field that cannot be what it holds.
http_reply invalid_field(std::string_view field);

/// Figures of a TR of market data.
http_reply done(nlohmann::ordered_json body);
/// Of a TR of the ledger. `tr_cont` is F or M where more follows, D or E at the
/// end.
http_reply ledger_done(nlohmann::ordered_json body, std::string_view msg_cd,
                       std::string_view msg1, std::string_view tr_cont = "");

/// Adds the headers that every reply to a TR has, in lower case as the broker
/// writes these three and no others: `tr_id`, `tr_cont`, `gt_uid`.
void add_tr_headers(http_reply& reply, std::string_view tr_id,
                    std::string_view gt_uid);

} // namespace observer::simulate
