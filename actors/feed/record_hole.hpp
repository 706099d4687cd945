#pragma once

// What lies between two good records of a registration and is not on disk:
// why, and how many records are known to be in it.
//
// Operation. What makes a hole is noted as it is heard of, in any order and
// number; the next good record ends it. A trade's line carries what the
// cumulative volume says; what no mark of a trade tells is for an event.
//
// Lifetime. A hole lives outside its actor (see slot_memory). One owner at a
// time; not thread-safe. Nothing here fails, and what each record asks is
// inline: it is on a tick's path.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "actors/journal/journal_recovery.hpp"
#include "messages/cause.hpp"
#include "messages/jsonl.hpp"
#include "messages/korean_time.hpp"

namespace observer {

class record_hole {
 public:
  /// What the cumulative volume says of the trades before a tick.
  struct volume_check {
    uint64_t before = 0;
    gap_mark gap;
    cause why = cause::none;
  };

  /// A part of the hole that is for an event.
  struct part {
    cause why = cause::none;
    uint64_t records = 0;
  };

  /// Of several causes the one that can explain most remains.
  void note(cause why, uint64_t records);
  /// Shed records have one cause at a time: those with another are taken
  /// before.
  void note_shed(cause why, uint64_t records);

  /// Of a trade of the exchange's `day` (that of its receipt unless told), after
  /// the last tick of its registration. Nothing if no shares are missing.
  std::optional<volume_check>
  check_volume(const std::optional<tick_baseline>& before,
               uint64_t accumulated, uint64_t volume,
               int64_t received_us,
               std::optional<int64_t> day = std::nullopt) const {
    // A day's volume starts at nothing: the first tick of a day has no past.
    if (!before
        || before->day() != (day ? *day : korean_day(received_us)))
      return std::nullopt;
    auto missing = static_cast<int64_t>(accumulated - volume
                                        - before->accumulated);
    if (missing == 0)
      return std::nullopt;
    return explain(*before, missing);
  }
  /// A gap mark with this cause is in the lines. Closes the hole, but for shed
  /// records that the mark does not tell of.
  void marked(cause why) {
    if (shed_ == 0 || why == shed_why_)
      close();
  }
  /// What else is missing than records that are counted by themselves: shed or
  /// rejected. For quotes, which have no volume.
  std::optional<part> uncounted() const {
    if (why_ == cause::none || why_ == shed_why_ || is_rejection(why_))
      return std::nullopt;
    return part{why_, not_shed()};
  }
  /// Shed records that nobody was told of.
  std::optional<part> shed() const {
    return shed_ == 0 ? std::nullopt : std::optional{part{shed_why_, shed_}};
  }
  /// The same; they leave the hole with this.
  std::optional<part> take_shed() {
    auto out = shed();
    records_ = not_shed();
    shed_ = 0;
    return out;
  }
  bool has_shed() const {
    return shed_ > 0;
  }
  /// Shed for another reason than this one.
  bool has_shed_unlike(cause why) const {
    return shed_ > 0 && shed_why_ != why;
  }
  void close() {
    *this = {};
  }

 private:
  static bool is_rejection(cause why) {
    return why == cause::parse_rejected || why == cause::width_changed;
  }
  static int weight(cause why);
  uint64_t not_shed() const {
    return records_ - std::min(records_, shed_);
  }
  volume_check explain(const tick_baseline& before, int64_t missing) const;

  cause why_ = cause::none;
  /// Of the shed.
  cause shed_why_ = cause::none;
  /// Known to be in it, and those of them that were shed.
  uint64_t records_ = 0, shed_ = 0;
};

} // namespace observer
