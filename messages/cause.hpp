#pragma once

// Why data can be short: the closed list that gaps, sheds and alarms name.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/reject_reason.hpp"

namespace observer {

enum class cause : uint8_t {
  none,
  /// No slot was registered for it.
  not_subscribed,
  /// The session's 41 registrations are taken (OPSP0008).
  refused_limit,
  /// The broker refuses the symbol or the request.
  refused_symbol,
  /// The app key or the approval key is refused.
  credentials_refused,
  /// Another session holds the app key (OPSP8996).
  appkey_in_use,
  /// The socket could not be opened, or broke.
  disconnected,
  /// The socket is open and nothing comes that should.
  connected_but_silent,
  /// A subscription request was never answered.
  no_reply,
  /// Outside the trading hours.
  market_closed,
  /// The exchange halted the issue, or a volatility interruption runs.
  halted,
  /// A record was rejected.
  parse_rejected,
  /// The number of values a record changed, or is none that is known.
  width_changed,
  /// The values do not stand where the known layout has them.
  layout_changed,
  /// A value cannot be what its column says; the line is marked.
  in_doubt,
  /// Lines wait for a writer that restarts.
  writer_restarting,
  /// An actor of the feed failed and was restarted.
  actor_restarted,
  /// The daemon itself was down.
  daemon_down,
  disk_full,
  permission,
  io_error,
  /// The system has no descriptors, no memory or no locks left.
  out_of_resources,
  /// Somebody deleted, moved, replaced or emptied a file that was being
  /// written.
  file_taken,
  /// Given up at the bound of unacknowledged bytes, with a disk that works.
  shed_by_bound,
  /// The wall clock was set, or is far from the exchange's.
  clock_wrong,
  /// The broker's REST service, which issues the keys, does not answer.
  rest_down,
  /// The cumulative volume jumped with no fault of ours in sight.
  exchange_gap,
};

inline constexpr size_t cause_count = static_cast<size_t>(cause::exchange_gap)
                                      + 1;

/// The cause in the words of logs and files, e.g. `disk_full`.
std::string_view to_string(cause c);
/// The cause of a word; nothing if the list has no such word.
std::optional<cause> parse_cause(std::string_view word);

/// The cause that a rejection comes under; none for reject_reason::none.
cause cause_of(reject_reason reason);

} // namespace observer
