#include "actors/journal/outbox.hpp"

#include <algorithm>
#include <utility>

#include "actors/journal/journal_file.hpp"

namespace observer {

void outbox::begin_session(session_ptr session) {
  close();
  session_ = std::move(session);
  next_seq_ = 1;
}

void outbox::drop_unfinished() {
  if (!open_)
    return;
  if (open_->lines == 0) {
    open_ = nullptr;
    return;
  }
  open_->text.resize(whole_bytes_);
  open_->gaps.resize(whole_gaps_);
}

line_batch& outbox::open(int64_t received_us,
                         const std::optional<registration>& what) {
  drop_unfinished();
  if (open_
      && (received_us < period_begin_us_ || received_us >= period_end_us_
          || open_->text.size() > batch_bytes_max || open_->what != what))
    close();
  if (!open_) {
    open_ = std::make_shared<line_batch>();
    open_->data = data_;
    open_->session = session_;
    open_->slot = slot_;
    open_->what = what;
    open_->first_seq = next_seq_;
    open_->first_received_us = received_us;
    open_->last_received_us = received_us;
    whole_bytes_ = whole_gaps_ = 0;
    auto period = file_period(data_, received_us);
    period_begin_us_ = file_period_end_us(data_, period - 1);
    period_end_us_ = file_period_end_us(data_, period);
    // A line is given more room while it is written than it takes.
    constexpr size_t room_bytes = 1024;
    open_->text.reserve(std::min(expected_lines_ * (line_bytes_ + line_bytes_ / 16),
                                 batch_bytes_max)
                        + room_bytes);
  }
  // The clock may step back.
  open_->first_received_us = std::min(open_->first_received_us, received_us);
  open_->last_received_us = std::max(open_->last_received_us, received_us);
  return *open_;
}

void outbox::line_added() {
  line_bytes_ = open_->text.size() - whole_bytes_;
  budget_->take_always(line_bytes_);
  whole_bytes_ = open_->text.size();
  whole_gaps_ = open_->gaps.size();
  ++open_->lines;
  ++next_seq_;
}

void outbox::close() {
  drop_unfinished();
  if (!open_)
    return;
  auto& oldest = kept_.empty() ? *open_ : *kept_.front();
  open_->oldest_session = oldest.session->number;
  // In this order: where there is no memory to keep it, it stays open.
  kept_.push_back(open_);
  open_ = nullptr;
}

void outbox::flush(const send_function& send) {
  close();
  for (; unsent_ < kept_.size(); ++unsent_)
    send(kept_[unsent_]);
}

void outbox::resend(const send_function& send) {
  unsent_ = 0;
  flush(send);
}

void outbox::acknowledge(const persisted& ack,
                         const acknowledged_function& each) noexcept {
  size_t kept = 0;
  auto unsent = unsent_;
  auto beyond = false;
  for (size_t i = 0; i < kept_.size(); ++i) {
    auto& batch = kept_[i];
    auto same = batch->session->number == ack.session_number;
    beyond = beyond || (same && batch->last_seq() > ack.last_seq);
    if (same && !beyond) {
      each(*batch);
      budget_->give(batch->text.size());
      if (i < unsent_)
        --unsent;
    } else if (beyond && kept == i) {
      return; // nothing was covered
    } else {
      kept_[kept++].swap(batch);
    }
  }
  kept_.resize(kept);
  unsent_ = unsent;
}

} // namespace observer
