#include "actors/outbox.hpp"

#include <algorithm>

#include "actors/journal_file.hpp"

namespace observer {

void outbox::begin_session(session_ptr session) {
  close();
  session_ = std::move(session);
  next_seq_ = 1;
}

line_batch& outbox::open(int64_t received_us,
                         const std::optional<registration>& what) {
  if (open_
      && (open_->what != what
          || file_period(data_, open_->first_received_us)
               != file_period(data_, received_us)))
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
  }
  open_->last_received_us = std::max(open_->last_received_us, received_us);
  return *open_;
}

void outbox::line_added() {
  ++open_->lines;
  ++next_seq_;
}

void outbox::close() {
  if (!open_)
    return;
  budget_->take_always(open_->text.size());
  kept_.push_back(std::move(open_));
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
                         const acknowledged_function& each) {
  while (!kept_.empty()) {
    auto& oldest = *kept_.front();
    // Sessions are acknowledged in order: an older one is below any newer.
    if (oldest.session->number > ack.session_number
        || (oldest.session->number == ack.session_number
            && oldest.last_seq() > ack.last_seq))
      return;
    if (oldest.session->number < ack.session_number)
      return; // not this acknowledgement's: its own is still to come
    each(oldest);
    budget_->give(oldest.text.size());
    kept_.pop_front();
    if (unsent_ > 0)
      --unsent_;
  }
}

} // namespace observer
