#pragma once

// One WebSocket connection of the simulated exchange: handshake, PINGPONG,
// gathered writes, and the ways in which it can be made to misbehave.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "runtime/simulate/exchange.hpp"
#include "runtime/simulate/feed.hpp"
#include "runtime/simulate/http.hpp"
#include "runtime/simulate/stream.hpp"
#include "runtime/simulate/websocket.hpp"

namespace observer::simulate {

class ws_session;

/// What a session needs of the server. Called on the server's thread.
class session_host {
public:
  virtual ~session_host() = default;
  /// The handshake is done; returns the session's number.
  virtual session_number opened(const std::shared_ptr<ws_session>& who) = 0;
  virtual void received(ws_session& who, std::string_view text) = 0;
  /// A write is over (or has failed, or was cut off): its truth lines.
  virtual void written(std::string_view truth, uint64_t records,
                       uint64_t frames, uint64_t bytes) = 0;
  /// Once for each session, numbered or not (0).
  virtual void closed(ws_session& who, std::string_view why) = 0;
};

struct session_config {
  int64_t pingpong_after_us = 10'000'000;
  int64_t pingpong_deadline_us = 100'000'000;
  bool keep_truth = false;
};

/// Times are the exchange's clock in µs. Lives as long as its handlers and
/// whoever holds it; not thread-safe.
class ws_session : public std::enable_shared_from_this<ws_session> {
public:
  /// A client that is so far behind is cut off.
  static constexpr size_t backlog_bytes_max = 64 * 1024 * 1024;

  ws_session(std::unique_ptr<byte_stream> stream, session_host& host,
             session_config config, int64_t now_us);

  void start();

  session_number number() const {
    return number_;
  }
  /// Upgraded, and neither closing nor dead nor frozen.
  bool is_open() const {
    return number_ != 0 && phase_ == phase::open;
  }
  bool takes_data(int64_t now_us) const {
    return is_open() && now_us >= silent_until_us_;
  }
  /// Bytes that wait for the socket.
  size_t backlog() const {
    return out_.size() + in_flight_.size() - in_flight_done_;
  }

  /// A control message, on its way at once.
  void send_text(std::string_view text, int64_t now_us);
  /// A data frame; leaves with the next flush(). `n` numbers its first record.
  void send_frame(const data_frame& frame, uint64_t n, int64_t now_us);
  /// A frame that is bad on purpose.
  void send_bad(std::string_view text, std::string_view fault, int64_t now_us);
  void flush(int64_t now_us);

  /// Sends PINGPONG when it is due; false when the client has not answered in
  /// time and must be cut off.
  bool keep_alive(int64_t now_us);

  /// The client answered a PINGPONG.
  void answered() {
    asked_us_ = 0;
  }

  /// Closing handshake after what is queued; RST two seconds later if the
  /// client does not follow.
  void close(close_code code);
  /// RST now.
  void cut_off(std::string_view why);
  void silence(int64_t until_us) {
    silent_until_us_ = until_us;
  }
  void stall(int64_t until_us) {
    stalled_until_us_ = until_us;
  }
  /// Neither reads nor writes from now on. Tells the host that it is closed.
  void freeze();

private:
  enum class phase : uint8_t { upgrading, open, closing, frozen, dead };
  /// Where a data frame ends in the stream of bytes.
  struct mark {
    uint64_t frame, records, end_byte;
  };

  void read();
  void take();
  void take_upgrade();
  void take_frames();
  void queue(opcode op, std::string_view payload);
  void write();
  void write_done();
  void account();
  void settle(std::string_view why, uint64_t lost_bytes);
  void end(std::string_view why);

  std::unique_ptr<byte_stream> stream_;
  session_host& host_;
  session_config config_;
  phase phase_ = phase::upgrading;
  session_number number_ = 0;

  request_reader http_;
  frame_reader frames_;
  std::vector<char> read_buffer_;
  std::string in_;

  std::string out_, in_flight_;
  size_t in_flight_done_ = 0;
  bool writing_ = false;
  bool hang_up_ = false;
  std::string out_truth_, in_flight_truth_;
  uint64_t out_records_ = 0, in_flight_records_ = 0;
  uint64_t out_frames_ = 0, in_flight_frames_ = 0;
  uint64_t frame_number_ = 0;
  uint64_t queued_bytes_ = 0, handed_bytes_ = 0;
  std::deque<mark> marks_;

  int64_t last_sent_us_;
  /// When the oldest unanswered PINGPONG was sent; 0: none.
  int64_t asked_us_ = 0;
  int64_t silent_until_us_ = 0, stalled_until_us_ = 0;
  boost::asio::steady_timer hang_up_timer_;
};

} // namespace observer::simulate
