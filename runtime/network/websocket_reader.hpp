#pragma once

// The client's half of RFC 6455 behind the handshake: takes what a server sends
// apart where it was read, so that a message is copied by the socket and by
// nobody else. Beast's stream reads each message by an operation of its own,
// through a buffer of 1,536 bytes and then into another: at 4 records a message
// that costs more than parsing them.
//
// Operation. Read into `room()`, then say `received()`: whole messages are
// gathered, and control frames come out as notes. `take()` moves the messages
// out. A text is not checked for UTF-8, and a binary message is taken as a text
// is: a recorder keeps what came, and whoever reads it checks what it needs.
//
// Limits. A message of more than `message_bytes_max` is a violation, as soon as
// its length is known. What is gathered is bounded by whoever reads: pause when
// `bytes()` is large.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/batches.hpp"
#include "runtime/network/websocket.hpp"

namespace observer {

class websocket_reader {
 public:
  /// So much is asked of the socket at once, where a message needs no more.
  static constexpr size_t piece_bytes = 256 * 1024;
  /// The same until a read has filled its room: most sessions are quiet.
  static constexpr size_t first_piece_bytes = 8 * 1024;
  /// With less room than this, once pieces are large, it makes more.
  static constexpr size_t room_min = 32 * 1024;

  explicit websocket_reader(uint64_t message_bytes_max);

  struct space {
    char* data;
    size_t size;
  };
  /// Where the next bytes go; never empty. Stays there until `received`, even
  /// if messages are taken meanwhile.
  space room();

  /// `size` bytes were read there, perhaps none; they left the socket at
  /// `received_us`. Nothing happens after a close frame or a violation.
  void received(size_t size, int64_t received_us);

  /// Messages that wait to be taken, and their bytes with all framing.
  size_t messages() const {
    return items_.size();
  }
  size_t bytes() const {
    return items_.empty() ? 0 : gathered_ - items_.front().offset;
  }
  /// Moves all whole messages into `batch`: its bytes and frames.
  void take(frame_batch& batch);

  /// Payloads of pings since the last call, each to be answered.
  std::vector<std::string> pings();

  struct closing {
    /// 1005 if the other side gave none.
    uint16_t code = 1005;
    std::string reason;
  };
  /// The other side's close frame.
  const std::optional<closing>& closed() const {
    return closed_;
  }

  struct violation {
    websocket::close_code code;
    std::string text;
  };
  const std::optional<violation>& broken() const {
    return broken_;
  }

 private:
  struct header {
    websocket::opcode op;
    bool last;
    size_t bytes;
    uint64_t payload;
  };
  /// Of the frame at `begin_`; nothing if more bytes are needed, or the frame
  /// must not be.
  std::optional<header> read_header();
  void take_control(const header& h, std::string_view payload);
  void take_data(const header& h, int64_t received_us);
  void fail(websocket::close_code code, std::string text);

  uint64_t message_bytes_max_;
  size_t piece_ = first_piece_bytes;
  /// Up to gathered_ whole messages and what frames them, taken ones too;
  /// [part_, part_ + part_bytes_) the fragments of one so far, side by side;
  /// [begin_, end_) not looked at yet.
  std::string buffer_;
  size_t gathered_ = 0;
  size_t part_ = 0, part_bytes_ = 0;
  bool in_part_ = false;
  size_t begin_ = 0, end_ = 0;
  /// Somebody has the room: the buffer stays where it is.
  bool lent_ = false;
  /// What the frame at `begin_` needs beyond `end_`, if that is known.
  size_t wanted_ = 0;
  std::vector<frame_batch::item> items_;
  std::vector<std::string> pings_;
  std::optional<closing> closed_;
  std::optional<violation> broken_;
};

} // namespace observer
