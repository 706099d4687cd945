#include "actors/feed/connection.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"

namespace observer {

using std::chrono::milliseconds;

namespace {

/// A session that lived so long has proved that connecting works.
constexpr int64_t proof_us = 60 * us_per_second;
/// The patience of the data watchdog grows up to this factor.
constexpr int quiet_rounds_max = 5;
/// The wall clock runs against steady time by less than this in a second,
/// unless somebody sets it.
constexpr int64_t clock_step_us = us_per_second / 2;
/// No silence is called one before.
constexpr int64_t quiet_min_us = 4 * us_per_second;
/// For the replies to the releases of an orderly stop.
constexpr milliseconds release_wait{1'500};

} // namespace

std::optional<std::string> connection_config::validate() const {
  if (url.empty())
    return "connection: no WebSocket address";
  if (!clock || !network || !memory || !collection || !persistence)
    return "connection: a port or a supervisor is missing";
  if (subscribe_spacing.count() <= 0 || ack_deadline.count() <= 0)
    return "connection: spacing and deadline must be above 0";
  return reconnect.validate();
}

std::string_view to_string(connection_phase p) {
  switch (p) {
    case connection_phase::idle:
      return "idle";
    case connection_phase::asking_key:
      return "asking_key";
    case connection_phase::connecting:
      return "connecting";
    case connection_phase::open:
      return "open";
    case connection_phase::closing:
      return "closing";
    case connection_phase::waiting:
      return "waiting";
  }
  return "?";
}

connection_state::connection_state(self_pointer self)
  : self(self), retry(backoff_config{}, 1) {
  touched.reserve(slots_per_session);
}

connection_state::~connection_state() {
  if (!started)
    return;
  auto& memory = *config.memory;
  for (auto slot : touched)
    if (auto& b = building[slot])
      shed(*memory.lanes[slot], memory.counters->slots[slot], *b,
           cause::actor_restarted);
  // Last: from here on all of it is somebody else's.
  --memory.connections;
}

void connection_state::start() {
  started = true;
  ++config.memory->connections;
  gauges = gauges_of(self);
  retry = observer::backoff{config.reconnect, config.seed};
  session = config.memory->first_session;
  auto me = caf::actor_cast<caf::actor>(self);
  self->send(config.collection, watch_child{"credentials", me});
  for (auto data : all_datasets)
    self->send(config.persistence, watch_child{writer_name(data), me});
  self->delayed_send(self, std::chrono::seconds{1}, connection_tick{});
}

void connection_state::on_child(const child_started& child) {
  if (child.name == "credentials") {
    credentials = caf::actor_cast<credentials_actor>(child.handle);
    if (phase == connection_phase::idle)
      connect();
    return;
  }
  for (auto data : all_datasets)
    if (child.name == writer_name(data)) {
      auto& writer = writers[static_cast<size_t>(data)];
      writer = caf::actor_cast<journal_writer_actor>(child.handle);
      auto me = producer_actor{connection_actor{self}};
      auto send = [&](const line_batch_ptr& b) { self->send(writer, b, me); };
      if (data == dataset::quarantine)
        config.memory->rejects->resend(send);
      else if (data == dataset::system)
        config.memory->events->resend(send);
    }
}

// -- connecting -------------------------------------------------------------------

void connection_state::connect() {
  if (stopping || !credentials)
    return;
  set_phase(connection_phase::asking_key);
  auto renew = std::exchange(renew_key, false);
  self->request(credentials, std::chrono::seconds{45}, get_approval{renew})
    .then([this](const approval& a) { on_approval(a); },
          [this](const caf::error& e) {
            on_approval({{},
                         "no approval key: "
                           + in_words(self->home_system(), e),
                         false});
          });
}

void connection_state::on_approval(const approval& a) {
  if (stopping || phase != connection_phase::asking_key)
    return;
  if (a.key.empty()) {
    auto why = a.refused ? cause::credentials_refused : cause::rest_down;
    lost(why, a.problem);
    wait_and_connect(a.refused ? config.refused_wait : milliseconds{0});
    return;
  }
  approval_key = a.key;
  attempt = ++config.memory->attempts;
  set_phase(connection_phase::connecting);
  spdlog::info("[connection] connecting to {}", config.url);
  socket = config.network->connect({config.url, attempt},
                                   connection_actor{self});
}

void connection_state::on_opened(const socket_opened& opened) {
  if (opened.attempt != attempt || phase != connection_phase::connecting)
    return;
  auto& memory = *config.memory;
  auto number = ++memory.sessions;
  session = std::make_shared<const session_info>(
    session_info{fmt::format("{}-s{}", memory.run_id, number), number});
  memory.rejects->begin_session(session);
  memory.events->begin_session(session);
  memory.counters->connects.add();
  set_phase(connection_phase::open);
  last_data_us = phase_since_us;
  proved = any_reply = false;
  spdlog::info("[connection] open: session {}", session->id);
  event({.event = "connected", .detail = config.url});
  memory.board->connection.set_session(config.url, session->id, attempt);
  for (auto& symbols : known)
    symbols.clear();
  for (size_t i = 0; i < entries.size(); ++i) {
    auto& e = entries[i];
    e.held.reset();
    e.tries = 0;
    e.state = e.wanted ? standing::queued : standing::off;
    if (e.wanted)
      to_request.push_back(i);
  }
  rebuild_routes();
  pump();
  flush_boxes();
}

void connection_state::set_phase(connection_phase next) {
  phase = next;
  phase_since_us = config.clock->steady_us();
  gauges->set_phase(to_string(next));
  config.memory->board->connection.set_phase(to_string(next),
                                             config.clock->now_us());
}

void connection_state::wait_and_connect(milliseconds at_least) {
  socket.reset();
  set_phase(connection_phase::waiting);
  if (stopping) {
    finish_if_stopped();
    return;
  }
  auto wait = retry.next();
  // The jitter stays on top of a long wait, so that hosts do not meet again.
  if (at_least.count() > 0)
    wait = at_least + wait;
  spdlog::info("[connection] next attempt in {:.1f} s",
               static_cast<double>(wait.count()) / 1e3);
  self->delayed_send(self, wait, connect_due{attempt});
}

// -- ending -------------------------------------------------------------------------

void connection_state::end_session(cause why, std::string text,
                                   bool by_handshake) {
  if (phase != connection_phase::open
      && phase != connection_phase::connecting)
    return;
  end_why = why;
  end_text = std::move(text);
  if (by_handshake && socket) {
    set_phase(connection_phase::closing);
    socket->close();
    return;
  }
  socket.reset();
  on_closed({attempt, socket_end::closed_by_us, end_text});
}

void connection_state::lost(cause why, const std::string& words) {
  auto text = outside_text(words);
  config.memory->board->connection.set_end(why, text);
  if (!stopping)
    spdlog::error("[connection] {}: {}", to_string(why), text);
  event({.event = why == cause::none ? "closed" : "disconnected", .why = why,
         .detail = text});
  to_request.clear();
  for (auto& e : entries) {
    if (e.state != standing::off || e.wanted)
      tell(e, subscription_news::lost, why, text);
    e.state = standing::off;
    e.held.reset();
  }
  flush_boxes();
}

void connection_state::on_closed(const socket_closed& closed) {
  if (closed.attempt != attempt
      || (phase != connection_phase::connecting
          && phase != connection_phase::open
          && phase != connection_phase::closing))
    return;
  if (phase != connection_phase::connecting)
    config.memory->counters->disconnects.add();
  auto why = std::exchange(end_why, cause::none);
  auto text = why == cause::none ? closed.why : end_text;
  if (why == cause::none)
    why = cause::disconnected;
  if (stopping) {
    why = cause::none;
    text = "stopped";
  }
  lost(why, text);
  wait_and_connect(std::exchange(wait_at_least, milliseconds{0}));
}

// -- time -------------------------------------------------------------------------------

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
  auto ahead_us = config.clock->now_us() - config.clock->steady_us();
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
  auto before = std::exchange(last_tick_us, now);
  auto late_us = now - before - us_per_second;
  if (before == 0 || late_us < late_min_us)
    return false;
  auto detail = fmt::format("this process did not run for {} s: stopped, or its "
                            "machine was suspended or overloaded",
                            late_us / us_per_second);
  spdlog::error("[connection] paused: {}", detail);
  event({.event = "paused", .why = cause::daemon_down, .detail = detail});
  phase_since_us += late_us;
  last_data_us += late_us;
  awake_since_us = now;
  for (auto& e : entries)
    e.due_us += late_us;
  return true;
}

void connection_state::check_quiet(int64_t now) {
  // A mean over the last half minute or so.
  constexpr double share = 1.0 / 30;
  auto frames = std::exchange(frames_in_tick, 0);
  if (phase != connection_phase::open) {
    quiet_named = false;
    frames_per_s = 0;
    return;
  }
  auto quiet_us = now - last_data_us;
  if (frames > 0) {
    frames_per_s += share * (static_cast<double>(frames) - frames_per_s);
    if (std::exchange(quiet_named, false))
      spdlog::warn("[connection] data again");
    return;
  }
  // Chance leaves so many seconds empty less than once in 100,000 cases.
  constexpr double expected_min = 12;
  auto expected = frames_per_s * static_cast<double>(quiet_us) / us_per_second;
  if (quiet_named || quiet_us < quiet_min_us || expected < expected_min
      || !in_trading_hours(quiet_us))
    return;
  quiet_named = true;
  auto detail = fmt::format("no data for {:.0f} s after {:.1f} frames a second: "
                            "the broker sends nothing, or the whole market is "
                            "halted",
                            static_cast<double>(quiet_us) / us_per_second,
                            frames_per_s);
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
                false);
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

// -- stopping ---------------------------------------------------------------------------

void connection_state::on_exit(const caf::error& reason) {
  if (reason != caf::exit_reason::user_shutdown) {
    self->quit(reason);
    return;
  }
  if (stopping)
    return;
  stopping = true;
  if (phase == connection_phase::open) {
    release_all();
    // Closed when every reply is there, or by this timer.
    self->delayed_send(self, release_wait, connect_due{attempt});
  } else if (phase != connection_phase::closing) {
    socket.reset();
    set_phase(connection_phase::waiting);
  }
  finish_if_stopped();
}

void connection_state::finish_if_stopped() {
  if (!stopping)
    return;
  if (phase == connection_phase::open) {
    auto waits = std::any_of(entries.begin(), entries.end(), [](auto& e) {
      return e.state == standing::releasing;
    });
    if (!waits)
      end_session(cause::none, "stopped", true);
    return;
  }
  if (phase == connection_phase::closing)
    return;
  for (auto& l : config.memory->lanes)
    tell_shed(*l);
  tell_rejects();
  flush_boxes();
  auto& memory = *config.memory;
  if (memory.settled(*memory.rejects) && memory.settled(*memory.events))
    self->quit(caf::exit_reason::user_shutdown);
}

// -- own lines --------------------------------------------------------------------------

void connection_state::event(const journal_event& e) {
  auto now = config.clock->now_us();
  auto& box = *config.memory->events;
  auto& batch = box.open(now, std::nullopt);
  append_event_line(batch.text, e,
                    {now, box.session()->id, connection_slot, box.next_seq()});
  box.line_added();
  config.memory->board->events.add(e, connection_slot, now);
}

void connection_state::flush_boxes() {
  auto me = producer_actor{connection_actor{self}};
  auto flush = [&](outbox& box, dataset data) {
    auto& writer = writers[static_cast<size_t>(data)];
    if (writer)
      box.flush([&](const line_batch_ptr& b) { self->send(writer, b, me); });
  };
  flush(*config.memory->rejects, dataset::quarantine);
  flush(*config.memory->events, dataset::system);
}

connection_actor::behavior_type
connection(measured_pointer<connection_actor, connection_state> self,
           connection_config config) {
  auto& state = self->state;
  install_house_handlers(self, "connection", &state.house);
  self->set_exit_handler(
    [self](const caf::exit_msg& msg) { self->state.on_exit(msg.reason); });
  // A slot that died keeps its lane; it presents itself again.
  self->set_down_handler([self](const caf::down_msg& msg) {
    for (auto& e : self->state.entries)
      if (e.handle && e.handle.address() == msg.source)
        e.handle = nullptr;
  });
  auto bad = config.validate();
  state.config = std::move(config);
  if (bad)
    self->quit(caf::make_error(caf::sec::invalid_argument, *bad));
  else
    state.start();
  return {
    [self](const persisted& ack) {
      auto& s = self->state;
      auto& box = ack.data == dataset::quarantine ? *s.config.memory->rejects
                                                  : *s.config.memory->events;
      box.acknowledge(ack, [](const line_batch&) {});
      s.finish_if_stopped();
    },
    [self](const reconnect& order) {
      auto& s = self->state;
      s.event({.event = "reconnect", .detail = order.why});
      if (s.phase == connection_phase::waiting && !s.stopping)
        s.connect(); // at once, whatever the backoff had left
      else
        s.end_session(cause::disconnected, order.why, true);
      s.flush_boxes();
    },
    [self](const operator_note& note) {
      spdlog::warn("[operator] {}", note.text);
      self->state.event({.event = "operator", .detail = note.text});
      self->state.flush_boxes();
    },
    [self](const resend_request& r) {
      auto& s = self->state;
      auto& box = r.data == dataset::quarantine ? *s.config.memory->rejects
                                                : *s.config.memory->events;
      auto& writer = s.writers[static_cast<size_t>(r.data)];
      auto me = producer_actor{connection_actor{self}};
      if (writer)
        box.resend([&](const line_batch_ptr& b) { self->send(writer, b, me); });
    },
    [self](const attach_slot& request, const slot_actor& handle) {
      self->state.on_attach(request, handle);
    },
    [self](const socket_opened& e) { self->state.on_opened(e); },
    [self](const frame_batch_ptr& batch) { self->state.on_frames(batch); },
    [self](const socket_closed& e) { self->state.on_closed(e); },
    [self](const child_started& child) { self->state.on_child(child); },
    [self](const connection_tick&) { self->state.on_tick(); },
    [self](const request_due&) {
      self->state.request_timer = false;
      self->state.pump();
    },
    [self](const consume_due&) {
      self->state.consume_timer = false;
      self->state.consume();
    },
    [self](const connect_due& due) {
      auto& s = self->state;
      if (due.attempt != s.attempt)
        return;
      if (s.stopping && s.phase == connection_phase::open)
        s.end_session(cause::none, "stopped", true);
      else if (s.phase == connection_phase::waiting && !s.stopping)
        s.connect();
    },
  };
}

} // namespace observer
