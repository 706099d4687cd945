#pragma once

// Counts that outlive the actors that make them: the ledger's raw material.
// Any reader; relaxed atomics, exact once the writers have stopped.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "messages/batches.hpp"
#include "messages/cause.hpp"
#include "messages/kis/doubt.hpp"
#include "messages/reject_reason.hpp"

namespace observer {

/// A count with any number of writers.
class counter {
 public:
  void add(uint64_t n = 1) {
    value_.fetch_add(n, std::memory_order_relaxed);
  }
  void sub(uint64_t n) {
    value_.fetch_sub(n, std::memory_order_relaxed);
  }
  uint64_t value() const {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<uint64_t> value_{0};
};

/// A count with one writer at a time: on the path of a tick, where a locked
/// instruction for each record would be a tenth of the work.
class lone_counter {
 public:
  void add(uint64_t n = 1) {
    value_.store(own() + n, std::memory_order_release);
  }
  void sub(uint64_t n) {
    value_.store(own() - n, std::memory_order_release);
  }
  /// Whoever reads one and then another that grows before it sees them in
  /// this order.
  uint64_t value() const {
    return value_.load(std::memory_order_acquire);
  }

 private:
  uint64_t own() const {
    return value_.load(std::memory_order_relaxed);
  }

  std::atomic<uint64_t> value_{0};
};

/// Durations in µs, in buckets of 1/8 octave (at most 12.5 % wide).
class latency_histogram {
 public:
  static constexpr int steps = 8;
  static constexpr int bucket_count = 36 * steps;

  void add(int64_t us, uint64_t times = 1);
  /// The upper bound of the bucket that holds the q-th part, 0 if empty.
  int64_t quantile_us(double q) const;
  uint64_t count() const;
  /// Durations in buckets that end at or below `us`.
  uint64_t count_up_to(int64_t us) const;
  /// Of all durations.
  uint64_t sum_us() const {
    return sum_us_.value();
  }

 private:
  std::array<counter, bucket_count> buckets_;
  counter sum_us_;
};

/// One slot's records, from the socket to the end of each.
struct slot_counters {
  /// Records that the connection split off for this slot.
  lone_counter received;
  /// Durable and acknowledged.
  lone_counter persisted;
  std::array<counter, reject_reason_count> rejected;
  /// Given up at a stated limit.
  counter shed;
  /// Handed to the slot (by the connection), and looked at (by the slot).
  lone_counter handed, taken;
  /// Ticks of which a value is in doubt, and those of them whose values seem
  /// to stand in other columns; see messages/kis/doubt.hpp.
  counter doubted, misplaced;
  /// Looked at, numbered, and not yet acknowledged.
  lone_counter unacked;
  lone_counter unacked_bytes;
  counter gaps;
  counter missing_shares;

  uint64_t rejected_total() const;
  /// Handed to the slot and not yet looked at.
  uint64_t queued() const {
    auto looked_at = taken.value(); // in this order: never below nothing
    return handed.value() - looked_at;
  }
};

/// One session's counts; `other` is for records that no slot claims.
struct session_counters {
  std::array<slot_counters, slots_per_session> slots;
  slot_counters other;
  /// Of `other`: records of symbols that nobody asked for in their session.
  counter strangers;
  /// Text messages and bytes from the socket.
  counter messages, bytes;
  counter control_messages;
  counter connects, disconnects;
  /// Rejected records whose raw text was given up at the bound too.
  counter quarantine_shed;
  /// Doubts by name; a tick may have several.
  std::array<counter, kis::doubt_count> doubts;
  /// Acknowledged, and gone again with the file that held them; by dataset.
  std::array<counter, std::size(all_datasets)> lost;
  /// Gaps and shed records by what made them.
  std::array<counter, cause_count> gaps_by_cause, shed_by_cause;
  latency_histogram ack_latency;
  latency_histogram commit_latency;
};

/// The ledger's figures at one moment.
struct ledger_totals {
  uint64_t received = 0, persisted = 0, rejected = 0, shed = 0, in_flight = 0;
  /// Of received and rejected: what no slot claims.
  uint64_t unclaimed = 0;

  uint64_t accounted() const {
    return persisted + rejected + shed + in_flight;
  }
  /// Persisted of received less in flight: of all of which it is decided. Nothing
  /// before it is of any.
  std::optional<double> ratio() const;
};

/// Sums all slots. Exact when nothing is moving; while records move the two
/// sides may differ by those that move at this instant.
ledger_totals sum(const session_counters& c);

/// Bytes that may be held for a session at most, shared by all that hold some.
class byte_budget {
 public:
  explicit byte_budget(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// False, and nothing taken, when it would pass the bound.
  bool take(uint64_t bytes);
  /// Takes what must be held anyway (a line in exchange for its record).
  void take_always(uint64_t bytes) {
    used_.add(bytes);
  }
  void give(uint64_t bytes) {
    used_.sub(bytes);
  }
  uint64_t used() const {
    return used_.value();
  }
  uint64_t bytes_max() const {
    return bytes_max_;
  }

 private:
  uint64_t bytes_max_;
  counter used_;
};

} // namespace observer
