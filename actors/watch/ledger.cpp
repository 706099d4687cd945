#include "actors/watch/ledger.hpp"

#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace observer {

std::string ledger_line(const session_counters& counters) {
  auto t = sum(counters);
  auto ratio = t.ratio();
  // What is not whole is not shown as whole.
  auto shown = ratio ? fmt::format("{:.6f}", std::floor(*ratio * 1e6) / 1e6)
                     : std::string{"–"};
  auto latency = [&](double q) {
    return counters.ack_latency.count() == 0
             ? std::string{"–"}
             : fmt::format("{:.1f}",
                           counters.ack_latency.quantile_us(q) / 1e3);
  };
  auto out = fmt::format("received={} persisted={} rejected={} shed={} "
                         "in_flight={} ratio={} ack_p50_ms={} ack_p99_ms={}",
                         t.received, t.persisted, t.rejected, t.shed,
                         t.in_flight, shown, latency(0.5), latency(0.99));
  for (size_t i = 1; i < reject_reason_count; ++i) {
    auto n = counters.other.rejected[i].value();
    for (auto& slot : counters.slots)
      n += slot.rejected[i].value();
    if (n > 0)
      out += fmt::format(" rejected.{}={}",
                         to_string(static_cast<reject_reason>(i)), n);
  }
  if (t.unclaimed > 0)
    out += fmt::format(" unclaimed={}", t.unclaimed);
  for (size_t i = 0; i < kis::doubt_count; ++i)
    if (auto n = counters.doubts[i].value(); n > 0)
      out += fmt::format(" in_doubt.{}={}",
                         to_string(static_cast<kis::doubt>(i)), n);
  if (auto n = counters.quarantine_shed.value(); n > 0)
    out += fmt::format(" rejected_without_text={}", n);
  return out;
}

namespace {

void look(ledger_state& s) {
  auto t = sum(*s.config.counters);
  auto difference = static_cast<int64_t>(t.received)
                    - static_cast<int64_t>(t.accounted());
  s.looks = difference == s.difference ? s.looks + 1 : 1;
  s.difference = difference;
  if (s.looks < s.config.looks_min || difference == s.told)
    return;
  s.told = difference;
  if (difference == 0)
    spdlog::warn("[ledger] closes again");
  else
    spdlog::critical("[ledger] does not close: {} records {}: {}",
                     std::abs(difference),
                     difference > 0 ? "vanished" : "are counted twice",
                     ledger_line(*s.config.counters));
}

/// What came is not on disk as ticks, or may say something else than it seems:
/// told when it begins, when its cause changes, and when it has ended.
void look_at_shortage(ledger_state& s) {
  constexpr uint64_t whole_per_mille = 999;
  s.lately.add(++s.second, *s.config.counters);
  auto recent = s.lately.recent();
  auto x = recent.came > 0 ? recent : s.lately.lately();
  auto why = x.below(whole_per_mille) ? cause_of(x, s.lately) : cause::none;
  if (why == cause::none && x.misplaced * 2 > x.ticks)
    why = cause::layout_changed;
  if (why == std::exchange(s.short_of, why))
    return;
  if (why == cause::none)
    spdlog::warn("[ledger] all that comes is on disk again");
  else if (x.lost() == 0)
    spdlog::error("[ledger] {}: values of {} of the last {} ticks are in doubt",
                  to_string(why), x.misplaced, x.ticks);
  else
    spdlog::error("[ledger] {}: of the last {} records {} are on disk as "
                  "ticks; {} rejected{}, {} given up, {} wait",
                  to_string(why), x.came, x.ticks, x.rejected,
                  x.rejected == 0 ? ""
                                  : fmt::format(" ({})",
                                                to_string(
                                                  s.lately.rejected_most())),
                  x.shed, x.late);
}

} // namespace

ledger_actor::behavior_type
ledger(measured_pointer<ledger_actor, ledger_state> self,
       ledger_config config) {
  install_house_handlers(self, "ledger", &self->state.house);
  self->state.config = std::move(config);
  self->delayed_send(self, self->state.config.look, ledger_due{});
  return {
    [self](const ledger_due&) {
      auto& s = self->state;
      self->delayed_send(self, s.config.look, ledger_due{});
      look(s);
      look_at_shortage(s);
      s.since_line += s.config.look;
      if (s.since_line < s.config.interval)
        return;
      s.since_line = std::chrono::milliseconds{0};
      spdlog::info("[ledger] {}", ledger_line(*s.config.counters));
    },
  };
}

} // namespace observer
