#include "runtime/simulate/session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/simulate/truth.hpp"

namespace observer::simulate {

using boost::system::error_code;

namespace {

constexpr auto upgrade_time = std::chrono::seconds{10};
constexpr auto hang_up_time = std::chrono::seconds{2};

/// No socket buffer holds more, so older marks are settled.
constexpr uint64_t marked_bytes_max = 16 * 1024 * 1024;

} // namespace

ws_session::ws_session(std::unique_ptr<byte_stream> stream, session_host& host,
                       session_config config, int64_t now_us)
    : stream_{std::move(stream)}, host_{host}, config_{config},
      read_buffer_(4096), last_sent_us_{now_us},
      hang_up_timer_{stream_->socket().get_executor()} {}

void ws_session::start() {
  hang_up_timer_.expires_after(upgrade_time);
  hang_up_timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error)
      self->cut_off("no WebSocket handshake within 10 s");
  });
  stream_->open([self = shared_from_this()](error_code error) {
    if (error)
      self->end("TLS handshake failed: " + error.message());
    else
      self->read();
  });
}

void ws_session::read() {
  if (phase_ == phase::dead || phase_ == phase::frozen)
    return;
  stream_->read_some(boost::asio::buffer(read_buffer_),
                     [self = shared_from_this()](error_code error, size_t n) {
                       if (self->phase_ == phase::dead
                           || self->phase_ == phase::frozen)
                         return;
                       if (error) {
                         self->end(error == boost::asio::error::eof
                                     ? "the client closed the connection"
                                     : error.message());
                         return;
                       }
                       self->in_.append(self->read_buffer_.data(), n);
                       self->take();
                       self->read();
                     });
}

void ws_session::take() {
  if (phase_ == phase::upgrading && !hang_up_)
    take_upgrade();
  if (phase_ == phase::open)
    take_frames();
  // While closing, what still comes is read only to see the client's FIN.
  if (phase_ != phase::open && phase_ != phase::upgrading)
    in_.clear();
}

void ws_session::take_upgrade() {
  auto request = http_.next(in_);
  if (!request && http_.bad().empty())
    return;
  auto result =
    request
      ? answer_upgrade(*request)
      : handshake{to_wire({400, http_.bad(), "text/plain", {}}, false), false};
  out_ += result.reply;
  queued_bytes_ += result.reply.size();
  if (result.accepted) {
    hang_up_timer_.cancel();
    phase_ = phase::open;
    number_ = host_.opened(shared_from_this());
  } else {
    phase_ = phase::closing;
    hang_up_ = true;
  }
  write();
}

void ws_session::take_frames() {
  while (phase_ == phase::open) {
    auto message = frames_.next(in_);
    if (!message)
      break;
    switch (message->op) {
      case opcode::ping:
        queue(opcode::pong, message->payload);
        write();
        break;
      case opcode::pong:
        if (answers_pingpong(message->payload))
          answered();
        break;
      case opcode::close:
        close(close_code::normal);
        break;
      default:
        host_.received(*this, message->payload);
    }
  }
  if (auto wrong = frames_.violation(); wrong && phase_ == phase::open)
    close(*wrong);
}

void ws_session::queue(opcode op, std::string_view payload) {
  auto before = out_.size();
  append_frame(out_, op, payload);
  queued_bytes_ += out_.size() - before;
}

void ws_session::send_text(std::string_view text, int64_t now_us) {
  if (!is_open())
    return;
  queue(opcode::text, text);
  last_sent_us_ = now_us;
  flush(now_us);
}

void ws_session::send_frame(const data_frame& frame, uint64_t n,
                            int64_t now_us) {
  queue(opcode::text, frame.text);
  last_sent_us_ = now_us;
  ++frame_number_;
  out_records_ += frame.records.size();
  ++out_frames_;
  if (config_.keep_truth) {
    append_sent(out_truth_, n, number_, frame_number_, frame);
    marks_.push_back({frame_number_, frame.records.size(), queued_bytes_});
  }
}

void ws_session::send_bad(std::string_view text, std::string_view fault,
                          int64_t now_us) {
  queue(opcode::text, text);
  last_sent_us_ = now_us;
  ++frame_number_;
  if (config_.keep_truth) {
    append_bad(out_truth_, number_, frame_number_, fault, text);
    marks_.push_back({frame_number_, 0, queued_bytes_});
  }
}

void ws_session::flush(int64_t now_us) {
  if (now_us >= stalled_until_us_)
    write();
}

void ws_session::write() {
  if (writing_ || phase_ == phase::dead || phase_ == phase::frozen)
    return;
  if (out_.empty()) {
    if (hang_up_) {
      hang_up_ = false;
      hang_up_timer_.expires_after(hang_up_time);
      hang_up_timer_.async_wait([self = shared_from_this()](error_code e) {
        if (!e)
          self->end("the client did not finish the closing handshake");
      });
      stream_->finish([self = shared_from_this()] {});
    }
    return;
  }
  std::swap(out_, in_flight_);
  std::swap(out_truth_, in_flight_truth_);
  in_flight_records_ = std::exchange(out_records_, 0);
  in_flight_frames_ = std::exchange(out_frames_, 0);
  in_flight_done_ = 0;
  writing_ = true;
  write_done();
}

/// Writes what is left of the batch in flight; counts it when nothing is.
void ws_session::write_done() {
  if (in_flight_done_ < in_flight_.size()) {
    stream_->write_some(
      boost::asio::buffer(in_flight_.data() + in_flight_done_,
                          in_flight_.size() - in_flight_done_),
      [self = shared_from_this()](error_code error, size_t n) {
        if (self->phase_ == phase::dead || self->phase_ == phase::frozen)
          return;
        if (error) {
          self->end(error.message());
          return;
        }
        self->in_flight_done_ += n;
        self->handed_bytes_ += n;
        self->write_done();
      });
    return;
  }
  account();
  in_flight_.clear();
  in_flight_done_ = 0;
  writing_ = false;
  while (!marks_.empty()
         && marks_.front().end_byte + marked_bytes_max < handed_bytes_)
    marks_.pop_front();
  // What gathered meanwhile waits for the next flush, unless the session ends:
  // fewer and larger writes.
  if (hang_up_)
    write();
}

/// Tells the host of the batch in flight, once.
void ws_session::account() {
  host_.written(in_flight_truth_, std::exchange(in_flight_records_, 0),
                std::exchange(in_flight_frames_, 0), in_flight_done_);
  in_flight_truth_.clear();
}

bool ws_session::keep_alive(int64_t now_us) {
  if (!is_open())
    return true;
  if (asked_us_ != 0 && now_us - asked_us_ >= config_.pingpong_deadline_us)
    return false;
  if (now_us >= stalled_until_us_
      && now_us - last_sent_us_ >= config_.pingpong_after_us) {
    if (asked_us_ == 0)
      asked_us_ = now_us;
    send_text(pingpong_text(now_us), now_us);
  }
  return true;
}

void ws_session::close(close_code code) {
  if (phase_ != phase::open)
    return;
  phase_ = phase::closing;
  auto before = out_.size();
  append_close(out_, code);
  queued_bytes_ += out_.size() - before;
  hang_up_ = true;
  write();
}

void ws_session::cut_off(std::string_view why) {
  if (phase_ == phase::dead)
    return;
  settle(why, unacknowledged_bytes(stream_->socket()));
  reset(stream_->socket());
  end(why);
}

void ws_session::freeze() {
  if (phase_ != phase::open)
    return;
  // The kernel goes on delivering what it has been handed.
  settle("half-open", 0);
  account();
  phase_ = phase::frozen;
  hang_up_timer_.cancel();
  host_.closed(*this, "half-open");
}

/// Notes the frames that were handed over, or were in the middle of it, and
/// cannot have arrived; `lost_bytes` of what the kernel took are gone.
void ws_session::settle(std::string_view why, uint64_t lost_bytes) {
  if (number_ == 0 || !config_.keep_truth)
    return;
  auto in_flight_end = handed_bytes_ + in_flight_.size() - in_flight_done_;
  auto delivered = handed_bytes_ - std::min(lost_bytes, handed_bytes_);
  uint64_t first = 0, last = 0, records = 0;
  for (auto& x : marks_) {
    if (x.end_byte <= delivered || x.end_byte > in_flight_end)
      continue;
    if (first == 0)
      first = x.frame;
    last = x.frame;
    records += x.records;
  }
  if (first != 0)
    append_undelivered(in_flight_truth_, number_, first, last, records, why);
}

void ws_session::end(std::string_view why) {
  if (phase_ == phase::dead)
    return;
  auto& socket = stream_->socket();
  if (socket.is_open() && phase_ != phase::frozen)
    settle(why, unacknowledged_bytes(socket));
  auto frozen = std::exchange(phase_, phase::dead) == phase::frozen;
  hang_up_timer_.cancel();
  account();
  error_code ignored;
  socket.close(ignored);
  if (!frozen)
    host_.closed(*this, why);
}

} // namespace observer::simulate
