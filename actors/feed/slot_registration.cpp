// Which session and which registration a slot is of, and how it stands with the
// broker.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/feed/slot.hpp"
#include "messages/korean_time.hpp"

namespace observer {

void slot_state::begin_session(const session_ptr& session) {
  // Whoever was down when the former session ended did not hear why.
  auto former = memory->ticks.session();
  if (former && former->number > 0)
    memory->hole.note(cause::disconnected, 0);
  for (auto data : all_datasets)
    box_of(data).begin_session(session);
}

void slot_state::begin_registration(const registration& what) {
  end_registration();
  memory->current = what;
  // What this run knows, or what an earlier run left on disk, is the past of
  // the first tick.
  auto& known = config.memory->baselines;
  auto at = known.find({std::string{to_string(what.id)}, what.symbol});
  if (auto former = config.memory->former.find(what)) {
    memory->last_tick = former;
    memory->hole.note(cause::not_subscribed, 0);
  } else if (at != known.end()) {
    memory->last_tick = at->second;
    memory->hole.note(cause::daemon_down, 0);
  }
}

void slot_state::end_registration() {
  tell_rejects(config.clock->now_us());
  tell_shed(last_record_at(), std::nullopt);
  if (memory->current && memory->last_tick)
    config.memory->former.put(*memory->current, *memory->last_tick);
  memory->current.reset();
  memory->last_tick.reset();
  memory->other_tick.reset();
  memory->forgotten_day.reset();
  memory->hole.close();
  memory->halted = false;
  memory->last_quote_us = 0;
  memory->rejected_in_row = 0;
  memory->width = 0;
  memory->widths.clear();
  memory->told_doubts = {};
}

void slot_state::take_up_claim() {
  auto& claims = config.memory->claims;
  // An order may have been lost with the life before.
  if (auto ordered = claims.of(config.slot))
    memory->wanted = ordered;
  if (!memory->wanted)
    return;
  auto what = *memory->wanted;
  if (auto other = claims.claim(config.slot, what)) {
    memory->wanted.reset();
    tell_taken(what, *other);
  }
}

void slot_state::tell_taken(const registration& what, int by_slot) {
  auto detail = fmt::format("slot {} has this registration, and a session holds "
                            "it once: release it there first",
                            by_slot);
  spdlog::error("[{}] {}: {} {}: {}", log_name,
                to_string(cause::refused_symbol), to_string(what.id),
                what.symbol, detail);
  event({.event = "refused", .why = cause::refused_symbol, .detail = detail},
        config.clock->now_us(), what);
}

void slot_state::on_assign(const registration& what) {
  if (auto other = config.memory->claims.claim(config.slot, what)) {
    tell_taken(what, *other);
    flush_all();
    return;
  }
  memory->wanted = what;
  show_registration();
  change(slot_phase::subscribing, "assigned");
  present();
}

void slot_state::on_release() {
  config.memory->claims.let_go(config.slot);
  memory->wanted.reset();
  show_registration();
  change(slot_phase::releasing, "released by order");
  present();
}

void slot_state::show_registration() {
  board->set_registration(memory->wanted ? memory->wanted : memory->current);
}

void slot_state::change(slot_phase next, std::string_view why) {
  if (phase == next)
    return;
  auto what = memory->wanted ? memory->wanted->symbol : std::string{"-"};
  auto level = next == slot_phase::refused || next == slot_phase::silent
                   || next == slot_phase::rejecting
                 ? spdlog::level::warn
                 : spdlog::level::info;
  spdlog::log(level, "[{}] {} {} -> {}: {}", log_name, what, to_string(phase),
              to_string(next), why);
  phase = next;
  board->set_state(to_string(next));
  gauges->set_phase(to_string(next));
  show_registration();
  phase_since_us = config.clock->steady_us();
}

void slot_state::on_news(const subscription_news& news) {
  auto now = config.clock->now_us();
  // News of a session are lines of that session, before its first tick too.
  if (news.session && news.session->number > memory->events.session()->number)
    begin_session(news.session);
  switch (news.kind) {
    case subscription_news::sent:
      // Another registration than that of the last records.
      if (memory->current != memory->wanted)
        end_registration();
      change(slot_phase::subscribing, "asked the broker");
      break;
    case subscription_news::on:
      if (phase != slot_phase::live && phase != slot_phase::rejecting) {
        change(slot_phase::live, news.text);
        event({.event = "subscribed", .detail = news.text}, now,
              memory->wanted);
      }
      last_tick_us = config.clock->steady_us();
      break;
    case subscription_news::refused:
      memory->hole.note(news.why, 0);
      change(slot_phase::refused, news.text);
      event({.event = "refused", .why = news.why, .detail = news.text}, now,
            memory->wanted);
      break;
    case subscription_news::released:
      end_registration();
      change(slot_phase::idle, news.text);
      break;
    case subscription_news::quiet:
      memory->hole.note(news.why, 0);
      break;
    case subscription_news::lost:
      // What the exchange trades until the next session is a hole with this
      // cause; its size is known when the next tick comes.
      if (news.why != cause::none)
        memory->hole.note(news.why, 0);
      if (news.why == cause::none)
        change(slot_phase::idle, news.text);
      else if (memory->wanted)
        change(slot_phase::subscribing, news.text);
      break;
  }
  flush_all();
}

void slot_state::on_tick() {
  self->delayed_send(self, std::chrono::seconds{1}, slot_tick{});
  auto now = config.clock->now_us();
  if (now / (60 * us_per_second) != memory->told_rejects_minute) {
    tell_rejects(now);
    flush_all();
  }
  auto quiet_us = config.clock->steady_us() - last_tick_us;
  auto silent_us = std::chrono::microseconds{config.silent_after}.count();
  if (phase == slot_phase::live && quiet_us > silent_us
      && config.hours.open_at(now) && config.hours.open_at(now - silent_us)) {
    auto detail = fmt::format("no data for {} s in trading hours{}",
                              quiet_us / us_per_second,
                              memory->halted ? ": by its last record the issue "
                                               "is halted or in a VI"
                                             : "");
    change(slot_phase::silent, detail);
    event({.event = "silent",
           .why = memory->halted ? cause::halted : cause::connected_but_silent,
           .detail = detail},
          now, memory->current ? memory->current : memory->wanted);
    flush_all();
  }
  finish_if_stopped();
}

} // namespace observer
