// A slot's part of a tick's path: records to lines, and what holes tell.

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/feed/slot.hpp"
#include "actors/feed/tick_check.hpp"
#include "messages/kis/digits.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"

namespace observer {

namespace {

/// Of a record, in a line of the log and in an event: twice what one has.
constexpr size_t raw_shown_max = 600;

} // namespace

void slot_state::on_records(const record_batch_ptr& batch) {
  // A slot that restarted is sent what it may have had already.
  auto done = in->done.load(std::memory_order_relaxed);
  if (batch->number <= done)
    return;
  // One before it was not sent for want of memory, and will be.
  if (batch->number > done + 1)
    return;
  if (is_hopeless(*batch)) {
    give_up_rest(*batch);
    return;
  }
  if (batch->session != memory->ticks.session())
    begin_session(batch->session);
  if (memory->current != batch->what)
    begin_registration(batch->what);
  if (batch->shed_before > 0 && !memory->shed_noted) {
    // Those that were shed for another reason are told apart.
    if (memory->hole.has_shed_unlike(batch->shed_why))
      tell_shed(last_record_at(), batch->records.empty()
                                    ? config.clock->now_us()
                                    : batch->records.front().received_us);
    memory->hole.note_shed(batch->shed_why, batch->shed_before);
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
    if (memory->rejected_in_row < batch->records.size())
      board->set_last(last_price, batch->records.back().received_us);
  }
  if (phase != slot_phase::releasing && !batch->records.empty())
    show_reception();
  flush_all();
  board->set_oldest_unacked(memory->ticks.oldest_us());
  finish_if_stopped();
}

void slot_state::show_reception() {
  // One that is bad among good ones changes nothing; one that is bad before
  // any is good does.
  constexpr uint32_t few = 3;
  auto bad = memory->rejected_in_row;
  if (bad == 0)
    change(slot_phase::live, "data arrived");
  else if (phase != slot_phase::live || bad >= few)
    change(slot_phase::rejecting, fmt::format("{} records in a row", bad));
}

// -- taking ---------------------------------------------------------------------

void slot_state::record_taken() {
  ++memory->records_taken;
  memory->attempts = 0;
  counters->taken.add();
}

void slot_state::count_doubts(kis::doubt_set doubts) {
  if (doubts.empty())
    return;
  counters->doubted.add();
  if (doubts.misplaced())
    counters->misplaced.add();
  auto& by_name = config.memory->counters->doubts;
  for (size_t i = 0; i < kis::doubt_count; ++i)
    if (doubts.has(static_cast<kis::doubt>(i)))
      by_name[i].add();
}

void slot_state::tell_doubt(kis::doubt_set doubts, std::string_view raw,
                            int64_t received_us) {
  // Widths are told by note_width.
  auto fresh = doubts.without(memory->told_doubts).without(kis::doubt::width);
  if (fresh.empty())
    return;
  memory->told_doubts = memory->told_doubts.with(fresh);
  std::string names;
  for (size_t i = 0; i < kis::doubt_count; ++i)
    if (auto d = static_cast<kis::doubt>(i); fresh.has(d))
      names += (names.empty() ? "" : ", ") + std::string{to_string(d)};
  auto why = doubts.misplaced() ? cause::layout_changed : cause::in_doubt;
  auto detail = fmt::format("in doubt: {}; first record: {}", names,
                            outside_text(raw, raw_shown_max));
  spdlog::warn("[{}] {}: {}", log_name, to_string(why), detail);
  event({.event = "doubt", .why = why, .detail = detail}, received_us,
        memory->current);
}

void slot_state::note_width(const record_batch::item& item,
                            std::string_view raw) {
  auto before = memory->width;
  memory->width = item.width;
  // A width that comes and goes is not told again and again.
  constexpr size_t widths_max = 32;
  if (memory->widths.size() >= widths_max
      || !memory->widths.insert(item.width).second)
    return;
  auto shown = outside_text(raw, raw_shown_max);
  if (!kis::is_known_width(memory->current->id, item.width)) {
    auto detail = fmt::format("{} values a record, which {} is not known to "
                              "have{}; the raw records are kept; first record: "
                              "{}",
                              item.width, to_string(memory->current->id),
                              before == 0 ? ""
                                          : fmt::format(", {} before", before),
                              shown);
    spdlog::warn("[{}] width_changed: {}", log_name, detail);
    event({.event = "width_unknown", .why = cause::width_changed,
           .detail = detail},
          item.received_us, memory->current);
    return;
  }
  if (before == 0)
    return;
  auto detail = fmt::format("{} values a record, {} before; first record: {}",
                            item.width, before, shown);
  spdlog::warn("[{}] width_changed: {}", log_name, detail);
  event({.event = "width_changed", .why = cause::width_changed,
         .detail = detail},
        item.received_us, memory->current);
}

// -- holes --------------------------------------------------------------------

void slot_state::tell_quotes_hole(std::optional<int64_t> after_us,
                                  int64_t until_us) {
  auto hole = memory->hole.uncounted();
  if (!after_us || !hole)
    return;
  event({.event = "gap", .why = hole->why,
         .detail = "quotes carry no volume of ours: how many are missing is "
                   "not known",
         .from_us = after_us, .to_us = until_us,
         .records = hole->records > 0 ? std::optional{hole->records}
                                      : std::nullopt},
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
  auto shed = memory->hole.shed();
  if (!shed)
    return;
  event({.event = "gap", .why = shed->why,
         .detail = "records given up, of a number of shares that no "
                   "cumulative volume tells of them alone",
         .from_us = after_us,
         .to_us = until_us, .records = shed->records},
        until_us.value_or(config.clock->now_us()), memory->current);
  // Not before: what fails until here is told another time.
  memory->hole.take_shed();
}

// -- lines --------------------------------------------------------------------

void slot_state::announce_once_a_minute(line_batch& batch,
                                        std::string_view price,
                                        int64_t received_us) {
  auto minute = received_us / (60 * us_per_second);
  if (minute == memory->announced_minute)
    return;
  memory->announced_minute = minute;
  batch.announce_price = price;
}

int64_t slot_state::day_of(const kis::trade& t, uint64_t accumulated,
                           uint64_t volume, int64_t received_us) {
  auto& m = *memory;
  std::string_view known{m.date.data(), m.date.size()};
  if (t.business_date != known) {
    m.date_day = parse_korean_date(t.business_date);
    m.date = {};
    if (m.date_day)
      std::copy_n(t.business_date.data(), m.date.size(), m.date.data());
  }
  auto& last = m.last_tick;
  if (!m.date_day)
    return last && last->told_day ? *last->told_day : korean_day(received_us);
  auto joins = last && accumulated > volume
               && accumulated - volume == last->accumulated;
  return joins ? last->day() : *m.date_day;
}

const std::optional<tick_baseline>& slot_state::past_of(int64_t day) const {
  auto& m = *memory;
  return m.other_tick && m.other_tick->day() == day
             && !(m.last_tick && m.last_tick->day() == day)
           ? m.other_tick
           : m.last_tick;
}

bool slot_state::remember(const tick_baseline& tick) {
  auto& m = *memory;
  auto day = tick.day();
  if (m.last_tick && m.last_tick->day() != day) {
    auto known = m.other_tick && m.other_tick->day() == day;
    if (m.other_tick && !known)
      m.forgotten_day = std::max(m.forgotten_day, {m.other_tick->day()});
    if (!known && day != korean_day(tick.received_us)) {
      m.other_tick = tick;
      return false;
    }
    m.other_tick = m.last_tick;
  }
  m.last_tick = tick;
  return true;
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
  auto day = day_of(t, accumulated, volume, received_us);
  auto& past = past_of(day);
  // Another day's volume is no past.
  auto same_day = past && past->day() == day;
  auto checked = check_tick(same_day ? past : std::nullopt, t, what.id,
                            {kis::whole_value(t.price), volume, accumulated,
                             kis::whole_value(t.accumulated_value)},
                            received_us);
  // There was a past of that day: without it the tick's volume says nothing.
  if (!same_day && memory->forgotten_day && day <= *memory->forgotten_day) {
    checked.doubts.add(kis::doubt::volume);
    checked.doubts.add(kis::doubt::tick);
    checked.next.reset();
  }
  if (!kis::is_known_width(what.id, item.width))
    checked.doubts.add(kis::doubt::width);
  auto found = checked.step_counts()
                 ? memory->hole.check_volume(past, accumulated, volume,
                                             received_us, day)
                 : std::nullopt;
  auto after_us = last_record_at();
  auto& box = memory->ticks;
  auto& batch = box.open(received_us, memory->current);
  auto size_before = batch.text.size();
  std::string date;
  std::optional<int64_t> told_day;
  if (day != korean_day(received_us)) {
    told_day = day;
    date = date_of_korean_day(day);
  }
  line_place place{received_us, box.session()->id, config.slot,
                   box.next_seq(), date};
  doubt_mark doubt{checked.doubts, raw};
  append_trade_line(batch.text, t, what.id, &place,
                    found ? &found->gap : nullptr, &doubt);
  if (found)
    batch.gaps.push_back({place.seq, std::string{t.symbol}, found->why,
                          found->gap.missing_shares});
  announce_once_a_minute(batch, t.price, received_us);
  last_price = t.price;
  if (gauges->watched())
    board->add_tick({received_us, std::string{t.execution_time}, last_price,
                     std::string{t.volume},
                     std::string{t.accumulated_volume}});
  if (checked.next) {
    batch.last_accumulated = checked.next->accumulated;
    batch.last_day = told_day;
  }
  // Nothing from here to `record_taken` can fail.
  box.line_added();
  // A volume in doubt with no past is no past either.
  auto is_last = true;
  if (checked.next) {
    checked.next->told_day = memory->date_day ? std::optional{day} : told_day;
    is_last = remember(*checked.next);
  }
  count_doubts(checked.doubts);
  memory->halted = t.halted;
  memory->rejected_in_row = 0;
  if (found)
    memory->hole.marked(found->why);
  counters->unacked.add();
  counters->unacked_bytes.add(batch.text.size() - size_before);
  record_taken();
  if (is_last) {
    tell_shed(after_us, received_us);
    // What lies before a tick whose volume says nothing is told by the next.
    if (checked.step_counts())
      memory->hole.close();
  }
  tell_doubt(checked.doubts, raw, received_us);
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
  if (!kis::is_known_width(what.id, item.width))
    q.doubts.add(kis::doubt::width);
  doubt_mark doubt{q.doubts, raw};
  append_quote_line(batch.text, q, what.id, &place, &doubt);
  announce_once_a_minute(batch, q.asks[0].price, item.received_us);
  last_price = q.asks[0].price;
  box.line_added();
  counters->unacked.add();
  counters->unacked_bytes.add(batch.text.size() - size_before);
  auto after_us = last_record_at();
  memory->last_quote_us = item.received_us;
  memory->rejected_in_row = 0;
  count_doubts(q.doubts);
  record_taken();
  tell_doubt(q.doubts, raw, item.received_us);
  tell_quotes_hole(after_us, item.received_us);
  tell_shed(after_us, item.received_us);
  memory->hole.close();
}

void slot_state::tell_rejects(int64_t now_us) {
  if (!memory->current)
    return;
  for (size_t i = 0; i < reject_reason_count; ++i) {
    auto records = std::exchange(memory->untold_rejects[i], 0);
    if (records == 0)
      continue;
    auto& box = memory->rejects;
    auto& batch = box.open(now_us, std::nullopt);
    append_reject_line(
      batch.text,
      {static_cast<reject_reason>(i), text_given_up(records),
       to_string(memory->current->id), "", records, memory->current->symbol},
      {now_us, box.session()->id, config.slot, box.next_seq()});
    box.line_added();
    memory->told_rejects_minute = now_us / (60 * us_per_second);
  }
}

void slot_state::reject(const kis::record_problem& bad,
                        std::string_view detail, std::string_view raw,
                        int64_t received_us) {
  auto& box = memory->rejects;
  auto& batch = box.open(received_us, std::nullopt);
  line_place place{received_us, box.session()->id, config.slot,
                   box.next_seq()};
  auto size_before = batch.text.size();
  append_reject_line(batch.text,
                     {bad.reason, detail, to_string(memory->current->id), raw,
                      1, memory->current->symbol},
                     place);
  if (config.memory->quarantine->take(batch.text.size() - size_before,
                                      received_us)) {
    box.line_added();
  } else {
    // What was appended goes with the next line.
    ++memory->untold_rejects[static_cast<size_t>(bad.reason)];
    config.memory->counters->quarantine_shed.add();
  }
  memory->hole.note(cause_of(bad.reason), 1);
  auto& rejected = counters->rejected[static_cast<size_t>(bad.reason)];
  rejected.add();
  ++memory->rejected_in_row;
  record_taken();
  board->set_rejection(fmt::format("{}: {}", to_string(bad.reason), detail));
  config.memory->board->rejects.add(received_us, bad.reason,
                                    memory->current->symbol,
                                    to_string(memory->current->id),
                                    config.slot, detail, raw);
  auto n = rejected.value();
  if ((n & (n - 1)) == 0) // 1, 2, 4, 8, …: a flood is not a flood of lines
    spdlog::warn("[{}] {}: record rejected ({}): {}; {} so far", log_name,
                 to_string(cause_of(bad.reason)), to_string(bad.reason), detail,
                 n);
}

} // namespace observer
