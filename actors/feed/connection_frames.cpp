// The connection's part of a tick's path: frames to records to lanes.

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/feed/connection.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"

namespace observer {

namespace {

/// Between the exchange's time in a record and ours; an exchange that is late by
/// so much is as worth a word as a clock that is wrong.
constexpr int64_t lag_max_s = 120;
/// The socket waits for the writers from here on, if the budget's half is not
/// less: what more of a burst is read cannot be written sooner, and falls out of
/// the processor's cache.
constexpr uint64_t ahead_bytes_max = 4 << 20;
/// Between two looks at a full budget.
constexpr std::chrono::milliseconds hold_step{2};

/// The exchange's time of a record, value 1 in all that is recorded, in seconds
/// after midnight; nothing if it is none.
std::optional<int64_t> time_of_day_s(std::string_view record) {
  auto at = record.find('^');
  if (at == record.npos || record.size() < at + 8 || record[at + 7] != '^')
    return std::nullopt;
  auto time = record.substr(at + 1, 6);
  if (!std::all_of(time.begin(), time.end(),
                   [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  auto two = [&](size_t i) { return (time[i] - '0') * 10 + time[i + 1] - '0'; };
  if (two(0) > 23 || two(2) > 59 || two(4) > 59)
    return std::nullopt;
  return two(0) * 3'600 + two(2) * 60 + two(4);
}

/// The exchange's day of a trade, its value 33, as a korean_day.
std::optional<int64_t> business_day(std::string_view trade) {
  constexpr int column = 33;
  for (int i = 0; i < column; ++i) {
    auto at = trade.find('^');
    if (at == trade.npos)
      return std::nullopt;
    trade.remove_prefix(at + 1);
  }
  return parse_korean_date(kis::first_value(trade));
}

} // namespace

void connection_state::on_frames(const frame_batch_ptr& batch) {
  if (batch->attempt != attempt
      || (phase != connection_phase::open
          && phase != connection_phase::closing))
    return;
  auto& counters = *config.memory->counters;
  auto frames_before = frames_in_tick;
  for (auto& item : batch->frames) {
    counters.messages.add();
    try {
      auto text = batch->text(item);
      counters.bytes.add(text.size());
      if (!text.empty() && text.front() == '{')
        on_control(text, item.received_us);
      else
        route(item, text, batch);
    } catch (...) {
      // Neither the session nor the frames behind it are to pay for one.
      failure.set_from_current();
      std::string_view bytes{batch->bytes};
      auto from = std::min<size_t>(item.offset, bytes.size());
      reject_failed({}, bytes.substr(from, item.size), 1, item.received_us);
    }
  }
  auto& board = config.memory->board->connection;
  if (frames_in_tick != frames_before) {
    last_data_us = config.clock->steady_us();
    board.set_last_frame(last_frame_us);
  }
  if (!batch->frames.empty())
    board.set_last_heard(batch->frames.back().received_us);
  hand_on();
  consumed_number = batch->number;
  consume();
  flush_boxes();
}

void connection_state::consume() {
  if (consumed_number == 0 || !socket)
    return;
  auto& budget = *config.memory->budget;
  auto enough = std::min(budget.bytes_max() / 2, ahead_bytes_max);
  if (budget.used() > enough)
    for (auto& l : config.memory->lanes)
      trim(*l);
  auto now = config.clock->steady_us();
  auto full = budget.used() > enough;
  if (!full)
    full_since_us = 0;
  else if (full_since_us == 0)
    full_since_us = now;
  auto hold_us = std::chrono::microseconds{config.hold_max}.count();
  if (full && now - full_since_us < hold_us) {
    if (!consume_timer) {
      consume_timer = true;
      self->delayed_send(self, hold_step, consume_due{});
    }
    return;
  }
  socket->consumed(std::exchange(consumed_number, 0));
}

void connection_state::on_control(std::string_view text, int64_t received_us) {
  config.memory->counters->control_messages.add();
  auto control = kis::parse_control(text);
  if (std::holds_alternative<kis::pingpong>(control)) {
    if (socket)
      socket->send(std::string{text});
  } else if (auto* reply = std::get_if<kis::reply>(&control)) {
    // Records that came before this word are handed on before it acts.
    hand_on();
    on_reply(*reply);
  } else {
    auto& why = std::get<kis::unknown_control>(control).why;
    reject_frame({reject_reason::garbage, why, {}, text}, received_us);
  }
}

void connection_state::route(const frame_batch::item& item,
                             std::string_view text,
                             const frame_batch_ptr& batch) {
  auto split = kis::split_frame(text);
  auto& frame = split.value;
  if (split.reason != reject_reason::none) {
    auto detail
      = frame.tr_id.empty()
          ? fmt::format("no frame enc|TR|count|payload: {} bytes, \"{}\"",
                        text.size(), outside_value(text))
          : fmt::format("{} records of {}", split.records,
                        outside_value(frame.tr_id));
    // Personal notices are named, never kept.
    auto kept = split.reason == reject_reason::encrypted ? std::string_view{}
                                                         : text;
    reject_frame({split.reason, detail, frame.tr_id, kept, split.records},
                 item.received_us);
    return;
  }
  ++frames_in_tick;
  last_frame_us = item.received_us;
  quiet_rounds = 0;
  auto& map = routes[static_cast<size_t>(frame.id)];
  auto& slots = config.memory->counters->slots;
  kis::record_cursor cursor{frame};
  std::string_view record;
  std::string_view last_symbol;
  // None until a record named one: the first value may be empty, too.
  std::optional<slot_index> found;
  auto left = frame.count;
  try {
    for (; cursor.next(record); --left) {
      // Every frame seen so far holds one symbol, but nobody promises it.
      auto symbol = kis::first_value(record);
      if (!found || symbol != last_symbol) {
        auto at = map.find(symbol);
        if (at != map.end()) {
          found = at->second;
          last_symbol = symbol;
          // The first may be of the day before: the broker repeats its last.
          auto first = std::exchange(entries[*found].first, false);
          if (lag_due && !first)
            check_lag(frame.id, record, item.received_us);
        } else if (kis::is_symbol(symbol) || !found) {
          reject_unclaimed(frame, record, symbol, item.received_us);
          continue;
        }
        // Else it is no symbol at all: the slot of its neighbour before
        // rejects it, and so knows the cause of the hole.
      }
      auto slot = *found;
      auto& b = building[slot];
      if (b && (b->what.id != frame.id || b->what.symbol != last_symbol))
        hand_on(); // a slot that changes its registration
      if (!b) {
        b = std::make_shared<record_batch>();
        touched.push_back(slot);
        b->frames = batch;
        b->session = session;
        b->what = {frame.id, std::string{last_symbol}};
        b->records.reserve(usual_records[slot]);
      }
      auto offset = static_cast<uint32_t>(record.data() - batch->bytes.data());
      b->records.push_back({offset, static_cast<uint32_t>(record.size()),
                            frame.width, item.received_us});
      b->bytes += record.size();
      // At once: what a crash of ours takes from here on is missed.
      slots[slot].received.add();
    }
  } catch (...) {
    // What was taken apart before stays; nobody knows more of the rest.
    failure.set_from_current();
    auto rest = text.substr(static_cast<size_t>(record.data() - text.data()));
    reject_failed(frame.tr_id, rest, left, item.received_us);
  }
}

bool connection_state::is_stranger(kis::tr id, std::string_view symbol) const {
  auto& all = known[static_cast<size_t>(id)];
  return all.size() < known_max && !all.contains(symbol);
}

void connection_state::reject_unclaimed(const kis::frame& frame,
                                        std::string_view record,
                                        std::string_view symbol,
                                        int64_t received_us) {
  // A record of another symbol has a time of day behind it; anything else is
  // no record.
  auto is_record = kis::is_symbol(symbol) && time_of_day_s(record).has_value();
  if (is_record && is_stranger(frame.id, symbol))
    config.memory->counters->strangers.add();
  reject_frame({is_record ? reject_reason::not_subscribed
                          : reject_reason::bad_symbol,
                fmt::format("no slot holds \"{}\"", outside_value(symbol)),
                frame.tr_id, record, 1,
                is_record ? symbol : std::string_view{}},
               received_us);
}

void connection_state::reject_failed(std::string_view tr_id,
                                     std::string_view raw, uint32_t records,
                                     int64_t received_us) {
  constexpr size_t raw_bytes_max = 4096;
  auto words = failure.text();
  reject_frame({reject_reason::crashed, words, tr_id,
                raw.substr(0, raw_bytes_max), records},
               received_us);
  try {
    // Whose records they were is not known: what a slot misses now has this
    // cause.
    hand_on();
    for (auto& e : entries)
      if (e.state == standing::on)
        tell(e, subscription_news::quiet, cause::parse_rejected,
             std::string{words});
  } catch (...) {
    spdlog::error("[connection] a slot does not know why it misses records: {}",
                  words);
  }
}

void connection_state::check_lag(kis::tr id, std::string_view record,
                                 int64_t received_us) {
  auto theirs = time_of_day_s(record);
  if (!theirs)
    return;
  auto theirs_s = *theirs;
  lag_due = false;
  constexpr int64_t day_s = 24 * 3'600;
  auto now = to_korean_time(received_us);
  auto ours_s = now.hour * 3'600 + now.minute * 60 + now.second;
  // The nearest way round midnight, and the days that the time does not tell.
  auto ahead_s = (ours_s - theirs_s + day_s + day_s / 2) % day_s - day_s / 2;
  auto our_day = korean_day(received_us - ahead_s * us_per_second);
  auto their_day = our_day;
  if (kis::is_trade(id))
    their_day = business_day(record).value_or(our_day);
  if (auto days = our_day - their_day; days != 0) {
    // One day is also what a record of the day before, sent late, looks like;
    // then its time of day says nothing either.
    constexpr int days_off_min = 3;
    if (++days_off < days_off_min)
      return;
    ahead_s += days * day_s;
  } else {
    days_off = 0;
  }
  auto wrong = std::abs(ahead_s) > lag_max_s;
  config.memory->board->connection.set_lag(ahead_s * 1'000, wrong);
  if (wrong == std::exchange(lag_wrong, wrong))
    return;
  auto detail
    = wrong ? fmt::format("our clock is {:+} s from the time of a record, {}{}: "
                          "check NTP",
                          ahead_s, record.substr(record.find('^') + 1, 6),
                          std::abs(ahead_s) < day_s / 2
                            ? std::string{}
                            : fmt::format(" on {}, where it is {} here",
                                          date_of_korean_day(their_day),
                                          korean_date(received_us)))
            : "our clock and the exchange's agree again";
  spdlog::warn("[connection] clock_wrong: {}", detail);
  event({.event = wrong ? "clock_wrong" : "clock_right",
         .why = wrong ? cause::clock_wrong : cause::none, .detail = detail});
}

void connection_state::hand_on() {
  auto& memory = *config.memory;
  for (auto slot : touched) {
    auto b = std::exchange(building[slot], nullptr);
    if (!b)
      continue;
    usual_records[slot] = b->records.size();
    auto& l = *memory.lanes[slot];
    auto& counters = memory.counters->slots[slot];
    trim(l);
    if (!memory.budget->take(b->bytes)) {
      shed(l, counters, *b, shedding_cause());
      note_shedding();
      continue;
    }
    try {
      if (l.shed_pending > 0 && l.shed_what != b->what)
        tell_shed(l);
      if (l.outstanding.size() == l.outstanding.capacity())
        l.outstanding.reserve(std::max<size_t>(8, 2 * l.outstanding.size()));
    } catch (...) {
      failure.set_from_current();
      memory.budget->give(b->bytes);
      spdlog::error("[connection] {} records given up: {}", b->records.size(),
                    failure.text());
      shed(l, counters, *b, cause::actor_restarted);
      continue;
    }
    // From here on the batch is the lane's, and nothing fails but its sending.
    b->shed_before = std::exchange(l.shed_pending, 0);
    b->shed_why = l.shed_why;
    b->number = ++l.routed;
    counters.handed.add(b->records.size());
    l.outstanding.push_back(b);
    l.routed_total.store(l.routed, std::memory_order_release);
    auto& e = entries[slot];
    // Data is the best acknowledgement.
    if ((e.state == standing::sent || e.state == standing::refused)
        && e.held == b->what) {
      e.state = standing::on;
      any_reply = true;
    }
    if (!e.handle)
      continue;
    try {
      self->send(e.handle, record_batch_ptr{b});
    } catch (...) {
      e.resend = true;
    }
  }
  touched.clear();
}

void connection_state::shed(lane& l, slot_counters& counters,
                            const record_batch& batch, cause why) noexcept {
  auto records = batch.records.size();
  counters.shed.add(records);
  config.memory->counters->shed_by_cause[static_cast<size_t>(why)].add(records);
  l.shed_pending += records;
  l.shed_why = why;
  try {
    l.shed_what = batch.what;
  } catch (...) {
    l.shed_what.reset();
  }
}

cause connection_state::shedding_cause() noexcept {
  auto trouble = config.memory->storage->of(dataset::scalp);
  if (shed_why == cause::none || trouble != cause::none)
    shed_why = trouble != cause::none ? trouble : cause::shed_by_bound;
  return shed_why;
}

void connection_state::note_shedding() try {
  if (shedding)
    return;
  auto& memory = *config.memory;
  auto trouble = memory.storage->describe(dataset::scalp);
  auto detail = fmt::format(
    "{} bytes wait to be written, the bound is {}: records are given up until "
    "the writers catch up{}{}",
    memory.budget->used(), memory.budget->bytes_max(),
    trouble.text.empty() ? "" : "; ", trouble.text);
  spdlog::error("[connection] shedding ({}): {}", to_string(shed_why), detail);
  event({.event = "shed", .why = shed_why, .detail = detail});
  shedding = true;
} catch (...) {
  // Said with the next batch that is shed.
}

void connection_state::tell_rejects() {
  auto now = config.clock->now_us();
  if (auto news = config.memory->quarantine->news(now); !news.empty()) {
    spdlog::warn("[connection] quarantine: {}", news);
    event({.event = "quarantine", .detail = news});
  }
  constexpr int64_t told_every_us = 60 * us_per_second;
  auto steady = config.clock->steady_us();
  if (!stopping
      && (config.memory->budget->used() > config.memory->budget->bytes_max()
          || (told_rejects_us != 0 && steady - told_rejects_us < told_every_us)))
    return;
  for (size_t i = 0; i < reject_reason_count; ++i) {
    auto records = std::exchange(untold_rejects[i], 0);
    if (records == 0)
      continue;
    auto& box = *config.memory->rejects;
    auto& batch = box.open(now, std::nullopt);
    append_reject_line(
      batch.text,
      {static_cast<reject_reason>(i), text_given_up(records), "", "", records},
      {now, box.session()->id, connection_slot, box.next_seq()});
    box.line_added();
    told_rejects_us = steady;
  }
}

void connection_state::tell_shed(lane& l) {
  if (l.shed_pending == 0)
    return;
  journal_event gap{.event = "gap", .why = l.shed_why,
                    .detail = "records given up and none of the same "
                              "registration came after them",
                    .records = std::exchange(l.shed_pending, 0)};
  if (l.shed_what) {
    gap.tr_id = to_string(l.shed_what->id);
    gap.symbol = l.shed_what->symbol;
  }
  event(gap);
}

void connection_state::trim(lane& l) {
  auto done = l.done.load(std::memory_order_acquire);
  auto first = l.outstanding.begin();
  for (; first != l.outstanding.end() && (*first)->number <= done; ++first)
    config.memory->budget->give((*first)->bytes);
  l.outstanding.erase(l.outstanding.begin(), first);
}

void connection_state::redeliver(size_t slot) {
  auto& l = *config.memory->lanes[slot];
  trim(l);
  for (auto& b : l.outstanding)
    self->send(entries[slot].handle, b);
}

void connection_state::reject_frame(const reject_line& what,
                                    int64_t received_us) {
  auto& memory = *config.memory;
  auto reason = static_cast<size_t>(what.reason);
  memory.counters->other.received.add(what.records);
  memory.counters->other.rejected[reason].add(what.records);
  memory.board->connection.set_rejection(
    fmt::format("{}: {}", to_string(what.reason), what.detail));
  memory.board->rejects.add(received_us, what.reason, what.symbol, what.tr_id,
                            connection_slot, what.detail, what.raw);
  auto n = memory.counters->other.rejected_total();
  if ((n & (n - 1)) == 0) // 1, 2, 4, 8, …: a flood is not a flood of lines
    spdlog::warn("[connection] {}: rejected ({}): {}; {} so far",
                 to_string(cause_of(what.reason)), to_string(what.reason),
                 what.detail, n);
  auto without_text = [&] {
    memory.counters->quarantine_shed.add(what.records);
    untold_rejects[reason] += what.records;
  };
  if (memory.budget->used() > memory.budget->bytes_max()) {
    without_text();
    return;
  }
  try {
    if (!quarantine(what, received_us))
      without_text();
  } catch (...) {
    without_text();
  }
}

bool connection_state::quarantine(const reject_line& what,
                                  int64_t received_us) {
  auto& box = *config.memory->rejects;
  auto& batch = box.open(received_us, std::nullopt);
  auto size_before = batch.text.size();
  append_reject_line(batch.text, what,
                     {received_us, box.session()->id, connection_slot,
                      box.next_seq()});
  if (!config.memory->quarantine->take_unclaimed(
        what.reason, batch.text.size() - size_before, received_us))
    return false; // what was appended goes with the next line
  box.line_added();
  return true;
}

} // namespace observer
