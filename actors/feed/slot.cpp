#include "actors/feed/slot.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/kis/digits.hpp"
#include "messages/korean_time.hpp"

namespace observer {

std::string_view to_string(slot_phase p) {
  switch (p) {
    case slot_phase::idle:
      return "idle";
    case slot_phase::subscribing:
      return "subscribing";
    case slot_phase::live:
      return "live";
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

void slot_state::start() {
  auto at = static_cast<size_t>(config.slot);
  memory = config.memory->slots[at].get();
  in = config.memory->lanes[at].get();
  counters = &config.memory->counters->slots[at];
  board = &config.memory->board->slots[at];
  gauges = gauges_of(self);
  phase_since_us = config.clock->steady_us();
  auto me = caf::actor_cast<caf::actor>(self);
  for (auto data : all_datasets)
    self->send(config.persistence, watch_child{writer_name(data), me});
  self->send(config.feed, watch_child{"connection", me});
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
      note_hole(cause::actor_restarted, 0);
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

// -- records --------------------------------------------------------------------

void slot_state::begin_session(const session_ptr& session) {
  // Whoever was down when the former session ended did not hear why.
  auto former = memory->ticks.session();
  if (former && former->number > 0)
    note_hole(cause::disconnected, 0);
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
    memory->hole = cause::not_subscribed;
  } else if (at != known.end()) {
    memory->last_tick = at->second;
    memory->hole = cause::daemon_down;
  }
}

void slot_state::end_registration() {
  tell_shed(last_record_at(), std::nullopt);
  if (memory->current && memory->last_tick)
    config.memory->former.put(*memory->current, *memory->last_tick);
  memory->current.reset();
  memory->last_tick.reset();
  close_hole();
  memory->halted = false;
  memory->last_quote_us = 0;
  memory->width = 0;
  memory->widths.clear();
}

void slot_state::on_records(const record_batch_ptr& batch) {
  // A slot that restarted is sent what it may have had already.
  if (batch->number <= in->done.load(std::memory_order_relaxed))
    return;
  if (batch->session != memory->ticks.session())
    begin_session(batch->session);
  if (memory->current != batch->what)
    begin_registration(batch->what);
  if (batch->shed_before > 0 && !memory->shed_noted) {
    // Those that were shed for another reason are told apart.
    if (memory->hole_shed > 0 && memory->hole_shed_why != batch->shed_why)
      tell_shed(last_record_at(), batch->records.empty()
                                    ? config.clock->now_us()
                                    : batch->records.front().received_us);
    note_hole(batch->shed_why, batch->shed_before);
    memory->hole_shed += batch->shed_before;
    memory->hole_shed_why = batch->shed_why;
    memory->shed_noted = true;
  }
  memory->ticks.expect_lines(batch->records.size() - memory->records_taken);
  while (memory->records_taken < batch->records.size())
    take(*batch, batch->records[memory->records_taken]);
  // From here on the batch is this slot's memory's.
  memory->records_taken = 0;
  memory->shed_noted = false;
  in->done.store(batch->number, std::memory_order_release);
  if (!batch->records.empty()) {
    last_tick_us = config.clock->steady_us();
    board->set_last(last_price, batch->records.back().received_us);
  }
  if (phase != slot_phase::live && phase != slot_phase::releasing)
    change(slot_phase::live, "data arrived");
  flush_all();
  board->set_oldest_unacked(memory->ticks.oldest_us());
  finish_if_stopped();
}

void slot_state::show_registration() {
  board->set_registration(memory->wanted ? memory->wanted : memory->current);
}

void slot_state::take(const record_batch& batch,
                      const record_batch::item& item) {
  constexpr int attempts_max = 2;
  ++memory->attempts;
  auto raw = batch.text(item);
  if (memory->attempts > attempts_max)
    // One record must not take the whole daemon down with it.
    reject({reject_reason::garbage, 0, raw},
           fmt::format("the slot failed {} times at this record",
                       attempts_max),
           raw, item.received_us);
  else if (kis::is_trade(memory->current->id))
    take_trade(raw, item);
  else
    take_quote(raw, item);
  if (item.width != memory->width)
    note_width(item, raw);
}

void slot_state::record_taken() {
  ++memory->records_taken;
  memory->attempts = 0;
  counters->taken.add();
}

void slot_state::note_width(const record_batch::item& item,
                            std::string_view raw) {
  auto before = memory->width;
  memory->width = item.width;
  // A width that comes and goes is not told again and again.
  constexpr size_t widths_max = 32;
  if (memory->widths.size() >= widths_max
      || !memory->widths.insert(item.width).second || before == 0)
    return;
  auto detail = fmt::format("{} values a record, {} before; first record: {}",
                            item.width, before, raw);
  spdlog::warn("[{}] width_changed: {}", log_name, detail);
  event({.event = "width_changed", .why = cause::width_changed,
         .detail = detail},
        item.received_us, memory->current);
}

namespace {

/// How much a cause can explain, to choose between several.
int weight(cause why) {
  auto rejected = why == cause::parse_rejected || why == cause::width_changed;
  return why == cause::none             ? 0
         : rejected                     ? 1
         : why == cause::shed_by_bound  ? 2
                                        : 3;
}

} // namespace

void slot_state::note_hole(cause why, uint64_t records) {
  memory->hole_records += records;
  if (weight(why) > weight(memory->hole))
    memory->hole = why;
}

std::optional<slot_state::volume_check>
slot_state::check_volume(uint64_t accumulated, uint64_t volume,
                         int64_t received_us) const {
  auto& before = memory->last_tick;
  // A day's volume starts at nothing: the first tick of a day has no past.
  if (!before || korean_day(before->received_us) != korean_day(received_us))
    return std::nullopt;
  auto missing = static_cast<int64_t>(accumulated - volume
                                      - before->accumulated);
  if (missing == 0)
    return std::nullopt;
  auto why = memory->hole == cause::none ? cause::exchange_gap : memory->hole;
  // Records that were shed for another reason than the hole's have an event of
  // their own; which of the shares were theirs nobody knows.
  auto records = memory->hole_records;
  if (memory->hole_shed_why != why)
    records -= std::min(records, memory->hole_shed);
  return volume_check{
    before->accumulated,
    {to_string(why), missing, records, before->received_us},
    why};
}

void slot_state::close_hole() {
  memory->hole = cause::none;
  memory->hole_records = 0;
  memory->hole_shed = 0;
  memory->hole_shed_why = cause::none;
}

void slot_state::tell_quotes_hole(std::optional<int64_t> after_us,
                                  int64_t until_us) {
  auto rejected = memory->hole_records - std::min(memory->hole_records,
                                                  memory->hole_shed);
  auto why = memory->hole;
  if (!after_us || why == cause::none || why == memory->hole_shed_why
      || why == cause::parse_rejected || why == cause::width_changed)
    return;
  event({.event = "gap", .why = why,
         .detail = "quotes carry no volume of ours: how many are missing is "
                   "not known",
         .from_us = after_us, .to_us = until_us,
         .records = rejected > 0 ? std::optional{rejected} : std::nullopt},
        until_us, memory->current);
}

std::optional<int64_t> slot_state::last_record_at() const {
  if (memory->last_quote_us != 0)
    return memory->last_quote_us;
  auto& last = memory->last_tick;
  return last ? std::optional{last->received_us} : std::nullopt;
}

void slot_state::tell_shed(std::optional<int64_t> after_us,
                           std::optional<int64_t> until_us) {
  auto records = std::exchange(memory->hole_shed, 0);
  if (records == 0)
    return;
  memory->hole_records -= std::min(memory->hole_records, records);
  event({.event = "gap", .why = memory->hole_shed_why,
         .detail = "records given up, of a number of shares that no "
                   "cumulative volume tells of them alone",
         .from_us = after_us,
         .to_us = until_us, .records = records},
        until_us.value_or(config.clock->now_us()), memory->current);
}

void slot_state::announce_once_a_minute(line_batch& batch,
                                        std::string_view price,
                                        int64_t received_us) {
  auto minute = received_us / (60 * us_per_second);
  if (minute == memory->announced_minute)
    return;
  memory->announced_minute = minute;
  batch.announce_price = price;
}

void slot_state::take_trade(std::string_view raw,
                            const record_batch::item& item) {
  auto& what = *memory->current;
  auto received_us = item.received_us;
  kis::trade t;
  auto bad = kis::parse_trade(raw, item.width, t);
  if (bad.reason != reject_reason::none) {
    reject(bad, describe(bad, what.id), raw, received_us);
    return;
  }
  auto accumulated = kis::whole_value(t.accumulated_volume);
  auto volume = kis::whole_value(t.volume);
  auto found = check_volume(accumulated, volume, received_us);
  auto after_us = last_record_at();
  auto shed_told = found && found->why == memory->hole_shed_why;
  auto& box = memory->ticks;
  auto& batch = box.open(received_us, memory->current);
  auto size_before = batch.text.size();
  line_place place{received_us, box.session()->id, config.slot,
                   box.next_seq()};
  append_trade_line(batch.text, t, what.id, &place,
                    found ? &found->gap : nullptr);
  if (found)
    batch.gaps.push_back({place.seq, std::string{t.symbol}, found->why,
                          found->gap.missing_shares});
  announce_once_a_minute(batch, t.price, received_us);
  last_price = t.price;
  if (gauges->watched())
    board->add_tick({received_us, std::string{t.execution_time}, last_price,
                     std::string{t.volume},
                     std::string{t.accumulated_volume}});
  batch.last_accumulated = accumulated;
  // Nothing from here to `record_taken` can fail.
  box.line_added();
  memory->last_tick = tick_baseline{accumulated, received_us};
  memory->halted = t.halted;
  if (shed_told)
    memory->hole_shed = 0;
  if (found && memory->hole_shed == 0)
    close_hole();
  counters->unacked.add();
  counters->unacked_bytes.add(batch.text.size() - size_before);
  record_taken();
  tell_shed(after_us, received_us);
  close_hole();
  if (!found)
    return;
  auto& gap = found->gap;
  counters->gaps.add();
  config.memory->counters->gaps_by_cause[static_cast<size_t>(found->why)].add();
  if (gap.missing_shares > 0)
    counters->missing_shares.add(static_cast<uint64_t>(gap.missing_shares));
  auto detail = fmt::format(
    "cumulative volume {} after {} with a trade of {}", accumulated,
    found->before, volume);
  event({.event = "gap", .why = found->why, .detail = detail,
         .tick_seq = place.seq, .from_us = gap.after_us, .to_us = received_us,
         .missing_shares = gap.missing_shares,
         .records = gap.records > 0 ? std::optional{gap.records}
                                    : std::nullopt},
        received_us, what);
}

void slot_state::take_quote(std::string_view raw,
                            const record_batch::item& item) {
  auto& what = *memory->current;
  kis::quote q;
  auto bad = kis::parse_quote(what.id, raw, item.width, q);
  if (bad.reason != reject_reason::none) {
    reject(bad, describe(bad, what.id), raw, item.received_us);
    return;
  }
  auto& box = memory->ticks;
  auto& batch = box.open(item.received_us, memory->current);
  auto size_before = batch.text.size();
  line_place place{item.received_us, box.session()->id, config.slot,
                   box.next_seq()};
  append_quote_line(batch.text, q, what.id, &place);
  announce_once_a_minute(batch, q.asks[0].price, item.received_us);
  last_price = q.asks[0].price;
  box.line_added();
  counters->unacked.add();
  counters->unacked_bytes.add(batch.text.size() - size_before);
  auto after_us = last_record_at();
  memory->last_quote_us = item.received_us;
  record_taken();
  tell_quotes_hole(after_us, item.received_us);
  tell_shed(after_us, item.received_us);
  close_hole();
}

void slot_state::reject(const kis::record_problem& bad,
                        std::string_view detail, std::string_view raw,
                        int64_t received_us) {
  auto& box = memory->rejects;
  auto& batch = box.open(received_us, std::nullopt);
  line_place place{received_us, box.session()->id, config.slot,
                   box.next_seq()};
  append_reject_line(batch.text,
                     {bad.reason, detail, to_string(memory->current->id), raw,
                      1, memory->current->symbol},
                     place);
  box.line_added();
  note_hole(cause_of(bad.reason), 1);
  auto& rejected = counters->rejected[static_cast<size_t>(bad.reason)];
  rejected.add();
  record_taken();
  auto n = rejected.value();
  if ((n & (n - 1)) == 0) // 1, 2, 4, 8, …: a flood is not a flood of lines
    spdlog::warn("[{}] {}: record rejected ({}): {}; {} so far", log_name,
                 to_string(cause_of(bad.reason)), to_string(bad.reason), detail,
                 n);
}

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
    if (!batch.announce_price.empty())
      spdlog::info("[{}] [저장] {} {} {}", log_name, batch.what->symbol,
                   batch.announce_price,
                   ack.file ? *ack.file : std::string{"?"});
  });
  board->set_oldest_unacked(memory->ticks.oldest_us());
  finish_if_stopped();
}

// -- registration ---------------------------------------------------------------------

void slot_state::change(slot_phase next, std::string_view why) {
  if (phase == next)
    return;
  auto what = memory->wanted ? memory->wanted->symbol : std::string{"-"};
  auto level = next == slot_phase::refused || next == slot_phase::silent
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
      if (phase != slot_phase::live) {
        change(slot_phase::live, news.text);
        event({.event = "subscribed", .detail = news.text}, now,
              memory->wanted);
      }
      last_tick_us = config.clock->steady_us();
      break;
    case subscription_news::refused:
      note_hole(news.why, 0);
      change(slot_phase::refused, news.text);
      event({.event = "refused", .why = news.why, .detail = news.text}, now,
            memory->wanted);
      break;
    case subscription_news::released:
      end_registration();
      change(slot_phase::idle, news.text);
      break;
    case subscription_news::quiet:
      note_hole(news.why, 0);
      break;
    case subscription_news::lost:
      // What the exchange trades until the next session is a hole with this
      // cause; its size is known when the next tick comes.
      if (news.why != cause::none)
        note_hole(news.why, 0);
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
  if (all_looked_at && memory->hole_shed > 0) {
    tell_shed(last_record_at(), std::nullopt);
    flush_all();
  }
  if (all_looked_at && memory->ticks.empty() && memory->rejects.empty()
      && memory->events.empty())
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
    [self](const assign& order) {
      auto& s = self->state;
      s.memory->wanted = order.what;
      s.show_registration();
      s.change(slot_phase::subscribing, "assigned");
      s.present();
    },
    [self](const release&) {
      auto& s = self->state;
      s.memory->wanted.reset();
      s.show_registration();
      s.change(slot_phase::releasing, "released by order");
      s.present();
    },
    [self](const slot_tick&) { self->state.on_tick(); },
  };
}

} // namespace observer
