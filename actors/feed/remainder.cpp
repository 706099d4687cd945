#include "actors/feed/remainder.hpp"

#include <algorithm>

#include <caf/send.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/korean_time.hpp"

namespace observer {

namespace {

/// Between two looks.
constexpr std::chrono::milliseconds look{20};
/// Lives of one slot.
constexpr int starts_max = 5;

/// Records of a lane that the slot has not taken.
uint64_t untaken(const lane& l, const slot_memory& memory) {
  auto done = l.done.load(std::memory_order_acquire);
  uint64_t n = 0;
  for (auto& b : l.outstanding)
    if (b->number > done)
      n += b->records.size() - (b->number == done + 1 ? memory.records_taken
                                                      : 0);
  return n;
}

} // namespace

remainder_state::~remainder_state() {
  for (auto& life : lives)
    if (life.handle)
      caf::anon_send_exit(life.handle, caf::exit_reason::kill);
}

void remainder_state::start() {
  auto me = caf::actor_cast<caf::actor>(self);
  for (auto data : all_datasets)
    self->send(config.slot.persistence, watch_child{writer_name(data), me});
}

outbox& remainder_state::box_of(dataset data) {
  auto& memory = *config.slot.memory;
  return data == dataset::quarantine ? *memory.rejects : *memory.events;
}

void remainder_state::on_child(const child_started& child) {
  for (auto data : all_datasets)
    if (child.name == writer_name(data)) {
      writers[static_cast<size_t>(data)]
        = caf::actor_cast<journal_writer_actor>(child.handle);
      if (!begun || data == dataset::scalp)
        return;
      auto me = producer_actor{remainder_actor{self}};
      auto& writer = writers[static_cast<size_t>(data)];
      box_of(data).resend(
        [&](const line_batch_ptr& b) { self->send(writer, b, me); });
    }
}

void remainder_state::flush() {
  auto me = producer_actor{remainder_actor{self}};
  for (auto data : {dataset::quarantine, dataset::system})
    if (auto& writer = writers[static_cast<size_t>(data)])
      box_of(data).flush(
        [&](const line_batch_ptr& b) { self->send(writer, b, me); });
}

void remainder_state::event(const journal_event& e) {
  auto now = config.slot.clock->now_us();
  auto& box = *config.slot.memory->events;
  auto& batch = box.open(now, std::nullopt);
  append_event_line(batch.text, e,
                    {now, box.session()->id, connection_slot, box.next_seq()});
  box.line_added();
  config.slot.memory->board->events.add(e, connection_slot, now);
}

// -- the stop -----------------------------------------------------------------

void remainder_state::on_exit(const caf::error& reason) {
  // Before a restart the lanes are kept for the feed's next life.
  if (reason != caf::exit_reason::user_shutdown
      || !config.slot.memory->stops_for_good) {
    self->quit(reason);
    return;
  }
  if (stopping)
    return;
  stopping = true;
  stop_us = config.slot.clock->steady_us();
  on_tick();
}

void remainder_state::on_tick() {
  if (!stopping)
    return;
  auto waited_us = config.slot.clock->steady_us() - stop_us;
  auto patience_us = std::chrono::microseconds{config.patience}.count();
  auto end_us = patience_us
                + std::chrono::microseconds{config.last_words}.count();
  if (!begun && !given_up && feed_is_gone())
    take_over();
  if (!given_up && waited_us >= patience_us)
    give_up();
  if (waited_us >= end_us) {
    self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  self->delayed_send(self, look, slot_tick{});
  finish_if_done();
}

bool remainder_state::feed_is_gone() const {
  auto& memory = *config.slot.memory;
  return memory.connections.load() == 0
         && std::all_of(memory.slots.begin(), memory.slots.end(),
                        [](auto& s) { return s->owners.load() == 0; });
}

bool remainder_state::left_something(size_t slot) const {
  auto& m = *config.slot.memory->slots[slot];
  auto& l = *config.slot.memory->lanes[slot];
  return l.done.load() != l.routed || m.hole.has_shed() || !m.ticks.empty()
         || !config.slot.memory->settled(m.rejects)
         || !config.slot.memory->settled(m.events);
}

void remainder_state::take_over() {
  begun = true;
  auto& memory = *config.slot.memory;
  auto me = producer_actor{remainder_actor{self}};
  for (auto data : {dataset::quarantine, dataset::system})
    if (auto& writer = writers[static_cast<size_t>(data)])
      box_of(data).resend(
        [&](const line_batch_ptr& b) { self->send(writer, b, me); });
  for (size_t i = 0; i < memory.lanes.size(); ++i) {
    tell_shed(*memory.lanes[i]);
    if (left_something(i))
      start_slot(i);
  }
  flush();
}

void remainder_state::start_slot(size_t slot_number) {
  auto& life = lives[slot_number];
  ++life.starts;
  auto c = config.slot;
  c.slot = static_cast<int>(slot_number);
  // Announces no connection: there is none.
  c.feed = c.persistence;
  auto& l = *c.memory->lanes[slot_number];
  spdlog::warn("[remainder] slot {} was down when the feed stopped: {} records "
               "not looked at, {} not known to be on disk; it runs once more",
               slot_number, untaken(l, *c.memory->slots[slot_number]),
               c.memory->counters->slots[slot_number].unacked.value());
  life.handle = self->spawn(slot, c);
  self->monitor(life.handle);
  auto done = l.done.load();
  for (auto& b : l.outstanding)
    if (b->number > done)
      self->send(life.handle, b);
  self->send_exit(life.handle, caf::exit_reason::user_shutdown);
}

void remainder_state::on_down(const caf::down_msg& msg) {
  for (size_t i = 0; i < lives.size(); ++i) {
    auto& life = lives[i];
    if (!life.handle || life.handle.address() != msg.source)
      continue;
    life.handle = nullptr;
    if (left_something(i)) {
      if (!given_up && life.starts < starts_max)
        start_slot(i);
      else
        shed_rest(i);
    }
    if (given_up)
      tell_unwritten(i);
    flush();
    finish_if_done();
    return;
  }
}

void remainder_state::finish_if_done() {
  if (!stopping || !begun)
    return;
  auto runs = [](auto& life) { return life.handle != nullptr; };
  auto& memory = *config.slot.memory;
  if (std::none_of(lives.begin(), lives.end(), runs)
      && memory.settled(*memory.rejects) && memory.settled(*memory.events))
    self->quit(caf::exit_reason::user_shutdown);
}

// -- what is not finished -----------------------------------------------------

void remainder_state::tell_shed(lane& l) {
  if (l.shed_pending == 0)
    return;
  journal_event gap{.event = "gap", .why = l.shed_why,
                    .detail = "records given up and none of the same "
                              "registration came after them",
                    .records = l.shed_pending};
  if (l.shed_what) {
    gap.tr_id = to_string(l.shed_what->id);
    gap.symbol = l.shed_what->symbol;
  }
  event(gap);
  l.shed_pending = 0;
}

void remainder_state::shed_rest(size_t slot_number) {
  constexpr auto why = cause::actor_restarted;
  auto& memory = *config.slot.memory;
  auto& l = *memory.lanes[slot_number];
  auto& m = *memory.slots[slot_number];
  auto& counters = memory.counters->slots[slot_number];
  auto about = m.current;
  auto records = untaken(l, m);
  if (records > 0) {
    about = l.outstanding.back()->what;
    counters.taken.add(records);
    counters.shed.add(records);
    memory.counters->shed_by_cause[static_cast<size_t>(why)].add(records);
  }
  for (auto& b : l.outstanding)
    memory.budget->give(b->bytes);
  l.outstanding.clear();
  l.done.store(l.routed);
  m.records_taken = 0;
  auto tell = [&](cause of, uint64_t n, std::string_view detail) {
    journal_event gap{.event = "gap", .why = of, .detail = detail,
                      .records = n};
    if (about) {
      gap.tr_id = to_string(about->id);
      gap.symbol = about->symbol;
    }
    event(gap);
  };
  if (auto untold = m.hole.take_shed())
    tell(untold->why, untold->records, "records given up before the stop");
  if (records == 0)
    return;
  spdlog::error("[remainder] {}: {} records of slot {} are given up: it was not "
                "up before the stop was over",
                to_string(why), records, slot_number);
  tell(why, records, "its slot was down until the stop was over");
}

void remainder_state::give_up() {
  given_up = true;
  if (!begun) {
    spdlog::critical("[remainder] an actor of the feed does not end: what it "
                     "holds is not accounted for");
    return;
  }
  for (size_t i = 0; i < lives.size(); ++i)
    if (lives[i].handle)
      self->send_exit(lives[i].handle, caf::exit_reason::kill);
}

void remainder_state::tell_unwritten(size_t slot_number) {
  auto& memory = *config.slot.memory;
  auto& m = *memory.slots[slot_number];
  auto records = memory.counters->slots[slot_number].unacked.value();
  if (records == 0)
    return;
  auto trouble = memory.storage->describe(dataset::scalp);
  auto why = trouble.why == cause::none ? cause::io_error : trouble.why;
  auto detail = fmt::format("not known to be on disk when the daemon stopped{}{}",
                            trouble.text.empty() ? "" : ": ", trouble.text);
  spdlog::critical("[remainder] {}: {} records of slot {} are {}",
                   to_string(why), records, slot_number, detail);
  journal_event gap{.event = "gap", .why = why, .detail = detail,
                    .records = records};
  auto about = m.current ? m.current : m.wanted;
  if (about) {
    gap.tr_id = to_string(about->id);
    gap.symbol = about->symbol;
  }
  event(gap);
}

remainder_actor::behavior_type
remainder(measured_pointer<remainder_actor, remainder_state> self,
          remainder_config config) {
  auto& state = self->state;
  install_house_handlers(self, "remainder", &state.house);
  self->set_exit_handler(
    [self](const caf::exit_msg& msg) { self->state.on_exit(msg.reason); });
  self->set_down_handler(
    [self](const caf::down_msg& msg) { self->state.on_down(msg); });
  state.config = std::move(config);
  state.start();
  return {
    [self](const persisted& ack) {
      auto& s = self->state;
      if (!s.begun || ack.data == dataset::scalp)
        return;
      s.box_of(ack.data).acknowledge(ack, [](const line_batch&) {});
      s.finish_if_done();
    },
    [self](const resend_request& r) {
      auto& s = self->state;
      auto& writer = s.writers[static_cast<size_t>(r.data)];
      if (!s.begun || !writer || r.data == dataset::scalp)
        return;
      auto me = producer_actor{remainder_actor{self}};
      s.box_of(r.data).resend(
        [&](const line_batch_ptr& b) { self->send(writer, b, me); });
    },
    [self](const child_started& child) { self->state.on_child(child); },
    [self](const slot_tick&) { self->state.on_tick(); },
  };
}

} // namespace observer
