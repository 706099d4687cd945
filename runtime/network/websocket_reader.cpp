#include "runtime/network/websocket_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace observer {

using websocket::close_code;
using websocket::opcode;

namespace {

/// A batch that fills less of the buffer is copied, and the buffer kept: quiet
/// slots must not hold a large one for a few records.
constexpr size_t worth_moving = websocket_reader::piece_bytes / 8;
/// More pings than these in one read are a flood, answered in part.
constexpr size_t pings_max = 64;

} // namespace

websocket_reader::websocket_reader(uint64_t message_bytes_max)
  : message_bytes_max_(message_bytes_max) {}

websocket_reader::space websocket_reader::room() {
  auto need = std::max(std::min(room_min, piece_ / 2), wanted_);
  lent_ = true;
  // What was taken, or was no message, is of no more use.
  size_t front = !items_.empty() ? items_.front().offset
                 : in_part_      ? part_
                                 : begin_;
  if (front > 0 && (front == end_ || end_ + need > buffer_.size())) {
    std::memmove(buffer_.data(), buffer_.data() + front, end_ - front);
    for (auto& item : items_)
      item.offset -= static_cast<uint32_t>(front);
    part_ = in_part_ ? part_ - front : 0;
    begin_ -= front;
    end_ -= front;
    gathered_ -= std::min(front, gathered_);
  }
  if (in_part_ && end_ + need > buffer_.size()) {
    // Headers between fragments, and what came between them.
    auto hole = begin_ - (part_ + part_bytes_);
    std::memmove(buffer_.data() + begin_ - hole, buffer_.data() + begin_,
                 end_ - begin_);
    begin_ -= hole;
    end_ -= hole;
  }
  if (end_ == 0 && buffer_.size() > 4 * piece_bytes)
    buffer_ = std::string(); // of a message of an unusual size
  if (end_ + need > buffer_.size())
    buffer_.resize(std::max({piece_, end_ + need, 2 * buffer_.size()}));
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void websocket_reader::fail(close_code code, std::string text) {
  broken_ = violation{code, std::move(text)};
}

std::optional<websocket_reader::header> websocket_reader::read_header() {
  auto byte = [&](size_t i) {
    return static_cast<unsigned char>(buffer_[begin_ + i]);
  };
  auto there = end_ - begin_;
  auto more = [&](size_t bytes) {
    wanted_ = bytes - there;
    return std::nullopt;
  };
  if (there < 2)
    return more(2);
  header h{static_cast<opcode>(byte(0) & 0x0f), (byte(0) & 0x80) != 0, 2,
           static_cast<uint64_t>(byte(1) & 0x7f)};
  auto refuse = [&](std::string text) {
    fail(close_code::protocol_error, std::move(text));
    return std::nullopt;
  };
  if ((byte(0) & 0x70) != 0)
    return refuse("a frame of an extension that was not agreed on");
  if ((byte(1) & 0x80) != 0)
    return refuse("a masked frame from a server");
  if (is_control(h.op)) {
    if (h.payload > 125 || !h.last)
      return refuse("a control frame that is long or in fragments");
    if (h.op > opcode::pong)
      return refuse(fmt::format("a frame of unknown kind {}",
                                static_cast<int>(h.op)));
  } else {
    if (h.op > opcode::binary)
      return refuse(fmt::format("a frame of unknown kind {}",
                                static_cast<int>(h.op)));
    if ((h.op == opcode::continuation) != in_part_)
      return refuse(in_part_ ? "a message within another"
                             : "a fragment of no message");
  }
  if (h.payload >= 126) {
    auto size = h.payload == 126 ? 2u : 8u;
    h.bytes += size;
    if (there < h.bytes)
      return more(h.bytes);
    h.payload = 0;
    for (auto i = 2u; i < h.bytes; ++i)
      h.payload = h.payload << 8 | byte(i);
  }
  // Both are below 2^64 - the limit: no sum runs over.
  if (h.payload > message_bytes_max_
      || (in_part_ && !is_control(h.op)
          && part_bytes_ + h.payload > message_bytes_max_)) {
    fail(close_code::too_big, {});
    return std::nullopt;
  }
  if (there - h.bytes < h.payload)
    return more(h.bytes + h.payload);
  wanted_ = 0;
  return h;
}

void websocket_reader::received(size_t size, int64_t received_us) {
  lent_ = false;
  end_ += size;
  if (end_ == buffer_.size())
    piece_ = piece_bytes;
  while (!closed_ && !broken_) {
    auto h = read_header();
    if (!h)
      return;
    auto payload = begin_ + h->bytes;
    if (is_control(h->op))
      take_control(*h, std::string_view{buffer_}.substr(payload, h->payload));
    else
      take_data(*h, received_us);
    begin_ = payload + h->payload;
  }
}

void websocket_reader::take_control(const header& h, std::string_view payload) {
  if (h.op == opcode::ping) {
    if (pings_.size() < pings_max)
      pings_.emplace_back(payload);
  } else if (h.op == opcode::close) {
    closed_ = closing{1005, {}};
    if (payload.size() >= 2) {
      auto byte = [&](size_t i) {
        return static_cast<unsigned char>(payload[i]);
      };
      closed_->code = static_cast<uint16_t>(byte(0) << 8 | byte(1));
      closed_->reason = payload.substr(2);
    }
  }
}

void websocket_reader::take_data(const header& h, int64_t received_us) {
  auto payload = begin_ + h.bytes;
  auto behind = payload + h.payload;
  if (in_part_) {
    std::memmove(buffer_.data() + part_ + part_bytes_,
                 buffer_.data() + payload, h.payload);
  } else {
    part_ = payload;
    part_bytes_ = 0;
  }
  part_bytes_ += h.payload;
  in_part_ = !h.last;
  if (in_part_)
    return;
  items_.push_back({static_cast<uint32_t>(part_),
                    static_cast<uint32_t>(part_bytes_), received_us});
  gathered_ = behind;
}

void websocket_reader::take(frame_batch& batch) {
  if (items_.empty()) {
    batch.frames.clear();
    return;
  }
  // What needs memory comes first: without it all stays here.
  if (lent_ || gathered_ < worth_moving) {
    // The buffer stays; `room` puts its end to its front when it can.
    auto first = items_.front().offset;
    batch.bytes.assign(buffer_, first, gathered_ - first);
    batch.frames = std::exchange(items_, {});
    for (auto& item : batch.frames)
      item.offset -= first;
    return;
  }
  auto front = in_part_ ? part_ : begin_;
  auto left = end_ - front;
  std::string rest(std::max(piece_, left + room_min), '\0');
  std::memcpy(rest.data(), buffer_.data() + front, left);
  batch.frames = std::exchange(items_, {});
  batch.bytes = std::exchange(buffer_, std::move(rest));
  batch.bytes.resize(gathered_);
  part_ = 0;
  begin_ -= front;
  end_ = left;
  gathered_ = 0;
}

std::vector<std::string> websocket_reader::pings() {
  return std::exchange(pings_, {});
}

} // namespace observer
