// What is said first: see layout.hpp.

#include <utility>

#include <nlohmann/json.hpp>

#include "messages/korean_time.hpp"
#include "runtime/console/terminal/layout.hpp"

namespace observer::terminal {

style style_of_severity(const std::string& severity) {
  return severity == "ok"     ? style::ok
         : severity == "warn" ? style::warn
         : severity == "bad"  ? style::bad
                              : style::plain;
}

std::string trouble_words(const trouble& t, language in) {
  if (t.http_status == 0)
    return contact_words(in, t.why);
  if (t.http_status == 401)
    return std::string{say(in, "it asks for a bearer token: set "
                               "OBSERVER_SERVICE_TOKEN or give --token-file")};
  auto words = in == language::english ? t.why : in_quotes(t.why);
  return say(in, "it answers HTTP {0}", t.http_status)
         + (words.empty() ? "" : ": " + words);
}

line contact_line(const picture& p, language in) {
  // Whole seconds: it is the console that counts here.
  auto s = p.contact.silent_us / 1'000'000 * 1'000'000;
  line l{"● ", style::bad};
  l.add(say(in, "no contact with {0} for {1}: {2}", p.url,
            s == 0 ? say(in, "{0} s", 0) : span_us(s, in),
            trouble_words(p.contact.trouble, in)),
        style::bad);
  return l;
}

std::string closed_key(const status& s) {
  if (!s.closed_because.empty())
    return s.closed_because;
  if (!s.now_us || !s.opens_us || s.market_open.value_or(true))
    return {};
  auto now = to_korean_time(*s.now_us);
  auto opens = to_korean_time(*s.opens_us);
  if (korean_day(*s.now_us) == korean_day(*s.opens_us))
    return "before_open";
  if (now.weekday == 0 || now.weekday == 6)
    return "weekend";
  // The hour of the opening is past, or there is none today.
  return std::pair{now.hour, now.minute} >= std::pair{opens.hour, opens.minute}
           ? "after_close"
           : "holiday";
}

std::string state_words(const status& s, language in) {
  auto closed = s.state == "market_closed" ? closed_key(s) : std::string{};
  if (!closed.empty())
    return term(in, "closed", closed);
  // In English the one word is true of both.
  auto warns = in == language::korean && s.state == "recording"
               && s.severity == "warn";
  return term(in, "verdict", warns ? "attention" : s.state);
}

namespace {

/// One of the verdict's facts; empty where the state says it.
std::string fact_words(const status& s, const nlohmann::json& fact,
                       language in) {
  // Why it is closed is said as the state.
  if (s.state == "market_closed" && text_of(fact, "kind") == "closed")
    return {};
  auto text = text_of(fact, "text");
  return in == language::english && !text.empty() ? text
                                                  : told(in, fact, s.now_us);
}

} // namespace

std::vector<std::string> verdict_facts(const status& s, language in) {
  std::vector<std::string> out;
  if (!s.items)
    return out;
  // What there is to warn of stands before what goes well.
  auto warns = s.severity == "warn";
  for (auto well : {false, true})
    for (auto& fact : *s.items) {
      auto words = fact_words(s, fact, in);
      if (!words.empty() && well == (warns && text_of(fact, "kind") == "rates"))
        out.push_back(std::move(words));
    }
  return out;
}

line verdict_line(const status& s, language in) {
  auto is = style_of_severity(s.severity);
  line l{"● ", is};
  auto facts = verdict_facts(s, in);
  // In English the daemon has a sentence of its own, made of the same facts.
  if (in == language::english && !s.text.empty()
      && (s.severity != "warn" || facts.empty())) {
    l.add(s.text, is);
    return l;
  }
  l.add(capital(state_words(s, in)), is);
  for (size_t i = 0; i < facts.size(); ++i)
    l.add((i == 0 ? ": " : "; ") + facts[i], is);
  if (!facts.empty() || in == language::english)
    return l;
  // A daemon that gives no facts.
  if (s.state == "recording")
    l.add(say(in, ": {0}/s received, {1}/s stored", rate(s.received_per_s),
              rate(s.persisted_per_s)),
          is);
  if (!s.cause.empty() && s.cause != s.state)
    l.add(": " + term(in, "causes", s.cause), is);
  if (s.severity != "ok" && !s.text.empty())
    l.add(" " + in_quotes(s.text), is);
  return l;
}

} // namespace observer::terminal
