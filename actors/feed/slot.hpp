#pragma once

// One registration of a session: validates records, numbers ticks, checks the
// cumulative volume, keeps every line until it is durable.
//
// Operation. Records come in batches by read. A good one becomes a line of the
// journal in the wire's digits; a bad one a line of the quarantine, and its
// neighbours live. Before the lines go to the writer they are in the slot's
// memory, which survives the actor: a slot that crashed is given the batches
// again that it had not finished, and goes on with the record and the number
// where it was. It dies of a record once: the next failure at that record, and
// at any other for a while, is caught. A record that cannot be taken is put into
// the quarantine as `crashed`, by code that needs nothing of it but a bounded
// copy; where even that fails it is shed.
//
// Continuity. `accumulated == last accumulated + volume`, or the tick's line
// carries a gap with the number of missing shares and the cause: what is known
// (records rejected or shed, a lost connection), else `exchange_gap`; of
// several causes the one that can explain most (see record_hole.hpp).
//
// States: idle (no registration), subscribing, live, rejecting (its records come
// and none becomes a tick), silent (registered, no record for `silent_after` in
// trading hours), refused, releasing.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/feed/lane.hpp"
#include "actors/ports/clock.hpp"
#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/measured_actor.hpp"
#include "messages/interfaces.hpp"
#include "messages/journal_event.hpp"
#include "messages/market_hours.hpp"

namespace observer {

enum class slot_phase : uint8_t {
  idle,
  subscribing,
  live,
  /// Registered, and its records are rejected, the last ones all.
  rejecting,
  silent,
  refused,
  releasing,
};
std::string_view to_string(slot_phase p);

struct slot_config {
  int slot = 0;
  /// In trading hours, without a tick for so long, a slot is silent.
  std::chrono::milliseconds silent_after{60'000};
  market_hours hours;
  std::shared_ptr<wall_clock> clock;
  std::shared_ptr<session_memory> memory;
  /// Announces the three writers (see writer_name).
  supervisor_actor persistence;
  /// Announces "connection".
  supervisor_actor feed;

  std::optional<std::string> validate() const;
};

struct slot_state {
  static inline const char* name = "slot";

  using self_pointer = slot_actor::stateful_pointer<slot_state>;

  explicit slot_state(self_pointer self) : self(self) {}
  ~slot_state();
  slot_state(const slot_state&) = delete;
  slot_state& operator=(const slot_state&) = delete;

  // -- wiring, acknowledgements, stop (slot.cpp) ------------------------------

  void start();
  void on_child(const child_started& child);
  void on_persisted(const persisted& ack);
  void on_exit(const caf::error& reason);
  void present();
  void flush_all();
  void resend(outbox& box, dataset data);
  outbox& box_of(dataset data);
  journal_writer_actor& writer_of(dataset data);
  void event(const journal_event& e, int64_t received_us,
             const std::optional<registration>& about);
  void finish_if_stopped();

  // -- records (slot_records.cpp) ---------------------------------------------

  void on_records(const record_batch_ptr& batch);
  void take(const record_batch& batch, const record_batch::item& item);
  /// One attempt.
  void try_to_take(const record_batch& batch, const record_batch::item& item);
  /// Called where an exception was caught: whether the slot may die of it.
  bool may_die_of_it() noexcept;
  /// Ends a record that cannot be taken: in the quarantine, or else shed.
  void give_up(const record_batch& batch,
               const record_batch::item& item) noexcept;
  /// Whether the slot died of this batch again and again, at no record.
  bool is_hopeless(const record_batch& batch);
  /// Ends all that is left of such a batch.
  void give_up_rest(const record_batch& batch) noexcept;
  void note_given_up(cause why, uint64_t records) noexcept;
  void take_trade(std::string_view raw, const record_batch::item& item);
  /// The exchange's day of a trade. By its own word, unless that is none, or it
  /// joins the last tick, which says otherwise: then its date is damaged.
  int64_t day_of(const kis::trade& t, uint64_t accumulated, uint64_t volume,
                 int64_t received_us);
  /// The newest tick of that day.
  const std::optional<tick_baseline>& past_of(int64_t day) const;
  /// Whether it is now the last tick; not if it is the first of a day that
  /// nothing but itself speaks for.
  bool remember(const tick_baseline& tick);
  void take_quote(std::string_view raw, const record_batch::item& item);
  /// Quarantine lines for records that were rejected without their text.
  void tell_rejects(int64_t now_us);
  void reject(const kis::record_problem& bad, std::string_view detail,
              std::string_view raw, int64_t received_us);
  /// Live or rejecting, by what the last records were.
  void show_reception();
  /// The record is in the slot's memory: a crash from here on does not take it
  /// again.
  void record_taken();
  /// Of the registration's last good trade or quote.
  std::optional<int64_t> last_record_at() const;
  /// An event for a hole in quotes: no gap mark is theirs.
  void tell_quotes_hole(std::optional<int64_t> after_us, int64_t until_us);
  /// An event for shed records that no gap mark of a trade tells of: those of
  /// quotes, before the first trade of a day, or after the last tick.
  void tell_shed(std::optional<int64_t> after_us,
                 std::optional<int64_t> until_us);
  void note_width(const record_batch::item& item, std::string_view raw);
  void count_doubts(kis::doubt_set doubts);
  /// Each doubt of a registration is an event once.
  void tell_doubt(kis::doubt_set doubts, std::string_view raw,
                  int64_t received_us);
  void announce_once_a_minute(line_batch& batch, std::string_view price,
                              int64_t received_us);

  // -- session, registration, phase (slot_registration.cpp) -------------------

  void on_assign(const registration& what);
  void on_release();
  void on_news(const subscription_news& news);
  void on_tick();
  void begin_session(const session_ptr& session);
  void begin_registration(const registration& what);
  void end_registration();
  /// A life begins with what the slot shall be registered for, as ordered last;
  /// not with what another slot has.
  void take_up_claim();
  void tell_taken(const registration& what, int by_slot);
  void change(slot_phase next, std::string_view why);
  /// Shows the registration that counts: the one asked for, else the last.
  void show_registration();

  self_pointer self;
  slot_config config;
  house_counters house;
  std::string log_name;
  slot_memory* memory = nullptr;
  lane* in = nullptr;
  slot_counters* counters = nullptr;
  slot_board* board = nullptr;
  std::shared_ptr<actor_gauges> gauges;
  /// Of the last trade or quote.
  std::string last_price;
  connection_actor connection;
  journal_writer_actor writers[3];
  slot_phase phase = slot_phase::idle;
  int64_t phase_since_us = 0;
  int64_t last_tick_us = 0;
  bool stopping = false;
};

/// Ends on an exit message: with user_shutdown once all that was routed to it
/// is durable, with any other reason at once.
slot_actor::behavior_type slot(measured_pointer<slot_actor, slot_state> self,
                               slot_config config);

} // namespace observer
