#include "simulation/world.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "messages/korean_time.hpp"
#include "runtime/inspect/inspector.hpp"
#include "runtime/settings/load.hpp"
#include "support/spawn_bare.hpp"

namespace observer::simulation {

namespace {

constexpr const char* data_dir = "/data";

/// A Monday at half past ten in Korea.
int64_t begin_us() {
  return parse_timestamp("2026-09-14T10:30:00.000000+09:00").value();
}

caf::actor_system_config system_config() {
  caf::actor_system_config out;
  out.set("scheduler.policy", caf::atom("testing"));
  return out;
}

/// Keeps the warnings with their simulated time.
class log_sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit log_sink(world& w) : world_(w) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& m) override {
    auto text = std::string{m.payload.data(), m.payload.size()};
    if (world_.on_log())
      world_.on_log()(text);
    world_.log.push_back({world_.now_us(), std::move(text)});
  }
  void flush_() override {}

 private:
  world& world_;
};

class lying_file : public append_file {
 public:
  explicit lying_file(std::unique_ptr<append_file> f) : file_(std::move(f)) {}
  std::optional<io_problem> write(std::string_view bytes) override {
    return file_->write(bytes);
  }
  std::optional<io_problem> sync() override {
    return std::nullopt;
  }
  std::optional<io_problem> verify(uint64_t bytes) override {
    return file_->verify(bytes);
  }
  content read(uint64_t offset, uint64_t size_max) override {
    return file_->read(offset, size_max);
  }

 private:
  std::unique_ptr<append_file> file_;
};

/// A memory file system whose syncs are lies.
class lying_file_system : public test::memory_file_system {
 public:
  using memory_file_system::memory_file_system;
  opened create(const std::string& path) override {
    auto out = memory_file_system::create(path);
    if (out.file)
      out.file = std::make_unique<lying_file>(std::move(out.file));
    return out;
  }
};

} // namespace

struct world::process {
  uint64_t life = 0;
  caf::actor_system_config config = system_config();
  std::unique_ptr<caf::actor_system> system;
  caf::scheduler::test_coordinator* sched = nullptr;
  std::array<std::shared_ptr<simulated_disk>, std::size(all_datasets)> disks;
  std::shared_ptr<simulated_disk> archive;
  std::shared_ptr<broker::port> port;
  std::shared_ptr<session_memory> memory;
  std::unique_ptr<inspector> looker;
  supervisor_actor guardian;
  bool guardian_ended = false;
  caf::actor probe;
  /// All that is up, by name.
  std::map<std::string, caf::actor> actors;

  bool has_actors() const {
    return system->registry().running() > 0;
  }
};

world::world(const world_config& c)
  : random(c.seed), clock(std::make_shared<test::fake_clock>()), config_(c),
    lives_(c.lives_before) {
  auto sink = std::make_shared<log_sink>(*this);
  auto logger = std::make_shared<spdlog::logger>("simulation", sink);
  logger->set_level(spdlog::level::warn);
  spdlog::set_default_logger(logger);
  clock->set(begin_us());
  if (c.flaw == sabotage::acknowledge_before_sync)
    files = std::make_shared<lying_file_system>(c.seed);
  else
    files = std::make_shared<test::memory_file_system>(c.seed);
  auto market = c.market;
  market.seed = c.seed;
  exchange = std::make_unique<broker>(line, random, market, begin_us());
  config_sources sources;
  sources.environment = {{"KIS_APP_KEY", "sim-appkey"},
                         {"KIS_APP_SECRET", "sim-appsecret"}};
  std::string symbols;
  for (auto& s : exchange->symbols())
    symbols += (symbols.empty() ? "" : ",") + s;
  sources.flags = c.settings;
  sources.flags.insert({{"data.dir", data_dir},
                        {"feed.symbols", symbols},
                        {"kis.base_url", "https://broker.example:9443"},
                        {"kis.websocket_url", "ws://broker.example:21000"},
                        {"feed.data_silence_ms", "30000"}});
  settings_ = load_config(sources).value();
  // Smaller than a person may set it: the bound shall be met.
  settings_.feed.unacked_bytes_max = static_cast<int64_t>(c.unacked_bytes_max);
}

world::~world() {
  end_process();
  spdlog::set_default_logger(
    std::make_shared<spdlog::logger>("none", spdlog::sinks_init_list{}));
}

void world::finding(std::string text) {
  constexpr size_t findings_max = 20;
  if (findings.size() < findings_max)
    findings.push_back(fmt::format("at {:.3f} s: {}",
                                   static_cast<double>(now_us()) / 1e6, text));
}

// -- the process --------------------------------------------------------------

bool world::running() const {
  return process_ != nullptr;
}

bool world::start() {
  auto p = std::make_unique<process>();
  p->life = ++lives_;
  for (auto& disk : p->disks)
    disk = std::make_shared<simulated_disk>(
      line, p->life, manners, random,
      [this](const std::function<void()>& work) { around(work); });
  p->port = exchange->make_port(p->life);
  p->port->clock = clock;
  auto net = config_.net ? config_.net(p->life) : p->port;
  daemon_ports ports{clock, files, {}, net};
  p->archive = std::make_shared<simulated_disk>(
    line, p->life, manners, random,
    [this](const std::function<void()>& work) { around(work); });
  if (config_.archive) {
    ports.archive = p->archive;
    ports.work = config_.archive(*this);
  }
  std::copy(p->disks.begin(), p->disks.end(), ports.workers.begin());
  std::optional<result<assembly>> parts;
  around([&] {
    parts = assemble(settings_, fmt::format("run{}", p->life), random.next(),
                     ports);
  });
  auto& made = *parts;
  if (!made)
    return false;
  p->memory = made.value().memory;
  auto past_is_known = false;
  around([&] {
    past_is_known
      = !learn_past(settings_, ports, *p->memory);
  });
  if (!past_is_known)
    return false; // a disk that does not let it: the caller tries again
  p->looker = std::make_unique<inspector>(
    inspected{p->memory, made.value().tree.board, clock, files, nullptr,
              hours_of(settings_), data_dir, made.value().archive},
    inspector::pace::caller);
  seconds_.clear();
  next_second_us_ = now_us() + us_per_second;
  p->system = std::make_unique<caf::actor_system>(p->config);
  p->sched = &dynamic_cast<caf::scheduler::test_coordinator&>(
    p->system->scheduler());
  p->sched->clock().current_time
    += std::chrono::microseconds{line.now_us()};
  p->guardian = start_tree(*p->system, made.value().tree);
  process_ = std::move(p);
  auto* raw = process_.get();
  // Watches everybody, as a console would.
  process_->probe = test::spawn_bare(
    *process_->system,
    [raw](caf::event_based_actor* self) -> caf::behavior {
      auto me = caf::actor_cast<caf::actor>(self);
      auto watch = [self, me](const supervisor_actor& s,
                              std::initializer_list<std::string> names) {
        for (auto& name : names)
          caf::anon_send(s, watch_child{name, me});
      };
      watch(raw->guardian,
            {"persistence", "collection", "feed", "watch", "archive"});
      self->set_default_handler(caf::drop);
      return {[raw, watch, me](const child_started& child) {
        raw->actors[child.name] = child.handle;
        auto s = [&] {
          return caf::actor_cast<supervisor_actor>(child.handle);
        };
        if (child.name == "persistence")
          watch(s(), {"scalp_writer", "quarantine_writer", "system_writer"});
        else if (child.name == "collection")
          watch(s(), {"credentials"});
        else if (child.name == "watch")
          watch(s(), {"ledger"});
        else if (child.name == "archive")
          watch(s(), {"archiver"});
        else if (child.name == "feed") {
          watch(s(), {"connection"});
          for (int i = 0; i < slots_per_session; ++i)
            watch(s(), {fmt::format("slot_{}", i)});
        }
      }};
    });
  caf::actor_cast<caf::abstract_actor*>(process_->guardian)
    ->attach_functor([raw](const caf::error&) { raw->guardian_ended = true; });
  settle_messages();
  return true;
}

void world::end_process() {
  if (!process_)
    return;
  auto& p = *process_;
  for (auto& disk : p.disks)
    disk->die();
  p.archive->die();
  p.port->die();
  line.forget(p.life);
  auto kill = [](const caf::actor& x) {
    if (x)
      caf::anon_send<caf::message_priority::high>(
        x, caf::exit_msg{x.address(), caf::exit_reason::kill});
  };
  // A supervisor takes its children with it.
  kill(caf::actor_cast<caf::actor>(p.guardian));
  kill(p.probe);
  p.actors.clear();
  p.probe = nullptr;
  p.guardian = nullptr;
  while (p.sched->try_run_once()) {
  }
  p.looker.reset();
  p.memory.reset();
  if (p.system->registry().running() > 0)
    finding(fmt::format("{} actors outlive their process",
                        p.system->registry().running()));
  process_.reset();
}

void world::stop() {
  auto& p = *process_;
  caf::anon_send(p.guardian, supervisor_stop{});
  auto deadline_us = settings_.run.stop_deadline_ms * 1'000;
  if (!pass_until(deadline_us, [&] { return p.guardian_ended; }))
    finding("an orderly stop took longer than its deadline");
  else
    check_run(true);
  end_process();
}

void world::kill_process() {
  check_run(false);
  end_process();
  files->lose_process();
}

void world::cut_power() {
  if (process_)
    check_identity();
  auto run = lives_;
  std::array<uint64_t, slots_per_session> persisted{};
  if (process_)
    for (size_t i = 0; i < persisted.size(); ++i)
      persisted[i] = counters().slots[i].persisted.value();
  end_process();
  files->cut_power();
  // What was acknowledged is there, before anybody repairs anything.
  auto there = records_of(run);
  for (size_t i = 0; i < persisted.size(); ++i)
    if (there[i] < persisted[i])
      finding(fmt::format("slot {}: {} records were acknowledged, {} are there "
                          "after the power cut",
                          i, persisted[i], there[i]));
}

bool world::kill_actor(const std::string& name) {
  auto& p = *process_;
  auto at = p.actors.find(name);
  if (at == p.actors.end() || !at->second)
    return false;
  if (name == "scalp_writer") {
    if (killed_writer_us_ == 0) {
      killed_writer_us_ = now_us();
      persisted_then_ = sum(counters()).persisted;
    }
    if (config_.flaw == sabotage::forget_at_restart)
      for (auto& slot : p.memory->slots) {
        auto& box = slot->ticks;
        if (box.session())
          box.acknowledge({dataset::scalp, box.session()->number, 1,
                           box.next_seq() - 1, nullptr},
                          [&](const line_batch& b) {
                            auto i = static_cast<size_t>(b.slot);
                            auto& c = p.memory->counters->slots[i];
                            c.unacked.sub(b.lines);
                            c.persisted.add(b.lines);
                          });
      }
  }
  if (name == "connection" && config_.flaw == sabotage::count_twice)
    p.memory->counters->slots[0].received.add();
  caf::anon_send_exit(at->second, caf::exit_reason::kill);
  at->second = nullptr;
  settle_messages();
  return true;
}

// -- time ---------------------------------------------------------------------

void world::settle_messages() {
  // Any order of actors that a real scheduler could choose; of one sender's
  // messages to one actor the order stays.
  while (process_ && process_->sched->has_job()) {
    auto& jobs = process_->sched->jobs;
    auto n = static_cast<int64_t>(std::min<size_t>(jobs.size(), 16));
    if (n > 1) {
      auto chosen = static_cast<size_t>(random.below(n));
      std::swap(jobs[0], jobs[chosen]);
    }
    around([this] { process_->sched->try_run_once(); });
    if (config_.identity_at_each_message)
      check_identity();
  }
  watch_recovery();
}

void world::around(const std::function<void()>& work) {
  if (config_.around)
    config_.around(work);
  else
    work();
}

void world::watch_recovery() {
  if (killed_writer_us_ == 0 || !process_)
    return;
  if (sum(counters()).persisted > persisted_then_) {
    recoveries_us.push_back(now_us() - killed_writer_us_);
    killed_writer_us_ = 0;
  }
}

void world::pass(int64_t us) {
  auto end = now_us() + us;
  settle_messages();
  while (now_us() < end) {
    auto to = end;
    if (auto next = line.next_us())
      to = std::min(to, *next);
    if (process_ && now_us() >= next_second_us_)
      take_second();
    if (process_) {
      to = std::min(to, next_second_us_);
      auto& timers = process_->sched->clock();
      if (timers.has_pending_timeout()) {
        auto in = timers.schedule().begin()->first - timers.now();
        auto us_to = std::chrono::ceil<std::chrono::microseconds>(in).count();
        to = std::min(to, now_us() + std::max<int64_t>(us_to, 0));
      }
      to = std::max(to, now_us());
      auto step = to - now_us();
      clock->us += step;
      timers.advance_time(std::chrono::microseconds{step});
    } else {
      clock->us += to - now_us();
    }
    line.run_until(to);
    settle_messages();
    if (process_ && process_->guardian_ended) {
      // As the container would.
      ++gave_up;
      kill_process();
      if (!start())
        line.in(us_per_second, 0, [] {});
    }
  }
}

// -- verdict ------------------------------------------------------------------

verdict world::judged() const {
  return judge(process_->looker->observe());
}

void world::take_second() {
  next_second_us_ = now_us() + us_per_second;
  process_->looker->take_second();
  auto& c = counters();
  truth_second t;
  for (auto& slot : c.slots) {
    t.ticks += slot.persisted.value();
    t.lost += slot.rejected_total() + slot.shed.value();
    t.received += slot.received.value();
  }
  t.unclaimed = c.other.received.value();
  t.connected
    = process_->memory->board->connection.view().phase == "open"
      && exchange->all_registered();
  t.storage_down
    = manners.stalled_until_us > now_us() || !actor("scalp_writer");
  seconds_.push_back(t);
  auto v = judged();
  if (config_.flaw == sabotage::rejected_is_recorded
      && (v.why == cause::layout_changed || v.why == cause::parse_rejected))
    v = {verdict::recording, cause::none, "as it was", false};
  check_verdict(v);
}

void world::check_verdict(const verdict& v) {
  // Of ten seconds, a record may take three of its own on its way to the disk.
  constexpr size_t window = 10, grace = 3;
  auto n = seconds_.size();
  if (n <= window + grace || verdicts_told_ >= 3)
    return;
  auto& now = seconds_[n - 1];
  auto& from = seconds_[n - 1 - window];
  auto came = seconds_[n - 1 - grace].received
              - seconds_[n - 1 - grace - window].received;
  auto ticks_long = now.ticks - seconds_[n - 1 - grace - window].ticks;
  auto ticks = now.ticks - from.ticks;
  auto lost = now.lost - from.lost;
  auto say = [&](const char* what) {
    ++verdicts_told_;
    finding(fmt::format("the verdict \"{}\" {}: in ten seconds {} records came "
                        "and {} became ticks, {} were lost",
                        v.text, what, came, ticks, lost));
  };
  if (v.state == verdict::recording && !v.warns) {
    if (ticks_long * 1'000 < came * 999 && lost > 0)
      return say("has no warning");
    if (ticks_long == 0 && came > 0)
      return say("has no warning, and nothing is on disk");
    if (lost * 1'000 > ticks + lost)
      return say("has no warning, and records are lost");
  }
  // The verdict's seconds may begin one earlier than ours.
  auto& next = seconds_[n - window];
  auto mostly_lost = [&](const truth_second& since) {
    auto bad = now.lost - since.lost;
    return bad >= 5 && (now.ticks - since.ticks) * 10 < bad * 30;
  };
  if (v.state == verdict::recording && mostly_lost(from) && mostly_lost(next))
    return say("says that it records");
  // What nobody asked for came in the place of what was.
  size_t others = 0;
  for (size_t i = n - window; i < n; ++i)
    others += seconds_[i].unclaimed > seconds_[i - 1].unclaimed;
  constexpr size_t others_min = 4;
  if (v.state == verdict::recording && others >= others_min
      && now.received == seconds_[n - 1 - window - grace].received)
    return say("says that it records, and only others' records come");
  // All was well for long: then it must not say otherwise. A disk that fails is
  // told at once, before any record of it is late.
  constexpr size_t calm = 15, told_early_max = grace + 1;
  if (v.state != verdict::not_recording || v.why != said_why_)
    said_otherwise_ = 0;
  said_otherwise_ += v.state == verdict::not_recording;
  said_why_ = v.why;
  if (said_otherwise_ <= told_early_max || n <= calm + grace)
    return;
  for (size_t i = n - calm; i < n; ++i) {
    auto& s = seconds_[i];
    auto& before = seconds_[i - grace];
    auto late = s.ticks + s.lost < before.received;
    if (!s.connected || s.storage_down || s.lost != seconds_[n - calm - 1].lost
        || s.unclaimed != seconds_[n - calm - 1].unclaimed || late)
      return;
  }
  if (now.ticks > seconds_[n - calm - 1].ticks)
    say("is wrong: all was well for fifteen seconds");
}

bool world::pass_until(int64_t us_max, const std::function<bool()>& done) {
  auto end = now_us() + us_max;
  settle_messages();
  while (!done()) {
    if (now_us() >= end)
      return false;
    // Not through `pass` while it stops: its end is not a failure.
    auto to = std::min(end, now_us() + 5'000);
    if (process_ && now_us() >= next_second_us_ && !process_->guardian_ended)
      take_second();
    auto step = to - now_us();
    clock->us += step;
    if (process_)
      process_->sched->clock().advance_time(std::chrono::microseconds{step});
    line.run_until(to);
    settle_messages();
  }
  return true;
}

// -- looks --------------------------------------------------------------------

const session_counters& world::counters() const {
  return *process_->memory->counters;
}

const session_memory& world::memory() const {
  return *process_->memory;
}

caf::actor world::actor(const std::string& name) const {
  auto at = process_->actors.find(name);
  return at == process_->actors.end() ? nullptr : at->second;
}

void world::check_identity() {
  if (!process_ || !process_->memory || identity_told_)
    return;
  auto t = sum(counters());
  if (t.received == t.accounted())
    return;
  identity_told_ = true;
  finding(fmt::format("the ledger does not close: {} received; {} persisted, {} "
                      "rejected, {} shed, {} in flight",
                      t.received, t.persisted, t.rejected, t.shed,
                      t.in_flight));
}

void world::each_record(
  const std::function<void(found_tick& record, bool is_tick)>& what) const {
  auto folder = std::string{data_dir} + "/scalp/";
  for (auto& path : files->files()) {
    if (!path.starts_with(folder) || !path.ends_with(".jsonl"))
      continue;
    auto text = files->view(path);
    size_t from = 0;
    for (size_t end; (end = text.find('\n', from)) != text.npos;
         from = end + 1) {
      found_tick t;
      auto is_tick = read_tick(text.substr(from, end - from), t);
      t.file = path;
      what(t, is_tick);
    }
  }
}

std::vector<found_tick> world::ticks() const {
  std::vector<found_tick> out;
  each_record([&](found_tick& t, bool is_tick) {
    if (is_tick)
      out.push_back(std::move(t));
  });
  return out;
}

std::array<uint64_t, slots_per_session>
world::records_of(uint64_t life) const {
  std::array<uint64_t, slots_per_session> out{};
  auto mine = fmt::format("run{}-", life);
  each_record([&](found_tick& t, bool) {
    if (t.session_id.starts_with(mine))
      ++out.at(static_cast<size_t>(t.slot));
  });
  return out;
}

uint64_t world::lines(dataset d) const {
  uint64_t out = 0;
  auto folder = fmt::format("{}/{}/", data_dir, to_string(d));
  for (auto& path : files->files())
    if (path.starts_with(folder) && path.ends_with(".jsonl")) {
      auto text = files->text(path);
      out += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
    }
  return out;
}

void world::check_run(bool orderly) {
  check_identity();
  auto there = records_of(lives_);
  for (size_t i = 0; i < there.size(); ++i) {
    auto& c = counters().slots[i];
    auto persisted = c.persisted.value();
    if (there[i] < persisted || (orderly && there[i] != persisted))
      finding(fmt::format("slot {}: {} records were acknowledged, {} are there",
                          i, persisted, there[i]));
  }
  auto t = sum(counters());
  if (orderly && t.in_flight != 0)
    finding(fmt::format("{} records are in flight after an orderly stop",
                        t.in_flight));
}

bool world::settled() const {
  return process_ && sum(counters()).in_flight == 0;
}

void world::write_files(const std::string& directory) const {
  namespace fs = std::filesystem;
  for (auto& path : files->files()) {
    auto to = fs::path{directory + path.substr(std::string{data_dir}.size())};
    fs::create_directories(to.parent_path());
    std::ofstream out{to, std::ios::binary};
    out << files->text(path);
  }
}

} // namespace observer::simulation
