// What a connection looks at each second: the disk's words, the clocks, pauses,
// silences and deadlines.

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/feed/connection.hpp"
#include "messages/korean_time.hpp"

namespace observer {

namespace {

/// A session that lived so long has proved that connecting works.
constexpr int64_t proof_us = 60 * us_per_second;
/// The patience of the data watchdog grows up to this factor.
constexpr int quiet_rounds_max = 5;
/// The wall clock runs against steady time by less than this in a second,
/// unless somebody sets it.
constexpr int64_t clock_step_us = us_per_second / 2;

} // namespace

void connection_state::on_tick() {
  self->delayed_send(self, std::chrono::seconds{1}, connection_tick{});
  auto now = config.clock->steady_us();
  for (size_t i = 0; i < entries.size(); ++i) {
    trim(*config.memory->lanes[i]);
    if (entries[i].handle && std::exchange(entries[i].resend, false))
      redeliver(i);
  }
  if (shedding
      && config.memory->budget->used() < config.memory->budget->bytes_max() / 2) {
    shedding = false;
    shed_why = cause::none;
    spdlog::warn("[connection] no longer shedding");
  }
  check_storage();
  tell_rejects();
  check_clock();
  // What came meanwhile is read first.
  if (!check_pause(now)) {
    check_quiet(now);
    check_watchdogs(now);
    check_deadlines(now);
  }
  flush_boxes();
  finish_if_stopped();
}

bool connection_state::in_trading_hours(int64_t for_us) const {
  auto now = config.clock->now_us();
  return config.hours.open_at(now) && config.hours.open_at(now - for_us);
}

void connection_state::check_storage() {
  for (auto& [data, now] : config.memory->storage->take_changes()) {
    auto detail = fmt::format(
      "{}: {}", writer_name(data),
      now.why == cause::none ? std::string{"writes again"} : now.text);
    if (now.why == cause::none)
      spdlog::warn("[connection] storage: {}", detail);
    else
      spdlog::error("[connection] {}: {}", to_string(now.why), detail);
    event({.event = "storage", .why = now.why, .detail = detail});
  }
  for (auto& gone : config.memory->storage->take_losses()) {
    journal_event e{.event = "gap", .why = gone.why,
                    .detail = gone.detail, .tr_id = gone.tr_id,
                    .symbol = gone.symbol, .from_us = gone.from_us,
                    .to_us = gone.to_us, .records = gone.records};
    if (!gone.session_id.empty())
      e.lost = lost_lines{to_string(gone.data), gone.session_id, gone.slot,
                          gone.first_seq, gone.last_seq};
    if (gone.told_in.empty())
      event(e);
    else // it is on disk
      config.memory->board->events.add(e, connection_slot,
                                       config.clock->now_us());
  }
}

void connection_state::check_clock() {
  auto& clock = *config.clock;
  auto steady_us = clock.steady_us(); // before the rest: it may find a pause
  auto ahead_us = clock.now_us() - steady_us - clock.asleep_us();
  auto step_us = ahead_us - std::exchange(clock_ahead_us, ahead_us);
  if (ahead_known && std::abs(step_us) >= clock_step_us) {
    auto detail = fmt::format("the system clock was set {:+.3f} s: receive "
                              "times before and after it do not join",
                              static_cast<double>(step_us) / us_per_second);
    spdlog::error("[connection] clock_wrong: {}", detail);
    event({.event = "clock_stepped", .why = cause::clock_wrong,
           .detail = detail});
  }
  ahead_known = lag_due = true;
}

bool connection_state::check_pause(int64_t now) {
  constexpr int64_t late_min_us = 3 * us_per_second;
  auto asleep = config.clock->asleep_us();
  auto slept_us = asleep - std::exchange(asleep_us, asleep);
  auto late_us = now - std::exchange(last_tick_us, now) - us_per_second;
  if (late_us < late_min_us && slept_us == 0)
    return false;
  late_us = std::max<int64_t>(late_us, 0);
  auto detail = fmt::format("this process did not run for {} s: stopped, or its "
                            "machine was suspended or overloaded",
                            (late_us + slept_us) / us_per_second);
  spdlog::error("[connection] paused: {}", detail);
  event({.event = "paused", .why = cause::daemon_down, .detail = detail});
  // The clock leaves out only what nobody noticed.
  phase_since_us = std::min(phase_since_us + late_us, now);
  last_data_us = std::min(last_data_us + late_us, now);
  awake_since_us = now;
  for (auto& e : entries)
    e.due_us += late_us;
  if (phase != connection_phase::open || !socket)
    return true;
  // What the broker may have left out meanwhile is our fault, and whether it is
  // still there shows in seconds.
  for (auto& e : entries)
    if (e.state == standing::on)
      tell(e, subscription_news::quiet, cause::daemon_down, detail);
  socket->probe();
  return true;
}

void connection_state::check_quiet(int64_t now) {
  auto& board = config.memory->board->connection;
  auto frames = std::exchange(frames_in_tick, 0);
  uint64_t received = 0;
  for (auto& slot : config.memory->counters->slots)
    received += slot.received.value();
  auto records = received - std::exchange(received_before, received);
  if (phase != connection_phase::open
      || !config.hours.open_at(config.clock->now_us())) {
    silence.reset();
    board.set_silence(std::nullopt);
    return;
  }
  auto news = silence.look(frames, records, now, last_data_us,
                           in_trading_hours(now - last_data_us));
  if (news == silence_watch::news::none)
    return;
  board.set_silence(silence.silence());
  if (news == silence_watch::news::ends) {
    spdlog::warn("[connection] data again");
    return;
  }
  auto detail
    = fmt::format("no data for {} s after {} records a second: the broker sends "
                  "nothing, or the whole market is halted",
                  (now - last_data_us) / us_per_second,
                  silence.silence()->per_s_before);
  spdlog::error("[connection] connected_but_silent: {}", detail);
  event({.event = "silent", .why = cause::connected_but_silent,
         .detail = detail});
  for (auto& e : entries)
    if (e.state == standing::on)
      tell(e, subscription_news::quiet, cause::connected_but_silent, detail);
}

void connection_state::check_watchdogs(int64_t now) {
  auto& c = config;
  if (phase == connection_phase::closing
      && now - phase_since_us > 5 * us_per_second) {
    socket.reset();
    on_closed({attempt, socket_end::closed_by_us, end_text});
    return;
  }
  if (phase == connection_phase::connecting
      && now - phase_since_us > in_us(c.open_deadline)) {
    end_session(cause::disconnected,
                fmt::format("{}: not open after {} s", c.url,
                            c.open_deadline.count() / 1000),
                false);
    return;
  }
  if (phase != connection_phase::open || stopping)
    return;
  if (!proved && now - phase_since_us > proof_us) {
    proved = true;
    retry.reset();
  }
  auto silent_us
    = now - std::max({socket->last_byte_us(), phase_since_us, awake_since_us});
  if (silent_us > in_us(c.transport_silence)) {
    end_session(cause::connected_but_silent,
                fmt::format("no byte for {} s, not even PINGPONG: the "
                            "connection is half dead, abandoned",
                            silent_us / us_per_second),
                true);
    return;
  }
  auto patience = in_us(c.data_silence) << quiet_rounds;
  auto quiet_us = now - last_data_us;
  auto any_on = std::any_of(entries.begin(), entries.end(), [](auto& e) {
    return e.state == standing::on;
  });
  if (any_on && quiet_us > patience
      && in_trading_hours(in_us(c.data_silence))) {
    quiet_rounds = std::min(quiet_rounds + 1, quiet_rounds_max);
    renew_key = true; // a dead key may look like this
    end_session(cause::connected_but_silent,
                fmt::format("subscribed, but no data for {} s in trading "
                            "hours: a new session",
                            quiet_us / us_per_second),
                true);
  }
}

} // namespace observer
