#pragma once

// The WebSocket side of the broker without the sockets: who is connected,
// under which appkey, what is registered, and the reply to every text.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/simulate/credentials.hpp"

namespace observer::simulate {

inline constexpr size_t registrations_max = 41;

using session_number = uint64_t;

/// (TR id, symbol).
using registration = std::pair<std::string, std::string>;

/// What a client's text led to.
struct answer {
  enum class effect {
    none,
    /// `subject` is on from now on.
    registered,
    /// `subject` is off from now on.
    released,
    /// The text answered a PINGPONG.
    alive,
    /// The appkey has another session: close this one after the reply.
    duplicate
  };
  /// To be sent back; empty for none.
  std::string text;
  effect what = effect::none;
  registration subject;
};

/// Control messages that need no state.
std::string pingpong_text(int64_t now_us);
std::string already_in_use_text();
/// Whether a text or the payload of a PONG answers a PINGPONG.
bool answers_pingpong(std::string_view text);

/// Not thread-safe.
class exchange {
public:
  /// `keys` must outlive the exchange. Paper accounts have trades, quotes and
  /// notices of KRX, and no other TR id.
  exchange(credentials& keys, uint64_t seed, bool paper = false);

  /// Sessions are numbered 1, 2, 3, …
  session_number open_session();
  /// Frees the session's appkey and registrations.
  void close_session(session_number session);

  /// Takes one text of a session that is open.
  answer receive(session_number session, std::string_view text, int64_t now_us);

  /// The refuse fault: the next registration is refused; with OPSP0008 the
  /// first time, then with other codes in turn.
  void refuse_next();

  size_t sessions() const {
    return sessions_.size();
  }
  /// Over all sessions.
  size_t registrations() const;

private:
  struct state {
    /// Empty until the first text with a good approval key.
    std::string appkey;
    std::set<registration> on;
    /// The same for every registration of the session.
    std::string iv, key;
  };
  std::optional<answer> authenticate(session_number session,
                                     const std::string& approval_key,
                                     const registration& subject,
                                     int64_t now_us);
  answer subscribe(state& who, registration subject);
  answer release(state& who, registration subject);

  credentials& keys_;
  dice dice_;
  bool paper_;
  session_number last_session_ = 0;
  std::map<session_number, state> sessions_;
  std::map<std::string, session_number> holder_of_;
  uint64_t refusals_due_ = 0, refusals_made_ = 0;
};

} // namespace observer::simulate
