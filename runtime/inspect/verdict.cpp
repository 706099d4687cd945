#include "runtime/inspect/verdict.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "messages/korean_time.hpp"
#include "messages/numbers.hpp"

namespace observer {

namespace {

struct slot_counts {
  size_t wanted = 0, live = 0, refused = 0, silent = 0, rejecting = 0;
};

slot_counts count_slots(const observation& o) {
  slot_counts n;
  for (auto& session : o.sessions)
    for (auto& slot : session.slots) {
      n.wanted += slot.view.what.has_value();
      n.live += slot.view.state == "live";
      n.refused += slot.view.state == "refused";
      n.silent += slot.view.state == "silent";
      n.rejecting += slot.view.state == "rejecting";
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

/// Below this share of what came, per mille, it is no recording; below that one
/// something is wrong.
constexpr uint64_t recording_per_mille = 800, whole_per_mille = 999;
/// Fewer are chance.
constexpr uint64_t few = 3;

/// Does most of what came become no tick?
bool fails(const outcomes& recent, const outcomes& lately) {
  if (recent.lost() >= few && recent.below(recording_per_mille))
    return true;
  // Too little for ten seconds to say: the last records do, if not by chance.
  auto quiet = recent.came == 0 || recent.lost() > 0;
  auto telling = lately.lost() >= few || lately.lost() == lately.came;
  return quiet && telling && lately.came > 0
         && lately.below(recording_per_mille);
}

/// Do the values of most ticks seem to stand in other columns?
bool is_misread(const outcomes& recent, const outcomes& lately) {
  auto most = [](const outcomes& o) { return o.misplaced * 2 > o.ticks; };
  if (recent.misplaced >= few && most(recent))
    return true;
  auto quiet = recent.ticks == 0 || recent.misplaced > 0;
  return quiet && lately.misplaced > 0 && most(lately);
}

/// `12 of 500 records`, of the last ten seconds if they had any.
std::string share_text(uint64_t part, uint64_t of) {
  return fmt::format("{} of {} records", with_commas(static_cast<int64_t>(part)),
                     with_commas(static_cast<int64_t>(of)));
}

class judgement {
 public:
  judgement(const observation& o, const patience& p) : o_(o), p_(p) {}

  verdict give() {
    if (o_.stopping)
      return {verdict::stopping, cause::none, "Stopping: lines are flushed and "
                                              "files sealed"};
    if (o_.recovering)
      return {verdict::starting, cause::none,
              "Starting: recovering what earlier runs left open"};
    for (auto look : {&judgement::storage, &judgement::waiting_records,
                      &judgement::market, &judgement::connection,
                      &judgement::shortage, &judgement::layout,
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
    if (o_.market_open || o_.claimed_per_s > 0)
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

  /// Why records are rejected, in the words of the last one.
  std::string rejection_words() const {
    const slot_view* last = nullptr;
    for (auto& session : o_.sessions)
      for (auto& slot : session.slots)
        if (!slot.view.rejection.empty() && slot.lately.rejected > 0
            && (!last || slot.view.rejection.starts_with(
                           to_string(o_.rejected_most))))
          last = &slot.view;
    return last ? last->rejection : std::string{to_string(o_.rejected_most)};
  }
  std::string unclaimed_words() const {
    for (auto& session : o_.sessions)
      if (!session.connection.rejection.empty())
        return session.connection.rejection;
    return std::string{to_string(o_.unclaimed.most)};
  }
  const outcomes& last_outcomes() const {
    return o_.recent.came > 0 ? o_.recent : o_.lately;
  }
  /// `500 rejected (bad_time: …), 3 given up (disk_full), 2 wait`
  std::string losses() const {
    auto& x = last_outcomes();
    std::string out;
    auto add = [&](uint64_t n, std::string_view what, std::string_view why) {
      if (n > 0)
        out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", n, what, why);
    };
    add(x.rejected, "rejected", " (" + rejection_words() + ")");
    add(x.shed, "given up", fmt::format(" ({})", to_string(o_.lost_why)));
    add(x.late, "wait for more than 10 s", "");
    return out;
  }

  /// What came is not on disk as ticks.
  bool shortage() {
    if (fails(o_.recent, o_.lately)) {
      auto& x = last_outcomes();
      auto text = share_text(x.ticks, x.came)
                  + " of the last seconds are on disk: " + losses();
      auto bad = failing();
      auto wanted = count_slots(o_).wanted;
      if (bad.count > 0 && bad.count < wanted)
        text += fmt::format("; {} of {} symbols record nothing: {}", bad.count,
                            wanted, bad.names);
      return not_recording(o_.lost_why, std::move(text));
    }
    // What no slot claims does not outvote the slots that record; but if
    // nothing else comes, their records may be among it: encrypted, or of a TR
    // that is not known. Those of a symbol that was released are not.
    auto& un = o_.unclaimed;
    auto may_be_theirs = un.strange >= few
                         || (un.records >= few
                             && un.most != reject_reason::not_subscribed);
    // Nor are symbols that nobody asked for; but where these keep coming in the
    // place of ours the broker has mixed up who asked for what.
    auto in_their_place = un.strangers >= few;
    if (o_.claimed_per_s > 0 || !(may_be_theirs || in_their_place))
      return false;
    auto silent_us = o_.now_us - o_.last_record_us.value_or(0);
    // Ours that came before may still end: late, on a disk that was slow.
    if (o_.recent.came > 0 && silent_us < p_.mixed_up_us)
      return false;
    return not_recording(un.strange >= few ? cause::layout_changed
                         : in_their_place  ? cause::not_subscribed
                                           : cause_of(un.most),
                         fmt::format("{} records came in 10 s and no slot "
                                     "claims any: {}",
                                     un.records, unclaimed_words()));
  }

  /// It is on disk, and the columns are not those that are known. The lines
  /// bear the raw records.
  bool layout() {
    if (!is_misread(o_.recent, o_.lately))
      return false;
    auto& x = o_.recent.misplaced > 0 ? o_.recent : o_.lately;
    return not_recording(
      cause::layout_changed,
      fmt::format("the broker's layout has changed: values of {} are in doubt "
                  "({}); the raw records are kept beside them",
                  share_text(std::min(x.misplaced, x.ticks), x.ticks),
                  doubt_words()));
  }
  /// The doubts that ticks of this run have, most first.
  std::string doubt_words() const {
    auto all = o_.doubts;
    std::stable_sort(all.begin(), all.end(),
                     [](auto& a, auto& b) { return a.second > b.second; });
    std::string out;
    constexpr size_t shown_max = 3;
    for (size_t i = 0; i < std::min(all.size(), shown_max); ++i)
      if (all[i].second > 0)
        out += (out.empty() ? "" : ", ") + std::string{all[i].first};
    return out;
  }

  bool slots() {
    auto n = count_slots(o_);
    if (n.wanted == 0)
      return not_recording(cause::not_subscribed, "no symbol is asked for");
    if (n.live + n.silent > 0 || o_.claimed_per_s > 0)
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
    if (silent_us <= p_.silence_us || o_.claimed_per_s > 0)
      return false;
    if (o_.unclaimed.records > 0)
      return not_recording(
        cause_of(o_.unclaimed.most),
        fmt::format("no record of a registered symbol for {}, and {} that no "
                    "slot claims in the last 10 s: {}",
                    seconds_text(silent_us), o_.unclaimed.records,
                    unclaimed_words()));
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
    if (n.rejecting > 0)
      text += fmt::format(", {} rejecting", n.rejecting);
    say(verdict::recording, cause::none, text);
    out_.warns = n.refused > 0 || n.silent > 0 || n.live < n.wanted
                 || std::any_of(o_.storage.begin(), o_.storage.end(),
                                [](auto& s) {
                                  return s.why != cause::none
                                         || !s.set_aside.empty();
                                })
                 || o_.disk.age_us > p_.disk_look_us;
    warn_of_sessions();
    warn_of_losses();
    warn_of_slots();
    warn_of_doubt();
  }

  /// The first cause stays; the words of all are shown.
  void warn(cause why, const std::string& text) {
    out_.warns = true;
    if (out_.why == cause::none)
      out_.why = why;
    out_.text += "; " + text;
  }

  void warn_of_losses() {
    auto& x = last_outcomes();
    if (x.below(whole_per_mille))
      warn(o_.lost_why, share_text(x.lost(), x.came) + " of the last seconds "
                          "are not on disk: " + losses());
    auto age_ms = o_.unacked_age_ms.value_or(0);
    if (age_ms * 1'000 > p_.unacked_warn_us)
      warn(cause::io_error,
           fmt::format("records wait {} s for the disk", age_ms / 1'000));
    if (o_.unclaimed.records > 0)
      warn(cause_of(o_.unclaimed.most),
           fmt::format("{} records of the last seconds belong to no slot: {}",
                       o_.unclaimed.records, unclaimed_words()));
  }

  /// One of several sessions that is not open.
  void warn_of_sessions() {
    for (auto& s : o_.sessions) {
      auto wants = std::any_of(s.slots.begin(), s.slots.end(), [](auto& slot) {
        return slot.view.what.has_value();
      });
      auto& c = s.connection;
      if (wants && c.phase != "open")
        warn(c.last_cause == cause::none ? cause::disconnected : c.last_cause,
             fmt::format("{} is not connected: {}", s.name,
                         c.last_text.empty() ? c.phase : c.last_text));
    }
  }

  /// Slots that fail by themselves among others that do not.
  struct failing_slots {
    size_t count = 0;
    std::string names;
    cause why = cause::none;
  };
  failing_slots failing() const {
    constexpr size_t named_max = 3;
    failing_slots out;
    for (auto& session : o_.sessions)
      for (auto& slot : session.slots) {
        auto lost = slot.view.state == "rejecting"
                    || fails(slot.recent, slot.lately);
        auto misread = is_misread(slot.recent, slot.lately);
        if (!slot.view.what || !(lost || misread))
          continue;
        if (out.count++ == 0)
          out.why = misread || slot.lately.rejected > 0 ? cause::layout_changed
                                                        : o_.lost_why;
        if (out.count <= named_max)
          out.names += fmt::format(
            "{}{}{}", out.names.empty() ? "" : ", ", slot.view.what->symbol,
            !misread && !slot.view.rejection.empty()
              ? " (" + slot.view.rejection + ")"
              : std::string{});
      }
    if (out.count > named_max)
      out.names += ", …";
    return out;
  }

  void warn_of_slots() {
    auto bad = failing();
    if (bad.count > 0)
      warn(bad.why == cause::none ? cause::layout_changed : bad.why,
           fmt::format("{} of {} symbols record no ticks to rely on: {}",
                       bad.count, count_slots(o_).wanted, bad.names));
  }

  void warn_of_doubt() {
    auto& x = o_.recent.ticks > 0 ? o_.recent : o_.lately;
    auto strange = x.strange_width > 0;
    if (!strange && x.doubted * 1'000 <= x.ticks)
      return;
    warn(strange ? cause::width_changed : cause::in_doubt,
         fmt::format("values of {} of the last seconds are in doubt ({})",
                     share_text(std::min(x.doubted, x.ticks), x.ticks),
                     doubt_words()));
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
