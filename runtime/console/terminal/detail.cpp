// An opened slot or actor: see layout.hpp.

#include <fmt/format.h>

#include "runtime/console/terminal/layout.hpp"
#include "runtime/console/terminal/tables.hpp"

namespace observer::terminal {

namespace {

constexpr size_t label_cells = 15;

line fact(std::string_view label, std::string_view value,
          style is = style::plain) {
  line l{padded(label, label_cells), style::dim};
  l.add(value.empty() ? "–" : value, is);
  return l;
}

line event_line(const event& e, integer now_us, language in) {
  line l{moment(e.at_us, now_us) + "  "};
  l.add(term(in, "event", e.what) + "  ", style::warn);
  if (!e.cause.empty())
    l.add(term(in, "causes", e.cause) + "  ");
  if (auto words = event_words(e, in); !words.empty())
    l.add(words + "  ");
  l.add(in == language::english ? e.detail : in_quotes(e.detail), style::dim);
  return l;
}

void add_detail(std::vector<line>& out, const slot_detail& d, integer now_us,
                language in) {
  out.push_back(fact(
    say(in, "volume"),
    d.missing_shares
      ? say(in, "{0} accumulated, {1} shares missing in {2} gaps",
            count(d.last_accumulated), count(d.missing_shares),
            count(d.gap_count))
      : std::string{say(in, "none in quotes: what is missing is not known")}));
  out.emplace_back();
  auto columns = [](std::string_view at, std::string_view traded,
                    std::string_view price, std::string_view volume,
                    std::string_view accumulated) {
    auto right = [](std::string_view text, size_t cells) {
      return padded(printable(text), cells, align::right);
    };
    return padded(printable(at), 15) + padded(printable(traded), 9)
           + right(price, 12) + right(volume, 15) + right(accumulated, 15);
  };
  out.emplace_back(columns(say(in, "received at"), say(in, "traded"),
                           say(in, "price"), say(in, "traded shares"),
                           say(in, "accumulated")),
                   style::heading);
  // The newest first: what one looks for is at the top.
  for (auto t = d.ticks.rbegin(); t != d.ticks.rend(); ++t)
    out.emplace_back(columns(moment(t->received_us, now_us),
                             execution_time(t->execution_time),
                             digits(t->price), digits(t->volume),
                             digits(t->accumulated)));
  if (d.ticks.empty())
    out.emplace_back(say(in, "no tick yet"), style::dim);
  if (d.gaps.empty())
    return;
  out.emplace_back();
  out.emplace_back(term(in, "figure", "gaps"), style::heading);
  for (auto& gap : d.gaps)
    out.push_back(event_line(gap, now_us, in));
}

std::vector<line> about_slot(const slot& s, const picture& p, language in) {
  auto now_us = p.status->now_us;
  auto figure = [in](std::string_view key, integer n) {
    return term(in, "figure", key) + " " + count(n);
  };
  std::vector<line> out;
  out.emplace_back(say(in, "slot {0} of {1}", count(s.index),
                       session_name(in, s.session)),
                   style::title);
  out.push_back(fact(say(in, "state"), term(in, "slot", s.state),
                     style_of_state(s.state)));
  auto tr = s.tr_id.empty() ? std::string{} : term(in, "tr", s.tr_id);
  out.push_back(fact(say(in, "symbol"),
                     s.symbol.empty() ? ""
                                      : fmt::format("{}  {}{}", s.symbol, tr,
                                                    tr == s.tr_id
                                                      ? ""
                                                      : " " + s.tr_id)));
  out.push_back(fact(say(in, "price"), digits(s.price)));
  out.push_back(fact(say(in, "last tick"),
                     say(in, "{0} ago, {1}/s",
                         between_us(s.last_tick_us, now_us, in),
                         rate(s.ticks_per_s))));
  out.push_back(fact(term(in, "figure", "balance"),
                     fmt::format("{} = {} + {} + {} + {}",
                                 figure("received", s.received),
                                 figure("persisted", s.persisted),
                                 figure("rejected", s.rejected),
                                 figure("shed", s.shed),
                                 figure("waiting", s.unacked))));
  if (!s.rejection.empty()) {
    auto colon = s.rejection.find(':');
    auto reason = s.rejection.substr(0, colon);
    auto rest = colon == s.rejection.npos ? std::string{}
                                          : s.rejection.substr(colon + 1);
    rest.erase(0, rest.find_first_not_of(' '));
    auto known = find_term(in, "reject", reason).has_value();
    out.push_back(fact(term(in, "figure", "rejected"),
                       known ? term(in, "reject", reason)
                                 + (rest.empty() ? "" : " " + in_quotes(rest))
                             : in_quotes(s.rejection),
                       style::bad));
  }
  if (s.doubted.value_or(0) > 0)
    out.push_back(fact(term(in, "causes", "in_doubt"),
                       say(in, "{0} ticks", count(s.doubted)), style::warn));
  if (p.slot_detail && p.slot_detail->index == s.index)
    add_detail(out, *p.slot_detail, now_us, in);
  else
    out.emplace_back(say(in, "asking for its last ticks"), style::dim);
  return out;
}

std::vector<line> about_actor(const actor& a, const status& s, language in) {
  std::vector<line> out;
  auto of_slot = a.name.find("slot_") != a.name.npos;
  out.emplace_back(a.name, style::title);
  out.push_back(fact(say(in, "state"), term(in, "actor", a.state),
                     style_of_state(a.state)));
  out.push_back(fact(say(in, "phase"),
                     a.phase.empty()
                       ? ""
                       : term(in, of_slot ? "slot" : "phase", a.phase)));
  out.push_back(fact(say(in, "kind"),
                     a.kind.empty() ? "" : term(in, "role", a.kind)));
  out.push_back(fact(term(in, "role", "supervisor"), a.parent));
  out.push_back(fact(say(in, "starts"),
                     say(in, "{0}, restarts {1}", count(a.starts),
                         count(a.restarts))));
  out.push_back(fact(say(in, "last reason"), in_quotes(a.last_reason)));
  out.push_back(fact(say(in, "messages"),
                     say(in, "{0} handled, {1}/s, {2} waiting, {3} dropped",
                         count(a.handled), rate(a.handled_per_s),
                         count(a.mailbox), count(a.dropped))));
  out.push_back(fact(say(in, "time spent"),
                     say(in, "busy {0}, mean {1} a message, waited {2}",
                         percent(a.busy_ratio), span_us(a.mean_us, in),
                         span_us(a.wait_us, in))));
  for (auto& other : s.actors)
    if (other.parent == a.name)
      out.push_back(fact(say(in, "child"),
                         other.name + "  " + term(in, "actor", other.state),
                         style_of_state(other.state)));
  bool any = false;
  for (auto& r : s.restarts) {
    if (r.actor != a.name && r.supervisor != a.name)
      continue;
    if (!any) {
      out.emplace_back();
      out.emplace_back(say(in, "restarts"), style::heading);
    }
    any = true;
    line l{say(in, "{0}  {1} by {2}, attempt {3}", moment(r.at_us, s.now_us),
               r.actor, r.supervisor, count(r.attempt))};
    l.add("  " + in_quotes(r.reason), style::dim);
    out.push_back(std::move(l));
  }
  return out;
}

} // namespace

std::vector<line> detail_lines(const view& v, const picture& p) {
  if (!p.status)
    return {};
  if (v.shown == tab::slots) {
    if (auto s = slot_of(*p.status, v.opened))
      return about_slot(*s, p, v.language);
  } else if (auto a = actor_of(*p.status, v.opened)) {
    return about_actor(*a, *p.status, v.language);
  }
  return {line{say(v.language, "{0} is gone; escape goes back", v.opened),
               style::warn}};
}

std::vector<line> help_lines(language in) {
  std::vector<line> out;
  auto add = [&](std::string_view keys, std::string_view what) {
    line l{padded(say(in, keys), 20), style::heading};
    l.add(say(in, what));
    out.push_back(std::move(l));
  };
  out.emplace_back(say(in, "Keys"), style::title);
  out.emplace_back();
  add("1 2 3 4 5", "recording, slots, actors, journal, events");
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
  out.emplace_back(say(in, "Any key goes back."), style::dim);
  return out;
}

} // namespace observer::terminal
