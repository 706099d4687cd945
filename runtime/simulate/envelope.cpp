#include "runtime/simulate/envelope.hpp"

#include <fmt/format.h>

namespace observer::simulate {

namespace {

constexpr size_t ledger_words_bytes = 80;

http_reply with_words(nlohmann::ordered_json body, int status,
                      std::string_view rt_cd, std::string_view msg_cd,
                      std::string_view msg1) {
  body["rt_cd"] = rt_cd;
  body["msg_cd"] = msg_cd;
  body["msg1"] = msg1;
  // What a client sent may come back in msg1: never throw over its encoding.
  using handler = nlohmann::ordered_json::error_handler_t;
  return {status,
          body.dump(-1, ' ', false, handler::replace),
          "application/json;charset=UTF-8",
          {}};
}

} // namespace

std::string ledger_words(std::string_view words) {
  size_t bytes = 0;
  for (auto c : words) {
    auto byte = static_cast<unsigned char>(c);
    // ASCII has one byte in CP949, all else two, told by its first in UTF-8.
    bytes += byte < 0x80 ? 1 : byte >= 0xc0 ? 2 : 0;
  }
  std::string out{words};
  if (bytes < ledger_words_bytes)
    out.append(ledger_words_bytes - bytes, ' ');
  return out;
}

http_reply oauth_refusal(const refusal& no) {
  nlohmann::ordered_json body{{"error_description", no.message},
                              {"error_code", no.code}};
  return {no.http_status, body.dump(), "application/json;charset=UTF-8", {}};
}

http_reply refused(int status, std::string_view rt_cd, std::string_view msg_cd,
                   std::string_view msg1) {
  return with_words({}, status, rt_cd, msg_cd, msg1);
}

http_reply missing_field(std::string_view field) {
  return refused(200, "2", "OPSQ2001",
                 fmt::format("ERROR INPUT FIELD NOT FOUND [{}]", field));
}

http_reply invalid_field(std::string_view field) {
  return refused(200, "2", "OPSQ2001", fmt::format("ERROR INVALID {}", field));
}

http_reply done(nlohmann::ordered_json body) {
  return with_words(std::move(body), 200, "0", "MCA00000",
                    "정상처리 되었습니다.");
}

http_reply ledger_done(nlohmann::ordered_json body, std::string_view msg_cd,
                       std::string_view msg1, std::string_view tr_cont) {
  auto out =
    with_words(std::move(body), 200, "0", msg_cd, ledger_words(msg1));
  out.headers.emplace_back("tr_cont", tr_cont);
  return out;
}

void add_tr_headers(http_reply& reply, std::string_view tr_id,
                    std::string_view gt_uid) {
  if (reply.headers.empty())
    reply.headers.emplace_back("tr_cont", "");
  reply.headers.emplace_back("tr_id", tr_id);
  reply.headers.emplace_back("gt_uid", gt_uid);
}

} // namespace observer::simulate
