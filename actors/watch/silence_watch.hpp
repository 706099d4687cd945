#pragma once

// Tells a feed that was busy and went silent from one that is thin by nature:
// looks at each second of a session, and names a silence once so much was to
// come meanwhile that chance does not explain it, and no pause of the last
// minutes was like it. One detector for all who speak of it.
//
// Not thread-safe.

#include <cstdint>
#include <optional>

namespace observer {

/// Of a whole session: nothing comes, and much came before.
struct feed_silence {
  /// By the steady clock.
  int64_t since_us = 0;
  /// Records of the slots, as they are to be shown.
  double per_s_before = 0;
};

class silence_watch {
 public:
  enum class news : uint8_t { none, begins, ends };

  /// The session, or the trading day, begins or ends.
  void reset();
  /// Once a second: frames of data and records of the slots in it, the steady
  /// time, and when data came last. Begins none where it is not `judged`.
  news look(uint64_t frames, uint64_t records, int64_t now_us,
            int64_t last_data_us, bool judged);
  /// The one that was named and has not ended.
  const std::optional<feed_silence>& silence() const {
    return silence_;
  }

 private:
  /// Means over the last half minute or so.
  double frames_per_s_ = 0, records_per_s_ = 0;
  /// How much of that half minute there was.
  double weight_ = 0;
  /// Seconds on end without data.
  int64_t empty_s_ = 0;
  /// The longest of the last ten minutes or so that was no silence; fades.
  double pause_s_ = 0;
  std::optional<feed_silence> silence_;
};

} // namespace observer
