#include "runtime/doctor/network_check.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/timex.h>

#include "actors/broker/credentials.hpp"
#include "messages/numbers.hpp"
#include "messages/outside_text.hpp"
#include "runtime/doctor/peer.hpp"

namespace observer {

namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

constexpr milliseconds connect_deadline{5'000}, answer_deadline{5'000};
/// A name that takes longer will make reconnections slow.
constexpr milliseconds slow_name{2'000};
constexpr int64_t day_s = 86'400, certificate_days_low = 14;

int64_t ms_since(steady::time_point begin) {
  return std::chrono::duration_cast<milliseconds>(steady::now() - begin).count();
}

int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// Name and TCP; a connection that stands, or null.
std::unique_ptr<peer_connection> reach(const url& peer, const char* setting,
                                       check_report& out) {
  auto begin = steady::now();
  auto found = addresses_of(peer);
  auto took = ms_since(begin);
  if (!found) {
    out.fail("dns", fmt::format("{} ({}): {}; check the name servers "
                                "(/etc/resolv.conf; in a container --dns, and "
                                "egress to port 53)",
                                peer.host, setting, found.error().text));
    return nullptr;
  }
  std::string names;
  for (auto& one : *found)
    names += (names.empty() ? "" : ", ") + one.text;
  auto words = fmt::format("{}: {} in {} ms", peer.host, names, took);
  if (took > slow_name.count())
    out.warn("dns", words + "; the name servers are slow (/etc/resolv.conf: is "
                            "the first one reachable?)");
  else
    out.ok("dns", words);
  auto out_connection = std::make_unique<peer_connection>();
  begin = steady::now();
  auto at = out_connection->connect(*found, connect_deadline);
  if (!at) {
    out.fail("port", fmt::format("{} ({}): {}; a firewall, a security group or a "
                                 "NetworkPolicy must let port {} out",
                                 peer.authority(), setting, at.error().text,
                                 peer.port));
    return nullptr;
  }
  out.ok("port", fmt::format("{}: connected to {} in {} ms", peer.authority(),
                             *at, ms_since(begin)));
  return out_connection;
}

/// False if nothing may be sent.
bool trust(peer_connection& connection, const url& peer,
           const std::string& ca_file, check_report& out) {
  if (!peer.secure())
    return true;
  auto missing = missing_roots(ca_file);
  auto seen = connection.shake_hands(peer, ca_file, answer_deadline);
  if (!seen) {
    out.fail("tls", fmt::format("{}: {}{}", peer.authority(), seen.error().text,
                                missing.empty() ? "" : "; " + missing));
    return false;
  }
  auto days = (seen->ends_s - now_ms() / 1000) / day_s;
  auto what = fmt::format("{}: {}, certificate of {} by {}", peer.authority(),
                          seen->protocol, seen->names, seen->issuer);
  if (!seen->refused.empty()) {
    out.fail("tls", fmt::format(
                      "{}: refused: {}; {}", what, seen->refused,
                      missing.empty()
                        ? "somebody may stand between (a proxy that opens TLS: "
                          "its root belongs into OBSERVER_CA_FILE), or the clock "
                          "of this machine is wrong"
                        : missing));
    return false;
  }
  what += fmt::format(", good for {} days, trusted by {}", days,
                      roots_place(ca_file));
  if (days < certificate_days_low)
    out.warn("tls", what + "; its owner must renew it");
  else
    out.ok("tls", what);
  return true;
}

void compare_clocks(peer_connection& connection, const url& peer,
                    check_report& out) {
  auto sent = now_ms();
  auto begin = steady::now();
  auto answer = connection.ask(
    http_request_text("GET", "/",
                      {{"Host", peer.authority()},
                       {"User-Agent", "observer/" OBSERVER_VERSION},
                       {"Connection", "close"}},
                      ""),
    answer_deadline);
  if (!answer)
    return out.skip("clock", fmt::format("{} told no time: {}", peer.authority(),
                                         answer.error().text));
  auto date = parse_http_date(answer->field("date"));
  if (!date)
    return out.skip("clock", fmt::format("{} told no time (no Date in its HTTP "
                                         "{})",
                                         peer.authority(), answer->status));
  // The Date is cut to a second, and was written somewhere on the way.
  auto took = ms_since(begin);
  judge_clock(sent + took / 2 - (*date * 1000 + 500), 500 + took / 2, out);
}

void ask_for_key(const config& c, const url& peer, check_report& out) {
  auto target = peer;
  if (target.target == "/")
    target.target.clear();
  auto found = addresses_of(peer);
  peer_connection connection;
  if (!found || !connection.connect(*found, connect_deadline))
    return out.skip("keys", "the REST host is not reached a second time");
  if (peer.secure()) {
    auto seen = connection.shake_hands(peer, c.kis.ca_file, answer_deadline);
    if (!seen)
      return out.fail("keys", fmt::format("{}: {}", peer.authority(),
                                          seen.error().text));
    if (!seen->refused.empty())
      return out.skip("keys", "nothing is sent to a host that is not trusted");
  }
  auto body = nlohmann::json{{"grant_type", "client_credentials"},
                             {"appkey", c.kis.app_key.reveal()},
                             {"secretkey", c.kis.app_secret.reveal()}}
                .dump(-1, ' ', false,
                      nlohmann::json::error_handler_t::replace);
  auto answer = connection.ask(
    http_request_text("POST", target.target + "/oauth2/Approval",
                      {{"Host", peer.authority()},
                       {"User-Agent", "observer/" OBSERVER_VERSION},
                       {"Content-Type", "application/json; charset=utf-8"},
                       {"Connection", "close"}},
                      body),
    answer_deadline);
  if (!answer)
    return out.fail("keys", fmt::format("{}: {}", peer.authority(),
                                        answer.error().text));
  http_response response;
  response.status = answer->status;
  response.body = std::move(answer->body);
  auto told = read_approval(c.kis.base_url + "/oauth2/Approval", response);
  if (told.key.empty())
    return out.fail("keys", told.problem);
  out.ok("keys", "the broker issues an approval key for them");
}

int month_of(std::string_view name) {
  constexpr std::string_view all = "JanFebMarAprMayJunJulAugSepOctNovDec";
  auto at = all.find(name);
  return name.size() == 3 && at != all.npos && at % 3 == 0
           ? static_cast<int>(at / 3)
           : -1;
}

} // namespace

std::optional<int64_t> parse_http_date(std::string_view text) {
  // `Mon, 14 Sep 2026 06:07:46 GMT`
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")
      || text[7] != ' ' || text[11] != ' ' || text[16] != ' '
      || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  auto number = [&](size_t at, size_t size) {
    return parse_number<uint16_t>(text.substr(at, size));
  };
  auto day = number(5, 2), year = number(12, 4), hour = number(17, 2),
       minute = number(20, 2), second = number(23, 2);
  auto month = month_of(text.substr(8, 3));
  if (!day || !year || !hour || !minute || !second || month < 0 || *day < 1
      || *day > 31 || *hour > 23 || *minute > 59 || *second > 60
      || *year < 1970)
    return std::nullopt;
  tm t{};
  t.tm_year = *year - 1900;
  t.tm_mon = month;
  t.tm_mday = *day;
  t.tm_hour = *hour;
  t.tm_min = *minute;
  t.tm_sec = *second;
  return ::timegm(&t);
}

void judge_clock(int64_t ahead_ms, int64_t accuracy_ms, check_report& out) {
  constexpr int64_t far_ms = 2'000, wrong_ms = 30'000;
  auto size = std::abs(ahead_ms);
  auto sure = std::max<int64_t>(size - accuracy_ms, 0);
  auto words = fmt::format("{:.1f} s {} the broker's (± {:.1f} s)",
                           static_cast<double>(size) / 1000,
                           ahead_ms < 0 ? "behind" : "ahead of",
                           static_cast<double>(accuracy_ms) / 1000);
  auto remedy = "; the hours of files and records come from it: set it, and keep "
                "it right (chrony, systemd-timesyncd; of a container the host's)";
  if (sure > wrong_ms)
    out.fail("clock", words + remedy);
  else if (sure > far_ms)
    out.warn("clock", words + remedy);
  else
    out.ok("clock", words);
}

void check_synchronisation(check_report& out) {
  timex t{};
  auto state = ::adjtimex(&t); // only asks
  auto zone = std::getenv("TZ");
  out.ok("time zone", fmt::format("Korean time whatever the machine's is (TZ={})",
                                  zone ? outside_value(zone) : "not set"));
  if (state < 0)
    return out.skip("time", "the kernel does not say whether its clock is kept "
                            "right");
  if (state == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
    return out.warn("time", "the kernel knows of nothing that keeps its clock "
                            "right: install chrony or systemd-timesyncd on the "
                            "host, unless its hypervisor sets it");
  out.ok("time", fmt::format("kept right, within {} ms as the kernel estimates",
                             t.maxerror / 1000));
}

void check_rest(const config& c, bool with_keys, check_report& out) {
  auto peer = parse_url(c.kis.base_url);
  if (!peer)
    return out.fail("rest", peer.error().text);
  auto connection = reach(*peer, "kis.base_url", out);
  if (!connection)
    return out.skip("keys", "the REST host is not reached");
  if (!trust(*connection, *peer, c.kis.ca_file, out))
    return out.skip("keys", "nothing is sent to a host that is not trusted");
  compare_clocks(*connection, *peer, out);
  if (!with_keys)
    return out.skip("keys", "not asked for");
  if (c.kis.app_key.empty() || c.kis.app_secret.empty())
    return out.skip("keys", "there are none");
  connection.reset(); // some serve one at a time
  ask_for_key(c, *peer, out);
}

void check_stream(const config& c, check_report& out) {
  auto peer = parse_url(c.kis.websocket_url);
  if (!peer)
    return out.fail("stream", peer.error().text);
  if (auto connection = reach(*peer, "kis.websocket_url", out))
    trust(*connection, *peer, c.kis.ca_file, out);
}

} // namespace observer
