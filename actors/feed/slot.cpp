#include "actors/feed/slot.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/exceptions.hpp"

namespace observer {

std::string_view to_string(slot_phase p) {
  switch (p) {
    case slot_phase::idle:
      return "idle";
    case slot_phase::subscribing:
      return "subscribing";
    case slot_phase::live:
      return "live";
    case slot_phase::rejecting:
      return "rejecting";
    case slot_phase::silent:
      return "silent";
    case slot_phase::refused:
      return "refused";
    case slot_phase::releasing:
      return "releasing";
  }
  return "?";
}

std::optional<std::string> slot_config::validate() const {
  if (slot < 0 || slot >= slots_per_session)
    return fmt::format("slot {}: a session has slots 0 to {}", slot,
                       slots_per_session - 1);
  if (!clock || !memory || !persistence || !feed)
    return fmt::format("slot {}: a port or a supervisor is missing", slot);
  return std::nullopt;
}

// -- wiring -------------------------------------------------------------------

slot_state::~slot_state() {
  if (memory)
    --memory->owners;
}

void slot_state::start() {
  auto at = static_cast<size_t>(config.slot);
  memory = config.memory->slots[at].get();
  ++memory->owners;
  in = config.memory->lanes[at].get();
  counters = &config.memory->counters->slots[at];
  board = &config.memory->board->slots[at];
  gauges = gauges_of(self);
  phase_since_us = config.clock->steady_us();
  auto me = caf::actor_cast<caf::actor>(self);
  for (auto data : all_datasets)
    self->send(config.persistence, watch_child{writer_name(data), me});
  self->send(config.feed, watch_child{"connection", me});
  take_up_claim();
  if (memory->wanted)
    phase = slot_phase::subscribing;
  board->set_state(to_string(phase));
  gauges->set_phase(to_string(phase));
  show_registration();
  self->delayed_send(self, std::chrono::seconds{1}, slot_tick{});
}

outbox& slot_state::box_of(dataset data) {
  return data == dataset::scalp        ? memory->ticks
         : data == dataset::quarantine ? memory->rejects
                                       : memory->events;
}

journal_writer_actor& slot_state::writer_of(dataset data) {
  return writers[static_cast<size_t>(data)];
}

void slot_state::on_child(const child_started& child) {
  for (auto data : all_datasets)
    if (child.name == writer_name(data)) {
      writer_of(data) = caf::actor_cast<journal_writer_actor>(child.handle);
      resend(box_of(data), data);
      return;
    }
  if (child.name == "connection") {
    connection = caf::actor_cast<connection_actor>(child.handle);
    // One that died told nobody that its session ended.
    auto before = std::exchange(memory->connection_id, child.handle.id());
    if (before != 0 && before != memory->connection_id)
      memory->hole.note(cause::actor_restarted, 0);
    present();
  }
}

void slot_state::present() {
  if (connection)
    self->send(connection, attach_slot{config.slot, memory->wanted},
               slot_actor{self});
}

void slot_state::resend(outbox& box, dataset data) {
  auto& writer = writer_of(data);
  if (!writer)
    return;
  auto me = producer_actor{slot_actor{self}};
  box.resend([&](const line_batch_ptr& b) { self->send(writer, b, me); });
}

void slot_state::flush_all() {
  for (auto data : all_datasets) {
    auto& writer = writer_of(data);
    if (!writer)
      continue; // kept, and sent when the writer is announced
    auto me = producer_actor{slot_actor{self}};
    box_of(data).flush(
      [&](const line_batch_ptr& b) { self->send(writer, b, me); });
  }
}

// -- own lines ----------------------------------------------------------------

void slot_state::event(const journal_event& e, int64_t received_us,
                       const std::optional<registration>& about) {
  auto& box = memory->events;
  auto& batch = box.open(received_us, std::nullopt);
  auto filled = e;
  if (about) {
    filled.tr_id = to_string(about->id);
    filled.symbol = about->symbol;
  }
  line_place place{received_us, box.session()->id, config.slot,
                   box.next_seq()};
  append_event_line(batch.text, filled, place);
  box.line_added();
  config.memory->board->events.add(filled, config.slot, received_us);
}

// -- acknowledgements ---------------------------------------------------------------

void slot_state::on_persisted(const persisted& ack) {
  auto now = config.clock->now_us();
  auto& totals = *config.memory->counters;
  box_of(ack.data).acknowledge(ack, [&](const line_batch& batch) {
    if (batch.data != dataset::scalp)
      return;
    counters->unacked.sub(batch.lines);
    counters->unacked_bytes.sub(batch.text.size());
    counters->persisted.add(batch.lines);
    totals.ack_latency.add(now - batch.first_received_us, batch.lines);
    // Operators search for this line: the first tick of each minute, on disk.
    // Without memory for it the batch is acknowledged all the same.
    if (!batch.announce_price.empty())
      tries([&] {
        spdlog::info("[{}] [저장] {} {} {}", log_name, batch.what->symbol,
                     batch.announce_price,
                     ack.file ? std::string_view{*ack.file} : "?");
      });
  });
  board->set_oldest_unacked(memory->ticks.oldest_us());
  finish_if_stopped();
}

// -- stop ---------------------------------------------------------------------

void slot_state::on_exit(const caf::error& reason) {
  if (reason != caf::exit_reason::user_shutdown) {
    self->quit(reason);
    return;
  }
  stopping = true;
  finish_if_stopped();
}

void slot_state::finish_if_stopped() {
  if (!stopping)
    return;
  auto all_looked_at
    = in->done.load(std::memory_order_relaxed)
      == in->routed_total.load(std::memory_order_acquire);
  if (all_looked_at) {
    if (memory->hole.has_shed())
      tell_shed(last_record_at(), std::nullopt);
    tell_rejects(config.clock->now_us());
    flush_all();
  }
  auto& all = *config.memory;
  if (all_looked_at && memory->ticks.empty() && all.settled(memory->rejects)
      && all.settled(memory->events))
    self->quit(caf::exit_reason::user_shutdown);
}

slot_actor::behavior_type slot(measured_pointer<slot_actor, slot_state> self,
                               slot_config config) {
  auto& state = self->state;
  state.log_name = fmt::format("slot {}", config.slot);
  install_house_handlers(self, state.log_name, &state.house);
  self->set_exit_handler(
    [self](const caf::exit_msg& msg) { self->state.on_exit(msg.reason); });
  auto bad = config.validate();
  state.config = std::move(config);
  if (bad)
    self->quit(caf::make_error(caf::sec::invalid_argument, *bad));
  else
    state.start();
  return {
    [self](const persisted& ack) { self->state.on_persisted(ack); },
    [self](const resend_request& r) {
      self->state.resend(self->state.box_of(r.data), r.data);
    },
    [self](const record_batch_ptr& batch) { self->state.on_records(batch); },
    [self](const subscription_news& news) { self->state.on_news(news); },
    [self](const child_started& child) { self->state.on_child(child); },
    [self](const assign& order) { self->state.on_assign(order.what); },
    [self](const release&) { self->state.on_release(); },
    [self](const slot_tick&) { self->state.on_tick(); },
  };
}

} // namespace observer
