#include "runtime/simulate/rest_connection.hpp"

#include <chrono>

namespace observer::simulate {

using boost::system::error_code;

namespace {

constexpr auto idle_time = std::chrono::seconds{60};

} // namespace

rest_connection::rest_connection(std::unique_ptr<byte_stream> stream,
                                 handler answer)
    : stream_{std::move(stream)}, answer_{std::move(answer)},
      idle_{stream_->socket().get_executor()} {}

void rest_connection::start() {
  arm();
  stream_->open([self = shared_from_this()](error_code error) {
    if (error)
      self->close();
    else
      self->read();
  });
}

void rest_connection::arm() {
  idle_.expires_after(idle_time);
  idle_.async_wait([self = weak_from_this()](error_code error) {
    if (auto alive = self.lock(); alive && !error)
      alive->close();
  });
}

void rest_connection::read() {
  stream_->read_some(boost::asio::buffer(read_buffer_),
                     [self = shared_from_this()](error_code error, size_t n) {
                       if (error) {
                         self->close();
                         return;
                       }
                       self->in_.append(self->read_buffer_.data(), n);
                       self->take();
                     });
}

void rest_connection::take() {
  arm();
  if (auto request = reader_.next(in_)) {
    keep_alive_ = request->keep_alive;
    out_ = to_wire(answer_(*request), keep_alive_);
  } else if (!reader_.bad().empty()) {
    keep_alive_ = false;
    out_ =
      to_wire({400, reader_.bad(), "text/plain; charset=utf-8", {}}, false);
  } else {
    read();
    return;
  }
  out_done_ = 0;
  write();
}

void rest_connection::write() {
  if (out_done_ < out_.size()) {
    stream_->write_some(
      boost::asio::buffer(out_.data() + out_done_, out_.size() - out_done_),
      [self = shared_from_this()](error_code error, size_t n) {
        if (error) {
          self->close();
          return;
        }
        self->out_done_ += n;
        self->write();
      });
  } else if (keep_alive_) {
    take();
  } else {
    stream_->finish([self = shared_from_this()] { self->close(); });
  }
}

void rest_connection::close() {
  idle_.cancel();
  error_code ignored;
  stream_->socket().close(ignored);
}

} // namespace observer::simulate
