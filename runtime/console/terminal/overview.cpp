// The first tab: see layout.hpp.

#include <algorithm>
#include <initializer_list>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/console/terminal/layout.hpp"
#include "runtime/console/terminal/tables.hpp"

namespace observer::terminal {

namespace {

constexpr size_t heading_cells = 14;
constexpr size_t events_shown = 8;
constexpr size_t files_shown = 4;
constexpr size_t restarts_shown = 3;
constexpr double ratio_good = 0.999;

class page {
public:
  page(const status& s, language in, size_t columns)
    : s_(s), in_(in), columns_(std::max(columns, 2 * heading_cells)) {
  }

  std::vector<line> lines(bool reasons) {
    if (reasons)
      verdict();
    cause();
    rates();
    ledger();
    latency();
    market();
    day();
    for (auto& session : s_.sessions)
      about(session);
    storage();
    files();
    restarts();
    daemon();
    events();
    return std::move(out_);
  }

private:
  void begin(std::string_view label) {
    out_.emplace_back(padded(capital(word(label)), heading_cells),
                      style::heading);
  }
  void begin_term(std::string_view group, std::string_view key) {
    out_.emplace_back(padded(capital(term(in_, group, key)), heading_cells),
                      style::heading);
  }
  std::string word(std::string_view english) const {
    return std::string{say(in_, english)};
  }
  std::string figure(std::string_view key) const {
    return term(in_, "figure", key);
  }
  std::string span(integer us) const {
    return span_us(us, in_);
  }

  /// Behind what the line has, or on one of its own where that has no room.
  void put(std::initializer_list<terminal::span> piece) {
    size_t cells = 0;
    for (auto& s : piece)
      cells += display_width(printable(s.text));
    auto used = out_.back().width();
    auto first = used <= heading_cells;
    if (!first && used + 2 + cells > columns_) {
      out_.emplace_back(std::string(heading_cells, ' '));
      first = true;
    }
    if (!first)
      out_.back().add("  ");
    for (auto& s : piece)
      out_.back().add(s.text, s.is);
  }
  void put(std::string_view text, style is = style::plain) {
    put({{std::string{text}, is}});
  }
  /// Free text: broken between words, however long.
  void put_words(std::string_view text, style is = style::plain) {
    auto room = columns_ - heading_cells;
    while (!text.empty()) {
      auto piece = front(text, room);
      if (out_.back().width() > heading_cells)
        out_.emplace_back(std::string(heading_cells, ' '));
      out_.back().add(piece, is);
      text.remove_prefix(piece.size());
      while (text.starts_with(' '))
        text.remove_prefix(1);
    }
  }
  /// As many words as fit, or a part of one that is longer.
  static std::string_view front(std::string_view text, size_t cells) {
    size_t end = 0, used = 0, space = 0;
    while (end < text.size()) {
      auto next = first_code_point(text.substr(end));
      used += display_width(next.value);
      if (used > cells)
        return text.substr(0, space > 0 ? space : std::max<size_t>(end, 1));
      end += next.bytes;
      if (next.value == U' ')
        space = end;
    }
    return text;
  }
  /// "3 rejected", in `is` unless it is 0.
  void tally(std::string_view name, integer n, style is,
             const char* before = "") {
    put({{before, style::dim},
         {figure(name) + " ", style::dim},
         {count(n), n.value_or(0) == 0 ? style::plain : is}});
  }

  void verdict() {
    begin("verdict");
    auto is = style_of_severity(s_.severity);
    auto facts = verdict_facts(s_, in_);
    if (facts.empty()) {
      auto whole = verdict_line(s_, in_).text();
      put_words(std::string_view{whole}.substr(std::string_view{"● "}.size()),
                is);
      return;
    }
    put(capital(state_words(s_, in_)), is);
    for (auto& words : facts)
      put_words(words, is);
  }

  void cause() {
    auto means = s_.state == "market_closed" || s_.severity == "ok"
                   ? std::string_view{}
                   : cause_sentence(in_, s_.cause);
    if (means.empty())
      return;
    begin("cause");
    put(term(in_, "causes", s_.cause), style::warn);
    put_words(means);
  }

  void rates() {
    begin("rates");
    put(say(in_, "{0}/s received", rate(s_.received_per_s)));
    put(say(in_, "{0}/s stored", rate(s_.persisted_per_s)));
    if (s_.over_s)
      put(say(in_, "mean of {0} s", *s_.over_s), style::dim);
    put({{figure("ratio") + " ", style::dim},
         {share(s_.persisted_ratio),
          s_.persisted_ratio && *s_.persisted_ratio < ratio_good ? style::bad
                                                                 : style::ok}});
  }

  void ledger() {
    begin_term("figure", "balance");
    tally("received", s_.received, style::plain);
    tally("persisted", s_.persisted, style::plain, "= ");
    tally("rejected", s_.rejected, style::bad, "+ ");
    tally("shed", s_.shed, style::bad, "+ ");
    tally("waiting", s_.in_flight, style::plain, "+ ");
    if (s_.received && s_.persisted && s_.rejected && s_.shed && s_.in_flight) {
      auto off = *s_.received - *s_.persisted - *s_.rejected - *s_.shed
                 - *s_.in_flight;
      put(off == 0 ? word("balanced") : say(in_, "off by {0}", count(off)),
          off == 0 ? style::ok : style::bad);
    }
    begin_term("figure", "waiting");
    // Both are read at moments of their own.
    put(s_.in_flight == 0 ? bytes(0) : bytes(s_.unacked_bytes));
    if (s_.unacked_age_ms)
      put(say(in_, "oldest {0}", span(*s_.unacked_age_ms * 1000)));
    begin_term("figure", "gaps");
    if (s_.missing)
      missing(*s_.missing);
    else
      put(say(in_, "{0}, {1} shares missing", count(s_.gaps),
              count(s_.missing_shares)),
          s_.gaps.value_or(0) > 0 ? style::warn : style::plain);
    if (!s_.rejected_by_reason.empty()) {
      begin_term("figure", "rejected");
      for (auto& [reason, n] : s_.rejected_by_reason)
        put(term(in_, "reject", reason) + " " + count(n), style::bad);
    }
    if (!s_.doubts.empty()) {
      begin_term("causes", "in_doubt");
      for (auto& [name, n] : s_.doubts)
        put(term(in_, "doubt", name) + " " + count(n), style::warn);
    }
  }

  /// Each TR by itself.
  void missing(const nlohmann::json& facts) {
    if (facts.empty())
      put(*find_term(in_, "say", "none_missing"));
    // In English the daemon's own words say it.
    for (auto& fact : facts) {
      auto words = in_ == language::english ? text_of(fact, "text") : "";
      put(words.empty() ? told(in_, fact) : words, style::warn);
    }
  }

  void latency() {
    auto both = [&](integer p50, integer p99) {
      return latency_us(p50, in_) + " / " + latency_us(p99, in_);
    };
    begin("latency");
    put(figure("ack_latency") + " " + both(s_.ack_p50_us, s_.ack_p99_us));
    put("fsync " + both(s_.fsync_p50_us, s_.fsync_p99_us));
    put("p50 / p99", style::dim);
    put(figure("exchange_lag") + " " + lag_ms(s_.exchange_lag_ms, in_));
  }

  void market() {
    begin("market");
    if (!s_.market_open) {
      put(count({}));
      return;
    }
    auto open = *s_.market_open;
    auto closed = closed_key(s_);
    put(open             ? word("open")
        : closed.empty() ? term(in_, "verdict", "market_closed")
                         : term(in_, "closed", closed));
    if (auto next = open ? s_.closes_us : s_.opens_us)
      put(say(in_, open ? "closes {0} (in {1})" : "opens {0} (in {1})",
              moment(next, s_.now_us), between_us(s_.now_us, next, in_)));
  }

  void day() {
    if (!s_.day)
      return;
    auto& d = *s_.day;
    begin("today");
    tally("received", d.received, style::plain);
    tally("persisted", d.persisted, style::plain);
    tally("rejected", d.rejected, style::bad);
    tally("shed", d.shed, style::bad);
    put({{word("lost") + " ", style::dim},
         {count(d.lost),
          d.lost.value_or(0) == 0 ? style::plain : style::bad}});
    if (d.missing)
      missing(*d.missing);
    else
      put(say(in_, "gaps {0}, {1} shares missing", count(d.gaps),
              count(d.missing_shares)),
          d.gaps.value_or(0) > 0 ? style::warn : style::plain);
    put(say(in_, "disconnects {0}", count(d.disconnects)));
    if (d.since_us)
      put(say(in_, "since {0}", moment(d.since_us, s_.now_us)), style::dim);
  }

  void about(const session& session) {
    out_.emplace_back(
      padded(capital(session_name(in_, session.name)), heading_cells),
      style::heading);
    put(session.phase.empty() ? count({}) : term(in_, "phase", session.phase),
        style_of_state(session.phase));
    put(say(in_, "for {0}", between_us(session.since_us, s_.now_us, in_)));
    put(say(in_, "{0} connects, {1} lost", count(session.connects),
            count(session.disconnects)));
    put(say(in_, "last data {0} ago",
            between_us(session.last_frame_us, s_.now_us, in_)));
    if (session.last_heard_us)
      put(say(in_, "heard {0} ago",
              between_us(session.last_heard_us, s_.now_us, in_)));
    if (!session.last_cause.empty() && session.phase != "open") {
      put(term(in_, "causes", session.last_cause), style::bad);
      put_words(in_quotes(session.last_text), style::bad);
    }
    std::map<std::string, int64_t> states;
    for (auto& slot : session.slots)
      ++states[slot.state];
    begin("slots");
    auto tell = [&](const std::string& state, int64_t n) {
      put({{term(in_, "slot", state) + " ", style_of_state(state)},
           {count(n), style::plain}});
    };
    for (auto& [state, n] : states)
      if (state != "idle")
        tell(state, n);
    if (auto idle = states.find("idle"); idle != states.end())
      tell("idle", idle->second);
  }

  void storage() {
    for (auto& trouble : s_.storage_trouble)
      if (!trouble.cause.empty()) {
        begin_term("event", "storage");
        put(trouble.dataset + ": " + term(in_, "causes", trouble.cause),
            style::bad);
        put_words(in_quotes(trouble.text), style::bad);
      }
    begin("disk");
    put(s_.disk_free_bytes ? say(in_, "{0} free", bytes(s_.disk_free_bytes))
                           : count({}));
  }

  void files() {
    size_t shown = 0;
    for (auto& f : s_.files) {
      if (f.state != "open" || shown == files_shown)
        continue;
      if (++shown == 1)
        begin("files");
      else
        out_.emplace_back(std::string(heading_cells, ' '));
      put(f.name);
      put(say(in_, "{0} lines, {1}", count(f.lines), bytes(f.bytes)));
      if (f.expected_bytes)
        put(say(in_, "of {0} expected by now", bytes(f.expected_bytes)),
            f.bytes.value_or(0) < *f.expected_bytes / 2 ? style::warn
                                                        : style::dim);
    }
  }

  void restarts() {
    for (size_t i = 0; i < std::min(s_.restarts.size(), restarts_shown); ++i) {
      auto& r = s_.restarts[i];
      if (i == 0)
        begin("restarts");
      else
        out_.emplace_back(std::string(heading_cells, ' '));
      put(moment(r.at_us, s_.now_us));
      put(r.actor, style::warn);
      put(in_quotes(r.reason), style::dim);
    }
  }

  void daemon() {
    auto or_dash = [](const std::string& text) {
      return text.empty() ? count({}) : text;
    };
    begin("daemon");
    put(or_dash(s_.version));
    put(say(in_, "on {0}", or_dash(s_.host)));
    put("pid " + (s_.pid ? std::to_string(*s_.pid) : count({})));
    put(say(in_, "up {0}", between_us(s_.started_us, s_.now_us, in_)));
    put(say(in_, "run {0}", or_dash(s_.run_id)));
    put(say(in_, "data in {0}", or_dash(s_.data_dir)));
    put(say(in_, "log level {0}", or_dash(s_.log_level)));
  }

  /// Neighbours that say the same are one line with their number.
  void events() {
    if (s_.events.empty())
      return;
    out_.emplace_back();
    out_.emplace_back(word("Latest events"), style::heading);
    std::vector<event> latest;
    std::vector<size_t> alike;
    for (auto& e : s_.events) {
      if (!latest.empty() && latest.back().what == e.what
          && latest.back().cause == e.cause
          && latest.back().detail == e.detail) {
        ++alike.back();
        continue;
      }
      if (latest.size() == events_shown)
        break;
      latest.push_back(e);
      alike.push_back(1);
    }
    auto t = event_table(latest, s_.now_us, in_);
    for (size_t i = 0; i < alike.size(); ++i)
      if (alike[i] > 1)
        t.rows[i].cells[1].text += fmt::format(" ×{}", alike[i]);
    table_view as_given;
    as_given.selectable = false;
    auto rows = layout(t, as_given, columns_, latest.size() + 1);
    // Without the headings: what is what can be seen.
    out_.insert(out_.end(), std::next(rows.begin()), rows.end());
  }

  const status& s_;
  language in_;
  size_t columns_;
  std::vector<line> out_;
};

} // namespace

std::vector<line> overview_lines(const status& s, language in, size_t columns,
                                 bool reasons) {
  return page{s, in, columns}.lines(reasons);
}

} // namespace observer::terminal
