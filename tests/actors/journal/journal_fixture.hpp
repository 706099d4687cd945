#pragma once

// What the suites about the journal writer share: producers that keep what is
// unacknowledged as slots do, a disk that forgets, a supervisor's part, and
// time by the millisecond.

#include "test.hpp"

#include <cerrno>
#include <map>
#include <set>

#include "actors/journal/journal_writer.hpp"
#include "messages/korean_time.hpp"
#include "support/journal_lines.hpp"
#include "support/memory_file_system.hpp"
#include "support/spawn_bare.hpp"
#include "support/test_disks.hpp"

namespace observer::journal_test {

using namespace std::chrono_literals;
using namespace observer::test;

inline int64_t korean_clock(const std::string& day, const std::string& time) {
  return parse_timestamp(day + "T" + time + "+09:00").value();
}

/// Keeps lines until they are acknowledged, and hears of it.
struct producer {
  producer(dataset d, int slot)
    : data(d), box(d, slot, std::make_shared<byte_budget>(UINT64_MAX)) {}

  dataset data;
  outbox box;
  std::vector<persisted> acks;
  std::set<found_record> acked;
  uint64_t added = 0;
  int resend_requests = 0;
  producer_actor handle;
};

class fixture : public test_coordinator_fixture<> {
 public:
  fixture() {
    config.data_dir = "data";
    config.clock = clock;
    config.files = fs;
    config.worker = worker;
    config.memory = std::make_shared<writer_memory>();
    config.counters = std::make_shared<session_counters>();
    config.retry_interval = 100ms;
    at("10:00:00.000000");
  }

  ~fixture() override {
    kill(writer);
    for (auto& [slot, p] : producers)
      kill(p.handle);
    for (auto& x : old_handles)
      kill(x);
    old_handles.clear();
    sched.run();
    if (manual)
      manual->queue.clear();
  }

  // -- the writer -------------------------------------------------------------

  void use_manual_disk() {
    manual = std::make_shared<manual_disk>();
    config.worker = manual;
  }

  /// Starts a writer, and has every producer send all it has, as slots do when
  /// a writer is announced.
  void start_writer() {
    end_reason.reset();
    writer = sys.spawn(journal_writer, config);
    caf::actor_cast<caf::abstract_actor*>(writer)->attach_functor(
      [this, life = ++life](const caf::error& reason) {
        if (life == this->life)
          end_reason = in_words(sys, reason);
      });
    sched.run();
    for (auto& [slot, p] : producers)
      resend(slot);
    sched.run();
  }

  /// The writer dies without a word, and the next one starts.
  void restart_writer() {
    kill(writer);
    sched.run();
    start_writer();
  }

  /// Another run of the program: it knows nothing but the files.
  void start_new_run() {
    kill(writer);
    sched.run();
    config.memory = std::make_shared<writer_memory>();
    for (auto& [slot, p] : producers)
      kill(p.handle);
    sched.run();
    producers.clear();
    run += 100;
    session = make_session(run);
    start_writer();
  }

  void stop_writer() {
    caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
    sched.run();
  }

  /// How the writer ended; empty while it lives.
  std::string end() const {
    return end_reason.value_or("");
  }
  bool alive() const {
    return !end_reason;
  }

  // -- producers --------------------------------------------------------------

  producer& from(int slot) {
    auto at = producers.find(slot);
    if (at != producers.end())
      return at->second;
    auto& p = producers.try_emplace(slot, config.data, slot).first->second;
    p.box.begin_session(session);
    p.handle = spawn_handle(slot);
    return p;
  }

  /// The producer's actor dies; its successor sends all again.
  void restart_producer(int slot) {
    auto& p = from(slot);
    kill(p.handle);
    sched.run();
    p.handle = spawn_handle(slot);
    resend(slot);
    sched.run();
  }

  /// Adds lines, received now, and sends them as one batch.
  void add(int slot, int lines = 1) {
    auto& p = from(slot);
    for (int i = 0; i < lines; ++i)
      add_line(p.box, config.data, slot, clock->us, symbol_of(slot),
               1'001 + p.added + static_cast<uint64_t>(i));
    p.added += static_cast<uint64_t>(lines);
    p.box.flush(sender(p));
    sched.run();
  }

  void resend(int slot) {
    auto& p = from(slot);
    p.box.resend(sender(p));
  }

  void begin_session(uint32_t number) {
    session = make_session(run + number);
    for (auto& [slot, p] : producers)
      p.box.begin_session(session);
  }

  /// Sends a batch that no producer keeps.
  void give(const line_batch_ptr& batch) {
    caf::anon_send(writer, batch, from(batch->slot).handle);
    sched.run();
  }
  line_batch_ptr batch(int slot, uint64_t first_seq, uint32_t lines) {
    from(slot);
    return make_batch(config.data, session, slot, first_seq, lines, clock->us);
  }

  /// "1-5 in scalp/20260914_10.jsonl", all acknowledgements so far.
  std::string acks(int slot) {
    std::string out;
    for (auto& a : from(slot).acks)
      out += (out.empty() ? "" : ", ") + std::to_string(a.first_seq) + "-"
             + std::to_string(a.last_seq) + " in "
             + (a.file ? *a.file : "a file of before");
    return out;
  }
  size_t ack_count(int slot) {
    return from(slot).acks.size();
  }
  size_t acked(int slot) {
    return from(slot).acked.size();
  }
  bool all_acked() {
    for (auto& [slot, p] : producers)
      if (!p.box.empty() || p.acked.size() != p.added)
        return false;
    return true;
  }

  // -- time -------------------------------------------------------------------

  void at(const std::string& time) {
    clock->us = korean_clock("2026-09-14", time);
  }

  void pass(std::chrono::milliseconds time,
            std::chrono::milliseconds step = 1ms) {
    for (; time > 0ms; time -= step) {
      clock->us += std::chrono::microseconds{step}.count();
      sched.advance_time(step);
      sched.run();
      if (supervised && !alive())
        start_writer();
    }
  }

  /// The disk does its oldest job, and the writer hears of it.
  bool disk_works() {
    auto any = manual->run_one();
    sched.run();
    return any;
  }

  // -- what is on disk --------------------------------------------------------

  /// Brings `fs` to what is on the disk, where that is another.
  virtual void look() const {}

  found_journal journal() const {
    look();
    return read_journal(*fs, "data", config.data);
  }
  size_t records() const {
    return journal().records.size();
  }
  std::string problems() const {
    return journal().problems;
  }
  /// What all files of the dataset are called, manifests left out.
  std::string journal_files() const {
    std::string out;
    auto folder = "data/" + std::string{to_string(config.data)} + "/";
    for (auto& path : fs->files())
      if (path.starts_with(folder) && path.ends_with(".jsonl"))
        out += (out.empty() ? "" : " ") + path.substr(folder.size());
    return out;
  }
  std::string sealed_because(const std::string& file) const {
    auto m = parse_manifest(
      fs->text("data/" + std::string{to_string(config.data)} + "/" + file
               + ".manifest.json"));
    return m ? m->sealed_because : "not sealed";
  }
  uint64_t lines_of(const std::string& file) const {
    auto text = fs->text("data/" + std::string{to_string(config.data)} + "/"
                         + file);
    return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
  }
  /// Acknowledged records that are not in the journal.
  std::string missing() const {
    std::string out;
    auto found = journal();
    std::set<found_record> there(found.records.begin(), found.records.end());
    for (auto& [slot, p] : producers)
      for (auto& r : p.acked)
        if (!there.contains(r))
          out += r.session + " slot " + std::to_string(r.slot) + " seq "
                 + std::to_string(r.seq) + " ";
    return out;
  }

  template <class Handle>
  static void kill(const Handle& x) {
    if (x)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

  std::shared_ptr<memory_file_system> fs
    = std::make_shared<memory_file_system>();
  std::shared_ptr<fake_clock> clock = std::make_shared<fake_clock>();
  std::shared_ptr<inline_disk> worker = std::make_shared<inline_disk>();
  std::shared_ptr<manual_disk> manual;
  journal_writer_config config;
  journal_writer_actor writer;
  std::map<int, producer> producers;
  std::vector<producer_actor> old_handles;
  uint32_t run = 0;
  session_ptr session = make_session(1);
  std::optional<std::string> end_reason;
  int life = 0;
  /// A writer that ends is started again.
  bool supervised = false;

 private:
  outbox::send_function sender(producer& p) {
    return [this, &p](const line_batch_ptr& b) {
      caf::anon_send(writer, b, p.handle);
    };
  }

  producer_actor spawn_handle(int slot) {
    auto behavior = [this, slot](producer_actor::pointer)
      -> producer_actor::behavior_type {
      return {
        [this, slot](const persisted& ack) {
          auto& p = producers.at(slot);
          p.acks.push_back(ack);
          p.box.acknowledge(ack, [&](const line_batch& b) {
            for (auto seq = b.first_seq; seq <= b.last_seq(); ++seq)
              p.acked.insert({b.session->id, b.slot, seq});
          });
        },
        [this, slot](const resend_request&) {
          ++producers.at(slot).resend_requests;
          resend(slot);
        },
      };
    };
    return test::spawn_bare(sys, behavior);
  }
};

} // namespace observer::journal_test
