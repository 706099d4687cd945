#pragma once

// A slot between stand-ins: a connection that routes records and keeps them
// until the slot has them, three writers that acknowledge when they are told,
// and supervisors that announce them.

#include "test.hpp"

#include <random>

#include <nlohmann/json.hpp>

#include "actors/feed/slot.hpp"
#include "messages/korean_time.hpp"
#include "support/connection_stub.hpp"
#include "support/spawn_bare.hpp"
#include "support/test_disks.hpp"

namespace observer::slot_test {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int slot_number = 3;
inline const registration samsung{kis::tr::h0stcnt0, "005930"};
inline const registration hynix{kis::tr::h0stcnt0, "000660"};
inline const registration samsung_quotes{kis::tr::h0stasp0, "005930"};

/// A trade in the wire's form.
inline std::string trade(uint64_t accumulated, uint64_t volume = 1,
                         uint32_t width = 46,
                         const std::string& symbol = "005930") {
  std::vector<std::string> v(width, "0");
  v[0] = symbol;
  v[1] = "100000";
  v[2] = "70000";
  v[12] = std::to_string(volume);
  v[13] = std::to_string(accumulated);
  std::string out;
  for (auto& x : v)
    out += (out.empty() ? "" : "^") + x;
  return out;
}

/// A record whose time is none.
inline std::string bad_trade(uint64_t accumulated) {
  auto out = trade(accumulated);
  return out.replace(out.find("100000"), 6, "xx0000");
}

inline std::string quote() {
  std::string out = "005930^100000^0";
  for (int i = 3; i < 59; ++i)
    out += "^" + std::to_string(i);
  return out;
}

class fixture : public test_coordinator_fixture<> {
 public:
  fixture() {
    clock->us = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
    persistence = test::spawn_bare(sys, stand_in_supervisor);
    feed = test::spawn_bare(sys, stand_in_supervisor);
    connection = spawn_connection();
    for (auto data : all_datasets)
      start_writer(data);
    config.slot = slot_number;
    config.silent_after = 10s;
    config.clock = clock;
    config.memory = memory;
    config.persistence = persistence;
    config.feed = feed;
    mine().wanted = samsung;
  }

  ~fixture() override {
    kill(slot_handle);
    kill(connection);
    kill(persistence);
    kill(feed);
    for (auto& w : writers)
      kill(w.handle);
    sched.run();
    for (auto& w : writers)
      w.handle = nullptr;
  }

  // -- the slot ---------------------------------------------------------------

  /// Starts the slot; its writers and its connection are announced.
  void start() {
    start_unannounced();
    for (auto data : all_datasets)
      announce_writer(data);
    announce_connection();
  }
  void start_unannounced() {
    end_reason.reset();
    slot_handle = sys.spawn(slot, config);
    caf::actor_cast<caf::abstract_actor*>(slot_handle)
      ->attach_functor([this, number = ++starts](const caf::error& reason) {
        if (number == starts)
          end_reason = in_words(sys, reason);
      });
    sched.run();
  }
  /// The slot's actor dies and the next one starts.
  void crash() {
    kill(slot_handle);
    sched.run();
    start();
  }
  void stop() {
    caf::anon_send_exit(slot_handle, caf::exit_reason::user_shutdown);
    sched.run();
  }
  std::string end() const {
    return end_reason.value_or("");
  }
  slot_phase phase() {
    return deref<slot_actor::stateful_base<slot_state>>(slot_handle)
      .state.phase;
  }

  slot_memory& mine() {
    return *memory->slots[slot_number];
  }
  slot_counters& counters() {
    return memory->counters->slots[slot_number];
  }
  lane& in() {
    return *memory->lanes[slot_number];
  }

  // -- the connection ---------------------------------------------------------

  void begin_session(uint32_t number) {
    session = std::make_shared<const session_info>(
      session_info{"run-s" + std::to_string(number), number});
  }

  /// Records of one read, received now.
  std::shared_ptr<record_batch>
  make_batch(const std::vector<std::string>& records,
             const registration& what) {
    auto frames = std::make_shared<frame_batch>();
    auto out = std::make_shared<record_batch>();
    for (auto& r : records) {
      auto width = static_cast<uint32_t>(std::count(r.begin(), r.end(), '^'))
                   + 1;
      out->records.push_back({static_cast<uint32_t>(frames->bytes.size()),
                              static_cast<uint32_t>(r.size()), width,
                              clock->us});
      frames->bytes += r;
      out->bytes += r.size();
    }
    out->frames = frames;
    out->session = session;
    out->what = what;
    counters().received.add(records.size());
    return out;
  }

  void hand_on(std::shared_ptr<record_batch> b) {
    trim();
    memory->budget->take_always(b->bytes);
    b->shed_before = std::exchange(in().shed_pending, 0);
    b->shed_why = b->shed_before > 0 ? cause::shed_by_bound : cause::none;
    b->number = ++in().routed;
    counters().handed.add(b->records.size());
    in().outstanding.push_back(b);
    in().routed_total.store(in().routed);
    caf::anon_send(slot_handle, record_batch_ptr{b});
  }

  void receive(const std::vector<std::string>& records,
               const registration& what = samsung) {
    hand_on(make_batch(records, what));
    sched.run();
  }

  void shed(uint64_t records) {
    counters().received.add(records);
    counters().shed.add(records);
    in().shed_pending += records;
  }

  void trim() {
    while (!in().outstanding.empty()
           && in().outstanding.front()->number <= in().done.load()) {
      memory->budget->give(in().outstanding.front()->bytes);
      in().outstanding.erase(in().outstanding.begin());
    }
  }

  void tell(subscription_news::kind_type kind, cause why = cause::none,
            const std::string& text = "in words") {
    caf::anon_send(slot_handle, subscription_news{kind, why, text, session});
    sched.run();
  }

  template <class Order>
  void order(const Order& x) {
    caf::anon_send(slot_handle, x);
    sched.run();
  }

  // -- the writers ------------------------------------------------------------

  struct stand_in_writer {
    journal_writer_actor handle;
    /// All that came, repetitions too.
    std::vector<line_batch_ptr> got;
    /// Not yet acknowledged.
    std::vector<line_batch_ptr> open;
  };

  stand_in_writer& writer_of(dataset data) {
    return writers[static_cast<size_t>(data)];
  }

  void start_writer(dataset data) {
    auto& w = writer_of(data);
    kill(w.handle);
    w.open.clear();
    auto behavior = [&w](journal_writer_actor::pointer)
      -> journal_writer_actor::behavior_type {
      return {
        [&w](const line_batch_ptr& b, const producer_actor&) {
          w.got.push_back(b);
          w.open.push_back(b);
        },
        [](const disk_job_done_ptr&) {},
        [](const commit_due&) {},
        [](const rotate&) {},
        [](const seal_due&) {},
      };
    };
    w.handle = test::spawn_bare(sys, behavior);
  }

  void announce_writer(dataset data) {
    caf::anon_send(slot_handle,
                   child_started{writer_name(data),
                                 caf::actor_cast<caf::actor>(
                                   writer_of(data).handle),
                                 1});
    sched.run();
  }
  void announce_connection() {
    caf::anon_send(slot_handle,
                   child_started{"connection",
                                 caf::actor_cast<caf::actor>(connection), 1});
    sched.run();
  }

  void restart_writer(dataset data) {
    start_writer(data);
    announce_writer(data);
  }

  /// Acknowledges the oldest batches that are open, all unless told otherwise.
  void acknowledge(dataset data, size_t batches = SIZE_MAX) {
    auto& open = writer_of(data).open;
    for (; !open.empty() && batches > 0; --batches) {
      auto b = open.front();
      open.erase(open.begin());
      caf::anon_send(slot_handle,
                     persisted{data, b->session->number, b->first_seq,
                               b->last_seq(),
                               std::make_shared<const std::string>("a file")});
    }
    sched.run();
  }
  void acknowledge_all() {
    for (auto data : all_datasets)
      acknowledge(data);
  }

  // -- what came to the writers -----------------------------------------------

  /// Each line once, in the order of its first arrival.
  std::vector<json> lines(dataset data) {
    std::vector<json> out;
    std::set<std::pair<uint32_t, uint64_t>> seen;
    for (auto& b : writer_of(data).got) {
      auto seq = b->first_seq;
      for (size_t from = 0; from < b->text.size(); ++seq) {
        auto end = b->text.find('\n', from);
        auto line = json::parse(b->text.substr(from, end - from));
        if (line["seq"] != seq)
          CAF_ERROR("line " << line["seq"] << " in the place of " << seq);
        if (seen.insert({b->session->number, seq}).second)
          out.push_back(std::move(line));
        from = end + 1;
      }
    }
    return out;
  }

  /// "s1: 1 2 3; s2: 1", the ticks by session.
  std::string ticks() {
    std::string out, session_before;
    for (auto& line : lines(dataset::scalp)) {
      auto id = line["session_id"].get<std::string>().substr(4);
      if (id != session_before)
        out += (out.empty() ? "" : "; ") + id + ":";
      session_before = id;
      out += " " + std::to_string(line["seq"].get<uint64_t>());
    }
    return out;
  }

  /// The accumulated volumes of all ticks.
  std::string volumes() {
    std::string out;
    for (auto& line : lines(dataset::scalp))
      out += (out.empty() ? "" : " ")
             + std::to_string(line["volume"]["accumulated"].get<uint64_t>());
    return out;
  }

  /// "disconnected 5 shares" of each gap in the ticks' lines.
  std::string gaps() {
    std::string out;
    for (auto& line : lines(dataset::scalp))
      if (line.contains("gap"))
        out += (out.empty() ? "" : ", ")
               + line["gap"]["cause"].get<std::string>() + " "
               + std::to_string(line["gap"]["missing_shares"].get<int64_t>())
               + " shares";
    return out;
  }

  /// All events of this name.
  std::vector<json> events(const std::string& name) {
    std::vector<json> out;
    for (auto& line : lines(dataset::system))
      if (line["event"] == name)
        out.push_back(line);
    return out;
  }

  bool is_conserved() {
    auto& c = counters();
    return c.received.value()
           == c.persisted.value() + c.rejected_total() + c.shed.value()
                + c.queued() + c.unacked.value();
  }

  // -- time -------------------------------------------------------------------

  void at(const std::string& day, const std::string& time) {
    clock->us = parse_timestamp(day + "T" + time + "+09:00").value();
  }
  void pass(std::chrono::seconds time) {
    for (; time > 0s; time -= 1s) {
      clock->us += us_per_second;
      sched.advance_time(1s);
      sched.run();
    }
  }

  template <class Handle>
  static void kill(const Handle& x) {
    if (x)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

  std::shared_ptr<test::fake_clock> clock
    = std::make_shared<test::fake_clock>();
  std::shared_ptr<session_memory> memory
    = std::make_shared<session_memory>("run", 1'000'000);
  session_ptr session = std::make_shared<const session_info>(
    session_info{"run-s1", 1});
  slot_config config;
  slot_actor slot_handle;
  supervisor_actor persistence, feed;
  connection_actor connection;
  std::array<stand_in_writer, 3> writers;
  /// What the slot told the connection that it wants.
  std::vector<std::optional<registration>> wishes;
  std::optional<std::string> end_reason;
  int starts = 0;

 private:
  static supervisor_actor::behavior_type
  stand_in_supervisor(supervisor_actor::pointer) {
    return {
      [](const watch_child&) {},   [](const restart_child&) {},
      [](const supervisor_stop&) {}, [](const restart_due&) {},
      [](const stop_overdue&) {},
      [](const get_children&) { return supervisor_report{}; },
    };
  }

  connection_actor spawn_connection() {
    auto behavior = [this](connection_actor::pointer self)
      -> connection_actor::behavior_type {
      return test::connection_stub({
        .on_attach =
          [this, self](const attach_slot& a, const slot_actor& handle) {
            wishes.push_back(a.wanted);
            if (handle == attached)
              return;
            attached = handle;
            trim();
            for (auto& b : in().outstanding)
              self->send(handle, record_batch_ptr{b});
          },
      });
    };
    return test::spawn_bare(sys, behavior);
  }

  slot_actor attached;
};

} // namespace observer::slot_test
