// An opened slot or actor: see layout.hpp.

#include <fmt/format.h>

#include "runtime/console/terminal/layout.hpp"
#include "runtime/console/terminal/tables.hpp"

namespace observer::terminal {

namespace {

constexpr size_t label_cells = 13;

line fact(std::string_view label, std::string_view value,
          style is = style::plain) {
  line l{padded(label, label_cells), style::dim};
  l.add(value.empty() ? "-" : value, is);
  return l;
}

line event_line(const event& e, integer now_us) {
  line l{moment(e.at_us, now_us) + "  "};
  l.add(e.what + "  ", style::warn);
  if (!e.cause.empty())
    l.add(e.cause + "  ");
  if (e.missing_shares)
    l.add(count(e.missing_shares) + " shares  ");
  if (e.records)
    l.add(count(e.records) + " records  ");
  l.add(e.detail, style::dim);
  return l;
}

void add_detail(std::vector<line>& out, const slot_detail& d, integer now_us) {
  out.push_back(fact("volume",
                     fmt::format("{} accumulated, {} shares missing in {} "
                                 "gaps",
                                 count(d.last_accumulated),
                                 count(d.missing_shares),
                                 count(d.gap_count))));
  out.emplace_back();
  out.emplace_back(
    fmt::format("{:<15} {:<8} {:>12} {:>10} {:>14}", "received at", "traded",
                "price", "volume", "accumulated"),
    style::heading);
  // The newest first: what one looks for is at the top.
  for (auto t = d.ticks.rbegin(); t != d.ticks.rend(); ++t)
    out.emplace_back(fmt::format(
      "{} {} {} {} {}", padded(moment(t->received_us, now_us), 15),
      padded(printable(t->execution_time), 8),
      padded(printable(t->price), 12, align::right),
      padded(printable(t->volume), 10, align::right),
      padded(printable(t->accumulated), 14, align::right)));
  if (d.ticks.empty())
    out.emplace_back("no tick yet", style::dim);
  if (d.gaps.empty())
    return;
  out.emplace_back();
  out.emplace_back("gaps", style::heading);
  for (auto& gap : d.gaps)
    out.push_back(event_line(gap, now_us));
}

std::vector<line> about_slot(const slot& s, const picture& p) {
  auto now_us = p.status->now_us;
  std::vector<line> out;
  out.emplace_back(fmt::format("slot {} of {}", count(s.index), s.session),
                   style::title);
  out.push_back(fact("state", s.state, style_of_state(s.state)));
  out.push_back(fact("symbol", s.symbol + "  " + s.tr_id));
  out.push_back(fact("price", s.price));
  out.push_back(fact("last tick", between_us(s.last_tick_us, now_us)
                                    + " ago, " + rate(s.ticks_per_s)
                                    + "/s"));
  out.push_back(
    fact("ledger", fmt::format("received {} = on disk {} + rejected {} + "
                               "shed {} + unacked {}",
                               count(s.received), count(s.persisted),
                               count(s.rejected), count(s.shed),
                               count(s.unacked))));
  if (!s.rejection.empty())
    out.push_back(fact("rejected", s.rejection, style::bad));
  if (s.doubted.value_or(0) > 0)
    out.push_back(fact("in doubt", count(s.doubted) + " ticks", style::warn));
  if (p.slot_detail && p.slot_detail->index == s.index)
    add_detail(out, *p.slot_detail, now_us);
  else
    out.emplace_back("asking for its last ticks", style::dim);
  return out;
}

std::vector<line> about_actor(const actor& a, const status& s) {
  std::vector<line> out;
  out.emplace_back(a.name, style::title);
  out.push_back(fact("state", a.state, style_of_state(a.state)));
  out.push_back(fact("phase", a.phase));
  out.push_back(fact("kind", a.kind));
  out.push_back(fact("supervisor", a.parent));
  out.push_back(fact("starts", fmt::format("{}, restarts {}", count(a.starts),
                                           count(a.restarts))));
  out.push_back(fact("last reason", a.last_reason));
  out.push_back(fact(
    "messages", fmt::format("{} handled, {}/s, {} waiting, {} dropped",
                            count(a.handled), rate(a.handled_per_s),
                            count(a.mailbox), count(a.dropped))));
  out.push_back(
    fact("time", fmt::format("busy {}, mean {} a message, waited {}",
                             percent(a.busy_ratio), span_us(a.mean_us),
                             span_us(a.wait_us))));
  for (auto& other : s.actors)
    if (other.parent == a.name)
      out.push_back(fact("child", other.name + "  " + other.state,
                         style_of_state(other.state)));
  bool any = false;
  for (auto& r : s.restarts) {
    if (r.actor != a.name && r.supervisor != a.name)
      continue;
    if (!any) {
      out.emplace_back();
      out.emplace_back("restarts", style::heading);
    }
    any = true;
    out.emplace_back(fmt::format("{}  {} by {}, attempt {}: {}",
                                 moment(r.at_us, s.now_us), r.actor,
                                 r.supervisor, count(r.attempt), r.reason));
  }
  return out;
}

} // namespace

std::vector<line> detail_lines(const view& v, const picture& p) {
  if (!p.status)
    return {};
  if (v.shown == tab::slots) {
    if (auto s = slot_of(*p.status, v.opened))
      return about_slot(*s, p);
  } else if (auto a = actor_of(*p.status, v.opened)) {
    return about_actor(*a, *p.status);
  }
  return {line{v.opened + " is gone; escape goes back", style::warn}};
}

std::vector<line> help_lines() {
  std::vector<line> out;
  auto add = [&](std::string_view keys, std::string_view what) {
    line l{padded(keys, 20), style::heading};
    l.add(what);
    out.push_back(std::move(l));
  };
  out.emplace_back("Keys", style::title);
  out.emplace_back();
  add("1 2 3 4 5", "overview, slots, actors, events, files");
  add("left right tab", "the tab before, the next one");
  add("up down j k", "select; page up, page down, home g, end G");
  add("enter", "open the selected slot or actor");
  add("escape", "back; clears the filter");
  add("s", "sort by the next column, after the last as given");
  add("S", "reverse the order");
  add("/", "show rows with a cause or word; enter keeps, escape undoes");
  add("a", "actions; each asks before it is done");
  add("?", "these keys");
  add("q", "leave");
  out.emplace_back();
  out.emplace_back("Any key goes back.", style::dim);
  return out;
}

} // namespace observer::terminal
