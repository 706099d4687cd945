#include "runtime/inspect/verdict.hpp"

#include <algorithm>

#include "messages/korean_time.hpp"
#include "runtime/inspect/archive_facts.hpp"
#include "runtime/inspect/facts.hpp"

namespace observer {

namespace {

/// Below this share of what came, per mille, something is wrong.
constexpr uint64_t whole_per_mille = 999;
/// Fewer are chance.
constexpr uint64_t unclaimed_min = 3;

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

class judgement {
 public:
  judgement(const observation& o, const patience& p) : o_(o), p_(p) {}

  verdict give() {
    if (o_.stopping) {
      say(verdict::stopping, cause::none,
          {{"stopping", "lines are flushed and files sealed"}});
      return out_;
    }
    if (o_.recovering) {
      say(verdict::starting, cause::none,
          {{"recovering", "recovering what earlier runs left open"}});
      return out_;
    }
    for (auto look : {&judgement::storage, &judgement::waiting_records,
                      &judgement::market, &judgement::connection,
                      &judgement::shortage, &judgement::layout,
                      &judgement::slots, &judgement::silence,
                      &judgement::recording})
      if ((this->*look)())
        break;
    return out_;
  }

 private:
  bool say(verdict::state_type state, cause why, std::vector<fact> facts) {
    std::string text{state == verdict::recording       ? "Recording: "
                     : state == verdict::not_recording ? "Not recording: "
                     : state == verdict::stopping      ? "Stopping: "
                                                       : "Starting: "};
    for (auto& f : facts)
      text += (&f == &facts.front() ? "" : "; ") + f.text;
    out_ = {state, why, std::move(text), false, std::move(facts)};
    return true;
  }
  bool not_recording(cause why, std::vector<fact> facts) {
    return say(verdict::not_recording, why, std::move(facts));
  }

  bool storage() {
    auto bad = trouble_of(o_);
    return bad && not_recording(bad->why, {storage_fact(*bad)});
  }

  bool waiting_records() {
    return o_.unacked_age_ms.value_or(0) * 1'000 > p_.unacked_us
           && not_recording(cause::io_error, {waiting_fact(o_)});
  }

  bool market() {
    if (o_.market_open || o_.claimed_per_s > 0)
      return false;
    std::vector<fact> facts{closed_fact(o_)};
    std::string text = "Market closed";
    if (!o_.closed_because.empty())
      text += " (" + facts[0].text + ")";
    auto add = [&](fact f, std::string_view joint) {
      text += joint;
      text += f.text;
      facts.push_back(std::move(f));
    };
    if (o_.opens_us)
      add(opens_fact(*o_.opens_us), ": ");
    if (o_.day.any()) {
      add(day_fact(o_), "; ");
      auto missing = missing_facts(o_.day.losses);
      // What is refused has no gap: no tick tells what it would have had.
      auto refused = count_slots(o_).refused > 0;
      if (missing.empty() && !refused)
        add(none_missing_fact(), "; ");
      for (auto& f : missing)
        add(std::move(f), "; ");
      if (refused)
        add(slots_fact(o_, "refused"), "; ");
    }
    auto warns = false;
    if (o_.archive)
      for (auto& [why, what] : archive_facts(*o_.archive)) {
        warns = true;
        add(std::move(what), "; ");
      }
    out_ = {verdict::market_closed, cause::market_closed, std::move(text),
            warns, std::move(facts)};
    return true;
  }

  bool connection() {
    auto best = best_session(o_);
    if (best && best->connection.phase == "open")
      return false;
    auto up_us = o_.now_us - o_.started_us;
    auto why = best ? best->connection.last_cause : cause::none;
    if (why == cause::none && up_us < p_.start_us)
      return say(verdict::starting, cause::none,
                 {{"connecting", "not connected yet"}});
    if (why == cause::none)
      why = cause::disconnected;
    return not_recording(why, {connection_fact(o_, best, why)});
  }

  /// What came is not on disk as ticks.
  bool shortage() {
    if (fails(o_.recent, o_.lately)) {
      std::vector<fact> facts{shortage_fact(o_)};
      auto bad = failing(o_);
      if (bad.count > 0 && bad.count < count_slots(o_).wanted)
        facts.push_back(std::move(bad.said));
      return not_recording(o_.lost_why, std::move(facts));
    }
    // What no slot claims does not outvote the slots that record; but if
    // nothing else comes, their records may be among it: encrypted, or of a TR
    // that is not known. Those of a symbol that was released are not.
    auto& un = o_.unclaimed;
    auto may_be_theirs = un.strange >= unclaimed_min
                         || (un.records >= unclaimed_min
                             && un.most != reject_reason::not_subscribed);
    // Nor are symbols that nobody asked for; but where these keep coming in the
    // place of ours the broker has mixed up who asked for what.
    auto in_their_place = un.strangers >= unclaimed_min;
    if (o_.claimed_per_s > 0 || !(may_be_theirs || in_their_place))
      return false;
    auto silent_us = o_.now_us - o_.last_record_us.value_or(0);
    // Ours that came before may still end: late, on a disk that was slow.
    if (o_.recent.came > 0 && silent_us < p_.mixed_up_us)
      return false;
    return not_recording(un.strange >= unclaimed_min ? cause::layout_changed
                         : in_their_place  ? cause::not_subscribed
                                           : cause_of(un.most),
                         {unclaimed_fact(o_)});
  }

  /// It is on disk, and the columns are not those that are known. The lines
  /// bear the raw records.
  bool layout() {
    if (!is_misread(o_.recent, o_.lately))
      return false;
    auto& x = o_.recent.misplaced > 0 ? o_.recent : o_.lately;
    return not_recording(cause::layout_changed,
                         {doubt_fact(o_, "layout", x.misplaced, x.ticks)});
  }

  bool slots() {
    auto n = count_slots(o_);
    if (n.wanted == 0)
      return not_recording(cause::not_subscribed,
                           {{"nothing_asked", "no symbol is asked for"}});
    if (n.live + n.silent > 0 || o_.claimed_per_s > 0)
      return false;
    auto since_us = o_.now_us - best_session(o_)->connection.since_us;
    if (n.refused == n.wanted) {
      std::string text;
      auto why = refusal_of(o_, text);
      return not_recording(why, {slots_fact(o_, "refused")});
    }
    auto waits = since_us < p_.silence_us;
    return say(waits ? verdict::starting : verdict::not_recording,
               waits ? cause::none : cause::no_reply,
               {not_live_fact(o_, since_us)});
  }

  bool silence() {
    auto& best = *best_session(o_);
    auto& c = best.connection;
    auto bound_us = c.data_silence_us > 0 ? c.data_silence_us : p_.silence_us;
    auto last_us = o_.last_record_us.value_or(0);
    // A session that came after a silent one has not ended the silence.
    auto goes_on = c.last_cause == cause::connected_but_silent && last_us > 0;
    auto begin_us = std::max({goes_on ? last_us : c.since_us,
                              o_.market_since_us, last_us});
    auto silent_us = o_.now_us - begin_us;
    if (best.silent_for_us)
      silent_us = std::max(silent_us, *best.silent_for_us);
    if (silent_us <= bound_us || o_.claimed_per_s > 0)
      return false;
    std::vector<fact> facts{silence_fact(
      silent_us, c.silence ? std::optional{c.silence->per_s_before}
                           : std::nullopt)};
    if (o_.unclaimed.records == 0)
      return not_recording(cause::connected_but_silent, std::move(facts));
    facts.push_back(unclaimed_fact(o_));
    return not_recording(cause_of(o_.unclaimed.most), std::move(facts));
  }

  bool recording() {
    if (o_.received_in_minute > 0 && o_.persisted_in_minute == 0
        && o_.totals.in_flight > 0
        && o_.unacked_age_ms.value_or(0) * 1'000 > p_.unacked_warn_us)
      return not_recording(cause::io_error, {none_saved_fact(o_)});
    warn_of_silence();
    warn_of_sessions();
    warn_of_losses();
    warn_of_doubt();
    warn_of_slots();
    warn_of_clock();
    warn_of_storage();
    if (o_.archive)
      for (auto& [why, what] : archive_facts(*o_.archive))
        warn(why, std::move(what));
    auto why = why_;
    auto warns = !warnings_.empty();
    warnings_.push_back(rates_fact(o_));
    say(verdict::recording, why, std::move(warnings_));
    out_.warns = warns;
    return true;
  }

  /// The first cause stays; the words of all are shown.
  void warn(cause why, fact what) {
    if (why_ == cause::none)
      why_ = why;
    warnings_.push_back(std::move(what));
  }

  void warn_of_silence() {
    auto& best = *best_session(o_);
    if (auto& silence = best.connection.silence)
      warn(cause::connected_but_silent,
           silence_fact(best.silent_for_us.value_or(0), silence->per_s_before));
  }

  void warn_of_losses() {
    if (last_outcomes(o_).below(whole_per_mille))
      warn(o_.lost_why, shortage_fact(o_));
    if (o_.unacked_age_ms.value_or(0) * 1'000 > p_.unacked_warn_us)
      warn(cause::io_error, waiting_fact(o_));
    if (o_.unclaimed.records > 0)
      warn(cause_of(o_.unclaimed.most), unclaimed_fact(o_));
    if (auto bad = failing(o_); bad.count > 0)
      warn(bad.why, std::move(bad.said));
  }

  /// One of several sessions that is not open.
  void warn_of_sessions() {
    for (auto& s : o_.sessions) {
      auto wants = std::any_of(s.slots.begin(), s.slots.end(), [](auto& slot) {
        return slot.view.what.has_value();
      });
      auto why = s.connection.last_cause;
      if (why == cause::none)
        why = cause::disconnected;
      if (wants && s.connection.phase != "open")
        warn(why, session_fact(o_, s, why));
    }
  }

  void warn_of_doubt() {
    auto& x = o_.recent.ticks > 0 ? o_.recent : o_.lately;
    auto strange = x.strange_width > 0;
    if (strange || x.doubted * 1'000 > x.ticks)
      warn(strange ? cause::width_changed : cause::in_doubt,
           doubt_fact(o_, "doubt", x.doubted, x.ticks));
  }

  void warn_of_slots() {
    auto n = count_slots(o_);
    std::string text;
    if (n.refused > 0)
      warn(refusal_of(o_, text), slots_fact(o_, "refused"));
    if (n.silent > 0)
      warn(cause::none, slots_fact(o_, "silent"));
    if (n.registering() > 0)
      warn(cause::none, slots_fact(o_, "registering"));
  }

  /// Days, hours and file names are by our clock.
  void warn_of_clock() {
    for (auto& s : o_.sessions)
      if (s.connection.clock_wrong)
        warn(cause::clock_wrong, clock_fact(s.connection.lag_ms.value_or(0)));
  }

  void warn_of_storage() {
    for (auto& s : o_.storage) {
      if (s.why != cause::none)
        warn(cause::none, storage_fact(s));
      if (!s.set_aside.empty())
        warn(cause::none, set_aside_fact(s));
    }
    if (o_.disk.age_us > p_.disk_look_us)
      warn(cause::none, disk_fact(o_));
  }

  const observation& o_;
  const patience& p_;
  verdict out_;
  /// Of a recording.
  cause why_ = cause::none;
  std::vector<fact> warnings_;
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
