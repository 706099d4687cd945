#include "runtime/console/terminal/tables.hpp"

#include <cstdlib>
#include <set>

#include <fmt/format.h>

namespace observer::terminal {

namespace {

real key_of(integer n) {
  return n ? real{static_cast<double>(*n)} : real{};
}

cell number(integer n, style is = style::plain) {
  return {count(n), key_of(n), n == 0 ? style::dim : is};
}

cell state(const std::string& text) {
  return {text, style_of_state(text)};
}

std::string slot_id(const slot& s) {
  return fmt::format("{}/{}", s.session, s.index.value_or(-1));
}

std::string slot_text(integer slot) {
  return !slot ? "" : *slot < 0 ? "-" : std::to_string(*slot);
}

style style_of_event(const event& e) {
  if (e.what == "connected" || e.what == "operator")
    return style::plain;
  if (e.what == "gap" || e.what == "silent" || e.what == "clock_stepped"
      || e.what == "paused" || e.what == "quarantine" || e.what == "width_changed"
      || e.what == "width_unknown" || e.what == "doubt")
    return style::warn;
  return e.what == "refused" || e.what == "shed" || e.what == "storage"
             || e.what == "disconnected"
           ? style::bad
           : style::plain;
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

table slot_table(const status& s, language in) {
  auto word = [in](std::string_view w) { return std::string{say(in, w)}; };
  auto many = s.sessions.size() > 1;
  table t;
  if (many)
    t.columns.push_back({word("session"), align::left, 1});
  for (column c :
       {column{word("slot"), align::right}, {word("state")},
        {word("symbol")}, {"TR", align::left, 6},
        {word("price"), align::right, 5}, {word("tick"), align::right, 2},
        {word("ticks/s"), align::right}, {word("received"), align::right},
        {word("on disk"), align::right}, {word("rejected"), align::right, 3},
        {word("shed"), align::right, 3}, {word("unacked"), align::right, 4},
        {word("gaps"), align::right, 1},
        {word("shares"), align::right, 7}})
    t.columns.push_back(std::move(c));
  for (auto& each : s.sessions)
    for (auto& slot : each.slots) {
      row r{slot_id(slot), {}};
      if (many)
        r.cells.emplace_back(slot.session);
      auto silent_us = slot.last_tick_us && s.now_us
                         ? key_of(*s.now_us - *slot.last_tick_us)
                         : real{};
      r.cells.push_back({slot_text(slot.index), key_of(slot.index)});
      r.cells.push_back(state(slot.state));
      r.cells.emplace_back(slot.symbol);
      r.cells.push_back({slot.tr_id, style::dim});
      r.cells.push_back({slot.price, slot.price.empty()
                                       ? real{}
                                       : real{std::atof(slot.price.c_str())}});
      r.cells.push_back({between_us(slot.last_tick_us, s.now_us), silent_us,
                         slot.state == "silent" ? style::warn : style::plain});
      r.cells.push_back({rate(slot.ticks_per_s), slot.ticks_per_s});
      r.cells.push_back(number(slot.received));
      r.cells.push_back(number(slot.persisted));
      r.cells.push_back(number(slot.rejected, style::bad));
      r.cells.push_back(number(slot.shed, style::bad));
      r.cells.push_back(number(slot.unacked));
      r.cells.push_back(number(slot.gaps, style::warn));
      r.cells.push_back(number(slot.missing_shares, style::warn));
      t.rows.push_back(std::move(r));
    }
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
               {"/s", align::right},
               {word("mailbox"), align::right},
               {word("busy"), align::right, 1},
               {word("mean"), align::right, 5},
               {word("wait"), align::right, 2},
               {word("dropped"), align::right, 6},
               {word("last reason"), align::left, 7, true}};
  for (auto& a : s.actors)
    t.rows.push_back({a.name,
                      {{a.name},
                       state(a.state),
                       {a.phase},
                       number(a.restarts, style::warn),
                       number(a.handled),
                       {rate(a.handled_per_s), a.handled_per_s},
                       number(a.mailbox),
                       {percent(a.busy_ratio), a.busy_ratio,
                        a.busy_ratio > 0.8 ? style::warn : style::plain},
                       {span_us(a.mean_us), key_of(a.mean_us)},
                       {span_us(a.wait_us), key_of(a.wait_us)},
                       number(a.dropped, style::bad),
                       {a.last_reason, style::dim}}});
  return t;
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
               {word("shares"), align::right, 3},
               {word("records"), align::right, 4},
               {word("detail"), align::left, 0, true}};
  std::set<std::string> ids;
  for (auto& e : events) {
    auto detail = e.detail;
    if (in == language::korean && !e.cause.empty())
      detail = fmt::format("{} {}", say(in, e.cause), e.detail);
    // Several things may happen in one microsecond: each row has its own id.
    auto id = fmt::format("{}/{}/{}", e.at_us.value_or(0), e.what,
                          e.slot.value_or(-2));
    while (!ids.insert(id).second)
      id += '+';
    t.rows.push_back({id,
                      {{moment(e.at_us, now_us), key_of(e.at_us)},
                       {e.what, style_of_event(e)},
                       {e.cause},
                       {slot_text(e.slot), key_of(e.slot)},
                       {e.symbol},
                       {e.missing_shares ? count(e.missing_shares) : "",
                        key_of(e.missing_shares)},
                       {e.records ? count(e.records) : "", key_of(e.records)},
                       {detail}}});
  }
  return t;
}

table file_table(const std::vector<file>& files, integer now_us, language in) {
  auto word = [in](std::string_view w) { return std::string{say(in, w)}; };
  table t;
  t.columns = {{word("file")},
               {word("state")},
               {word("lines"), align::right, 1},
               {word("bytes"), align::right},
               {word("expected"), align::right, 2},
               {word("last line"), align::left, 3},
               {word("sealed because"), align::left, 4, true}};
  for (auto& f : files) {
    auto small = f.bytes && f.expected_bytes
                 && *f.bytes < *f.expected_bytes / 2;
    t.rows.push_back({f.name,
                      {{f.name},
                       state(f.state),
                       number(f.lines),
                       {bytes(f.bytes), key_of(f.bytes),
                        small ? style::warn : style::plain},
                       {bytes(f.expected_bytes), key_of(f.expected_bytes)},
                       {moment(f.last_us, now_us), key_of(f.last_us)},
                       {f.sealed_because, style::dim}}});
  }
  return t;
}

table table_of(const view& v, const picture& p) {
  if (!p.status)
    return {};
  auto& s = *p.status;
  switch (v.shown) {
    case tab::slots:
      return arranged(slot_table(s, v.language), v.table());
    case tab::actors:
      return arranged(actor_table(s, v.language), v.table());
    case tab::events:
      return arranged(event_table(p.events ? *p.events : s.events, s.now_us,
                                  v.language),
                      v.table());
    case tab::files:
      return arranged(file_table(p.files ? *p.files : s.files, s.now_us,
                                 v.language),
                      v.table());
    case tab::overview:
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
