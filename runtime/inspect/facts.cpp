#include "runtime/inspect/facts.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "messages/korean_time.hpp"
#include "messages/numbers.hpp"

namespace observer {

namespace {

/// Below this share of what came, per mille, it is no recording.
constexpr uint64_t recording_per_mille = 800;
/// Fewer are chance.
constexpr uint64_t few = 3;

std::string number(uint64_t n) {
  return with_commas(static_cast<int64_t>(n));
}

/// `12 of 500 records`.
std::string share_text(uint64_t part, uint64_t of) {
  return fmt::format("{} of {} records", number(part), number(of));
}

std::string counted(uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number(n), n == 1 ? one : many);
}

/// In seconds, as they are told.
uint64_t seconds_of(int64_t us) {
  return static_cast<uint64_t>(std::max<int64_t>(us, 0) / us_per_second);
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (auto& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string name_of(const registration& what) {
  return fmt::format("{} {}", what.symbol, to_string(what.id));
}

template <class Use>
void for_each_slot(const observation& o, Use use) {
  for (auto& session : o.sessions)
    for (auto& slot : session.slots)
      use(slot);
}

/// Why records are rejected, in the words of the last one.
std::string rejection_words(const observation& o) {
  const slot_view* last = nullptr;
  for_each_slot(o, [&](auto& slot) {
    if (!slot.view.rejection.empty() && slot.lately.rejected > 0
        && (!last
            || slot.view.rejection.starts_with(to_string(o.rejected_most))))
      last = &slot.view;
  });
  return last ? last->rejection : std::string{to_string(o.rejected_most)};
}

std::string unclaimed_words(const observation& o) {
  for (auto& session : o.sessions)
    if (!session.connection.rejection.empty())
      return session.connection.rejection;
  return std::string{to_string(o.unclaimed.most)};
}

/// `500 rejected (bad_time: …), 3 given up (disk_full), 2 wait`
std::string losses(const observation& o, const outcomes& x) {
  std::string out;
  auto add = [&](uint64_t n, std::string_view what, std::string_view why) {
    if (n > 0)
      out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", n, what, why);
  };
  add(x.rejected, "rejected", " (" + rejection_words(o) + ")");
  add(x.shed, "given up", fmt::format(" ({})", to_string(o.lost_why)));
  add(x.late, "wait for more than 10 s", "");
  return out;
}

/// The doubts that ticks of this run have, most first.
std::vector<std::string> doubt_names(const observation& o) {
  auto all = o.doubts;
  std::stable_sort(all.begin(), all.end(),
                   [](auto& a, auto& b) { return a.second > b.second; });
  std::vector<std::string> out;
  for (auto& [name, n] : all)
    if (n > 0)
      add_name(out, std::string{name});
  return out;
}

} // namespace

slot_counts count_slots(const observation& o) {
  slot_counts n;
  for_each_slot(o, [&](auto& slot) {
    if (!slot.view.what)
      return;
    ++n.wanted;
    n.live += slot.view.state == "live";
    n.refused += slot.view.state == "refused";
    n.silent += slot.view.state == "silent";
    n.rejecting += slot.view.state == "rejecting";
  });
  return n;
}

const outcomes& last_outcomes(const observation& o) {
  return o.recent.came > 0 ? o.recent : o.lately;
}

bool fails(const outcomes& recent, const outcomes& lately) {
  if (recent.lost() >= few && recent.below(recording_per_mille))
    return true;
  // Too little for ten seconds to say: the last records do, if not by chance.
  auto quiet = recent.came == 0 || recent.lost() > 0;
  auto telling = lately.lost() >= few || lately.lost() == lately.came;
  return quiet && telling && lately.came > 0
         && lately.below(recording_per_mille);
}

bool is_misread(const outcomes& recent, const outcomes& lately) {
  auto most = [](const outcomes& o) { return o.misplaced * 2 > o.ticks; };
  if (recent.misplaced >= few && most(recent))
    return true;
  auto quiet = recent.ticks == 0 || recent.misplaced > 0;
  return quiet && lately.misplaced > 0 && most(lately);
}

std::string rate_text(double per_s) {
  if (per_s > 0 && per_s < 9.95)
    return fmt::format("{:g}", std::round(per_s * 10) / 10);
  return with_commas(static_cast<int64_t>(per_s + 0.5));
}

// -- of the feed --------------------------------------------------------------

fact rates_fact(const observation& o) {
  auto n = count_slots(o);
  auto whole = [](double per_s) {
    return with_commas(static_cast<int64_t>(per_s + 0.5));
  };
  return {"rates",
          fmt::format("{}/s received, {}/s on disk, {} of {} registrations live",
                      whole(o.received_per_s), whole(o.persisted_per_s), n.live,
                      n.wanted),
          {{"received_per_s", o.received_per_s},
           {"persisted_per_s", o.persisted_per_s},
           {"live", uint64_t{n.live}},
           {"wanted", uint64_t{n.wanted}}}};
}

fact slots_fact(const observation& o, std::string_view state) {
  auto failed = state == "refused" || state == "silent";
  std::vector<std::string> names;
  uint64_t count = 0;
  for_each_slot(o, [&](auto& slot) {
    auto& v = slot.view;
    auto registers = v.state != "live" && v.state != "refused"
                     && v.state != "silent" && v.state != "rejecting";
    if (!v.what || (failed ? v.state != state : !registers))
      return;
    ++count;
    add_name(names, name_of(*v.what));
  });
  fact out{failed ? state : "registering", "", {}};
  uint64_t wanted = count_slots(o).wanted;
  if (state == "refused") {
    std::string words;
    auto why = refusal_of(o, words);
    out.text = count == wanted
                 ? "every registration is refused: " + words
                 : fmt::format("{} of {} refused ({}): {}", count, wanted,
                               to_string(why), joined(names));
    out.figures.emplace_back("cause", figure_of(why));
  } else {
    out.text = fmt::format("{} of {} {}: {}", count, wanted,
                           failed ? state : "not registered yet",
                           joined(names));
  }
  out.figures.emplace_back("count", count);
  out.figures.emplace_back("of", wanted);
  out.figures.emplace_back("names", std::move(names));
  return out;
}

cause refusal_of(const observation& o, std::string& text) {
  for (auto& e : o.events)
    if (e.event == "refused") {
      text = e.detail;
      return e.why;
    }
  return cause::refused_symbol;
}

fact not_live_fact(const observation& o, int64_t for_us) {
  uint64_t wanted = count_slots(o).wanted;
  auto seconds = seconds_of(for_us);
  return {"not_live",
          fmt::format("0 of {} registrations live for {} s", wanted, seconds),
          {{"wanted", wanted}, {"seconds", seconds}}};
}

fact silence_fact(int64_t for_us, std::optional<double> per_s_before) {
  auto seconds = seconds_of(for_us);
  if (!per_s_before)
    return {"no_record",
            fmt::format("connected, and no record for {} s", seconds),
            {{"seconds", seconds}}};
  return {"silence",
          fmt::format("connected, and no record for {} s after {}/s", seconds,
                      rate_text(*per_s_before)),
          {{"seconds", seconds}, {"per_s_before", *per_s_before}}};
}

fact connection_fact(const observation& o, const session_observation* s,
                     cause why) {
  auto text = s && !s->connection.last_text.empty() ? s->connection.last_text
                                                    : std::string{"no session"};
  fact out{"connection", "not connected: " + text,
           {{"cause", figure_of(why)}, {"seconds", {}}, {"text", text}}};
  if (s)
    out.figures[1].second = seconds_of(o.now_us - s->connection.since_us);
  return out;
}

fact session_fact(const observation& o, const session_observation& s,
                  cause why) {
  auto& c = s.connection;
  auto text = c.last_text.empty() ? std::string{c.phase} : c.last_text;
  return {"session",
          fmt::format("{} is not connected: {}", s.name, text),
          {{"session", s.name},
           {"cause", figure_of(why)},
           {"seconds", seconds_of(o.now_us - c.since_us)},
           {"text", text}}};
}

// -- of the records -----------------------------------------------------------

fact shortage_fact(const observation& o) {
  auto& x = last_outcomes(o);
  return {"shortage",
          fmt::format("{} of the last seconds are on disk: {}",
                      share_text(x.ticks, x.came), losses(o, x)),
          {{"ticks", x.ticks},
           {"came", x.came},
           {"rejected", x.rejected},
           {"reason", figure_of(x.rejected > 0 ? o.rejected_most
                                               : reject_reason::none)},
           {"shed", x.shed},
           {"late", x.late},
           {"cause", figure_of(o.lost_why)}}};
}

fact unclaimed_fact(const observation& o) {
  auto& un = o.unclaimed;
  constexpr uint64_t over_s = outcome_window::seconds;
  return {"unclaimed",
          fmt::format("{} in {} s and no slot claims any: {}",
                      counted(un.records, "record came", "records came"),
                      over_s, unclaimed_words(o)),
          {{"records", un.records},
           {"reason", figure_of(un.most)},
           {"seconds", over_s}}};
}

fact waiting_fact(const observation& o) {
  auto seconds = static_cast<uint64_t>(o.unacked_age_ms.value_or(0) / 1'000);
  return {"waiting",
          fmt::format("{} records wait {} s for the disk",
                      number(o.totals.in_flight), seconds),
          {{"seconds", seconds}, {"count", o.totals.in_flight}}};
}

fact none_saved_fact(const observation& o) {
  return {"none_saved",
          fmt::format("{} records received in the last minute and none is on "
                      "disk",
                      number(o.received_in_minute)),
          {{"received", o.received_in_minute}, {"seconds", uint64_t{60}}}};
}

fact doubt_fact(const observation& o, std::string_view kind, uint64_t part,
                uint64_t of) {
  auto names = doubt_names(o);
  part = std::min(part, of);
  auto text
    = kind == "layout"
        ? fmt::format("the broker's layout has changed: values of {} are in "
                      "doubt ({}); the raw records are kept beside them",
                      share_text(part, of), joined(names))
        : fmt::format("values of {} of the last seconds are in doubt ({})",
                      share_text(part, of), joined(names));
  return {kind,
          std::move(text),
          {{"part", part}, {"of", of}, {"names", std::move(names)}}};
}

failing_slots failing(const observation& o) {
  failing_slots out;
  std::vector<std::string> names, shown;
  std::string reason;
  for_each_slot(o, [&](auto& slot) {
    auto& v = slot.view;
    auto lost = v.state == "rejecting" || fails(slot.recent, slot.lately);
    auto misread = is_misread(slot.recent, slot.lately);
    if (!v.what || !(lost || misread))
      return;
    if (out.count++ == 0)
      out.why = misread || slot.lately.rejected > 0 ? cause::layout_changed
                                                    : o.lost_why;
    auto words = misread ? std::string{} : v.rejection;
    if (reason.empty())
      reason = words.substr(0, words.find(':'));
    auto name = name_of(*v.what);
    add_name(names, name);
    add_name(shown, words.empty() ? name
                                  : fmt::format("{} ({})", name, words));
  });
  if (out.why == cause::none)
    out.why = cause::layout_changed;
  uint64_t wanted = count_slots(o).wanted;
  out.said = {reason.empty() ? "unreliable" : "rejecting",
              fmt::format("{} of {} registrations record no ticks to rely on: {}",
                          out.count, wanted, joined(shown)),
              {{"count", uint64_t{out.count}},
               {"of", wanted},
               {"names", std::move(names)},
               {"cause", figure_of(out.why)}}};
  if (!reason.empty())
    out.said.figures.emplace_back("reason", std::move(reason));
  return out;
}

// -- of the disk and the day --------------------------------------------------

fact storage_fact(const storage_observation& s) {
  return {"storage",
          s.data == dataset::scalp
            ? s.text
            : fmt::format("{} cannot be written: {}", to_string(s.data),
                          s.text),
          {{"dataset", std::string{to_string(s.data)}},
           {"cause", figure_of(s.why)},
           {"text", s.text}}};
}

fact set_aside_fact(const storage_observation& s) {
  return {"set_aside",
          fmt::format("{} of the past cannot be sealed: {}", to_string(s.data),
                      s.set_aside),
          {{"dataset", std::string{to_string(s.data)}}, {"text", s.set_aside}}};
}

fact disk_fact(const observation& o) {
  auto seconds = seconds_of(o.disk.age_us);
  return {"disk",
          fmt::format("the disk has not answered for {} s", seconds),
          {{"seconds", seconds}}};
}

fact clock_fact(int64_t lag_ms) {
  auto seconds = static_cast<uint64_t>(std::abs(lag_ms) / 1'000);
  auto behind = lag_ms < 0;
  return {behind ? "clock_behind" : "clock_ahead",
          fmt::format("our clock is {} s {} the exchange's", number(seconds),
                      behind ? "behind" : "ahead of"),
          {{"seconds", seconds}}};
}

fact closed_fact(const observation& o) {
  auto why = o.closed_because;
  auto words = why == "before_open"   ? "before the open"
               : why == "after_close" ? "closed for the day"
               : why == "weekend"     ? "weekend"
               : why == "holiday"     ? "holiday"
                                      : "closed";
  return {"closed", words, {{"why", std::string{why}}}};
}

fact opens_fact(int64_t at_us) {
  return {"opens", "opens " + timestamp(at_us).substr(0, 16),
          {{"at_us", at_us}}};
}

fact day_fact(const observation& o) {
  auto& d = o.day;
  auto text = fmt::format("today: {}, {} on disk",
                          counted(d.received, "record", "records"),
                          number(d.persisted));
  auto add = [&](uint64_t n, std::string_view what) {
    if (n > 0)
      text += fmt::format(", {} {}", number(n), what);
  };
  add(d.rejected, "rejected");
  add(d.shed, "given up");
  add(d.lost, "gone with their file");
  text += ", " + counted(d.disconnects, "disconnect", "disconnects");
  return {"day",
          std::move(text),
          {{"since_us", o.day_since_us},
           {"received", d.received},
           {"persisted", d.persisted},
           {"rejected", d.rejected},
           {"shed", d.shed},
           {"lost", d.lost},
           {"gaps", d.gaps},
           {"disconnects", d.disconnects}}};
}

fact none_missing_fact() {
  return {"none_missing", "no gap"};
}

std::vector<fact> missing_facts(const losses_by_tr& losses) {
  std::vector<fact> out;
  for (auto id : kis::all_trs) {
    auto& loss = losses[static_cast<size_t>(id)];
    std::string tr_id{to_string(id)};
    if (loss.gaps > 0)
      out.push_back({"missing",
                     fmt::format("{}: {} missing in {}", tr_id,
                                 counted(loss.missing_shares, "share",
                                         "shares"),
                                 counted(loss.gaps, "gap", "gaps")),
                     {{"tr_id", tr_id},
                      {"missing_shares", loss.missing_shares},
                      {"gaps", loss.gaps}}});
    if (loss.unknown > 0)
      out.push_back({"missing_unknown",
                     fmt::format("{}: {} of unknown size", tr_id,
                                 counted(loss.unknown, "gap", "gaps")),
                     {{"tr_id", tr_id}, {"gaps", loss.unknown}}});
  }
  return out;
}

} // namespace observer
