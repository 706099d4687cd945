#pragma once

// Accounts of the simulated exchange, and the keys and tokens issued to them,
// with the limits KIS puts on issuing and calling. Times are the exchange's
// own wall clock in µs.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/simulate/random.hpp"

namespace observer::simulate {

struct account {
  std::string appkey;
  std::string appsecret;
};

/// A key or token, good until `expires_us`.
struct issued {
  std::string value;
  int64_t expires_us = 0;
};

/// Why not: an EGW code, KIS's own words, and the HTTP status they come with.
struct refusal {
  int http_status = 500;
  std::string code;
  std::string message;
};

/// Not thread-safe.
class credentials {
public:
  /// `approvals_per_second_max` 0: as many as are asked for.
  credentials(std::vector<account> accounts, uint64_t seed,
              unsigned calls_per_second_max,
              unsigned approvals_per_second_max = 1);

  /// A new WebSocket key; those issued before stay good. At most so many a
  /// second and account (EGW00201).
  std::variant<issued, refusal> issue_approval(std::string_view appkey,
                                               std::string_view secretkey,
                                               int64_t now_us);

  /// A REST token: the same one for 6 hours after its issue. At most one
  /// request a minute and account (EGW00133).
  std::variant<issued, refusal> issue_token(std::string_view appkey,
                                            std::string_view appsecret,
                                            int64_t now_us);

  /// Ends a token before its time. Nothing: it is dead now.
  std::optional<refusal> revoke_token(std::string_view appkey,
                                      std::string_view appsecret,
                                      const std::string& token);

  /// Whether this is an account. Nothing: it is.
  std::optional<refusal> refuse_account(std::string_view appkey,
                                        std::string_view appsecret);

  /// Judges the headers of one call and counts it. Nothing: let it pass. The
  /// scheme of `authorization` may be in any case.
  std::optional<refusal> refuse_call(std::string_view authorization,
                                     std::string_view appkey,
                                     std::string_view appsecret,
                                     int64_t now_us);

  /// The account of an approval key; empty if the key is unknown or dead.
  std::string appkey_of(std::string_view approval_key) const;
  /// Whether the key may still open a session.
  bool may_open(std::string_view approval_key, int64_t now_us) const;

  /// The bad-key fault: every approval key issued so far is NOT FOUND.
  void forget_approval_keys();

private:
  /// What was let pass in the last second.
  class second_window {
  public:
    /// Whether one more may pass; counts it if so.
    bool admit(int64_t now_us, unsigned max);

  private:
    std::deque<int64_t> passed_us_;
  };
  struct holder {
    std::string appsecret;
    std::optional<int64_t> token_us;
    std::optional<issued> token;
    int64_t token_issued_us = 0;
    second_window calls, approvals;
  };
  struct grant {
    std::string appkey;
    int64_t expires_us;
  };
  std::variant<holder*, refusal> find(std::string_view appkey,
                                      std::string_view appsecret);

  std::map<std::string, holder, std::less<>> holders_;
  std::map<std::string, grant, std::less<>> approvals_, tokens_;
  dice dice_;
  unsigned calls_per_second_max_, approvals_per_second_max_;
};

} // namespace observer::simulate
