#pragma once

// Is it recording? One answer, with the cause if not: what /ready, the
// consoles and the alerts say. Judged from an observation alone.
//
// Recording means that what came for the slots is on disk as ticks. Of the last
// ten seconds, or of the last five records where these hold fewer:
//   below 80 %    not recording, with the cause of most losses
//   below 99.9 %  recording, with a warning and that cause
// What no slot claims is told as a warning; it counts against the recording
// only while nothing comes that a slot claims. Ticks of which most seem to be
// read from the wrong columns are no recording either, although their raw
// records are kept: `layout_changed`. Fewer that are in doubt, or a width that
// is not known and whose values are what they should be, are a warning.
//
// A feed that was busy and brings nothing is a warning within seconds, with the
// rate before, as soon as the connection's own detector names it; past
// feed.data_silence_ms it is no recording.

#include <string>
#include <string_view>
#include <vector>

#include "messages/cause.hpp"
#include "runtime/inspect/fact.hpp"
#include "runtime/inspect/observation.hpp"

namespace observer {

struct verdict {
  enum state_type : uint8_t {
    recording,
    /// Not long enough up to say more.
    starting,
    /// Nothing is to be recorded now.
    market_closed,
    not_recording,
    stopping,
  };
  state_type state = starting;
  cause why = cause::none;
  /// In one sentence, with the figures that matter.
  std::string text;
  /// Recording, and something is wrong: a slot refused, a queue that grows.
  bool warns = false;
  /// What it rests on, most important first; `text` is made of them.
  std::vector<fact> facts = {};

  /// What /ready answers: fit for what the hour demands.
  bool ready() const {
    return state == recording || state == market_closed;
  }
};

std::string_view to_string(verdict::state_type state);

/// How long what is missing may be missing before it is named.
struct patience {
  /// After the start, for the first connection.
  int64_t start_us = 30'000'000;
  /// Without a record, in trading hours, and after a connection or the opening;
  /// where the connection does not say its own.
  int64_t silence_us = 60'000'000;
  /// Without a record of ours, while those that nobody asked for keep coming.
  int64_t mixed_up_us = 8'000'000;
  /// A look at the disk that does not return.
  int64_t disk_look_us = 10'000'000;
  /// A record that waits for the disk, and one that is worth a word.
  int64_t unacked_us = 10'000'000;
  int64_t unacked_warn_us = 2'000'000;
};

verdict judge(const observation& o, const patience& p = {});

} // namespace observer
