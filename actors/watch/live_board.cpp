#include "actors/watch/live_board.hpp"

#include <algorithm>

#include "messages/outside_text.hpp"

namespace observer {

// -- slot ------------------------------------------------------------------------

void slot_board::set_state(std::string_view literal) {
  std::lock_guard guard{mutex_};
  view_.state = literal;
}

void slot_board::set_registration(const std::optional<registration>& what) {
  std::lock_guard guard{mutex_};
  if (view_.what == what)
    return;
  view_.what = what;
  view_.price.clear();
  view_.last_tick_us.reset();
  view_.rejection.clear();
  ticks_.clear();
}

void slot_board::set_rejection(std::string_view words) {
  std::lock_guard guard{mutex_};
  view_.rejection = outside_value(words);
}

void slot_board::set_last(std::string_view price, int64_t received_us) {
  std::lock_guard guard{mutex_};
  view_.price = price;
  view_.last_tick_us = received_us;
}

void slot_board::add_tick(tick_view tick) {
  std::lock_guard guard{mutex_};
  ticks_.push_back(std::move(tick));
  if (ticks_.size() > ticks_max)
    ticks_.pop_front();
}

slot_view slot_board::view() const {
  std::lock_guard guard{mutex_};
  auto out = view_;
  auto oldest = oldest_unacked_us_.load(std::memory_order_relaxed);
  if (oldest != 0)
    out.oldest_unacked_us = oldest;
  return out;
}

std::vector<tick_view> slot_board::ticks() const {
  std::lock_guard guard{mutex_};
  return {ticks_.begin(), ticks_.end()};
}

// -- connection ------------------------------------------------------------------

void connection_board::set_phase(std::string_view literal, int64_t now_us) {
  std::lock_guard guard{mutex_};
  view_.phase = literal;
  view_.since_us = now_us;
}

void connection_board::set_session(const std::string& url,
                                   const std::string& session_id,
                                   uint32_t attempts) {
  std::lock_guard guard{mutex_};
  view_.url = url;
  view_.session_id = session_id;
  view_.attempts = attempts;
}

void connection_board::set_end(cause why, const std::string& text) {
  std::lock_guard guard{mutex_};
  view_.last_cause = why;
  view_.last_text = outside_text(text);
}

void connection_board::set_lag(int64_t lag_ms, bool clock_wrong) {
  std::lock_guard guard{mutex_};
  view_.lag_ms = lag_ms;
  view_.clock_wrong = clock_wrong;
}

void connection_board::set_rejection(std::string_view words) {
  std::lock_guard guard{mutex_};
  view_.rejection = outside_value(words);
}

void connection_board::set_silence(const std::optional<feed_silence>& silence) {
  std::lock_guard guard{mutex_};
  view_.silence = silence;
}

void connection_board::set_data_silence(int64_t us) {
  std::lock_guard guard{mutex_};
  view_.data_silence_us = us;
}

connection_view connection_board::view() const {
  std::lock_guard guard{mutex_};
  auto out = view_;
  if (auto last = last_frame_us_.load(std::memory_order_relaxed))
    out.last_frame_us = last;
  if (auto last = last_heard_us_.load(std::memory_order_relaxed))
    out.last_heard_us = last;
  return out;
}

// -- writer ----------------------------------------------------------------------

void writer_board::set_open(std::vector<open_file_view> files) {
  std::lock_guard guard{mutex_};
  open_ = std::move(files);
}

std::vector<open_file_view> writer_board::open() const {
  std::lock_guard guard{mutex_};
  return open_;
}

// -- events ----------------------------------------------------------------------

namespace {

size_t bytes_of(const event_view& e) {
  return sizeof e + e.event.size() + e.symbol.size() + e.detail.size();
}

} // namespace

void recent_events::add(const journal_event& e, int slot, int64_t at_us) {
  event_view view{at_us,
                  std::string{e.event},
                  e.why,
                  slot,
                  outside_value(e.symbol),
                  outside_text(e.detail),
                  e.missing_shares,
                  e.records,
                  std::string{e.tr_id}};
  auto id = e.event == "gap" ? kis::parse_tr(e.tr_id) : std::nullopt;
  std::lock_guard guard{mutex_};
  if (id) {
    auto& loss = losses_[static_cast<size_t>(*id)];
    ++(e.missing_shares ? loss.gaps : loss.unknown);
    auto shares = std::max<int64_t>(e.missing_shares.value_or(0), 0);
    loss.missing_shares += static_cast<uint64_t>(shares);
  }
  bytes_ += bytes_of(view);
  events_.push_back(std::move(view));
  while (events_.size() > events_max || bytes_ > bytes_max) {
    bytes_ -= bytes_of(events_.front());
    events_.pop_front();
  }
}

std::vector<event_view> recent_events::newest(size_t count) const {
  std::lock_guard guard{mutex_};
  std::vector<event_view> out;
  for (auto at = events_.rbegin(); at != events_.rend() && out.size() < count;
       ++at)
    out.push_back(*at);
  return out;
}

losses_by_tr recent_events::losses() const {
  std::lock_guard guard{mutex_};
  return losses_;
}

} // namespace observer
