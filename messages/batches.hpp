#pragma once

// What the path of a tick hands on: frames of one read, records of one slot,
// lines for one writer. All immutable once sent, held by shared pointers.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/cause.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/tr.hpp"

namespace observer {

/// Registrations of one session.
inline constexpr int slots_per_session = 41;
/// The "slot" of lines that come from the connection itself, from the journal's
/// recovery, and from the daemon.
inline constexpr int connection_slot = -1;
inline constexpr int recovery_slot = -2;
inline constexpr int daemon_slot = -3;

/// One (TR id, symbol) that a slot is registered for.
struct registration {
  kis::tr id = kis::tr::h0stcnt0;
  std::string symbol;
  bool operator==(const registration&) const = default;
};

/// One WebSocket connection under one appkey.
struct session_info {
  /// Unique over all runs: run id and number.
  std::string id;
  /// 1, 2, 3, … within a run; 0 for lines written before any connection.
  uint32_t number = 0;
};
using session_ptr = std::shared_ptr<const session_info>;

/// All frames that one read brought (or that were gathered while the
/// connection was busy), in order of arrival.
struct frame_batch {
  struct item {
    uint32_t offset;
    uint32_t size;
    /// When the bytes left the socket.
    int64_t received_us;
  };
  /// Which attempt to connect they belong to.
  uint32_t attempt = 0;
  /// 1, 2, 3, … within the attempt.
  uint64_t number = 0;
  std::string bytes;
  std::vector<item> frames;

  std::string_view text(const item& i) const {
    return std::string_view{bytes}.substr(i.offset, i.size);
  }
};
using frame_batch_ptr = std::shared_ptr<const frame_batch>;

/// The records of one slot within one frame_batch.
struct record_batch {
  struct item {
    uint32_t offset;
    uint32_t size;
    /// Values in the record.
    uint32_t width;
    int64_t received_us;
  };
  /// Holds the bytes.
  frame_batch_ptr frames;
  session_ptr session;
  registration what;
  /// 1, 2, 3, … within the lane of this slot, over all sessions.
  uint64_t number = 0;
  std::vector<item> records;
  /// Bytes of the records: what the session's budget was charged.
  uint64_t bytes = 0;
  /// Records given up at the budget's bound just before these.
  uint64_t shed_before = 0;
  /// Why: what held the writers up, or shed_by_bound if nothing is known to.
  cause shed_why = cause::none;

  std::string_view text(const item& i) const {
    return std::string_view{frames->bytes}.substr(i.offset, i.size);
  }
};
using record_batch_ptr = std::shared_ptr<const record_batch>;

/// The datasets of the journal that have a writer.
enum class dataset : uint8_t { scalp, quarantine, system };
inline constexpr dataset all_datasets[]
  = {dataset::scalp, dataset::quarantine, dataset::system};
/// The folder's name.
constexpr std::string_view to_string(dataset d) {
  return d == dataset::scalp        ? "scalp"
         : d == dataset::quarantine ? "quarantine"
                                    : "system";
}
/// The writer's name in its supervisor.
inline std::string writer_name(dataset d) {
  return std::string{to_string(d)} + "_writer";
}

/// A gap as a manifest lists it.
struct manifest_gap {
  uint64_t seq = 0;
  std::string symbol;
  cause why = cause::none;
  int64_t missing_shares = 0;
};

/// Whole lines of one producer, consecutive in sequence, of one file's period.
struct line_batch {
  dataset data = dataset::scalp;
  session_ptr session;
  int slot = 0;
  /// What the slot was registered for; none for other producers.
  std::optional<registration> what;
  uint64_t first_seq = 0;
  uint32_t lines = 0;
  /// The number of the oldest session of which its producer still kept lines:
  /// it sends nothing again of older ones.
  uint32_t oldest_session = 0;
  /// The lines, each with its newline.
  std::string text;
  int64_t first_received_us = 0;
  int64_t last_received_us = 0;
  /// Cumulative volume of the last tick; nothing if these are no ticks.
  std::optional<uint64_t> last_accumulated;
  /// Its exchange's day (see korean_day), if not the day of its receipt.
  std::optional<int64_t> last_day;
  std::vector<manifest_gap> gaps;
  /// The first price, for the operators' line; empty if none is due.
  std::string announce_price;

  uint64_t last_seq() const {
    return first_seq + lines - 1;
  }
};
using line_batch_ptr = std::shared_ptr<const line_batch>;

/// A writer's word to a producer: these records are durable (written and
/// fdatasynced), all up to `last_seq`.
struct persisted {
  dataset data = dataset::scalp;
  uint32_t session_number = 0;
  uint64_t first_seq = 0;
  uint64_t last_seq = 0;
  /// The file that holds the last of them, relative to the data directory.
  std::shared_ptr<const std::string> file;
};

/// A writer's word to a producer: a batch came out of order; send all that is
/// unacknowledged again.
struct resend_request {
  dataset data = dataset::scalp;
};

} // namespace observer
