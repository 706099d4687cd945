#pragma once

// The only issuer of WebSocket approval keys of one app key.
//
// Operation. `POST /oauth2/Approval` with appkey and secretkey; the key is
// valid for 24 h and checked only when a session opens, so it is kept for
// `key_life` and given to every connection within it; `renew` (after OPSP0011)
// forgets it. At most one issue a second (the broker's limit): requests that
// come meanwhile wait for the same answer.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/ports/clock.hpp"
#include "actors/ports/network.hpp"
#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/measured_actor.hpp"
#include "messages/secret.hpp"

namespace observer {

struct credentials_config {
  /// https://host:port, without a trailing slash.
  std::string base_url;
  secret app_key, app_secret;
  /// Between two issues.
  std::chrono::milliseconds issue_spacing{1'100};
  /// Without an answer for so long, the request counts as failed.
  std::chrono::milliseconds answer_deadline{8'000};
  std::chrono::milliseconds key_life{std::chrono::hours{23}};
  std::shared_ptr<observer::network> network;
  /// Says for how long the process stood still: nobody is blamed for that.
  std::shared_ptr<const wall_clock> clock;

  std::optional<std::string> validate() const;
};

struct credentials_state {
  static inline const char* name = "credentials";

  using self_pointer = credentials_actor::stateful_pointer<credentials_state>;

  explicit credentials_state(self_pointer self) : self(self) {}

  caf::result<approval> on_get(const get_approval& request);
  void on_response(const http_response& response);
  void on_due();
  void issue();
  /// Since it was last asked.
  std::chrono::microseconds newly_asleep();
  void answer(const approval& a);

  self_pointer self;
  credentials_config config;
  house_counters house;
  secret key;
  caf::actor_clock::time_point key_since{};
  std::optional<caf::actor_clock::time_point> last_issue;
  /// When the request under way counts as failed, and what was known then of
  /// pauses.
  caf::actor_clock::time_point due{};
  int64_t asleep_us = 0;
  /// 0 if none is under way.
  uint64_t ticket = 0;
  uint64_t tickets = 0;
  std::vector<caf::typed_response_promise<approval>> waiting;
};

/// What the broker's answer means; never throws, whatever the body.
approval read_approval(const std::string& url, const http_response& response);

credentials_actor::behavior_type
credentials(measured_pointer<credentials_actor, credentials_state> self,
            credentials_config config);

} // namespace observer
