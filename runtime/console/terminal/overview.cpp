// The overview: see layout.hpp.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "runtime/console/terminal/layout.hpp"
#include "runtime/console/terminal/tables.hpp"

namespace observer::terminal {

namespace {

constexpr size_t heading_cells = 11;
constexpr size_t events_shown = 8;
constexpr size_t files_shown = 4;
constexpr size_t restarts_shown = 3;
constexpr double ratio_good = 0.999;

class page {
public:
  page(const status& s, language in, size_t columns)
    : s_(s), in_(in), columns_(columns) {
  }

  std::vector<line> lines() {
    rates();
    ledger();
    latency();
    market();
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
  line& begin(std::string_view label) {
    out_.emplace_back(padded(say(in_, label), heading_cells), style::heading);
    return out_.back();
  }
  line& more() {
    out_.emplace_back(std::string(heading_cells, ' '));
    return out_.back();
  }
  std::string word(std::string_view english) const {
    return std::string{say(in_, english)};
  }
  /// "rejected 3", in `is` unless it is 0.
  void tally(line& to, std::string_view name, integer n, style is) {
    to.add(fmt::format("  {} ", word(name)), style::dim)
      .add(count(n), n.value_or(0) == 0 ? style::plain : is);
  }

  void rates() {
    begin("Rates")
      .add(fmt::format("{} {}/s", rate(s_.received_per_s), word("received")))
      .add(fmt::format("   {} {}/s", rate(s_.persisted_per_s),
                       word("on disk")))
      .add(s_.over_s ? fmt::format(" ({} s)", *s_.over_s) : "", style::dim)
      .add(fmt::format("   {} ", word("ratio")), style::dim)
      .add(ratio(s_.persisted_ratio),
           s_.persisted_ratio && *s_.persisted_ratio < ratio_good ? style::bad
                                                                  : style::ok);
  }

  void ledger() {
    auto& l = begin("Ledger");
    l.add(word("received") + " ", style::dim).add(count(s_.received));
    tally(l, "on disk", s_.persisted, style::plain);
    tally(l, "rejected", s_.rejected, style::bad);
    tally(l, "shed", s_.shed, style::bad);
    tally(l, "in flight", s_.in_flight, style::plain);
    begin("Unacked")
      .add(bytes(s_.unacked_bytes))
      .add(s_.unacked_age_ms
             ? fmt::format(", oldest {}", span_us(*s_.unacked_age_ms * 1000))
             : "")
      .add(fmt::format("   gaps {}, {} shares missing", count(s_.gaps),
                       count(s_.missing_shares)),
           s_.gaps.value_or(0) > 0 ? style::warn : style::plain);
    if (!s_.rejected_by_reason.empty()) {
      auto& why = begin("Rejected");
      for (auto& [reason, n] : s_.rejected_by_reason)
        why.add(fmt::format("{} {}  ", reason, count(n)), style::bad);
    }
    if (!s_.doubts.empty()) {
      auto& why = begin("In doubt");
      for (auto& [name, n] : s_.doubts)
        why.add(fmt::format("{} {}  ", name, count(n)), style::warn);
    }
  }

  void latency() {
    auto lag = s_.exchange_lag_ms ? span_us(*s_.exchange_lag_ms * 1000) : "-";
    begin("Latency")
      .add(fmt::format("on disk {} / {}, fsync {} / {} (p50 / p99), "
                       "exchange lag {}",
                       span_us(s_.ack_p50_us), span_us(s_.ack_p99_us),
                       span_us(s_.fsync_p50_us), span_us(s_.fsync_p99_us),
                       lag));
  }

  void market() {
    auto& l = begin("Market");
    if (!s_.market_open) {
      l.add("-");
      return;
    }
    auto next = *s_.market_open ? s_.closes_us : s_.opens_us;
    l.add(*s_.market_open ? "open" : "closed");
    if (next)
      l.add(fmt::format(", {} {} (in {})",
                        *s_.market_open ? "closes" : "opens",
                        moment(next, s_.now_us), between_us(s_.now_us, next)));
  }

  void about(const session& session) {
    auto& l = begin("Session");
    auto phase = session.phase.empty() ? "-" : session.phase;
    l.add(session.name + " ", style::plain)
      .add(phase, style_of_state(phase))
      .add(fmt::format(" for {}, {} connects, {} lost, last frame {} ago",
                       between_us(session.since_us, s_.now_us),
                       count(session.connects), count(session.disconnects),
                       between_us(session.last_frame_us, s_.now_us)));
    if (!session.last_cause.empty() && session.phase != "open")
      more().add(fmt::format("{}: {}", session.last_cause, session.last_text),
                 style::bad);
    std::map<std::string, int64_t> states;
    for (auto& slot : session.slots)
      ++states[slot.state];
    auto& slots = begin("Slots");
    for (auto& [state, n] : states)
      slots.add(fmt::format("{} ", n))
        .add(state, style_of_state(state))
        .add("  ");
  }

  void storage() {
    for (auto& trouble : s_.storage_trouble)
      if (!trouble.cause.empty())
        begin("Storage").add(fmt::format("{}: {}: {}", trouble.dataset,
                                         trouble.cause, trouble.text),
                             style::bad);
    begin("Disk").add(s_.disk_free_bytes
                        ? bytes(s_.disk_free_bytes) + " free"
                        : "-");
  }

  void files() {
    size_t shown = 0;
    for (auto& f : s_.files) {
      if (f.state != "open" || shown == files_shown)
        continue;
      ++shown;
      auto& l = shown == 1 ? begin("Files") : more();
      l.add(fmt::format("{}  {} lines, {}", f.name, count(f.lines),
                        bytes(f.bytes)));
      if (f.expected_bytes)
        l.add(fmt::format(" of {} expected by now", bytes(f.expected_bytes)),
              f.bytes.value_or(0) < *f.expected_bytes / 2 ? style::warn
                                                          : style::dim);
    }
  }

  void restarts() {
    for (size_t i = 0; i < std::min(s_.restarts.size(), restarts_shown); ++i) {
      auto& r = s_.restarts[i];
      (i == 0 ? begin("Restarts") : more())
        .add(fmt::format("{}  {}: {}", moment(r.at_us, s_.now_us), r.actor,
                         r.reason),
             style::warn);
    }
  }

  void daemon() {
    begin("Daemon")
      .add(fmt::format("{} on {}, pid {}, up {}, run {}",
                       s_.version.empty() ? "-" : s_.version,
                       s_.host.empty() ? "-" : s_.host,
                       s_.pid ? std::to_string(*s_.pid) : "-",
                       between_us(s_.started_us, s_.now_us), s_.run_id));
    more().add(fmt::format("data in {}, log level {}", s_.data_dir,
                           s_.log_level));
  }

  void events() {
    if (s_.events.empty())
      return;
    out_.emplace_back();
    out_.emplace_back(word("Latest events"), style::heading);
    auto latest = s_.events;
    latest.resize(std::min(latest.size(), events_shown));
    table_view as_given;
    as_given.selectable = false;
    auto rows = layout(event_table(latest, s_.now_us, in_), as_given, columns_,
                       latest.size() + 1);
    // Without the headings: what is what can be seen.
    out_.insert(out_.end(), std::next(rows.begin()), rows.end());
  }

  const status& s_;
  language in_;
  size_t columns_;
  std::vector<line> out_;
};

} // namespace

std::vector<line> overview_lines(const status& s, language in,
                                 size_t columns) {
  return page{s, in, columns}.lines();
}

} // namespace observer::terminal
