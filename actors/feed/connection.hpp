#pragma once

// One WebSocket of one app key: connects without an end, registers what the
// slots want, splits frames, routes records.
//
// Operation. Approval key -> connect -> subscribe one slot after another with
// spacing, each with a deadline for its reply -> frames. When the socket ends,
// for whatever reason, every slot hears the cause, and the next attempt comes
// after a backoff: 1 s doubling to 60 s, with jitter, without an end. It starts
// anew once a session has proved itself by a minute of life: a broker that
// sends a little and hangs up must not be called again and again.
//
// A registration belongs to one slot (see claims.hpp): another one that wants it
// is refused, or waits until the release by the first one is answered.
//
// Refusals. OPSP0011: a fresh key. OPSP8996: at least a minute, same key.
// A refused app key: ten minutes. OPSP0008 and wrong symbols: that slot is
// refused for the rest of the session. Unknown codes are refusals.
//
// Times are steady ones, except stamps and trading hours: setting the clock must
// not end a session.
//
// Watchdogs. Any byte (the broker speaks at least every 10 s): a half-dead
// socket is abandoned. Data frames, in trading hours only: a session that
// carries none is replaced, with growing patience, because a quiet market
// looks the same. A session that was busy a moment ago is called silent within
// seconds, with its cause, though nothing is done about it yet.
//
// Routing. Records are counted as received, charged to the session's budget,
// and put into the lane of their slot, where they stay until the slot has them
// in its memory. From 4 MiB on, or half of the budget if that is less, the socket
// is read no further for up to `hold_max`: a burst that is faster than the disk
// waits in the network's buffers. A disk that stalls for longer must not make the
// broker drop us: reading goes on, and past the budget records are shed and
// counted. What no slot claims, and frames that are none, go to the quarantine;
// so does a frame at which our own code fails, and the session goes on.

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/feed/flood_gate.hpp"
#include "actors/feed/lane.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/network.hpp"
#include "actors/supervision/backoff.hpp"
#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/measured_actor.hpp"
#include "messages/journal_event.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/control.hpp"
#include "messages/kis/frame.hpp"
#include "messages/market_hours.hpp"
#include "messages/slot_index.hpp"

namespace observer {

/// A span in the unit of all stamps.
constexpr int64_t in_us(std::chrono::microseconds span) {
  return span.count();
}

struct connection_config {
  std::string url;
  char customer_type = 'P';
  /// Between two requests.
  std::chrono::milliseconds subscribe_spacing{150};
  /// For the reply to a request.
  std::chrono::milliseconds ack_deadline{10'000};
  /// For the network to open or give up; it has a deadline of its own.
  std::chrono::milliseconds open_deadline{30'000};
  backoff_config reconnect{std::chrono::milliseconds{1'000},
                           std::chrono::milliseconds{60'000}, 0.2};
  std::chrono::milliseconds appkey_in_use_wait{60'000};
  std::chrono::milliseconds refused_wait{600'000};
  /// Before a refused subscription of the "try slowly" class is repeated;
  /// doubles to eight times.
  std::chrono::milliseconds resubscribe_wait{30'000};
  std::chrono::milliseconds transport_silence{45'000};
  std::chrono::milliseconds data_silence{60'000};
  /// How long the socket may wait for the writers before reading goes on.
  std::chrono::milliseconds hold_max{2'000};
  market_hours hours;
  /// Of the jitter.
  uint64_t seed = 1;
  std::shared_ptr<wall_clock> clock;
  std::shared_ptr<observer::network> network;
  std::shared_ptr<session_memory> memory;
  /// Announces "credentials".
  supervisor_actor collection;
  /// Announces the writers.
  supervisor_actor persistence;

  std::optional<std::string> validate() const;
};

enum class connection_phase : uint8_t {
  /// No credentials actor yet.
  idle,
  asking_key,
  connecting,
  open,
  closing,
  /// For the backoff.
  waiting,
};
std::string_view to_string(connection_phase p);

struct connection_state {
  static inline const char* name = "connection";

  using self_pointer = connection_actor::stateful_pointer<connection_state>;

  /// Where a slot's registration stands with the broker.
  enum class standing : uint8_t {
    off,
    queued,
    /// Until another slot has let go of it.
    waiting,
    sent,
    on,
    refused,
    releasing,
  };

  struct entry {
    slot_actor handle;
    std::optional<registration> wanted;
    /// What the broker knows, or was asked for.
    std::optional<registration> held;
    standing state = standing::off;
    /// For the reply, or before the next try.
    int64_t due_us = 0;
    int tries = 0;
    /// No record has come since it was asked for.
    bool first = true;
    /// A batch could not be sent to the slot; all of its lane is sent again.
    bool resend = false;
  };

  explicit connection_state(self_pointer self);
  /// Records that it counted and had not yet put into a lane are shed.
  ~connection_state();
  connection_state(const connection_state&) = delete;
  connection_state& operator=(const connection_state&) = delete;

  // -- life of a session (connection.cpp) ---------------------------------------

  void start();
  void set_phase(connection_phase next);
  void connect();
  void on_approval(const approval& a);
  void on_opened(const socket_opened& event);
  void on_closed(const socket_closed& event);
  void on_child(const child_started& child);
  void on_tick();
  void on_exit(const caf::error& reason);
  /// Ends the session: by handshake, or at once if the socket is not to be
  /// trusted. `why` goes to the slots and the journal.
  void end_session(cause why, std::string text, bool by_handshake);
  void lost(cause why, const std::string& words);
  void wait_and_connect(std::chrono::milliseconds at_least);
  void check_watchdogs(int64_t now_us);
  /// Names a busy session's silence long before a watchdog acts on it.
  /// Whether this process did not run for a while until now: stopped, suspended,
  /// or a machine that was. Nobody was silent then.
  bool check_pause(int64_t now);
  void check_quiet(int64_t now_us);
  /// Notes what keeps the writers from writing in the system journal.
  void check_storage();
  /// Names a wall clock that somebody set.
  void check_clock();
  /// Now, and `for_us` ago.
  bool in_trading_hours(int64_t for_us) const;

  // -- registrations (connection_slots.cpp) ---------------------------------------

  void on_attach(const attach_slot& request, const slot_actor& handle);
  void pump();
  void send_request(entry& e, kis::tr_type type);
  void on_reply(const kis::reply& reply);
  void check_deadlines(int64_t now_us);
  void tell(entry& e, subscription_news::kind_type kind, cause why,
            std::string text);
  entry* find(const kis::reply& reply);
  void rebuild_routes();
  void queue(size_t index);
  /// The slot but this one that wants or holds it.
  std::optional<size_t> other_that_wants(const registration& what,
                                         size_t index) const;
  std::optional<size_t> other_that_holds(const registration& what,
                                         size_t index) const;
  /// The broker has forgotten what this one held: it goes on to what it wants,
  /// and so does whoever waits for what it held.
  void let_go(size_t index, const std::string& words);
  void release_all();

  // -- frames (connection_frames.cpp) ---------------------------------------------

  void on_frames(const frame_batch_ptr& batch);
  void on_control(std::string_view text, int64_t received_us);
  void route(const frame_batch::item& item, std::string_view text,
             const frame_batch_ptr& batch);
  /// A record that no slot of ours holds.
  void reject_unclaimed(const kis::frame& frame, std::string_view record,
                        std::string_view symbol, int64_t received_us);
  /// A frame, or the rest of one, at which our own code failed (see `failure`).
  /// Of a symbol that nobody asked for in this session.
  bool is_stranger(kis::tr id, std::string_view symbol) const;
  void reject_failed(std::string_view tr_id, std::string_view raw,
                     uint32_t records, int64_t received_us);
  /// Hands the records of this read on to their slots. What cannot be put into
  /// its lane is shed; nothing is lost between the two.
  void hand_on();
  void shed(lane& l, slot_counters& counters, const record_batch& batch,
            cause why) noexcept;
  /// Names a clock that is far from the exchange's.
  void check_lag(kis::tr id, std::string_view record, int64_t received_us);
  /// Lets the socket hand on its next batch, now or when there is room.
  void consume();
  /// What the records that are shed now are marked with.
  cause shedding_cause() noexcept;
  void note_shedding();
  /// An event for shed records that no later batch of theirs will tell of.
  void tell_shed(lane& l);
  /// Quarantine lines for records that were rejected without their text, once
  /// there is room and once a minute; and an event when that begins and ends.
  void tell_rejects();
  void trim(lane& l);
  void redeliver(size_t slot);
  /// Counts them in any case, and puts their text into the quarantine if there
  /// is room for it.
  void reject_frame(const reject_line& what, int64_t received_us);
  /// False if its budget is used up.
  bool quarantine(const reject_line& what, int64_t received_us);

  void event(const journal_event& e);
  void flush_boxes();
  void finish_if_stopped();

  self_pointer self;
  connection_config config;
  house_counters house;
  std::shared_ptr<actor_gauges> gauges = std::make_shared<actor_gauges>();
  observer::backoff retry;
  credentials_actor credentials;
  journal_writer_actor writers[3];

  connection_phase phase = connection_phase::idle;
  int64_t phase_since_us = 0;
  std::unique_ptr<web_socket> socket;
  uint32_t attempt = 0;
  session_ptr session;
  std::string approval_key;
  bool renew_key = false;
  /// Why the running end was begun by us; none if it was not.
  cause end_why = cause::none;
  std::string end_text;
  std::chrono::milliseconds wait_at_least{0};

  std::array<entry, slots_per_session> entries;
  std::deque<size_t> to_request;
  bool request_timer = false;
  int64_t last_request_us = 0;
  bool any_reply = false;

  /// Symbol to slot, by TR.
  struct text_hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using route_map
    = std::unordered_map<std::string, slot_index, text_hash, std::equal_to<>>;
  std::array<route_map, std::size(kis::all_trs)> routes;
  /// All that were routed in this session, up to a bound: what the broker still
  /// sends of a released symbol is no stranger's.
  std::array<std::set<std::string, std::less<>>, std::size(kis::all_trs)> known;
  static constexpr size_t known_max = 4'096;
  /// Batches under construction, one a slot, and which slots have one.
  std::array<std::shared_ptr<record_batch>, slots_per_session> building;
  std::vector<slot_index> touched;
  /// Records of each slot's last batch: the next is given room for as many.
  std::array<size_t, slots_per_session> usual_records{};
  int64_t last_data_us = 0;
  /// The same by the wall clock.
  int64_t last_frame_us = 0;
  int quiet_rounds = 0;
  uint64_t frames_in_tick = 0;
  /// Records of all slots up to the last tick.
  uint64_t received_before = 0;
  silence_watch silence;
  /// Wall time less steady time, at the last tick.
  int64_t clock_ahead_us = 0;
  bool ahead_known = false;
  /// The next record's time is compared with ours.
  bool lag_due = false;
  bool lag_wrong = false;
  /// Looks on end at which our date was not the exchange's.
  int days_off = 0;
  /// The last tick of ours; 0 before the first.
  int64_t last_tick_us = 0;
  /// Of the clock's, when it was last looked at.
  int64_t asleep_us = 0;
  /// Silence counts from here: before it we did not run ourselves.
  int64_t awake_since_us = 0;
  bool proved = false;
  bool shedding = false;
  /// While shedding: what the holes are marked with.
  cause shed_why = cause::none;
  /// The batch that the socket waits for; 0 if it waits for none.
  uint64_t consumed_number = 0;
  /// Since when there is no room; 0 if there is.
  int64_t full_since_us = 0;
  bool consume_timer = false;

  /// Why our own code failed at the last frame at which it did.
  failure_words failure;
  /// Rejected and not yet in the quarantine, by reason.
  std::array<uint64_t, reject_reason_count> untold_rejects{};
  /// Steady time of the last telling; 0 before the first.
  int64_t told_rejects_us = 0;
  /// What the broker refuses.
  flood_gate refusals;

  bool started = false;
  bool stopping = false;
};

/// Ends on an exit message: with user_shutdown after the registrations are
/// released and the socket is closed; with any other reason at once.
connection_actor::behavior_type
connection(measured_pointer<connection_actor, connection_state> self,
           connection_config config);

} // namespace observer
