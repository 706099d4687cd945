#include "runtime/console/terminal/tables.hpp"

#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "messages/numbers.hpp"

namespace observer::terminal {

namespace {

real key_of(integer n) {
  return n ? real{static_cast<double>(*n)} : real{};
}

cell number(integer n, style is = style::plain) {
  return {count(n), key_of(n), n == 0 ? style::dim : is};
}

/// A word of the list, found by the filter by the wire's word too.
cell word_of(language in, std::string_view group, const std::string& key,
             style is = style::plain) {
  cell out{key.empty() ? "" : term(in, group, key), is};
  out.also = key;
  return out;
}

cell state(language in, std::string_view group, const std::string& key) {
  return word_of(in, group, key, style_of_state(key));
}

/// Somebody else's words.
cell original(const std::string& words) {
  return {in_quotes(words), style::dim};
}

std::string slot_id(const slot& s) {
  return fmt::format("{}/{}", s.session, s.index.value_or(-1));
}

std::string slot_text(integer slot) {
  return !slot ? "" : *slot < 0 ? "–" : std::to_string(*slot);
}

style style_of_event(const event& e) {
  if (e.what == "connected" || e.what == "operator")
    return style::plain;
  if (e.what == "gap" || e.what == "silent" || e.what == "clock_stepped"
      || e.what == "paused" || e.what == "quarantine"
      || e.what == "width_changed" || e.what == "width_unknown"
      || e.what == "doubt")
    return style::warn;
  return e.what == "refused" || e.what == "shed" || e.what == "storage"
             || e.what == "disconnected"
           ? style::bad
           : style::plain;
}

row slot_row(const slot& slot, const status& s, language in, bool many) {
  row r{slot_id(slot), {}};
  if (many)
    r.cells.emplace_back(session_name(in, slot.session));
  auto silent_us = slot.last_tick_us && s.now_us
                     ? key_of(*s.now_us - *slot.last_tick_us)
                     : real{};
  r.cells.push_back({slot_text(slot.index), key_of(slot.index)});
  r.cells.push_back(state(in, "slot", slot.state));
  r.cells.emplace_back(slot.symbol);
  r.cells.push_back(word_of(in, "tr", slot.tr_id));
  r.cells.push_back({slot.price, slot.price.empty()
                                   ? real{}
                                   : real{std::atof(slot.price.c_str())}});
  r.cells.push_back({between_us(slot.last_tick_us, s.now_us, in), silent_us,
                     slot.state == "silent" ? style::warn : style::plain});
  r.cells.push_back({rate(slot.ticks_per_s), slot.ticks_per_s});
  r.cells.push_back(number(slot.received));
  r.cells.push_back(number(slot.persisted));
  r.cells.push_back(number(slot.rejected, style::bad));
  r.cells.push_back(number(slot.shed, style::bad));
  r.cells.push_back(number(slot.unacked));
  r.cells.push_back(number(slot.gaps, style::warn));
  r.cells.push_back(number(slot.missing_shares, style::warn));
  return r;
}

/// 3, 5–7, 40
std::string ranges(const std::vector<int64_t>& ascending) {
  std::string out;
  for (size_t i = 0; i < ascending.size();) {
    auto end = i + 1;
    while (end < ascending.size() && ascending[end] == ascending[end - 1] + 1)
      ++end;
    out += fmt::format("{}{}", out.empty() ? "" : ", ", ascending[i]);
    if (end - i > 1)
      out += fmt::format("–{}", ascending[end - 1]);
    i = end;
  }
  return out;
}

} // namespace

style style_of_state(const std::string& state) {
  for (auto word : {"live", "up", "open", "ok"})
    if (state == word)
      return style::ok;
  for (auto word : {"refused", "rejecting", "down", "bad"})
    if (state == word)
      return style::bad;
  return state == "idle" || state == "sealed" ? style::dim : style::warn;
}

std::string empty_slots(const std::string& session) {
  return session + "/empty";
}

table slot_table(const status& s, language in, bool empty_shown) {
  auto word = [in](std::string_view w) { return std::string{say(in, w)}; };
  auto figure = [in](std::string_view w) { return term(in, "figure", w); };
  auto many = s.sessions.size() > 1;
  table t;
  if (many)
    t.columns.push_back({word("session"), align::left, 1});
  for (column c :
       {column{word("slot"), align::right}, {word("state")},
        {word("symbol")}, {"TR"},
        {word("price"), align::right, 6}, {word("last tick"), align::right, 4},
        {word("ticks/s"), align::right}, {figure("received"), align::right},
        {figure("persisted"), align::right, 1},
        {figure("rejected"), align::right, 2},
        {figure("shed"), align::right, 5},
        {figure("waiting"), align::right, 5}, {word("gaps"), align::right, 1},
        {figure("missing_shares"), align::right, 7}})
    t.columns.push_back(std::move(c));
  std::vector<row> last;
  for (auto& each : s.sessions) {
    std::vector<int64_t> empty;
    for (auto& slot : each.slots) {
      auto idle = slot.state == "idle" && slot.symbol.empty();
      if (!idle)
        t.rows.push_back(slot_row(slot, s, in, many));
      else if (empty_shown)
        last.push_back(slot_row(slot, s, in, many));
      else
        empty.push_back(slot.index.value_or(-1));
    }
    if (!empty.empty())
      last.push_back({empty_slots(each.name), {},
                      (many ? session_name(in, each.name) + ": " : "")
                        + say(in, "{0} empty: {1} (enter shows them)",
                              empty.size(), ranges(empty))});
  }
  for (auto& r : last)
    t.rows.push_back(std::move(r));
  return t;
}

table actor_table(const status& s, language in) {
  auto word = [in](std::string_view w) { return std::string{say(in, w)}; };
  table t;
  t.columns = {{word("actor")},
               {word("state")},
               {word("phase"), align::left, 3},
               {word("restarts"), align::right},
               {word("handled"), align::right, 4},
               {word("per second"), align::right},
               {term(in, "figure", "mailbox"), align::right},
               {word("busy"), align::right, 1},
               {word("mean"), align::right, 5},
               {word("wait"), align::right, 2},
               {word("dropped"), align::right, 6},
               {word("last reason"), align::left, 7, true}};
  for (auto& a : s.actors) {
    auto of_slot = find_term(in, "slot", a.phase) && a.name.find("slot_")
                                                       != a.name.npos;
    t.rows.push_back({a.name,
                      {{a.name},
                       state(in, "actor", a.state),
                       word_of(in, of_slot ? "slot" : "phase", a.phase),
                       number(a.restarts, style::warn),
                       number(a.handled),
                       {rate(a.handled_per_s), a.handled_per_s},
                       number(a.mailbox),
                       {percent(a.busy_ratio), a.busy_ratio,
                        a.busy_ratio > 0.8 ? style::warn : style::plain},
                       {span_us(a.mean_us, in), key_of(a.mean_us)},
                       {span_us(a.wait_us, in), key_of(a.wait_us)},
                       number(a.dropped, style::bad),
                       original(a.last_reason)}});
  }
  return t;
}

std::string event_words(const event& e, language in) {
  std::string out;
  auto add = [&](std::string words) {
    out += (out.empty() ? "" : ", ") + std::move(words);
  };
  if (!e.tr_id.empty())
    add(term(in, "tr", e.tr_id));
  if (auto shares = e.missing_shares.value_or(0); shares > 0)
    add(say(in, "{0} shares missing", count(shares)));
  else if (shares < 0)
    add(say(in, "the broker's count went back by {0} shares",
            with_commas(shares).substr(1)));
  if (e.records)
    add(say(in, "{0} records", count(e.records)));
  if (e.what == "gap" && !e.missing_shares && !e.records)
    add(std::string{say(in, "how much is not known")});
  // In English the daemon's own words say it.
  if (!out.empty() || in == language::english)
    return out;
  // An order says itself what it was.
  if (e.what == "operator")
    return out;
  auto meaning = find_term(in, "happened", e.what);
  if (meaning && (e.cause.empty() || e.what != "storage"))
    return std::string{*meaning};
  return std::string{cause_sentence(in, e.cause)};
}

table event_table(const std::vector<event>& events, integer now_us,
                  language in) {
  auto word = [in](std::string_view w) { return std::string{say(in, w)}; };
  table t;
  t.columns = {{word("time")},
               {word("event")},
               {word("cause")},
               {word("slot"), align::right, 2},
               {word("symbol"), align::left, 1},
               {word("detail"), align::left, 0, true}};
  std::set<std::string> ids;
  for (auto& e : events) {
    // Several things may happen in one microsecond: each row has its own id.
    auto id = fmt::format("{}/{}/{}", e.at_us.value_or(0), e.what,
                          e.slot.value_or(-2));
    while (!ids.insert(id).second)
      id += '+';
    // The most missing shares first or last, when sorted by it.
    cell detail{event_words(e, in), key_of(e.missing_shares)};
    auto words = in == language::korean ? in_quotes(e.detail) : e.detail;
    detail.tail = detail.text.empty() || words.empty()
                    ? words
                    : (in == language::korean ? "  " : "; ") + words;
    t.rows.push_back({id,
                      {{moment(e.at_us, now_us), key_of(e.at_us)},
                       word_of(in, "event", e.what, style_of_event(e)),
                       word_of(in, "causes", e.cause),
                       {slot_text(e.slot), key_of(e.slot)},
                       {e.symbol},
                       std::move(detail)}});
  }
  return t;
}

table file_table(const std::vector<file>& files, integer now_us, language in) {
  auto word = [in](std::string_view w) { return std::string{say(in, w)}; };
  table t;
  t.columns = {{word("file")},
               {word("state")},
               {word("lines"), align::right, 1},
               {word("size"), align::right},
               {word("expected"), align::right, 2},
               {word("last line"), align::left, 3},
               {word("sealed because"), align::left, 4, true}};
  for (auto& f : files) {
    auto small = f.bytes && f.expected_bytes
                 && *f.bytes < *f.expected_bytes / 2;
    t.rows.push_back({f.name,
                      {{f.name},
                       state(in, "file", f.state),
                       number(f.lines),
                       {bytes(f.bytes), key_of(f.bytes),
                        small ? style::warn : style::plain},
                       {bytes(f.expected_bytes), key_of(f.expected_bytes)},
                       {moment(f.last_us, now_us), key_of(f.last_us)},
                       word_of(in, "sealed_because", f.sealed_because,
                               style::dim)}});
  }
  return t;
}

table table_of(const view& v, const picture& p) {
  if (!p.status)
    return {};
  auto& s = *p.status;
  switch (v.shown) {
    case tab::slots:
      return arranged(slot_table(s, v.language, v.empty_slots_shown),
                      v.table());
    case tab::actors:
      return arranged(actor_table(s, v.language), v.table());
    case tab::events:
      return arranged(event_table(p.events ? *p.events : s.events, s.now_us,
                                  v.language),
                      v.table());
    case tab::journal:
      return arranged(file_table(p.files ? *p.files : s.files, s.now_us,
                                 v.language),
                      v.table());
    case tab::recording:
      break;
  }
  return {};
}

const slot* slot_of(const status& s, const std::string& id) {
  for (auto& each : s.sessions)
    for (auto& slot : each.slots)
      if (slot_id(slot) == id)
        return &slot;
  return nullptr;
}

const actor* actor_of(const status& s, const std::string& id) {
  for (auto& a : s.actors)
    if (a.name == id)
      return &a;
  return nullptr;
}

} // namespace observer::terminal
