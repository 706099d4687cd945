#pragma once

// What a producer of lines keeps until its writer says that it is durable.
//
// Operation. Lines are numbered 1, 2, 3, … within a session and gathered into
// batches; `flush` sends what was not sent, `resend` sends all again (a writer
// drops what it has, so this is always safe), `acknowledge` lets go.
//
// Lifetime. An outbox lives outside its actor (see slot_memory), so that an
// actor that crashes forgets nothing. One owner at a time; not thread-safe.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "messages/batches.hpp"
#include "messages/counters.hpp"

namespace observer {

class outbox {
 public:
  using send_function = std::function<void(const line_batch_ptr&)>;
  using acknowledged_function = std::function<void(const line_batch&)>;

  /// `budget` is charged for every line kept.
  outbox(dataset data, int slot, std::shared_ptr<byte_budget> budget)
    : data_(data), slot_(slot), budget_(std::move(budget)) {}
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Numbers start at 1 again. Batches of the former session stay until they
  /// are acknowledged.
  void begin_session(session_ptr session);
  const session_ptr& session() const {
    return session_;
  }

  /// The batch that the next line belongs to; a new one when the file's period
  /// or the registration changes. Append the line to `text`, numbered
  /// `next_seq()`, then call `line_added`.
  line_batch& open(int64_t received_us,
                   const std::optional<registration>& what);
  void line_added();
  uint64_t next_seq() const {
    return next_seq_;
  }

  /// Closes the open batch and sends all that was not sent.
  void flush(const send_function& send);
  /// Sends everything kept, oldest first.
  void resend(const send_function& send);
  /// Drops the batches that the acknowledgement covers.
  void acknowledge(const persisted& ack, const acknowledged_function& each);

  bool empty() const {
    return kept_.empty() && open_ == nullptr;
  }
  size_t batches() const {
    return kept_.size();
  }

 private:
  void close();

  dataset data_;
  int slot_;
  std::shared_ptr<byte_budget> budget_;
  session_ptr session_;
  uint64_t next_seq_ = 1;
  std::shared_ptr<line_batch> open_;
  std::deque<line_batch_ptr> kept_;
  /// The first of kept_ that was not sent yet.
  size_t unsent_ = 0;
};

} // namespace observer
