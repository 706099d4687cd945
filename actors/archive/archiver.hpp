#pragma once

// Takes care of closed files: has them compressed, backed up, and deleted when
// their time is over. Whatever fails here is told and tried again; nobody
// records less because of it.
//
// Operation. Every `pass_interval` a pass: look at the days; judge those that
// are over (see day_notes.hpp); compress what is old enough; back up what is due
// (see schedule.hpp); look again, and delete what the plan says (see
// retention.hpp). All work is a step on a disk thread of its own, one at a time;
// between two steps, and within them, it is asked whether to go on: not when the
// daemon stops, nor while a writer has trouble with its disk, unless that is full.
//
// Deletion. The target is asked whether the backup that was verified is still
// there: since then it may have been emptied, or be another one. A backup that is
// gone counts no longer, and is made again. The file is read once more and must
// be what its backup has. Then the event `deleted` is written, and only when that is durable the file goes. A
// disk so full that no event can be written is the one exception: then what is
// backed up goes first, or nothing would ever be written again.
//
// The clock. Nothing is deleted by its age while the clock is known to be wrong,
// or for a day after it was set by an hour or more; see retention.hpp for the
// clock of which nobody knows that it is wrong.
//
// A job that hangs (a target that does not answer) holds up the archive alone:
// it is told after `hang_after`, and a stop does not wait for it.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/archive/archive_board.hpp"
#include "actors/archive/archive_jobs.hpp"
#include "actors/archive/schedule.hpp"
#include "actors/journal/outbox.hpp"
#include "actors/journal/storage_health.hpp"
#include "actors/ports/clock.hpp"
#include "actors/ports/disk.hpp"
#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/measured_actor.hpp"
#include "actors/watch/live_board.hpp"
#include "messages/interfaces.hpp"
#include "messages/market_hours.hpp"

namespace observer {

/// What outlives the actor.
struct archiver_memory {
  /// Lines of the daemon itself, of no connection.
  explicit archiver_memory(session_ptr session)
    : events(dataset::system, daemon_slot,
             std::make_shared<byte_budget>(UINT64_MAX)) {
    events.begin_session(std::move(session));
  }

  outbox events;
  std::shared_ptr<archive_board> board = std::make_shared<archive_board>();
  /// Numbers the actor's lives, from 1.
  std::atomic<uint64_t> lives{0};
  /// Work that runs breaks off.
  std::atomic<bool> stopping{false};
  backup_schedule schedule;
  /// Steady times of the last pass and of the last deletions by age; 0 before
  /// the first. The Korean day on which it was told that nothing is deleted.
  int64_t passed_us = 0, aged_us = 0;
  int64_t told_day = -1;
  /// Until when (steady) the clock is not trusted: it was set.
  int64_t doubt_until_us = 0;
  disk_level told_level = disk_level::unknown;
  /// Backups that were verified then and are not in the target any more.
  std::map<int64_t, int64_t> lost_backups;
  /// Failed attempts by day, since the last that succeeded.
  std::map<int64_t, int> failed_backups;
  /// Whose failure the board shows.
  std::string trouble_name;
};

struct archiver_config {
  std::string data_dir, run_id;
  bool compress = true;
  std::chrono::hours compress_after{24};
  int backup_at_minute = 21 * 60;
  retention_rules retention;
  anomaly_rules anomalies;
  market_hours hours;
  archive_work work;
  /// Whether the exchange's clock says that ours is wrong; may be empty.
  std::function<bool()> clock_is_wrong;
  std::chrono::milliseconds look{10'000};
  /// After the start: whatever broke the last life may come again.
  std::chrono::milliseconds first_pass{60'000};
  std::chrono::milliseconds pass_interval{600'000};
  /// Between two deletions by age.
  std::chrono::milliseconds age_interval{3'600'000};
  std::chrono::milliseconds hang_after{1'800'000};
  std::shared_ptr<wall_clock> clock;
  std::shared_ptr<file_system> files;
  std::shared_ptr<disk> worker;
  std::shared_ptr<archiver_memory> memory;
  std::shared_ptr<storage_health> health;
  /// Shown its events; may be null.
  std::shared_ptr<live_board> board;
  /// Announces the system journal's writer.
  supervisor_actor persistence;

  std::optional<std::string> validate() const;
};

enum class archive_step : uint8_t {
  survey,
  judge,
  compress,
  back_up,
  confirm,
  prove,
  remove,
};
std::string_view to_string(archive_step s);

struct archive_job_done {
  archive_step step = archive_step::survey;
  /// Which life of the archiver gave it.
  uint64_t life = 0;
  std::optional<problem> bad;
  /// It broke off because it was told to.
  bool interrupted = false;
  std::shared_ptr<const archive_survey> survey;
  day_judgement judged;
  compression compressed;
  /// After a removal.
  std::optional<disk_fill> disk;
  /// What a backup says that it did; why there is none.
  std::string said;
};

struct archiver_state {
  static inline const char* name = "archiver";
  using self_pointer = archiver_actor::stateful_pointer<archiver_state>;

  explicit archiver_state(self_pointer self) : self(self) {}

  void start();
  void on_due();
  void on_done(const archive_job_done& done);
  void on_persisted(const persisted& ack);
  void on_exit(const caf::error& reason);

  // -- how it is done -----------------------------------------------------------

  struct step {
    archive_step what = archive_step::survey;
    /// A file's name, or a day's date.
    std::string name;
    int64_t day = 0;
  };

  void begin_pass();
  void next_step();
  void submit(const step& s,
              std::function<void(archive_job_done&, const go_on_function&)>
                job);
  go_on_function go_on() const;
  bool writers_have_trouble() const;
  bool disk_is_full() const;
  void plan_steps();
  void plan_backups();
  void plan_deletions();
  void on_survey(const archive_job_done& done);
  void on_compressed(const archive_job_done& done);
  void on_backed_up(const archive_job_done& done);
  void on_confirmed(const archive_job_done& done);
  void on_proven(const archive_job_done& done);
  void on_removed(const archive_job_done& done);
  /// `whole`: it came to all that was to be done.
  void end_pass(bool whole = false);
  /// The first of what is to be deleted stays, and so does all that the day's
  /// manifests tell: without them nobody would know what it is.
  void leave_alone();
  /// Once what is to be deleted is told.
  void remove_when_told();
  void check_clock();
  void check_hang();
  std::string clock_doubt() const;
  void show_survey();
  void tell_level(const retention_plan& plan);
  void tell_daily(const retention_plan& plan);
  void failed(const step& s, std::string_view event, const std::string& text);
  void succeeded(const step& s);
  void forget_trouble();
  void event(std::string_view what, cause why, const std::string& detail);
  void flush();
  void finish_if_stopped();
  static int64_t us_of(std::chrono::milliseconds m) {
    return m.count() * 1'000;
  }
  /// What the system said, in the words of io_problem::text.
  static cause cause_in(const std::string& text);

  self_pointer self;
  archiver_config config;
  house_counters house;
  journal_writer_actor writer;
  uint64_t life = 0;

  /// A job is under way: what it does, and since when.
  bool busy = false, hang_told = false;
  step doing;
  int64_t busy_since_us = 0;
  int64_t started_us = 0;
  bool in_pass = false;
  std::deque<step> steps;
  /// The second look is still to come, and deletions after it.
  bool look_again = false;
  /// Of this pass.
  bool in_round = false, round_failed = false, round_waits = false;
  bool by_age = false;
  std::shared_ptr<const archive_survey> survey;
  std::deque<planned_deletion> deletions;
  /// Of this pass: days whose backup the target still has; what failed.
  std::set<int64_t> confirmed;
  std::set<archive_step> failed_steps;
  /// Backups in this round, one after the other: what ails the target ails all.
  size_t failed_in_a_row = 0;
  static constexpr size_t failed_in_a_row_max = 2;
  /// Its event is written and perhaps not durable yet.
  bool telling = false;
  /// Failures by file, by the steady clock: tried again after an hour.
  std::map<std::string, int64_t> failed_us;
  static constexpr size_t failed_max = 64;
  /// Among those: all of them, for want of room.
  static constexpr const char* no_room = "";
  /// What could not be proven or removed, likewise: planned again after a day.
  std::map<std::string, int64_t> left_us;
  static constexpr size_t left_max = 4'096;
  /// Wall time less steady time, at the last look.
  int64_t clock_ahead_us = 0;
  bool ahead_known = false;
  bool stopping = false;
};

/// Ends on an exit message: with user_shutdown after its events are durable.
archiver_actor::behavior_type
archiver(measured_pointer<archiver_actor, archiver_state> self,
         archiver_config config);

} // namespace observer
