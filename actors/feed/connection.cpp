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
  last_tick_us = config.clock->steady_us(); // it may find a pause
  asleep_us = config.clock->asleep_us();
  for (auto& slot : config.memory->counters->slots)
    received_before += slot.received.value();
  auto& board = config.memory->board->connection;
  board.set_silence(std::nullopt); // of a life before
  board.set_data_silence(in_us(config.data_silence));
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
  days_off = 0;
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
