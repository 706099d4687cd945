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
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "messages/batches.hpp"
#include "messages/counters.hpp"

namespace observer {

class outbox {
 public:
  /// A batch that is larger takes no more lines.
  static constexpr size_t batch_bytes_max = 256 * 1024;

  using send_function = std::function<void(const line_batch_ptr&)>;
  using acknowledged_function = std::function<void(const line_batch&)>;

  /// `budget` is charged for every line, from its addition to its
  /// acknowledgement.
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
  /// or the registration changes, or the last one is large. Append the line to
  /// `text`, numbered `next_seq()`, and what it adds to `gaps`, then call
  /// `line_added`: what was appended without that (by an actor that crashed in
  /// between) is dropped again.
  line_batch& open(int64_t received_us,
                   const std::optional<registration>& what);
  /// So many lines are to come: a batch that is begun makes room for them, by
  /// the size of the last one.
  void expect_lines(size_t lines) {
    expected_lines_ = lines;
  }
  void line_added();
  uint64_t next_seq() const {
    return next_seq_;
  }

  /// Closes the open batch and sends all that was not sent.
  void flush(const send_function& send);
  /// Sends everything kept, oldest first.
  void resend(const send_function& send);
  /// Drops the batches that the acknowledgement covers, whatever else is kept:
  /// sessions need not be acknowledged in their order. `each` must not throw: what
  /// it counted of a batch that then stayed would be counted again.
  void acknowledge(const persisted& ack,
                   const acknowledged_function& each) noexcept;

  dataset data() const {
    return data_;
  }
  bool empty() const {
    return kept_.empty() && (open_ == nullptr || open_->lines == 0);
  }
  /// When the first record came of what is kept; 0 if nothing is.
  int64_t oldest_us() const {
    if (!kept_.empty())
      return kept_.front()->first_received_us;
    return open_ && open_->lines > 0 ? open_->first_received_us : 0;
  }
  size_t batches() const {
    return kept_.size();
  }

 private:
  void close();
  /// Of the open batch: what no line_added followed.
  void drop_unfinished();

  dataset data_;
  int slot_;
  std::shared_ptr<byte_budget> budget_;
  session_ptr session_;
  uint64_t next_seq_ = 1;
  std::shared_ptr<line_batch> open_;
  /// Of open_: what line_added confirmed.
  size_t whole_bytes_ = 0, whole_gaps_ = 0;
  size_t line_bytes_ = 512, expected_lines_ = 1;
  /// Of the open batch's file.
  int64_t period_begin_us_ = 0, period_end_us_ = 0;
  /// A few, or what a disk that hangs leaves; a deque takes half a KiB of every
  /// quiet slot.
  std::vector<line_batch_ptr> kept_;
  /// The first of kept_ that was not sent yet.
  size_t unsent_ = 0;
};

} // namespace observer
