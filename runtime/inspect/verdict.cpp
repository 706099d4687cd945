#include "runtime/inspect/verdict.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "messages/korean_time.hpp"
#include "messages/numbers.hpp"

namespace observer {

namespace {

struct slot_counts {
  size_t wanted = 0, live = 0, refused = 0, silent = 0;
};

slot_counts count_slots(const observation& o) {
  slot_counts n;
  for (auto& session : o.sessions)
    for (auto& slot : session.slots) {
      n.wanted += slot.view.what.has_value();
      n.live += slot.view.state == "live";
      n.refused += slot.view.state == "refused";
      n.silent += slot.view.state == "silent";
    }
  return n;
}

std::string seconds_text(int64_t us) {
  return fmt::format("{} s", us / us_per_second);
}

std::string rate(double per_s) {
  return with_commas(static_cast<int64_t>(per_s + 0.5));
}

/// The trouble of the ticks' writer comes first.
const storage_observation* trouble_of(const observation& o) {
  for (auto& s : o.storage)
    if (s.data == dataset::scalp && s.why != cause::none)
      return &s;
  return nullptr;
}

/// The connection that is open, else the one that may say why it is not.
const session_observation* best_session(const observation& o) {
  const session_observation* best = nullptr;
  for (auto& s : o.sessions)
    if (!best || s.connection.phase == "open")
      best = &s;
  return best;
}

/// Of a slot that was refused, the newest words.
cause refusal_of(const observation& o, std::string& text) {
  for (auto& e : o.events)
    if (e.event == "refused") {
      text = e.detail;
      return e.why;
    }
  return cause::refused_symbol;
}

class judgement {
 public:
  judgement(const observation& o, const patience& p) : o_(o), p_(p) {}

  verdict give() {
    if (o_.stopping)
      return {verdict::stopping, cause::none, "Stopping: lines are flushed and "
                                              "files sealed"};
    for (auto look : {&judgement::storage, &judgement::waiting_records,
                      &judgement::market, &judgement::connection,
                      &judgement::slots, &judgement::silence})
      if ((this->*look)())
        return out_;
    recording();
    return out_;
  }

 private:
  bool say(verdict::state_type state, cause why, std::string text) {
    out_ = {state, why, std::move(text)};
    return true;
  }
  bool not_recording(cause why, std::string text) {
    return say(verdict::not_recording, why, "Not recording: " + text);
  }

  bool storage() {
    auto bad = trouble_of(o_);
    return bad && not_recording(bad->why, bad->text);
  }

  bool waiting_records() {
    auto age = o_.unacked_age_ms.value_or(0);
    return age * 1'000 > p_.unacked_us
           && not_recording(cause::io_error,
                            fmt::format("records wait {} s for the disk",
                                        age / 1'000));
  }

  bool market() {
    if (o_.market_open || o_.received_per_s > 0)
      return false;
    return say(verdict::market_closed, cause::market_closed,
               o_.opens_us
                 ? fmt::format("Market closed: opens {}",
                               timestamp(*o_.opens_us).substr(0, 16))
                 : "Market closed");
  }

  bool connection() {
    auto best = best_session(o_);
    if (best && best->connection.phase == "open")
      return false;
    auto up_us = o_.now_us - o_.started_us;
    auto why = best ? best->connection.last_cause : cause::none;
    if (why == cause::none && up_us < p_.start_us)
      return say(verdict::starting, cause::none, "Starting: not connected yet");
    auto text = best && !best->connection.last_text.empty()
                  ? best->connection.last_text
                  : std::string{"no session"};
    return not_recording(why == cause::none ? cause::disconnected : why,
                         "not connected: " + text);
  }

  bool slots() {
    auto n = count_slots(o_);
    if (n.wanted == 0)
      return not_recording(cause::not_subscribed, "no symbol is asked for");
    if (n.live + n.silent > 0 || o_.received_per_s > 0)
      return false;
    auto since_us = o_.now_us - best_session(o_)->connection.since_us;
    if (n.refused == n.wanted) {
      std::string text;
      auto why = refusal_of(o_, text);
      return not_recording(why, "every registration is refused: " + text);
    }
    if (since_us < p_.silence_us)
      return say(verdict::starting, cause::none,
                 fmt::format("Starting: 0 of {} symbols live", n.wanted));
    return not_recording(cause::no_reply,
                         fmt::format("0 of {} symbols live for {}", n.wanted,
                                     seconds_text(since_us)));
  }

  bool silence() {
    auto begin = std::max({best_session(o_)->connection.since_us,
                           o_.market_since_us,
                           o_.last_record_us.value_or(0)});
    auto silent_us = o_.now_us - begin;
    if (silent_us <= p_.silence_us || o_.received_per_s > 0)
      return false;
    return not_recording(
      cause::connected_but_silent,
      "connected, and no record for " + seconds_text(silent_us));
  }

  void recording() {
    auto n = count_slots(o_);
    auto moves = o_.received_in_minute > 0;
    if (moves && o_.persisted_in_minute == 0 && o_.totals.in_flight > 0
        && o_.unacked_age_ms.value_or(0) > 2'000) {
      not_recording(cause::io_error,
                    fmt::format("{} records received in the last minute and "
                                "none is on disk",
                                o_.received_in_minute));
      return;
    }
    auto text = fmt::format("Recording: {}/s received, {}/s on disk, {} of {} "
                            "symbols live",
                            rate(o_.received_per_s), rate(o_.persisted_per_s),
                            n.live, n.wanted);
    if (n.refused > 0)
      text += fmt::format(", {} refused", n.refused);
    if (n.silent > 0)
      text += fmt::format(", {} silent", n.silent);
    say(verdict::recording, cause::none, text);
    out_.warns = n.refused > 0 || n.silent > 0 || n.live < n.wanted
                 || std::any_of(o_.storage.begin(), o_.storage.end(),
                                [](auto& s) { return s.why != cause::none; });
  }

  const observation& o_;
  const patience& p_;
  verdict out_;
};

} // namespace

std::string_view to_string(verdict::state_type state) {
  switch (state) {
    case verdict::recording:
      return "recording";
    case verdict::starting:
      return "starting";
    case verdict::market_closed:
      return "market_closed";
    case verdict::not_recording:
      return "not_recording";
    case verdict::stopping:
      return "stopping";
  }
  return "not_recording";
}

verdict judge(const observation& o, const patience& p) {
  return judgement{o, p}.give();
}

} // namespace observer
