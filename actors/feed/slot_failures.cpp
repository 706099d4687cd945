// A slot at whose records its own code fails: it dies once, then goes record by
// record, and gives up what it cannot take.

#include <algorithm>

#include <spdlog/spdlog.h>

#include "actors/feed/slot.hpp"
#include "messages/korean_time.hpp"

namespace observer {

void slot_state::try_to_take(const record_batch& batch,
                             const record_batch::item& item) {
  auto raw = batch.text(item);
  if (kis::is_trade(memory->current->id))
    take_trade(raw, item);
  else
    take_quote(raw, item);
  if (item.width != memory->width)
    note_width(item, raw);
}

void slot_state::take(const record_batch& batch,
                      const record_batch::item& item) {
  constexpr int attempts_max = 2;
  auto taken_before = memory->records_taken;
  while (memory->attempts < attempts_max) {
    ++memory->attempts;
    try {
      try_to_take(batch, item);
      return;
    } catch (...) {
      memory->failure.set_from_current();
      if (may_die_of_it())
        throw;
    }
    if (memory->records_taken != taken_before) {
      spdlog::error("[{}] failed after it had taken a record, which is kept; "
                    "an event about it is missing: {}",
                    log_name, memory->failure.text());
      return;
    }
  }
  give_up(batch, item);
}

bool slot_state::may_die_of_it() noexcept {
  constexpr int64_t careful_us = 600 * us_per_second;
  auto now = config.clock->steady_us();
  auto until = config.memory->careful_until_us.exchange(now + careful_us);
  // Of two slots that fail at once one dies. It did not die of this record
  // before, either.
  return now >= until && memory->attempts <= 1;
}

void slot_state::note_given_up(cause why, uint64_t records) noexcept {
  counters->shed.add(records);
  config.memory->counters->shed_by_cause[static_cast<size_t>(why)].add(records);
  if (memory->hole.has_shed_unlike(why)) {
    try {
      tell_shed(last_record_at(), std::nullopt);
    } catch (...) {
      // Told later, as one hole with this one.
    }
  }
  memory->hole.note_shed(why, records);
}

void slot_state::give_up(const record_batch& batch,
                         const record_batch::item& item) noexcept {
  constexpr size_t raw_bytes_max = 4096;
  auto taken_before = memory->records_taken;
  std::string_view bytes{batch.frames->bytes}, raw;
  if (item.offset < bytes.size())
    raw = {bytes.data() + item.offset,
           std::min({size_t{item.size}, bytes.size() - item.offset,
                     raw_bytes_max})};
  auto words = memory->failure.text();
  for (auto text : {raw, std::string_view{}}) {
    try {
      reject({reject_reason::crashed, 0, {}}, words, text, item.received_us);
    } catch (...) {
      // Less is tried, down to nothing.
    }
    if (memory->records_taken != taken_before)
      return;
  }
  note_given_up(cause::actor_restarted, 1);
  record_taken();
  spdlog::error("[{}] {}: a record is given up, at which the slot failed, and "
                "so did putting it into the quarantine: {}",
                log_name, to_string(cause::actor_restarted), words);
}

bool slot_state::is_hopeless(const record_batch& batch) {
  constexpr int attempts_max = 3;
  auto& m = *memory;
  auto again = m.attempted_batch == batch.number
               && m.attempted_record == m.records_taken;
  m.batch_attempts = again ? m.batch_attempts + 1 : 1;
  m.attempted_batch = batch.number;
  m.attempted_record = m.records_taken;
  return m.batch_attempts > attempts_max;
}

void slot_state::give_up_rest(const record_batch& batch) noexcept {
  constexpr auto why = cause::actor_restarted;
  auto records = batch.records.size() - memory->records_taken;
  if (batch.shed_before > 0 && !memory->shed_noted)
    memory->hole.note_shed(batch.shed_why, batch.shed_before);
  note_given_up(why, records);
  counters->taken.add(records);
  memory->records_taken = 0;
  memory->attempts = 0;
  memory->shed_noted = false;
  in->done.store(batch.number, std::memory_order_release);
  spdlog::error("[{}] {}: {} records are given up: the slot died again and "
                "again before it could look at them",
                log_name, to_string(why), records);
}

} // namespace observer
