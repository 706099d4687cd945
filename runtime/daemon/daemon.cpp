#include "runtime/daemon/daemon.hpp"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/ports/awake_clock.hpp"
#include "actors/supervision/house_handlers.hpp"
#include "actors/supervision/last_words.hpp"
#include "messages/exceptions.hpp"
#include "messages/korean_time.hpp"
#include "runtime/daemon/archive_work.hpp"
#include "runtime/daemon/assembly.hpp"
#include "runtime/daemon/keep_memory.hpp"
#include "runtime/daemon/pulse.hpp"
#include "runtime/daemon/system_clock.hpp"
#include "runtime/http/routes.hpp"
#include "runtime/inspect/verdict.hpp"
#include "runtime/network/network_thread.hpp"
#include "runtime/process/output_queue.hpp"
#include "runtime/process/shortage.hpp"
#include "runtime/storage/data_directory.hpp"
#include "runtime/storage/disk_thread.hpp"
#include "runtime/storage/holder.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "runtime/storage/volume.hpp"

namespace observer {

using std::chrono::milliseconds;

namespace {

/// `20260914T085959-7f3a2c`: sorts by time, unique enough for one directory.
std::string make_run_id(int64_t now_us) {
  std::random_device random;
  return fmt::format("{}-{:06x}", korean_date_time(now_us),
                     random() & 0xffffff);
}

caf::actor_system_config make_system_config(const config& c) {
  caf::actor_system_config out;
  // Few wake-ups, and no actor may keep its worker for itself.
  out.set("scheduler.policy", caf::atom("sharing"));
  out.set("scheduler.max-threads", static_cast<size_t>(c.run.worker_threads));
  out.set("scheduler.max-throughput", size_t{50});
  return out;
}

/// CAF does not survive that one of its threads cannot be made: what is thrown
/// there hangs in its destructors. All that is needed was there a moment ago; if
/// somebody took it since, that is told before anything is unwound: on a thread
/// without a handler.
std::unique_ptr<caf::actor_system>
make_actor_system(caf::actor_system_config& settings) {
  std::unique_ptr<caf::actor_system> made;
  std::thread maker{[&] {
    auto before = std::set_terminate([] {
      auto thrown = std::current_exception();
      if (!tries([&] {
            say_error("observer: " + words_of_failed_start(thrown));
          })) {
        say_last_words("out of memory");
      }
      std::_Exit(EXIT_FAILURE);
    });
    made = std::make_unique<caf::actor_system>(settings);
    std::set_terminate(before);
  }};
  maker.join();
  return made;
}

/// A data directory that is ours, and what is said of that in it.
struct claimed_volume {
  std::unique_ptr<data_directory_lock> lock;
  holder_note note;
  bool renews = false;
};

/// Of a volume that is refused nothing is touched; what else is to be said of it,
/// once it is ours.
result<claimed_volume> claim_volume(file_system& files,
                                    const data_settings& data, int64_t now_us) {
  auto seen = look_at_volume(data.dir);
  auto remarks = judge_volume(seen, data.must_be_mounted);
  for (auto& r : remarks)
    if (r.level == volume_remark::refusal)
      return problem{r.text};
  auto lock = claim_data_directory(files, data.dir);
  if (!lock)
    return lock.error();
  claimed_volume out{std::move(lock).value(), own_holder(now_us), false};
  auto kind = seen.kind();
  out.renews = kind == volume_kind::network || kind == volume_kind::shared
               || kind == volume_kind::objects;
  // Locks may end at a machine there.
  constexpr milliseconds patience{5 * holder_mark::beat_period};
  if (out.renews)
    if (auto other = watch_holder(data.dir, out.note, patience))
      return problem{fmt::format(
        "data directory {} is in use by another observer ({}), which no lock of "
        "that file system told; stop that one, or give this one its own "
        "OBSERVER_DATA_DIR",
        data.dir, holder_words(*other, out.note))};
  for (auto& r : remarks)
    spdlog::log(r.level == volume_remark::note ? spdlog::level::info
                                               : spdlog::level::warn,
                "[storage] {}", r.text);
  return out;
}

/// A disk that hangs must not make a start that no signal ends: whoever looks
/// at it is left behind.
result<claimed_volume> claim_in_time(const std::shared_ptr<file_system>& files,
                                     const data_settings& data,
                                     int64_t now_us) {
  constexpr auto patience = std::chrono::seconds{15};
  using claimed = result<claimed_volume>;
  auto told = std::make_shared<std::promise<claimed>>();
  auto answer = told->get_future();
  auto& path = data.dir;
  std::thread{[told, files, data, now_us] {
    told->set_value(claim_volume(*files, data, now_us));
  }}.detach();
  if (answer.wait_for(patience) == std::future_status::ready)
    return answer.get();
  return unusable_directory(path,
                            fmt::format("its disk has not answered for {} s",
                                        patience.count()),
                            EIO);
}

/// Whether all actors have ended, after a moment's patience.
bool all_ended(caf::actor_system& system) {
  constexpr milliseconds patience{2'000}, step{5};
  for (milliseconds waited{0}; system.registry().running() > 0;
       waited += step) {
    if (waited >= patience)
      return false;
    std::this_thread::sleep_for(step);
  }
  return true;
}

} // namespace

struct daemon::impl {
  /// How the guardian ended, told from its last thread to ours.
  struct guardian_end {
    std::mutex mutex;
    std::condition_variable changed;
    bool ended = false;
    bool wanted = false;
    std::string reason;
  };

  explicit impl(const config& c)
    : settings(c), system_config(make_system_config(c)) {}

  config settings;
  std::shared_ptr<data_directory_lock> lock;
  /// Ends before the lock does.
  std::unique_ptr<holder_mark> mark;
  std::shared_ptr<wall_clock> clock
    = std::make_shared<awake_clock>(std::make_shared<system_clock>());
  std::shared_ptr<latency_histogram> syncs
    = std::make_shared<latency_histogram>();
  std::shared_ptr<posix_file_system> files
    = std::make_shared<posix_file_system>(syncs);
  /// A dataset's, and the last one for what may take long.
  std::array<std::shared_ptr<disk_thread>, std::size(all_datasets) + 1> disks;
  /// Of the archive. A stop does not wait for it.
  std::shared_ptr<disk_thread> archive_disk;
  std::shared_ptr<network_thread> net;
  std::shared_ptr<session_memory> memory;
  std::shared_ptr<actor_board> board;
  pulse life;
  std::shared_ptr<guardian_end> end = std::make_shared<guardian_end>();
  caf::actor_system_config system_config;
  std::unique_ptr<caf::actor_system> system;
  /// Set by the thread that learns the past; read when that is over.
  supervisor_actor guardian;
  std::shared_ptr<inspector> looker;
  std::unique_ptr<routes> pages;
  std::unique_ptr<http_server> http;
  std::optional<assembly> parts;
  bool stopped = false;
  std::array<journal_writer_config, std::size(all_datasets)> writers;
  std::vector<std::string> left_undone;
  /// Learns the past and starts the tree. Joined before all of the above goes.
  std::jthread beginning;

  void begin(const std::stop_token& stop, const daemon_ports& ports,
             const assembly& parts);
  void look_at_end();
  void serve(std::shared_ptr<actor_board> board, bool allow_chaos);
  /// All but the claim, and what needs it.
  std::optional<problem> prepare(bool allow_chaos);
  daemon_ports ports() const;
};

void daemon::impl::serve(std::shared_ptr<actor_board> board,
                         bool allow_chaos) {
  auto& s = settings.service;
  if (s.port == 0)
    return;
  looker = std::make_shared<inspector>(
    inspected{memory, std::move(board), clock, files, syncs,
              hours_of(settings), settings.data.dir, parts->archive});
  routes_config shown{s.address, s.token, allow_chaos};
  for (auto& host : s.allowed_hosts)
    shown.allowed_hosts.push_back(host.authority);
  pages = std::make_unique<routes>(std::move(shown), looker);
  http_server_config h;
  h.address = s.address;
  h.port = static_cast<uint16_t>(s.port);
  http = std::make_unique<http_server>(
    h, [p = pages.get()](const http_call& call) { return p->answer(call); },
    [p = pages.get()] { return p->next_event(); });
}

void daemon::impl::begin(const std::stop_token& stop,
                         const daemon_ports& ports, const assembly& parts) {
  // Without a checkpoint an open file may have to be read to its beginning. A
  // hole that is not marked is the lesser evil then: the present goes by.
  constexpr int64_t patience_us = us_per_second;
  auto since_us = clock->steady_us();
  auto late = [&] { return clock->steady_us() - since_us > patience_us; };
  // A disk that is full or has a fault for a moment is asked again: what it does
  // not tell is a hole that nobody marks.
  constexpr int64_t faults_us = 2 * us_per_second;
  constexpr milliseconds again{200};
  std::string failed;
  try {
    for (;;) {
      auto last = stop.stop_requested()
                  || clock->steady_us() - since_us > faults_us;
      auto bad = learn_past(
        settings, ports, *memory,
        [&] { return stop.stop_requested() || late(); },
        last ? past_effort::what_can_be_read : past_effort::all);
      if (!bad)
        break;
      if (last) {
        failed = bad->text;
        break;
      }
      spdlog::warn("[recovery] {}; tried again", bad->text);
      std::this_thread::sleep_for(again);
    }
    if (late())
      spdlog::error("[recovery] no checkpoint beside a large open file: not "
                    "all symbols' last volumes were found in {} s, holes after "
                    "them may not be marked",
                    patience_us / us_per_second);
    if (failed.empty() && !stop.stop_requested())
      guardian = start_tree(*system, parts.tree);
  } catch (...) {
    failed = in_words(std::current_exception());
  }
  if (!failed.empty())
    spdlog::critical("[recovery] {}", failed);
  if (looker)
    looker->note_recovering(false);
  if (!guardian) {
    std::lock_guard guard{end->mutex};
    end->ended = true;
    if (!failed.empty())
      end->reason = "the recovery failed";
    end->changed.notify_all();
    return;
  }
  caf::actor_cast<caf::abstract_actor*>(guardian)->attach_functor(
    [end = end](const caf::error& reason) {
      std::lock_guard guard{end->mutex};
      end->ended = true;
      if (!end->wanted)
        end->reason = reason ? "the guardian gave up" : "the guardian ended";
      end->changed.notify_all();
    });
}

/// The actors have ended: what is lost with them is told by us.
void daemon::impl::look_at_end() {
  // A disk that hangs is not waited for.
  constexpr milliseconds patience{1'000};
  auto& health = *memory->storage;
  auto limit = std::chrono::steady_clock::now() + patience;
  std::vector<std::future<void>> answers;
  for (auto& w : writers) {
    auto told = std::make_shared<std::promise<void>>();
    answers.push_back(told->get_future());
    w.worker->submit([told, w] {
      for (auto& lost : give_up_job(*w.files, w.data_dir, w.data, *w.memory,
                                    w.clock->now_us())) {
        w.counters->lost[static_cast<size_t>(w.data)].add(lost.records);
        w.health->report_loss(loss_of(w.data, lost));
      }
      told->set_value();
    });
  }
  for (auto& answer : answers)
    answer.wait_until(limit);
  writers = {};
  struct shortage {
    uint64_t records = 0, streams = 0;
    std::string first;
  };
  std::map<std::string, shortage> by_file;
  for (auto& gone : health.last_losses()) {
    auto& sum = by_file[gone.told_in];
    sum.records += gone.records;
    if (++sum.streams == 1)
      sum.first = gone.detail;
  }
  for (auto& [file, sum] : by_file)
    left_undone.push_back(fmt::format(
      "{} records that were on disk are gone: {}{}; {}", sum.records, sum.first,
      sum.streams > 1 ? fmt::format("; and of {} more streams", sum.streams - 1)
                      : std::string{},
      file.empty() ? "this log tells of it" : "told in " + file));
  for (auto& text : health.unsealed())
    left_undone.push_back(text + "; its lines are safe, and the next run that "
                                 "can seals it");
}

/// The folder of the ticks must be there to be looked at: what else is wrong
/// with the past keeps nobody from recording.
std::optional<problem> check_ticks(const std::string& data_dir,
                                   file_system& files) {
  auto listed
    = files.list(data_dir + "/" + std::string{to_string(dataset::scalp)});
  if (!listed.problem)
    return std::nullopt;
  return unusable_directory(data_dir, listed.problem->text(),
                            listed.problem->code);
}

daemon_ports daemon::impl::ports() const {
  daemon_ports out{clock, files, {}, net, disks.back(), archive_disk,
                   make_archive_work(settings)};
  std::copy_n(disks.begin(), out.workers.size(), out.workers.begin());
  return out;
}

std::optional<problem> daemon::impl::prepare(bool allow_chaos) {
  auto& c = settings;
  // The network's and Asio's, the service's, two that look, the claim's, the
  // holder's, that which learns the past, CAF's maker and two, the archive's; and
  // a help to each disk.
  constexpr size_t threads_beside = 12;
  auto workers = static_cast<size_t>(c.run.worker_threads);
  if (auto bad = check_threads(threads_beside + 2 * disks.size() + workers))
    return bad;
  network_config n;
  n.connect_timeout = milliseconds{c.feed.connect_timeout_ms};
  n.collect = std::chrono::microseconds{c.feed.collect_us};
  n.message_bytes_max = static_cast<uint64_t>(c.feed.message_bytes_max);
  n.ca_file = c.kis.ca_file;
  auto made = network_thread::make(n, clock);
  if (!made)
    return made.error();
  net = std::move(made).value();
  for (auto& disk : disks)
    disk = std::make_shared<disk_thread>();
  archive_disk
    = std::make_shared<disk_thread>(disk_thread::manner::idle);
  auto now = clock->now_us();
  auto assembled = assemble(c, make_run_id(now), static_cast<uint64_t>(now),
                            ports());
  if (!assembled)
    return assembled.error();
  parts = std::move(assembled).value();
  memory = parts->memory;
  board = parts->tree.board;
  writers = parts->tree.writers;
  system = make_actor_system(system_config);
  // Before anything waits for the disk: it may be slow.
  serve(parts->tree.board, allow_chaos);
  if (looker)
    looker->note_recovering(true);
  return std::nullopt;
}

result<std::unique_ptr<daemon>> daemon::start(const config& c,
                                              bool allow_chaos) {
  keep_memory();
  try {
    auto i = std::make_unique<impl>(c);
    if (auto bad = i->prepare(allow_chaos))
      return *bad;
    auto claimed = claim_in_time(i->files, c.data, i->clock->now_us());
    if (!claimed)
      return claimed.error();
    i->lock = std::move(claimed->lock);
    i->mark = std::make_unique<holder_mark>(c.data.dir, claimed->note,
                                            claimed->renews);
    i->files->set_claim([held = i->lock] { return held->check(); });
    if (auto bad = check_ticks(c.data.dir, *i->files))
      return *bad;
    i->beginning = std::jthread{[raw = i.get()](const std::stop_token& stop) {
      raw->begin(stop, raw->ports(), *raw->parts);
    }};
    return std::unique_ptr<daemon>(new daemon(std::move(i)));
  } catch (...) {
    return problem{words_of_failed_start(std::current_exception())};
  }
}

daemon::daemon(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

daemon::~daemon() {
  if (!impl_->stopped)
    stop();
}

std::string daemon::failure() const {
  std::lock_guard guard{impl_->end->mutex};
  return impl_->end->ended ? impl_->end->reason : std::string{};
}

std::string daemon::hangs() {
  auto& i = *impl_;
  if (i.stopped)
    return {};
  auto parts = progress_of(*i.board, "watch/ledger");
  parts.push_back({"the network thread", i.net->turns(), 1});
  return i.life.look(parts, i.clock->steady_us());
}

std::string daemon::words() const {
  auto& i = *impl_;
  if (i.stopped)
    return "stopping";
  if (!i.looker)
    return ledger_line(*i.memory->counters);
  return judge(i.looker->observe()).text;
}

bool daemon::stop() {
  auto& i = *impl_;
  if (i.stopped)
    return true;
  i.stopped = true;
  auto limit = std::chrono::steady_clock::now()
               + milliseconds{i.settings.run.stop_deadline_ms};
  if (i.looker)
    i.looker->note_stopping();
  i.memory->storage->begin_end();
  i.beginning.request_stop();
  if (i.beginning.joinable())
    i.beginning.join();
  i.parts.reset();
  auto& end = *i.end;
  bool orderly = false;
  {
    std::unique_lock lock{end.mutex};
    end.wanted = true;
    if (end.ended) {
      orderly = !i.guardian && end.reason.empty(); // it had not begun
    } else {
      lock.unlock();
      caf::anon_send(i.guardian, supervisor_stop{});
      lock.lock();
      orderly = end.changed.wait_until(lock, limit, [&] { return end.ended; });
    }
  }
  if (!orderly && i.guardian)
    caf::anon_send_exit(i.guardian, caf::exit_reason::kill);
  i.guardian = nullptr;
  // Its pages hold addresses of actors.
  i.http.reset();
  i.pages.reset();
  i.looker.reset();
  // The network's callbacks must be gone before the actor system is.
  i.net.reset();
  // One that its supervisor gave up may be left, and a job of a disk that
  // nobody waits for any more: a manifest.
  orderly = orderly && all_ended(*i.system);
  i.look_at_end();
  for (auto& disk : i.disks)
    orderly = orderly && disk->wait_until_idle(limit);
  // What the archive is at breaks off; a target that does not answer holds up
  // nobody: it is left behind, with all that it uses.
  constexpr milliseconds archive_patience{500};
  auto archive_limit = std::chrono::steady_clock::now() + archive_patience;
  auto left_behind = i.archive_disk
                     && !i.archive_disk->wait_until_idle(
                       std::min(limit, archive_limit));
  if (left_behind)
    new std::shared_ptr<disk_thread>(std::move(i.archive_disk));
  if (orderly && left_behind) {
    static_cast<void>(i.system.release());
    for (auto& disk : i.disks)
      disk.reset();
  } else if (orderly) {
    i.system.reset();
    i.archive_disk.reset();
    for (auto& disk : i.disks)
      disk.reset();
  } else {
    // An actor that does not end would hold the destructor for ever, and a
    // disk that hangs its thread's; the process ends soon, and the journal
    // needs no more than it has.
    static_cast<void>(i.system.release());
    for (auto& disk : i.disks)
      new std::shared_ptr<disk_thread>(std::move(disk));
    if (i.archive_disk)
      new std::shared_ptr<disk_thread>(std::move(i.archive_disk));
  }
  return orderly;
}

const std::vector<std::string>& daemon::left_undone() const {
  return impl_->left_undone;
}

const session_counters& daemon::counters() const {
  return *impl_->memory->counters;
}

uint16_t daemon::http_port() const {
  return impl_->http ? impl_->http->port() : uint16_t{0};
}

const std::string& daemon::run_id() const {
  return impl_->memory->run_id;
}

} // namespace observer
