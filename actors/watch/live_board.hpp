#pragma once

// What the actors of a session show of their work, for whoever inspects it:
// written by them a few times a batch, read without a message. Thread-safe.

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/watch/recent_rejects.hpp"
#include "actors/watch/silence_watch.hpp"
#include "messages/batches.hpp"
#include "messages/counters.hpp"
#include "messages/journal_event.hpp"

namespace observer {

/// One trade, in the digits of the wire.
struct tick_view {
  int64_t received_us = 0;
  std::string execution_time, price, volume, accumulated;
};

/// One slot at one moment.
struct slot_view {
  std::string_view state;
  /// What it is, or shall be, registered for.
  std::optional<registration> what = {};
  std::string price = {};
  std::optional<int64_t> last_tick_us = {};
  /// Why the last record was rejected that was, in words; empty if none was.
  std::string rejection = {};
  /// When the oldest record came that is not yet durable; wall time.
  std::optional<int64_t> oldest_unacked_us = {};
};

class slot_board {
 public:
  static constexpr size_t ticks_max = 20;

  void set_state(std::string_view literal);
  void set_registration(const std::optional<registration>& what);
  /// After a batch: the newest tick.
  void set_last(std::string_view price, int64_t received_us);
  void set_rejection(std::string_view words);
  /// Kept only while somebody looks; see actor_gauges.
  void add_tick(tick_view tick);
  /// 0 if all is durable.
  void set_oldest_unacked(int64_t received_us) {
    oldest_unacked_us_.store(received_us, std::memory_order_relaxed);
  }

  slot_view view() const;
  std::vector<tick_view> ticks() const;

 private:
  mutable std::mutex mutex_;
  slot_view view_{.state = "idle"};
  std::deque<tick_view> ticks_;
  std::atomic<int64_t> oldest_unacked_us_{0};
};

struct connection_view {
  std::string_view phase;
  int64_t since_us = 0;
  std::string url = {}, session_id = {};
  uint32_t attempts = 0;
  /// Of the last end or refusal.
  cause last_cause = cause::none;
  std::string last_text = {};
  /// When the newest frame of data came, and anything at all: PINGPONG, replies.
  std::optional<int64_t> last_frame_us = {}, last_heard_us = {};
  /// Our clock less the exchange's, of the last record that was compared.
  std::optional<int64_t> lag_ms = {};
  /// That is more than clocks may differ.
  bool clock_wrong = false;
  /// Why the last record or frame was rejected that no slot claims.
  std::string rejection = {};
  /// Nothing comes, and much came before.
  std::optional<feed_silence> silence = {};
  /// How long a session may carry no data; 0 where nobody said so.
  int64_t data_silence_us = 0;
};

class connection_board {
 public:
  void set_phase(std::string_view literal, int64_t now_us);
  void set_session(const std::string& url, const std::string& session_id,
                   uint32_t attempts);
  void set_end(cause why, const std::string& text);
  void set_lag(int64_t lag_ms, bool clock_wrong = false);
  void set_rejection(std::string_view words);
  void set_silence(const std::optional<feed_silence>& silence);
  void set_data_silence(int64_t us);
  void set_last_frame(int64_t received_us) {
    last_frame_us_.store(received_us, std::memory_order_relaxed);
  }
  void set_last_heard(int64_t received_us) {
    last_heard_us_.store(received_us, std::memory_order_relaxed);
  }
  connection_view view() const;

 private:
  mutable std::mutex mutex_;
  connection_view view_{.phase = "idle"};
  std::atomic<int64_t> last_frame_us_{0}, last_heard_us_{0};
};

/// A file that a writer has open.
struct open_file_view {
  /// `scalp/20260914_15.jsonl`.
  std::string file;
  uint64_t lines = 0, bytes = 0;
  int64_t first_us = 0, last_us = 0;
};

class writer_board {
 public:
  void set_open(std::vector<open_file_view> files);
  std::vector<open_file_view> open() const;

  /// Bytes that were committed.
  counter bytes;

 private:
  mutable std::mutex mutex_;
  std::vector<open_file_view> open_;
};

/// A line of the system journal, as it was written.
struct event_view {
  int64_t at_us = 0;
  std::string event;
  cause why = cause::none;
  int slot = 0;
  std::string symbol, detail;
  std::optional<int64_t> missing_shares;
  std::optional<uint64_t> records;
  /// Of the registration it is about; empty if about none.
  std::string tr_id = {};
};

/// The gaps that were told of one TR. What is missing of two TRs is never added:
/// unified trades are those of KRX and NXT again.
struct tr_losses {
  /// Gaps of which the missing shares are known, and these.
  uint64_t gaps = 0, missing_shares = 0;
  /// Gaps that nothing tells the size of: quotes, records that were given up.
  uint64_t unknown = 0;
};

/// By `kis::tr`.
using losses_by_tr = std::array<tr_losses, std::size(kis::all_trs)>;

/// The newest events of a session, bounded in number and bytes.
class recent_events {
 public:
  static constexpr size_t events_max = 500;
  static constexpr size_t bytes_max = 256 * 1024;

  void add(const journal_event& e, int slot, int64_t at_us);
  /// Newest first.
  std::vector<event_view> newest(size_t count) const;
  /// Of all events so far, those that are no longer kept among them.
  losses_by_tr losses() const;

 private:
  mutable std::mutex mutex_;
  std::deque<event_view> events_;
  losses_by_tr losses_ = {};
  /// Of all of them.
  size_t bytes_ = 0;
};

/// All of a session.
struct live_board {
  std::array<slot_board, slots_per_session> slots;
  connection_board connection;
  std::array<writer_board, std::size(all_datasets)> writers;
  recent_events events;
  recent_rejects rejects;
};

} // namespace observer
