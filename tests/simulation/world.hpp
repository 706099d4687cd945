#pragma once

// A whole daemon in one thread: the real actors on CAF's test scheduler, with
// the order of their messages, the clock, the broker and the disk from a seed.
//
// One machine lives through several processes: `start`, then any of `stop`
// (orderly), `kill_process` (kill -9: what was written stays), `cut_power`
// (what was not synced may be lost). Time goes on with `pass`.
//
// After every message the ledger's identity is looked at.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/daemon/assembly.hpp"
#include "runtime/inspect/verdict.hpp"
#include "simulation/broker.hpp"
#include "simulation/simulated_disk.hpp"
#include "support/memory_file_system.hpp"
#include "support/test_disks.hpp"

namespace observer::simulation {

/// Flaws that a recorder could have, put in on purpose: the simulation must
/// find them.
enum class sabotage : uint8_t {
  none,
  /// Syncs say that all is well and do nothing: acknowledgement before fsync.
  acknowledge_before_sync,
  /// A writer that restarts takes the slots' unacknowledged lines for written.
  forget_at_restart,
  /// A record is counted twice.
  count_twice,
  /// The verdict takes rejected records for recorded ones.
  rejected_is_recorded,
};

class world;

struct world_config {
  uint64_t seed = 1;
  broker_config market;
  uint64_t unacked_bytes_max = 400'000;
  sabotage flaw = sabotage::none;
  /// Told each log line at warning or above; may be empty.
  std::function<void(const std::string&)> on_log;
  /// Settings by key, over those of the simulation.
  std::map<std::string, std::string> settings;
  /// A process's way to the outside, in place of the simulated broker's; may be
  /// empty.
  std::function<std::shared_ptr<network>(uint64_t life)> net;
  /// Else whoever lives in this world looks at the identity when it pleases.
  bool identity_at_each_message = true;
  /// Processes that this machine had before: the first one is called by the
  /// number behind theirs.
  uint64_t lives_before = 0;
  /// Called around what the daemon's own code does: its start, an actor's
  /// message, a job of its disk. May be empty.
  std::function<void(const std::function<void()>& work)> around;
  /// What is done to closed files in this world; empty: there is no archive.
  std::function<archive_work(world& w)> archive;
};

/// A line that the daemon logged at warning or above.
struct logged {
  int64_t steady_us;
  std::string text;
};

class world {
 public:
  explicit world(const world_config& c);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  // -- the process ------------------------------------------------------------

  /// False, with a finding, if it does not start.
  bool start();
  bool running() const;
  /// Orderly; a finding if it takes longer than its deadline.
  void stop();
  void kill_process();
  void cut_power();
  /// Kills one actor of the tree by its name; false if it is not up.
  bool kill_actor(const std::string& name);
  /// The processes that ended because the guardian gave up, each started again.
  uint64_t gave_up = 0;

  // -- time -------------------------------------------------------------------

  void pass(int64_t us);
  /// Passes time until `done`, at most `us_max`; whether it came true.
  bool pass_until(int64_t us_max, const std::function<bool()>& done);
  int64_t now_us() const {
    return line.now_us();
  }

  // -- looks ------------------------------------------------------------------

  /// All files, below the data directory, written to a real directory.
  void write_files(const std::string& directory) const;
  std::vector<found_tick> ticks() const;
  /// The lines of one dataset.
  uint64_t lines(dataset d) const;
  const session_counters& counters() const;
  /// The identity as it is now; a finding, once, if it does not hold.
  void check_identity();
  const session_memory& memory() const;
  /// By its name in the tree; null if it is not up.
  caf::actor actor(const std::string& name) const;
  /// What /ready says now.
  verdict judged() const;
  /// Everything in what is in memory is durable.
  bool settled() const;
  /// Checks lines against what this run's counters say; at an orderly end all
  /// must be there.
  void check_run(bool orderly);

  const std::function<void(const std::string&)>& on_log() const {
    return config_.on_log;
  }

  /// Time between a writer's kill and its next acknowledgement, µs.
  std::vector<int64_t> recoveries_us;
  std::vector<std::string> findings;
  std::vector<logged> log;

  timeline line;
  simulate::dice random;
  std::shared_ptr<test::fake_clock> clock;
  std::shared_ptr<test::memory_file_system> files;
  disk_manners manners;
  std::unique_ptr<broker> exchange;

 private:
  struct process;
  void settle_messages();
  void around(const std::function<void()>& work);
  void end_process();
  /// Each line of the scalp journal; a quote is no tick, and half filled.
  void each_record(
    const std::function<void(found_tick& record, bool is_tick)>& what) const;
  /// Lines of one process, by slot.
  std::array<uint64_t, slots_per_session> records_of(uint64_t life) const;
  void finding(std::string text);
  void watch_recovery();
  void take_second();
  void check_verdict(const verdict& v);

  /// What the counters of a life said at one of its seconds.
  struct truth_second {
    uint64_t received = 0, ticks = 0, lost = 0, unclaimed = 0;
    bool connected = false;
    /// The disk hangs, or nobody is there to write ticks.
    bool storage_down = false;
  };

  world_config config_;
  config settings_;
  std::unique_ptr<process> process_;
  uint64_t lives_ = 0;
  int64_t killed_writer_us_ = 0;
  uint64_t persisted_then_ = 0;
  bool identity_told_ = false;
  /// Of this life; the second that comes next.
  std::vector<truth_second> seconds_;
  int64_t next_second_us_ = 0;
  int verdicts_told_ = 0;
  /// Seconds on end that the verdict says that nothing is recorded, for the same
  /// cause.
  size_t said_otherwise_ = 0;
  cause said_why_ = cause::none;
};

} // namespace observer::simulation
